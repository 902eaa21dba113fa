"""How vouchers end: officers prepare, decide and note payments, checkers approve or send back."""

from dataclasses import replace
from typing import Final

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.ledger.bank import list_returned
from app.reports.claim_paper import render_claim
from app.reports.give_up_paper import render_give_up
from app.settlements.pay_list_queries import find_listed
from app.vouchers import ending_queries as queries
from app.vouchers import ending_states as states
from app.vouchers import endings as service
from app.vouchers import lapse_claims, payouts
from app.vouchers.claw_backs import over_of
from app.vouchers.coming_back import Due, due_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_payees import allowed, is_of_heirs, papers_owner
from app.vouchers.ending_states import OPEN, Action, Kind
from app.vouchers.move_queries import heirs_behind
from app.vouchers.stop_queries import find_death
from app.web import endings as words
from app.web import formatting
from app.web import lapse_claims as claims
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.authority.ending_steps import OF_HEIRS, STEPS, UNPAID
from app.web.export import pdf_response
from app.web.files import hand_out
from app.web.forms.authority import DecidingForm, ReasonForm, SendBackForm, StateFilterForm
from app.web.forms.base import Choice, Form
from app.web.forms.cash_bonuses import PrepareHeirForm
from app.web.forms.endings import (
    DecideForm,
    DecideHeirForm,
    EnterClaimForm,
    EnterHeirClaimForm,
    PayForm,
    PrepareForm,
    PrepareWithPayeeForm,
    ReturnedForm,
)
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states
from app.web.stops import evidence_of


