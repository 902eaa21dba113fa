"""Verification (核验) and write-off (核销) of redemptions: officer first, checker second."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError
from app.extensions import db
from app.redemptions import batch_queries, beside, contracts, queries, queues, service, snapshot, states
from app.redemptions.checking import Turn
from app.redemptions.models import Redemption
from app.redemptions.states import Action, State
from app.redemptions.top_up_queries import find_top_up
from app.sales.addresses import find_of_home as find_double
from app.sales.matching import number_elsewhere
from app.settlements import late, late_queries
from app.settlements import milestone_queries as milestones
from app.settlements.milestones import CERTIFICATE
from app.web import changes as change_words
from app.web import checking as desk
from app.web import kinship as kinship_words
from app.web import late as late_words
from app.web import loans
from app.web import redemptions as words
from app.web import sales as sale_words
from app.web import settlements as settlement_words
from app.web import top_ups as money_words
from app.web.access import actor, roles
from app.web.acting import status_again
from app.web.authority import bp
from app.web.authority.checking import onward
from app.web.authority.too_late import Decision, too_late
from app.web.files import hand_out
from app.web.forms.authority import StateFilterForm
from app.web.forms.checking import CaseForm, NextForm, RefusalForm
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.listing import list_page, offer_states
from app.web.security import let_files_open


@bp.get("/redemptions/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def redemptions() -> ResponseReturnValue:
    """List the district's redemptions, all or those in one state."""
    form = StateFilterForm()
    offer_states(form.state, words.STATES)
    return list_page(
        "authority/redemptions.html",
        form,
        count=queries.count_redemptions,
        rows=queries.list_redemptions,
        wanted=lambda: {"states": [State(form.state.value)] if form.state.value else None},
        words=words,
        now=clock.now(),
    )


