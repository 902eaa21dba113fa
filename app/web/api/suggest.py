"""GET /api/v1/suggest: names to look for while somebody types."""

from app.extensions import db
from app.search import names
from app.search.request import Group
from app.web.api import bp
from app.web.api.answers import Suggestions, suggestions_of
from app.web.api.operations import answers, open_to_all
from app.web.api.parameters import SEARCH, asked_for


@bp.get("/suggest")
@open_to_all(passers_by=600, known=1200)
@answers(Suggestions, asks=SEARCH, refuses=(400,))
def suggest() -> Suggestions:
    """Return at most eight names that begin as was typed or are like it, and of which homes can be chosen.

    Names of developments, districts, streets and developers: those that begin as was typed at any of their
    characters, in Chinese, pinyin or initials; if none does, those that are a slip away. It takes the request
    of a search, of which only the words count.
    """
    return suggestions_of(names.suggest(db.session(), asked_for(Group.HOME).q))
