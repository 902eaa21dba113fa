"""The start page and the search."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.search import engine, queries
from app.search.errors import InvalidSearch
from app.search.queries import DevelopmentPage, SearchPage
from app.search.request import Group, SearchRequest, parse
from app.web.access import public
from app.web.forms.public import SearchForm
from app.web.public import bp
from app.web.public.own import own_homes
from app.web.public.results import LIST, Results


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """Say what Anju is, and offer the search."""
    return render_template("public/home.html", search_form=SearchForm(formdata=None))


@bp.get("/homes")
@public
def search() -> ResponseReturnValue:
    """Show the homes that the address asks for; 400, with a message at its box, when it asks for nonsense."""
    form = SearchForm()
    asked = read(form)
    if asked is None:
        return render_template("public/search.html", form=form, results=None), 400
    return render_template("public/search.html", form=form, results=found(form, asked))


def found(form: SearchForm, asked: SearchRequest, *, shown_on: str = LIST) -> Results:
    """Return what a page shows of a search; the boxes are given the bounds that were understood."""
    session = db.session()
    page: SearchPage | DevelopmentPage
    if asked.group is Group.DEVELOPMENT:
        page = queries.by_development(session, engine.current(), asked)
        homes = [home for group in page.groups for home in group.first]
    else:
        page = queries.search(session, engine.current(), asked)
        homes = list(page.homes)
    form.show_bounds(page.request)
    own = own_homes(session, [home.home_id for home in homes])
    ways = [] if page.total else queries.wider(session, engine.current(), page.request)
    return Results(page, own, ways, shown_on)


def read(form: SearchForm) -> SearchRequest | None:
    """Return the request that the address and its boxes spell out; None with the message at its box."""
    if not form.accept():
        return None
    try:
        return parse(form.pairs())
    except InvalidSearch as error:
        form.apply(error)
        return None
