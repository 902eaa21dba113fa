"""Counter mode (窗口代办): a clerk does for a household what it came for, on the household's own pages."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict, DomainError, TooMany
from app.core.rates import give_back, take
from app.extensions import db
from app.projects import helping_queries, visits
from app.projects.persons import list_persons
from app.projects.queries import get_household
from app.redemptions.queries import moves_of_visit
from app.settlements import late_queries, milestone_queries
from app.vouchers import ending_queries, move_queries, stop_queries
from app.web import endings as ending_words
from app.web import helping as help_words
from app.web import late as late_words
from app.web import moves as change_words
from app.web import redemptions as words
from app.web import settlements as settlement_words
from app.web import stopped
from app.web import stops as stop_words
from app.web.access import actor, roles, the_sign_in
from app.web.authority import bp
from app.web.errors import status_of
from app.web.forms.claims import BeginVisitForm, EndVisitForm
from app.web.language import gettext as _


@bp.get("/households/<ref>/counter")
@roles(Role.OFFICER)
def begin_visit(ref: str) -> ResponseReturnValue:
    """Ask who stands at the counter."""
    return _begin_page(ref, BeginVisitForm())


@bp.post("/households/<ref>/counter")
@roles(Role.OFFICER, when="an adult of the household is there with the ID card")
def begin_visit_post(ref: str) -> ResponseReturnValue:
    """Act for the household from now on."""
    session, who, form = db.session(), actor(), BeginVisitForm()
    get_household(session, actor=who, ref=ref)
    if not form.accept():
        return _begin_page(ref, form), 422
    counts = visits.tries(user_id=who.user_id, household_ref=ref)
    try:
        full = take(counts)
        if full is not None:
            stopped.note(full, user_id=who.user_id)
            raise TooMany("counter_too_many", minutes=full.bucket.seconds // 60)
        visits.begin(
            session,
            actor=who,
            sign_in_id=the_sign_in().id,
            household_ref=ref,
            last_six=form.last_six.value,
        )
    except DomainError as error:
        form.apply(error)
        return _begin_page(ref, form), status_of(error)
    give_back(counts)
    return redirect(url_for("household.wallet"), 303)


@bp.post("/counter/end")
@roles(Role.HOUSEHOLD, Role.OFFICER)
def end_visit() -> ResponseReturnValue:
    """End the visit and show what was done in it, to be signed."""
    if not EndVisitForm().accept():
        raise Conflict("bad_request")
    visit = visits.end(db.session(), actor=actor(), sign_in_id=the_sign_in().id)
    flash(_("代办已结束。请打印下面的记录，请本人核对、签字。"))
    return redirect(url_for("authority.visit", ref=visit.ref), 303)


@bp.get("/counter/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def visit(ref: str) -> ResponseReturnValue:
    """Show what was done in a visit, on a form to sign."""
    session = db.session()
    found = visits.get_visit(session, actor=actor(), ref=ref)
    return render_template(
        "authority/visit.html",
        visit=found,
        moves=moves_of_visit(session, visit_id=found.id),
        changes=move_queries.list_of_visit(session, visit_id=found.id),
        change_words=change_words,
        endings=ending_queries.list_of_visit(session, visit_id=found.id),
        helpers=helping_queries.list_of_visit(session, visit_id=found.id),
        handovers=milestone_queries.list_of_visit(session, visit_id=found.id),
        stops=stop_queries.list_of_visit(session, visit_id=found.id),
        stop_words=stop_words,
        lates=late_queries.list_of_visit(session, visit_id=found.id),
        late_words=late_words,
        settlement_words=settlement_words,
        ending_words=ending_words,
        help_words=help_words,
        words=words,
    )


def _begin_page(ref: str, form: BeginVisitForm) -> str:
    session, who = db.session(), actor()
    household = get_household(session, actor=who, ref=ref)
    return render_template(
        "authority/begin-visit.html",
        household=household,
        persons=list_persons(session, actor=who, household_id=household.id),
        form=form,
    )
