"""The page of all words of the trade (词语解释)."""

from flask import render_template

from app.web.access import public
from app.web.glossary import GROUPS
from app.web.public import bp


@bp.get("/words")
@public
def words() -> str:
    """Say in plain words what the words of the trade mean."""
    return render_template("public/words.html", groups=GROUPS)