@bp.get("/endings/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def endings() -> ResponseReturnValue:
    """List payouts, lapses and vouchers given up: those somebody has to do something about, or one state."""
    form = StateFilterForm()
    offer_states(form.state, words.STATES, blank=_l("还没有办完的"))
    return list_page(
        "authority/endings.html",
        form,
        count=queries.count_endings,
        rows=queries.list_endings,
        wanted=lambda: {
            "states": [form.state.value] if form.state.value else [state.value for state in OPEN]
        },
        words=words,
        heirs_of=lambda rows: heirs_behind(db.session(), [one.voucher_id for one in rows]),
    )


@bp.get("/endings/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def ending(ref: str) -> ResponseReturnValue:
    """Show an ending: the sums and their rules, the account, who asked and who decided."""
    session, who = db.session(), actor()
    found = queries.get_ending(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.END, subject_id=found.id)
    return render_template(
        "authority/ending.html",
        ending=found,
        asked=asked,
        names=names_of(session, asked),
        acts=_desk.offered(ref, lambda act: _may(found, act)),
        returned=list_returned(session, district_id=found.district_id, owner=payouts.owner_of(found)),
        sees_account=who.role in (Role.OFFICER, Role.CHECKER),
        claim_rows=claims.rows(found),
        heirs=_heirs(found),
        listed=find_listed(session, found),
        papers=list_documents(session, papers_owner(found)),
        words=words,
    )


@bp.get("/endings/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def ending_heirs_paper(ref: str, paper: str) -> ResponseReturnValue:
    """Give out one of the papers by which heirs say who receives."""
    found = get_document(db.session(), papers_owner(_get(ref)), ref=paper, access=Access.PARTIES)
    return hand_out(found, public=False)


@bp.get("/endings/<ref>/form.pdf")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def ending_paper(ref: str) -> ResponseReturnValue:
    """Give the form that a household signs which gives its voucher up, or claims what is left of it."""
    session = db.session()
    found = _get(ref)
    if found.claim_until is not None:
        return pdf_response(found.ref, render_claim(session, ending=found))
    if found.kind != Kind.GIVE_UP:
        abort(404)
    return pdf_response(found.ref, render_give_up(session, ending=found))


def _get(ref: str) -> VoucherEnding:
    return queries.get_ending(db.session(), actor=actor(), ref=ref)


def _heirs(found: VoucherEnding) -> list[str]:
    """Return who inherited a voucher, in their order, each with the share of what was left then."""
    heirs = heirs_behind(db.session(), [found.voucher_id]).get(found.voucher_id, [])
    return [f"{heir.place}. {heir.name} {formatting.yuan(heir.share_fen)}" for heir in heirs]


def _form(found: VoucherEnding, step: Step) -> Form:
    """Return the form of a step; who is paid in cash without an account gives it now."""
    needs_account = step.form is PrepareForm and found.effect == "cash" and found.account is None
    asked = UNPAID.get(step.form, step.form) if _is_unpaid(found) else step.form
    if asked is EnterClaimForm and is_of_heirs(db.session(), found):
        asked = EnterHeirClaimForm
    form = PrepareWithPayeeForm() if needs_account else asked()
    if isinstance(form, PrepareWithPayeeForm | DecideForm | EnterClaimForm) and not form.is_submitted():
        form.payee.data = allowed(db.session(), found)[0]
    if isinstance(form, PrepareHeirForm) and not form.is_submitted():
        death = find_death(db.session(), voucher_id=found.voucher_id)
        form.died_on.data = death.died_on if death else None
    if isinstance(form, DecideHeirForm):
        due = due_of(found)
        if due is None or due.most_fen == due.fen:
            del form.paid
    if isinstance(form, DecideForm):
        _offer(form, found)
    return form


def _is_unpaid(found: VoucherEnding) -> bool:
    """Tell whether nothing goes to an account: it is void, or goes back under the agreement."""
    return found.effect not in (None, "cash")


def _offer(form: DecideForm, found: VoucherEnding) -> None:
    """Offer what may be decided: what the rule of the voucher's ending says, where one does."""
    due = due_of(found)
    if due is None or ("agreement" not in due.effects and due.most_fen == due.fen):
        del form.paid
    if due is not None:
        words_of = {
            "cash": _cash_of(due),
            "agreement": _("最多 %(sum)s 回到原来的补偿协议，不计利息", sum=formatting.yuan(due.most_fen)),
            "void": _("按规则不付"),
        }
        form.effect.choices = [Choice(one, words_of[one]) for one in due.effects]
        if len(due.effects) == 1 and not form.is_submitted():
            form.effect.data = due.effects[0]
    elif over_of(found):
        # Part of it is the household's own.
        form.effect.choices = [one for one in form.effect.choices if one.value != "void"]


def _cash_of(due: Due) -> str:
    if due.most_fen == due.fen:
        return _("付现金 %(sum)s", sum=formatting.yuan(due.fen))
    sums = {"least": formatting.yuan(due.fen), "most": formatting.yuan(due.most_fen)}
    return _("付现金：按规则 %(least)s，写明理由最多 %(most)s", **sums)


def _page(found: VoucherEnding, act: Action, form: Form) -> str:
    step = STEPS[act]
    if act is Action.PREPARE and _is_unpaid(found):
        step = replace(step, after=STEPS[Action.DECIDE].after)
    if type(form) is EnterHeirClaimForm:  # the form of a holder adds the account to it
        step = replace(step, button=_l("登记"), after=_l("按申请日算领多少。接着按材料登记代领人的账户。"))
    return render_template(
        "authority/ending-act.html",
        ending=found,
        step=step,
        papers=_papers_to_see(found, act),
        sent=list_documents(db.session(), papers_owner(found)),
        claim_rows=claims.rows(found),
        heirs=_heirs(found),
        listed=find_listed(db.session(), found),
        form=form,
        words=words,
    )


def _papers_to_see(found: VoucherEnding, act: Action) -> list[str]:
    """Return which papers an officer, or the checker of what is paid by them, looks at."""
    if act in OF_HEIRS or found.died_on is not None:
        return evidence_of("receive")
    return evidence_of("give_up") if found.kind == "give_up" and act is Action.PREPARE else []


def _may(found: VoucherEnding, act: Action) -> bool:
    if not states.may(actor().role, found.kind, found.state, act):
        return False
    if act is Action.ENTER:
        return found.claimed_on is None
    if act is Action.DECIDE_HEIR:
        due = due_of(found)
        pays = due is None or "cash" in due.effects
        return pays and is_of_heirs(db.session(), found)
    return act not in OF_HEIRS or (found.effect == "cash" and is_of_heirs(db.session(), found))


_desk: Final = CaseDesk("ending", "/endings", STEPS, _get, _page, _may, _form, kind=service.END)


@_desk.step(Action.PREPARE, Role.OFFICER, when="the account is the holder's own")
def _prepare(found: VoucherEnding, form: Form) -> None:
    """Ask a checker to approve it."""
    payee = form.typed if isinstance(form, PrepareWithPayeeForm) else None
    service.prepare(db.session(), actor=actor(), ending_ref=found.ref, payee=payee)


@_desk.step(Action.ENTER, Role.OFFICER, when="a claim came on paper, for a day within the time for it")
def _enter(found: VoucherEnding, form: EnterHeirClaimForm) -> None:
    """Enter a claim of what is left after the term, with its day."""
    lapse_claims.enter(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        claimed_on=form.claimed_on.value,
        reason=form.reason.value,
        payee=form.typed if isinstance(form, EnterClaimForm) else None,
    )


@_desk.step(Action.DECIDE, Role.OFFICER, when="the policy does not say, and a reason is given")
def _decide(found: VoucherEnding, form: DecideForm) -> None:
    """Put the decision before a checker."""
    service.decide(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        effect=form.effect.value,
        reason=form.reason.value,
        payee=form.typed,
        paid_fen=form["paid"].data if "paid" in form else None,
    )


@_desk.step(
    Action.PREPARE_HEIR,
    Role.OFFICER,
    when="cash is paid; its holder died, and the heirs say on paper who receives",
    most=2 * MOST_BYTES,
)
def _prepare_heir(found: VoucherEnding, form: PrepareHeirForm) -> None:
    """Ask a checker to compare an account of one whom the heirs sent, with their papers."""
    session, who = db.session(), actor()
    service.prepare(session, actor=who, ending_ref=found.ref, payee=form.typed, estate=form.estate)


@_desk.step(
    Action.DECIDE_HEIR,
    Role.OFFICER,
    when="the policy does not say, its holder died, and the heirs say on paper who receives",
    most=2 * MOST_BYTES,
)
def _decide_heir(found: VoucherEnding, form: DecideHeirForm) -> None:
    """Put cash for one whom the heirs sent before a checker, with their papers."""
    service.decide(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        effect="cash",
        reason=form.reason.value,
        payee=form.typed,
        paid_fen=form["paid"].data if "paid" in form else None,
        estate=form.estate,
    )


@_desk.step(Action.REFUSE, Role.OFFICER, when="the household asked; a term that is over is over")
def _refuse(found: VoucherEnding, form: ReasonForm) -> None:
    """Refuse the wish: the money is the voucher's again."""
    service.refuse(db.session(), actor=actor(), ending_ref=found.ref, reason=form.reason.value)


@_desk.step(Action.PAY, Role.OFFICER, when="a checker approved it; a bank reference counts once")
def _pay(found: VoucherEnding, form: PayForm) -> None:
    """Note that the bank paid."""
    payouts.pay(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        bank_reference=form.bank_reference.value,
        paid_on=form.paid_on.value,
        seen=form.seen.value,
    )


@_desk.step(Action.RETURN, Role.OFFICER, when="it was paid; two people look at the next account")
def _note_returned(found: VoucherEnding, form: ReturnedForm) -> None:
    """Note that the bank sent a payout back: it is owed again."""
    payouts.note_returned(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        reference=form.reference.value,
        returned_on=form.returned_on.value,
        reason=form.reason.value,
    )


@_desk.step(
    Action.RECALL,
    Role.CHECKER,
    when="approved, and the bank has not paid it; two people look at the next account",
)
def _recall(found: VoucherEnding, form: SendBackForm) -> None:
    """Let an approved sum wait for another account."""
    payouts.recall(
        db.session(), actor=actor(), ending_ref=found.ref, reason=form.reason.value, seen=form.seen.value
    )


@_desk.step(Action.APPROVE, Role.CHECKER, when="not by the officer who prepared it")
def _approve(found: VoucherEnding, form: DecidingForm) -> None:
    """Let the leftover leave the voucher."""
    service.approve(db.session(), actor=actor(), ending_ref=found.ref, seen=form.seen.value)


@_desk.step(Action.SEND_BACK, Role.CHECKER, when="not by the officer who prepared it")
def _send_back(found: VoucherEnding, form: SendBackForm) -> None:
    """Return it to the officer."""
    service.send_back(
        db.session(),
        actor=actor(),
        ending_ref=found.ref,
        reason=form.reason.value,
        seen=form.seen.value,
    )
