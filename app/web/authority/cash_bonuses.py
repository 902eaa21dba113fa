"""Bonus in cash: officers note account and payment, checkers compare or send back."""

from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.ledger import bank
from app.redemptions import cash as service
from app.redemptions import cash_queries as queries
from app.redemptions import cash_states as states
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import OPEN, Action
from app.redemptions.later import mark_of
from app.settlements.pay_list_queries import find_listed
from app.vouchers.move_queries import heirs_behind, payees_of
from app.web import cash_bonuses as words
from app.web import formatting
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.authority.too_late import Decision
from app.web.files import hand_out
from app.web.forms.authority import SendBackForm, StateFilterForm
from app.web.forms.base import Form
from app.web.forms.cash_bonuses import PrepareHeirForm
from app.web.forms.endings import (
    ApproveEndingForm,
    PayForm,
    PrepareWithPayeeForm,
    ReturnedForm,
)
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states
from app.web.stops import evidence_of

_STEPS: Final = {
    Action.PREPARE: Step(
        _l("登记收款账户"),
        _l("提交复核"),
        _l("由另一个人核对，通过以后才付款。"),
        _l("已提交复核。"),
        PrepareWithPayeeForm,
    ),
    Action.PREPARE_HEIR: Step(
        _l("持有人去世，登记代领人"),
        _l("提交复核"),
        _l("由另一个人对照材料核对，通过以后付给代领人一个人。怎么分由继承人自己办，征收办不分。"),
        _l("已提交复核。"),
        PrepareHeirForm,
        warning=True,
    ),
    Action.APPROVE: Step(
        _l("复核通过"),
        _l("通过"),
        _l("等银行付款。"),
        _l("已通过，等银行付款。"),
        ApproveEndingForm,
    ),
    Action.SEND_BACK: Step(
        _l("账户不对，退回"),
        _l("确认退回"),
        _l("先问清银行没有付出。请被征收人登记另一个账户，两个人核对以后再付。"),
        _l("已退回，等登记另一个账户。"),
        SendBackForm,
        warning=True,
    ),
    Action.PAY: Step(
        _l("登记付款"),
        _l("登记付款"),
        _l("登记以后不能改。请按银行回单填写。"),
        _l("付款已登记。"),
        PayForm,
    ),
    Action.RETURN: Step(
        _l("登记退回"),
        _l("登记退回"),
        _l("银行退票，或者购房撤销前被征收人交回。这笔钱重新等着付。"),
        _l("退回已登记，这笔钱重新等着付。"),
        ReturnedForm,
        warning=True,
    ),
}


