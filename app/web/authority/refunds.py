"""Refunds (退款) of top-ups: an officer prepares, a checker approves, the bank pays."""

from enum import StrEnum
from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Actor, Role
from app.extensions import db
from app.ledger.bank import list_returned
from app.payments import queries, refunds
from app.payments import refund_queries as found
from app.payments.card_queries import list_refundable
from app.payments.models import TopUp
from app.payments.refund_models import Refund
from app.redemptions.queries import purchase_of
from app.web import formatting
from app.web import redemptions as purchase_words
from app.web import top_ups as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.authority.too_late import Decision, decision_of
from app.web.forms.authority import ReasonForm, StateFilterForm
from app.web.forms.base import Choice, Form
from app.web.forms.endings import ApproveEndingForm, ReturnedForm
from app.web.forms.payments import PaidForm, RefundForm
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states


class Act(StrEnum):
    """What can be done to a refund."""

    APPROVE = "approve"
    PAY = "pay"
    RETURN = "return"
    """The bank sent it back."""
    REJECT = "reject"


_STEPS: Final = {
    Act.APPROVE: Step(
        _l("复核通过"),
        _l("通过"),
        _l("退到的账号应该就是付款的账号，金额没有超过到账的。通过以后等银行付款。"),
        _l("复核通过，等银行付款。"),
        ApproveEndingForm,
    ),
    Act.PAY: Step(
        _l("登记银行付款"),
        _l("登记付清"),
        _l("登记以后不能改。请按银行回单填写。"),
        _l("退款已经登记为付清。"),
        PaidForm,
    ),
    Act.RETURN: Step(
        _l("登记银行退票"),
        _l("登记退票"),
        _l("钱算还在监管账户里，仍然要退，会回到“等着退的”。重新退的时候填付款人给的另一个账号。"),
        _l("退票已登记，这笔钱要重新退，到付款人给的另一个账户。"),
        ReturnedForm,
        warning=True,
    ),
    Act.REJECT: Step(
        _l("不退，或者退不成"),
        _l("退回这笔退款"),
        _l("钱还在监管账户里，仍然要退，会回到“等着退的”。"),
        _l("这笔退款已经退回，钱还在，要重新办。"),
        ReasonForm,
        warning=True,
    ),
}


@bp.get("/refunds/", endpoint="refunds")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def refunds_page() -> ResponseReturnValue:
    """List what is to be given back, and the refunds, all or those in one state."""
    form = StateFilterForm()
    offer_states(form.state, words.REFUNDS)
    return list_page(
        "authority/refunds.html",
        form,
        count=found.count_district,
        rows=found.list_district,
        wanted=lambda: {"state": form.state.value or None},
        due=found.list_due(db.session(), actor=actor()),
        words=words,
    )


@bp.get("/refunds/new/<ref>")
@roles(Role.OFFICER)
def new_refund(ref: str) -> ResponseReturnValue:
    """Ask which line of a top-up is given back, and how much."""
    return _new_page(ref, RefundForm())


@bp.post("/refunds/new/<ref>")
@roles(Role.OFFICER, when="never above what is to be given back, nor above what the line brought")
def new_refund_post(ref: str) -> ResponseReturnValue:
    """Prepare a refund."""
    form = RefundForm()
    _offer(found.get_top_up(db.session(), actor=actor(), ref=ref), form)
    return do_or_ask_again(
        form,
        lambda: refunds.prepare(
            db.session(),
            actor=actor(),
            top_up_ref=ref,
            line_ref=form.line.value,
            amount_fen=form.amount.value,
            payee_account=form.payee_account.value,
        ),
        again=lambda: _new_page(ref, form),
        done=_("已提交复核人复核。"),
        to=lambda made: url_for("authority.refund", ref=made.ref),
    )


