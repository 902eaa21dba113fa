"""GET /api/v1/homes and /developments: the search, as the page has it."""

from flask import Response

from app.core.ids import normalise_ref
from app.extensions import db
from app.homes.queries import get_public_home
from app.search import engine, queries, source
from app.search.errors import InvalidSearch
from app.search.request import Group
from app.web.api import bp
from app.web.api.answers import Developments, Home, Homes, developments_of, home_of, homes_of
from app.web.api.operations import answers, open_to_all
from app.web.api.parameters import SEARCH, asked_for
from app.web.messages import message_of
from app.web.problems import problem


@bp.get("/homes")
@open_to_all(passers_by=120, known=600)
@answers(Homes, asks=SEARCH, refuses=(400,))
def homes() -> Homes:
    """Return the homes that the query string asks for, with the total, facets and the next page's cursor."""
    return homes_of(queries.search(db.session(), engine.current(), asked_for(Group.HOME)))


@bp.get("/homes/<ref>")
@open_to_all(passers_by=120, known=600)
@answers(Home)
def home(ref: str) -> Home:
    """Return one home that is or was in the pool, as it stands now."""
    found = get_public_home(db.session(), ref=normalise_ref(ref) or "")
    return home_of(source.load(db.session(), [found.id])[found.id])


@bp.get("/developments")
@open_to_all(passers_by=120, known=600)
@answers(Developments, asks=SEARCH, refuses=(400,))
def developments() -> Developments:
    """Return the developments in which such homes stand, with the number and the prices of those that match.

    The request is that of the homes; its size and its cursor count developments.
    """
    asked = asked_for(Group.DEVELOPMENT)
    return developments_of(queries.by_development(db.session(), engine.current(), asked))


@bp.errorhandler(InvalidSearch)
def invalid_search(error: InvalidSearch) -> Response:
    """Answer 400 with the parameter to blame: the address itself is wrong, not a form."""
    return problem(400, error.code, message_of(error), parameter=error.field)
