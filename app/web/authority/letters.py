"""Letters: what must be seen and reached nobody by telephone or mail is printed and posted."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict
from app.extensions import db
from app.following.paper_queries import list_of_household
from app.identity.counters import find_counter
from app.identity.models import District
from app.notices import queries, service
from app.projects.queries import get_household, households_by_id
from app.web import following as list_words
from app.web import notices as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.forms.authority import PrintedForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/letters")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def letters() -> ResponseReturnValue:
    """Show the letters that wait, each on a sheet of its own on paper."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_letters(session, actor=who))
    rows = queries.list_letters(session, actor=who, offset=pages.offset, limit=pages.size)
    ids = [notice.household_id for notice in rows if notice.household_id is not None]
    return render_template(
        "authority/letters.html",
        rows=rows,
        pages=pages,
        households=households_by_id(session, actor=who, household_ids=ids),
        district=session.get_one(District, who.district).name,
        counter=find_counter(session, district_id=who.district),
        form=PrintedForm(),
        may_print=who.role == Role.OFFICER,
    )


@bp.post("/letters")
@roles(Role.OFFICER)
def letters_post() -> ResponseReturnValue:
    """Take the letters of the page off the list: they are printed."""
    if not PrintedForm().accept():
        raise Conflict("bad_request")
    # A reference with a NUL in it is no letter's, and no database takes one.
    refs = [ref for ref in request.form.getlist("letter") if ref.isprintable()]
    count = service.mark_printed(db.session(), actor=actor(), refs=refs)
    flash(_("%(count)d 封信已记为打印。", count=count))
    return redirect(url_for("authority.letters"), 303)


@bp.get("/households/<ref>/notices")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def household_notices(ref: str) -> ResponseReturnValue:
    """Show what a household was told, and whether it arrived: the answer to 'nobody told me'."""
    session, who = db.session(), actor()
    household = get_household(session, actor=who, ref=ref)
    pages = paginate(queries.count_of_household(session, actor=who, household_id=household.id))
    rows = queries.list_of_household(
        session, actor=who, household_id=household.id, offset=pages.offset, limit=pages.size
    )
    attempts = queries.attempts_of(session, [notice.id for notice in rows])
    lists = list_of_household(session, actor=who, household_id=household.id)
    return render_template(
        "authority/household-notices.html",
        household=household,
        rows=rows,
        pages=pages,
        attempts={notice_id: words.attempt_rows(found) for notice_id, found in attempts.items()},
        words=words,
        lists=lists,
        list_words=list_words,
    )