@bp.get("/refunds/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def refund(ref: str) -> ResponseReturnValue:
    """Show a refund, where its money came from, and the next step."""
    session, who, one = db.session(), actor(), _get(ref)
    returned = list_returned(session, district_id=one.district_id, owner=refunds.owner_of(one))
    return render_template(
        "authority/refund.html",
        refund=one,
        purchase=purchase_of(session, one.top_up.owner),
        story=words.refund_timeline(one, found.names_of(session, one), returned),
        acts=_desk.offered(ref, lambda act: _may(one, who, act)),
        may_pay_again=who.role is Role.OFFICER
        and one.state == "returned"
        and queries.surplus_of(session, one.top_up) > 0,
        words=words,
        purchase_words=purchase_words,
    )


def _offer(top_up: TopUp, form: RefundForm) -> None:
    form.line.choices = [
        Choice(
            one.line.ref,
            _(
                "%(sum)s，%(name)s，%(day)s",
                sum=formatting.yuan(one.amount_fen - one.refunded_fen),
                name=one.line.payer_name or _("没有写付款人"),
                day=formatting.day(one.line.received_on),
            ),
            hint=_(
                "付款账号 %(account)s；流水号 %(serial)s；%(kind)s",
                account=one.line.payer_account or _("流水上没有"),
                serial=one.line.serial,
                kind=MONEY[one.kind],
            ),
        )
        for one in found.list_refundable(db.session(), top_up=top_up)
    ]


def _new_page(ref: str, form: RefundForm) -> str:
    session = db.session()
    top_up = found.get_top_up(session, actor=actor(), ref=ref)
    surplus_fen = queries.surplus_of(session, top_up)
    _offer(top_up, form)
    if not form.is_submitted():
        form.amount.data = surplus_fen or None
        if len(form.line.choices) == 1:
            form.line.data = form.line.choices[0].value
    return render_template(
        "authority/new-refund.html",
        top_up=top_up,
        surplus_fen=surplus_fen,
        online=list_refundable(session, top_up=top_up),
        purchase=purchase_of(session, top_up.owner),
        form=form,
        purchase_words=purchase_words,
    )


def _get(ref: str) -> Refund:
    return found.get_refund(db.session(), actor=actor(), ref=ref)


def _page(refund: Refund, act: Act, form: Form) -> str:
    return render_template("authority/refund-act.html", refund=refund, step=_STEPS[act], form=form)


def _may(refund: Refund, who: Actor, act: Act) -> bool:
    """Tell whether somebody may take this step; the page shows its buttons by it."""
    return {
        Act.APPROVE: who.role is Role.CHECKER
        and refund.state == "prepared"
        and refund.prepared_by_id != who.user_id,
        Act.PAY: who.role is Role.OFFICER and refund.state == "approved",
        Act.RETURN: who.role is Role.OFFICER and refund.state == "paid",
        Act.REJECT: refunds.may_reject(refund, who),
    }[act]


def _is_open(refund: Refund, act: Act) -> bool:
    return _may(refund, actor(), act)


def _decision(refund: Refund) -> Decision | None:
    return decision_of(refund, found.names_of(db.session(), refund))


_desk: Final = CaseDesk("refund", "/refunds", _STEPS, _get, _page, _is_open, decision=_decision)


@_desk.step(Act.APPROVE, Role.CHECKER, when="not who prepared it")
def _approve(refund: Refund, _given: Form) -> None:
    """Approve a refund."""
    refunds.approve(db.session(), actor=actor(), ref=refund.ref)


@_desk.step(Act.PAY, Role.OFFICER, when="it is approved; with the bank's reference, once")
def _pay(refund: Refund, form: PaidForm) -> None:
    """Note that the bank paid."""
    refunds.pay(
        db.session(),
        actor=actor(),
        ref=refund.ref,
        bank_ref=form.bank_ref.value,
        paid_on=form.paid_on.value,
    )


@_desk.step(Act.RETURN, Role.OFFICER, when="it was paid; its sum is to be given back anew, by two people")
def _note_returned(refund: Refund, form: ReturnedForm) -> None:
    """Note that the bank sent a refund back."""
    refunds.note_returned(
        db.session(),
        actor=actor(),
        ref=refund.ref,
        reference=form.reference.value,
        returned_on=form.returned_on.value,
        reason=form.reason.value,
    )


@_desk.step(
    Act.REJECT,
    Role.OFFICER,
    Role.CHECKER,
    when="it is not paid; once approved, a checker who did not prepare it",
)
def _reject(refund: Refund, form: ReasonForm) -> None:
    """Give a refund up; its money is to be given back again."""
    refunds.reject(db.session(), actor=actor(), ref=refund.ref, reason=form.reason.value)
