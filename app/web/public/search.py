"""The start page and the search."""

from flask import flash, redirect, render_template
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.search import engine, queries
from app.search.errors import InvalidSearch
from app.search.phrases import Understood, understand
from app.search.request import SearchRequest, parse
from app.web.access import public
from app.web.forms.public import SearchForm
from app.web.language import gettext as _
from app.web.public import bp
from app.web.public.own import own_homes
from app.web.public.results import Results, search_url


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
    meant = understand(asked)
    if meant.request != asked:
        return _search_what_was_meant(meant)
    session = db.session()
    page = queries.search(session, engine.current(), asked)
    own = own_homes(session, [home.home_id for home in page.homes])
    if page.total:
        return render_template("public/search.html", form=form, results=Results(page, own))
    ways = queries.wider(session, engine.current(), asked)
    alike = engine.current().alike(asked.q) if asked.q else ()
    return render_template("public/search.html", form=form, results=Results(page, own, ways, alike))


def _search_what_was_meant(meant: Understood) -> ResponseReturnValue:
    """Lead to the search whose filters say what the words said: they become chips that can be taken off."""
    for phrase in meant.loosely:
        flash(
            _("没有“%(phrase)s”这个条件，先按楼层高低找。每套房在第几层，写在各套房上。", phrase=phrase),
            "important",
        )
    return redirect(search_url(meant.request))


def _read(form: SearchForm) -> SearchRequest | None:
    if not form.accept():
        return None
    try:
        return parse(form.pairs())
    except InvalidSearch as error:
        form.apply(error)
        return None
