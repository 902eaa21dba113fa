"""Refunds (退款) of top-ups: an officer prepares, a checker approves, the bank pays."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.ledger.bank import list_returned
from app.payments import queries, refunds
from app.payments import refund_queries as found
from app.payments.card_queries import list_refundable
from app.payments.models import TopUp
from app.redemptions.queries import purchase_of
from app.web import formatting
from app.web import redemptions as purchase_words
from app.web import top_ups as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.authority import ReasonForm, StateFilterForm
from app.web.forms.base import Choice, Form
from app.web.forms.endings import ReturnedForm
from app.web.forms.payments import PaidForm, RefundForm
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.listing import list_page, offer_states


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
    return _refund_page(ref, PaidForm(formdata=None, paid_on=clock.today()))


@bp.post("/refunds/<ref>/approve")
@roles(Role.CHECKER, when="not who prepared it")
def approve_refund(ref: str) -> ResponseReturnValue:
    """Approve a refund."""
    session = db.session()
    found.get_refund(session, actor=actor(), ref=ref)
    form = Form()
    if form.accept():
        refunds.approve(session, actor=actor(), ref=ref)
        flash(_("复核通过，等银行付款。"))
    return redirect(url_for("authority.refund", ref=ref), 303)


@bp.post("/refunds/<ref>/pay")
@roles(Role.OFFICER, when="it is approved; with the bank's reference, once")
def pay_refund(ref: str) -> ResponseReturnValue:
    """Note that the bank paid."""
    form = PaidForm()
    return do_or_ask_again(
        form,
        lambda: refunds.pay(
            db.session(),
            actor=actor(),
            ref=ref,
            bank_ref=form.bank_ref.value,
            paid_on=form.paid_on.value,
        ),
        again=lambda: _refund_page(ref, form),
        done=_("退款已经登记为付清。"),
        to=url_for("authority.refund", ref=ref),
    )


@bp.get("/refunds/<ref>/return")
@roles(Role.OFFICER)
def return_refund(ref: str) -> ResponseReturnValue:
    """Ask when, under which reference and why the bank sent a refund back."""
    return _return_page(ref, ReturnedForm())


@bp.post("/refunds/<ref>/return")
@roles(Role.OFFICER, when="it was paid; its sum is to be given back anew, by two people")
def return_refund_post(ref: str) -> ResponseReturnValue:
    """Note that the bank sent a refund back."""
    form = ReturnedForm()
    return do_or_ask_again(
        form,
        lambda: refunds.note_returned(
            db.session(),
            actor=actor(),
            ref=ref,
            reference=form.reference.value,
            returned_on=form.returned_on.value,
            reason=form.reason.value,
        ),
        again=lambda: _return_page(ref, form),
        done=_("退票已登记，这笔钱要重新退，到付款人给的另一个账户。"),
        to=url_for("authority.refund", ref=ref),
    )


@bp.get("/refunds/<ref>/reject")
@roles(Role.OFFICER, Role.CHECKER)
def reject_refund(ref: str) -> ResponseReturnValue:
    """Ask why a refund is given up."""
    return _reject_page(ref, ReasonForm())


@bp.post("/refunds/<ref>/reject")
@roles(Role.OFFICER, Role.CHECKER, when="it is not paid; once approved, a checker who did not prepare it")
def reject_refund_post(ref: str) -> ResponseReturnValue:
    """Give a refund up; its money is to be given back again."""
    form = ReasonForm()
    return do_or_ask_again(
        form,
        lambda: refunds.reject(db.session(), actor=actor(), ref=ref, reason=form.reason.value),
        again=lambda: _reject_page(ref, form),
        done=_("这笔退款已经退回，钱还在，要重新办。"),
        to=url_for("authority.refund", ref=ref),
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


def _refund_page(ref: str, form: PaidForm) -> str:
    session, who = db.session(), actor()
    one = found.get_refund(session, actor=who, ref=ref)
    own = who.user_id == one.prepared_by_id
    return render_template(
        "authority/refund.html",
        refund=one,
        purchase=purchase_of(session, one.top_up.owner),
        story=words.refund_timeline(
            one,
            found.names_of(session, one),
            list_returned(session, district_id=one.district_id, owner=refunds.owner_of(one)),
        ),
        form=form,
        plain=Form(formdata=None),
        may_approve=who.role is Role.CHECKER and one.state == "prepared" and not own,
        may_pay=who.role is Role.OFFICER and one.state == "approved",
        may_return=who.role is Role.OFFICER and one.state == "paid",
        may_reject=refunds.may_reject(one, who),
        may_pay_again=who.role is Role.OFFICER
        and one.state == "returned"
        and queries.surplus_of(session, one.top_up) > 0,
        words=words,
        purchase_words=purchase_words,
    )


def _return_page(ref: str, form: ReturnedForm) -> str:
    one = found.get_refund(db.session(), actor=actor(), ref=ref)
    return render_template("authority/return-refund.html", refund=one, form=form)


def _reject_page(ref: str, form: ReasonForm) -> str:
    one = found.get_refund(db.session(), actor=actor(), ref=ref)
    return render_template("authority/reject-refund.html", refund=one, form=form)