@bp.get("/cash-bonuses/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cash_bonuses() -> ResponseReturnValue:
    """List bonus in cash: what somebody has to do something about, or one state."""
    form = StateFilterForm()
    offer_states(form.state, words.STATES, blank=_l("还没有办完的"))
    return list_page(
        "authority/cash-bonuses.html",
        form,
        count=queries.count,
        rows=queries.list_in,
        wanted=lambda: {
            "states": [form.state.value] if form.state.value else [state.value for state in OPEN]
        },
        words=words,
    )


@bp.get("/cash-bonuses/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cash_bonus(ref: str) -> ResponseReturnValue:
    """Show a bonus in cash: its purchase, its account, and what may be done."""
    session, who = db.session(), actor()
    found = queries.get(session, actor=who, ref=ref)
    return render_template(
        "authority/cash-bonus.html",
        bonus=found,
        redemption=queries.redemption_of(session, found),
        names=queries.names_behind(session, found),
        stopped=queries.stopped_voucher(session, found),
        acts=_desk.offered(ref, lambda act: _may(found, act)),
        payment=bank.find_standing(session, district_id=found.district_id, owner=service.owner_of(found)),
        returned=bank.list_returned(session, district_id=found.district_id, owner=service.owner_of(found)),
        heirs=_heirs(found),
        listed=find_listed(session, found),
        is_of_heirs=queries.is_of_heirs(session, found),
        papers=list_documents(session, queries.papers_owner(found)),
        account=words.account(found, is_whole=who.role in (Role.OFFICER, Role.CHECKER)),
        words=words,
    )


@bp.get("/cash-bonuses/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cash_bonus_paper(ref: str, paper: str) -> ResponseReturnValue:
    """Give out one of the papers by which heirs say who receives."""
    session = db.session()
    owner = queries.papers_owner(queries.get(session, actor=actor(), ref=ref))
    return hand_out(get_document(session, owner, ref=paper, access=Access.PARTIES), public=False)


def _heirs(found: CashBonus) -> list[str]:
    """Return who inherited the voucher that earned it, each with the share of what was left then."""
    voucher_id = found.allocation.voucher_id
    heirs = heirs_behind(db.session(), [voucher_id]).get(voucher_id, [])
    return [f"{heir.name} {formatting.yuan(heir.share_fen)}" for heir in heirs]


def _get(ref: str) -> CashBonus:
    return queries.get(db.session(), actor=actor(), ref=ref)


def _form(found: CashBonus, step: Step) -> Form:
    form = step.form()
    if isinstance(form, PrepareWithPayeeForm) and not form.is_submitted():
        form.payee.data = payees_of(db.session(), found.allocation.voucher)[0]
    if isinstance(form, PrepareHeirForm) and not form.is_submitted():
        death = queries.death_of(db.session(), found)
        form.died_on.data = death.died_on if death else None
    return form


def _page(found: CashBonus, act: Action, form: Form) -> str:
    return render_template(
        "authority/cash-bonus-act.html",
        bonus=found,
        account=words.account(found, is_whole=True),
        stopped=queries.stopped_voucher(db.session(), found),
        step=_STEPS[act],
        heirs=_heirs(found),
        listed=find_listed(db.session(), found),
        papers=evidence_of("receive") if act is Action.PREPARE_HEIR or found.died_on else [],
        sent=list_documents(db.session(), queries.papers_owner(found)),
        form=form,
        words=words,
    )


def _may(found: CashBonus, act: Action) -> bool:
    return states.may(actor().role, found.state, act)


def _decision(found: CashBonus) -> Decision | None:
    if found.approved_at is not None:
        names = queries.names_behind(db.session(), found)
        return Decision("approved", names.get(found.approved_by_id), found.approved_at)
    return Decision("rejected", reason=found.reason) if found.reason else None


_desk: Final = CaseDesk(
    "cash_bonus",
    "/cash-bonuses",
    _STEPS,
    _get,
    _page,
    _may,
    _form,
    mark=lambda found: mark_of(db.session(), found),
    decision=_decision,
)


@_desk.step(Action.PREPARE, Role.OFFICER, when="it is owed; the account is the holder's own")
def _prepare(found: CashBonus, form: PrepareWithPayeeForm) -> None:
    """Ask a checker to compare it."""
    service.prepare(db.session(), actor=actor(), ref=found.ref, payee=form.typed)


@_desk.step(
    Action.PREPARE_HEIR,
    Role.OFFICER,
    when="it is owed; its holder died, and the heirs say on paper who receives",
    most=2 * MOST_BYTES,
)
def _prepare_heir(found: CashBonus, form: PrepareHeirForm) -> None:
    """Ask a checker to compare an account of one whom the heirs sent, with their papers."""
    service.prepare(db.session(), actor=actor(), ref=found.ref, payee=form.typed, estate=form.estate)


@_desk.step(Action.APPROVE, Role.CHECKER, when="not by the officer who typed the account")
def _approve(found: CashBonus, form: ApproveEndingForm) -> None:
    """Let it wait for the bank."""
    service.approve(db.session(), actor=actor(), ref=found.ref, seen=form.seen.value)


@_desk.step(Action.SEND_BACK, Role.CHECKER, when="the bank has not paid it")
def _send_back(found: CashBonus, form: SendBackForm) -> None:
    """Let it wait for another account."""
    service.send_back(
        db.session(), actor=actor(), ref=found.ref, reason=form.reason.value, seen=form.seen.value
    )


@_desk.step(Action.PAY, Role.OFFICER, when="a checker approved it; a bank reference counts once")
def _pay(found: CashBonus, form: PayForm) -> None:
    """Note that the bank paid."""
    service.pay(
        db.session(),
        actor=actor(),
        ref=found.ref,
        bank_reference=form.bank_reference.value,
        paid_on=form.paid_on.value,
        seen=form.seen.value,
    )


@_desk.step(Action.RETURN, Role.OFFICER, when="it was paid; two people look at the next account")
def _note_returned(found: CashBonus, form: ReturnedForm) -> None:
    """Note that a payment came back: it is owed again."""
    service.note_returned(
        db.session(),
        actor=actor(),
        ref=found.ref,
        reference=form.reference.value,
        returned_on=form.returned_on.value,
        reason=form.reason.value,
    )
