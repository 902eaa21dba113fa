"""Where a developer starts: how the homes stand, and which of them wait for a lower voucher price."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import stock
from app.web import stock as words
from app.web.access import actor, roles
from app.web.developer import bp
from app.web.pages import paginate


@bp.get("/")
@roles(Role.DEVELOPER)
def desk() -> ResponseReturnValue:
    """Show what there is to do, then the ways on."""
    session, who = db.session(), actor()
    counts = stock.count_homes(session, actor=who)
    pages = paginate(counts.to_mend, size=10)
    to_mend = stock.list_homes_to_mend(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/desk.html",
        counts=counts,
        developments=stock.count_developments(session, actor=who),
        to_mend=words.mend_rows(to_mend),
        pages=pages,
    )
