"""The start page and the search."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.search import engine, queries
from app.search.errors import InvalidSearch
from app.search.request import SearchRequest, parse
from app.web.access import public
from app.web.forms.public import SearchForm
from app.web.public import bp
from app.web.public.own import own_homes
from app.web.public.results import Results


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
    asked = _read(form)
    if asked is None:
        return render_template("public/search.html", form=form, results=None), 400
    session = db.session()
    page = queries.search(session, engine.current(), asked)
    form.show_bounds(page.request)
    own = own_homes(session, [home.home_id for home in page.homes])
    if page.total:
        return render_template("public/search.html", form=form, results=Results(page, own))
    ways = queries.wider(session, engine.current(), page.request)
    return render_template("public/search.html", form=form, results=Results(page, own, ways))


def _read(form: SearchForm) -> SearchRequest | None:
    if not form.accept():
        return None
    try:
        return parse(form.pairs())
    except InvalidSearch as error:
        form.apply(error)
        return None