@bp.get("/redemptions/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def redemption(ref: str) -> ResponseReturnValue:
    """Show one redemption: the quote beside what is on record, and what may be done."""
    session, who, now = db.session(), actor(), clock.now()
    found = queries.get_redemption(session, actor=who, ref=ref)
    story, top_up = queries.timeline(session, found), find_top_up(session, found)
    frozen = snapshot.read(found.quote.snapshot)
    state = State(found.state)
    let_files_open()
    verification = _verification(who.role, state)
    own = verification is not None and queries.has_acted_at_counter(
        session, redemption_id=found.id, user_id=who.user_id
    )
    contract = contracts.seen(session, found.contract) if found.contract else None
    changes = change_words.told(session, found, role=who.role)
    reported = milestones.list_of(session, found)
    return render_template(
        "authority/redemption.html",
        redemption=found,
        frozen=frozen,
        lines=words.comparison(found, frozen),
        contract=contract,
        replaced=contracts.list_replaced(session, found),
        progress=words.progress(
            found,
            story,
            now,
            role=who.role,
            top_up=top_up,
            proof=kinship_words.standing(contract),
            changing=changes.under_way,
        ),
        timeline=words.timeline(story, names=True),
        words=words,
        now=now,
        may_verify=verification is not None and not own,
        own_counter=own,
        top_up=top_up,
        money_words=money_words,
        money=MONEY,
        may_refuse=states.may(who.role, state, Action.REFUSE),
        elsewhere=number_elsewhere(session, found),
        address=find_double(session, home_id=found.home_id) if found.disputed_at else None,
        sale_words=sale_words,
        changes=changes,
        milestones=reported,
        may_report_certificate=state is State.REDEEMED
        and not any(one.kind == CERTIFICATE and one.state != "objected" for one in reported),
        lates=late_queries.list_of(session, found),
        may_report_late=late.why_not(session, found) is None,
        late_words=late_words,
        settlement_words=settlement_words,
    )


@bp.get("/redemptions/<ref>/loan/<any(loan, fund):kind>/<any(filed, approved, refused):stage>")
@roles(Role.OFFICER)
def loan(ref: str, kind: str, stage: str) -> ResponseReturnValue:
    """Show what follows from how far a loan is, and ask for bank and day once the papers are handed in."""
    return loans.ask(ref, kind, stage, back="authority.redemption")


@bp.post("/redemptions/<ref>/loan/<any(loan, fund):kind>/<any(filed, approved, refused):stage>")
@roles(Role.OFFICER, when="it follows the one before; a lock is lengthened once, by the policy")
def loan_post(ref: str, kind: str, stage: str) -> ResponseReturnValue:
    """Note how far a household's loan is, as an officer who was told."""
    return loans.note(ref, kind, stage, back="authority.redemption", on="authority.redemption")


@bp.get("/redemptions/<ref>/contract/files/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def contract_paper(ref: str, paper: str) -> Response:
    """Hand out the scan of a contract, or a paper of kinship; of what was corrected, too."""
    found = _load(ref)
    kept = contracts.get_paper(db.session(), found, ref=paper, states=change_words.paper_states(found))
    return hand_out(kept, public=False, opens=True)


@bp.get("/redemptions/<ref>/verify")
@roles(Role.OFFICER, Role.CHECKER)
def verify_redemption(ref: str) -> ResponseReturnValue:
    """Put quote and record before the officer or the checker once more."""
    if made := _decision(ref):
        return too_late(_("核验购房合同"), made, url_for("authority.redemption", ref=ref))
    form = CaseForm()
    form.queue.data = request.args.get("queue", "")
    return _verify_page(ref, form)


@bp.post("/redemptions/<ref>/verify")
@roles(
    Role.OFFICER,
    Role.CHECKER,
    when="a contract is entered; two different people, neither of whom acted in it at the counter",
)
def verify_redemption_post(ref: str) -> ResponseReturnValue:
    """Verify as an officer, or write off as a checker."""
    session, who, form = db.session(), actor(), CaseForm()
    if not form.accept():
        return _verify_page(ref, form), 422
    queue = form.queue.value
    try:
        following = service.verify_case(
            session,
            actor=who,
            redemption_ref=ref,
            explanation=form.explanation.data or "",
            seen_ref=form.contract.value,
            development_ref=desk.development_of(queue),
            opens_next=bool(queue),
        )
    except DomainError as error:
        # The money had moved before the approval was refused; the page must show what really stands.
        session.rollback()
        form.apply(error)
        return _verify_page(ref, form), status_again(error)
    flash(_("核验已提交，等待复核人复核。") if who.role == Role.OFFICER else _("复核通过，房票已核销。"))
    return onward(following, queue) if queue else redirect(url_for("authority.redemption", ref=ref), 303)


@bp.get("/redemptions/<ref>/refuse")
@roles(Role.OFFICER, Role.CHECKER)
def refuse_redemption(ref: str) -> ResponseReturnValue:
    """Ask why the purchase is sent back."""
    if made := _decision(ref):
        return too_late(_("退回这笔购房"), made, url_for("authority.redemption", ref=ref))
    form = RefusalForm()
    form.queue.data = request.args.get("queue", "")
    return _refuse_page(ref, form)


@bp.post("/redemptions/<ref>/refuse")
@roles(Role.OFFICER, Role.CHECKER)
def refuse_redemption_post(ref: str) -> ResponseReturnValue:
    """Send the purchase back: home and money are free again."""
    session, who, form = db.session(), actor(), RefusalForm()
    queries.get_redemption(session, actor=who, ref=ref)
    if not form.accept():
        return _refuse_page(ref, form), 422
    queue = form.queue.value
    try:
        following = service.refuse_case(
            session,
            actor=who,
            redemption_ref=ref,
            reason=form.told,
            seen_ref=form.contract.value,
            development_ref=desk.development_of(queue),
            opens_next=bool(queue),
        )
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _refuse_page(ref, form), status_again(error)
    flash(_("这笔购房已退回，房票金额已退还购房人。"))
    return onward(following, queue) if queue else redirect(url_for("authority.redemption", ref=ref), 303)


def _verification(role: Role | None, state: State) -> Action | None:
    """Return the step of the verification that this role takes now, or None."""
    for action in (Action.VERIFY_FIRST, Action.VERIFY_SECOND):
        if states.may(role, state, action):
            return action
    return None


def _decision(ref: str) -> Decision | None:
    """Return what was decided in the turn of whoever asks; None while it is open to them, or not reached."""
    found, role = _load(ref), actor().role
    if _verification(role, State(found.state)):
        return None
    own = Action.VERIFY_SECOND if role is Role.CHECKER else Action.VERIFY_FIRST
    steps = queries.timeline(db.session(), found)
    made = next((one for one in reversed(steps) if one.action in (own, Action.REFUSE)), None)
    if made is None:
        return None
    return Decision("approved" if made.action == own else "rejected", made.by, made.at, made.reason)


def _load(ref: str) -> Redemption:
    return queries.get_redemption(db.session(), actor=actor(), ref=ref)


def _verify_page(ref: str, form: CaseForm) -> str:
    session, who, found = db.session(), actor(), _load(ref)
    queue, second = form.queue.value, who.role == Role.CHECKER
    place = batch_queries.find_undecided(session, found.id)
    frozen = snapshot.read(found.quote.snapshot)
    form.contract.data = _seen(found, second=second)
    let_files_open()
    return render_template(
        "authority/verify.html",
        redemption=found,
        contract=contracts.seen(session, found.contract) if found.contract else None,
        frozen=frozen,
        lines=words.comparison(found, frozen),
        form=form,
        next_form=NextForm().for_queue(queue, after=ref),
        queue=queue,
        oddities=queues.case_oddities(session, found, Turn.SECOND if second else Turn.FIRST),
        explanation=_explanation(session, found) if second else None,
        held_by=queues.find_holder(session, actor=who, redemption=found),
        previous=queues.find_previous(session, actor=who, redemption=found),
        batch_ref=place[1].ref if place and second else None,
        sample=place is not None and place[0].sampled and place[1].state == "open",
        words=words,
        desk=desk,
        second=second,
    )


def _seen(found: Redemption, *, second: bool) -> str:
    """Return the contract that is put before them; a checker is shown none before an officer verified it."""
    unverified = second and found.state == State.CONTRACTED
    return found.contract.ref if found.contract and not unverified else ""


def _explanation(session: Session, found: Redemption) -> str | None:
    """Return why the first person let a difference stand."""
    steps = queries.timeline(session, found)
    return next((step.reason for step in reversed(steps) if step.action == Action.VERIFY_FIRST), None)


def _refuse_page(ref: str, form: RefusalForm) -> str:
    found = _load(ref)
    form.contract.data = _seen(found, second=actor().role == Role.CHECKER)
    return render_template(
        "authority/refuse.html",
        redemption=found,
        lost=words.lost_by_refusal(snapshot.read(found.quote.snapshot), clock.today()),
        lost_beside=words.lost_beside(beside.list_spaces(db.session(), found)),
        form=form,
        words=words,
    )
