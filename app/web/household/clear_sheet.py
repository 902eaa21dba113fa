"""The household's own clear sheet."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import Conflict
from app.extensions import db
from app.projects.queries import get_household_by_id
from app.reports import clear_sheets
from app.reports.clear_text import compose
from app.web.access import actor, roles
from app.web.clear_sheets import clear_pdf
from app.web.forms.issuing import ClearForm
from app.web.household import bp


@bp.get("/clear-sheet")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def clear_sheet() -> ResponseReturnValue:
    """Show the five standing questions with this household's own figures."""
    session, who = db.session(), actor()
    household = get_household_by_id(session, actor=who, household_id=who.household)
    try:
        text = compose(session, actor=who, household=household)
    except Conflict:
        text = None
    live = clear_sheets.find_live(session, household_id=who.household)
    current = live if live and text and live.sha256 == text.sha256 else None
    return render_template("household/clear-sheet.html", text=text, current=current, form=ClearForm())


@bp.post("/clear-sheet")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE, when="with an issued voucher")
def clear_sheet_post() -> ResponseReturnValue:
    """Make the sheet of today, and lead to its page."""
    session, who = db.session(), actor()
    if ClearForm().accept():
        clear_sheets.make(session, actor=who, household_id=who.household)
    return redirect(url_for("household.clear_sheet"), 303)


@bp.get("/clear-sheet/<run_ref>.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def clear_sheet_pdf(run_ref: str) -> ResponseReturnValue:
    """Give out the household's own sheet as a PDF."""
    return clear_pdf(run_ref)
