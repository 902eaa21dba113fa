"""Payments online, for the authority: by state, refunds to the source, disputes, each day's books."""

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Actor, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.gateways import stripe
from app.payments import card_disputes, card_refunds, queries
from app.payments import card_queries as found
from app.payments import flows as card_flows
from app.payments.card_models import CardDispute, CardRefund
from app.redemptions.queries import purchase_of
from app.web import cards as words
from app.web import formatting
from app.web import redemptions as purchase_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.authority.too_late import Decision, decision_of, not_now
from app.web.export import csv_response
from app.web.forms.authority import ReasonForm, StateFilterForm
from app.web.forms.base import Choice, Form
from app.web.forms.payments import ApproveCardRefundForm, CardRefundForm, CloseDisputeForm, ReportDayForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page
from app.web.messages import message_of

STATES: Final = {"under_way": _l("还没有付完"), "paid": _l("已经付成"), "ended": _l("没有付，已经结束")}


class Act(StrEnum):
    """What can be done to a refund to the source."""

    APPROVE = "approve"
    REJECT = "reject"


_STEPS: Final = {
    Act.APPROVE: Step(
        _l("复核通过"),
        _l("通过"),
        _l("通过以后马上请支付公司退，不能再撤。"),
        _l("复核通过，正在请支付公司退回。"),
        ApproveCardRefundForm,
    ),
    Act.REJECT: Step(
        _l("不退，或者要改"),
        _l("退回这笔退款"),
        _l("钱还在，仍然要退，会回到“等着退的”。"),
        _l("这笔退款已经退回，钱还在，要重新办。"),
        ReasonForm,
        warning=True,
    ),
}


@bp.get("/cards/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cards() -> ResponseReturnValue:
    """List payments online by state, and in front what waits for somebody: disputes, refunds, differences."""
    session, who, form = db.session(), actor(), StateFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, text in STATES.items()]
    return list_page(
        "authority/cards.html",
        form,
        count=found.count_district,
        rows=found.list_district,
        wanted=lambda: {"state": form.state.value or None},
        disputes=found.list_disputes(session, actor=who),
        dispute_count=found.count_disputes(session, actor=who),
        waiting=found.list_waiting(session, actor=who),
        waiting_count=found.count_waiting(session, actor=who),
        failed=found.list_failed(session, actor=who),
        failed_count=found.count_failed(session, actor=who),
        reports=found.list_reports(session, actor=who, limit=1),
        words=words,
    )


@bp.get("/cards/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def card(ref: str) -> ResponseReturnValue:
    """Show a payment online: whose it is, what was captured, what went back, what is disputed."""
    return _card_page(ref)


@bp.post("/cards/<ref>/look")
@roles(Role.OFFICER, Role.CHECKER)
def look_at_card(ref: str) -> ResponseReturnValue:
    """Ask Stripe what became of a payment."""
    session = db.session()
    payment = found.get_payment(session, actor=actor(), ref=ref)
    if not Form().accept():
        return _card_page(ref), 422
    try:
        card_flows.settle(session, payment_id=payment.id)
    except DomainError as error:
        session.rollback()
        flash(message_of(error), "important")
    else:
        flash(_("已经和支付公司核对过。"))
    return redirect(url_for("authority.card", ref=ref), 303)


@bp.get("/cards/<ref>/disputes/<stripe_id>/close")
@roles(Role.CHECKER)
def close_dispute(ref: str, stripe_id: str) -> ResponseReturnValue:
    """Ask what became of the money that a lost dispute lacks."""
    dispute = _dispute(ref, stripe_id)
    if dispute.outcome != "lost" or not dispute.waits_for_closing:
        return not_now(_("了结拒付"), url_for("authority.card", ref=ref))
    return _close_page(dispute, CloseDisputeForm())


@bp.post("/cards/<ref>/disputes/<stripe_id>/close")
@roles(Role.CHECKER, when="a lost dispute lacks money, and nobody has closed it")
def close_dispute_post(ref: str, stripe_id: str) -> ResponseReturnValue:
    """Close a lost dispute."""
    form, dispute = CloseDisputeForm(), _dispute(ref, stripe_id)
    named = {"payment_ref": ref, "stripe_id": stripe_id}
    return do_or_ask_again(
        form,
        lambda: card_disputes.close(db.session(), actor=actor(), **named, reason=form.reason.value),
        again=lambda: _close_page(dispute, form),
        done=_("这笔拒付已经了结。"),
        to=url_for("authority.card", ref=ref),
    )


@bp.get("/cards/<ref>/refund")
@roles(Role.OFFICER)
def new_card_refund(ref: str) -> ResponseReturnValue:
    """Ask how much of a payment goes back to its source."""
    return _new_page(ref, CardRefundForm())


@bp.post("/cards/<ref>/refund")
@roles(Role.OFFICER, when="never above what is to be given back, nor above what is left of the payment")
def new_card_refund_post(ref: str) -> ResponseReturnValue:
    """Prepare a refund to the source."""
    form = CardRefundForm()
    return do_or_ask_again(
        form,
        lambda: card_refunds.prepare(
            db.session(), actor=actor(), payment_ref=ref, amount_fen=form.amount.value
        ),
        again=lambda: _new_page(ref, form),
        done=_("已提交复核人复核。"),
        to=lambda made: url_for("authority.card_refund", ref=made.ref),
    )


@bp.get("/card-refunds/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def card_refund(ref: str) -> ResponseReturnValue:
    """Show a refund to the source, and the next step."""
    session, who, one = db.session(), actor(), _get(ref)
    return render_template(
        "authority/card-refund.html",
        refund=one,
        purchase=purchase_of(session, one.payment.top_up.owner),
        story=words.refund_timeline(one, found.names_of(session, one)),
        acts=_desk.offered(ref, lambda act: _may(one, who, act)),
        may_try_again=who.role is Role.OFFICER
        and one.state == "failed"
        and queries.surplus_of(session, one.payment.top_up) > 0,
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/card-reports/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def card_reports() -> ResponseReturnValue:
    """List the days on which our books were compared with Stripe's."""
    return _reports_page(ReportDayForm())


@bp.post("/card-reports/")
@roles(Role.OFFICER, Role.CHECKER, when="payments online are on; the last comparison of a day counts")
def compare_cards() -> ResponseReturnValue:
    """Compare a day's books again."""
    form = ReportDayForm()

    def compare() -> date:
        day: date = form.day.value
        card_flows.reconcile(db.session(), day=day, district_id=actor().district)
        return day

    return do_or_ask_again(
        form,
        compare,
        again=lambda: _reports_page(form),
        done=lambda day: _("%(day)s对过账了。", day=formatting.day(day)),
        to=url_for("authority.card_reports"),
    )


@bp.get("/card-reports/<day>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def card_report(day: str) -> ResponseReturnValue:
    """Show one day's comparison, every difference by name."""
    report = found.get_report(db.session(), actor=actor(), day=_day(day))
    return render_template("authority/card-report.html", report=report, words=words)


@bp.get("/card-reports/<day>.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def card_report_file(day: str) -> Response:
    """Give one day's differences as a table."""
    report = found.get_report(db.session(), actor=actor(), day=_day(day))
    ours = (_("我们的编号"), _("我们的金额（元）"))
    header = [_("差在哪里"), *ours, _("支付公司的编号"), _("它的金额（元）"), _("币种")]
    rows = [
        [
            str(words.DIFFERENCES[one["what"]]),
            one["ref"] or "",
            formatting.file_yuan(one["ours_fen"]),
            one["stripe_id"] or "",
            formatting.file_yuan(one["theirs_fen"]),
            one["currency"],
        ]
        for one in report.differences
    ]
    return csv_response(f"cards-{report.day.isoformat()}", header, rows)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise NotFound("card_report_gone") from error


def _card_page(ref: str) -> str:
    session, who = db.session(), actor()
    payment = found.get_payment(session, actor=who, ref=ref)
    disputes = found.disputes_of(session, payment=payment)
    return render_template(
        "authority/card.html",
        payment=payment,
        purchase=purchase_of(session, payment.top_up.owner),
        refunds=found.refunds_of(session, payment=payment),
        disputes=disputes,
        follows={one.id: words.dispute_follows(one) for one in disputes},
        plain=Form(formdata=None),
        may_refund=who.role is Role.OFFICER
        and payment.left_fen > 0
        and queries.surplus_of(session, payment.top_up) > 0,
        may_close=who.role is Role.CHECKER,
        may_look=stripe.current() is not None and who.role in {Role.OFFICER, Role.CHECKER},
        words=words,
        purchase_words=purchase_words,
    )


def _dispute(ref: str, stripe_id: str) -> CardDispute:
    return found.get_dispute(db.session(), actor=actor(), payment_ref=ref, stripe_id=stripe_id)


def _close_page(dispute: CardDispute, form: CloseDisputeForm) -> str:
    return render_template(
        "authority/close-dispute.html", dispute=dispute, payment=dispute.payment, form=form
    )


def _new_page(ref: str, form: CardRefundForm) -> str:
    session = db.session()
    payment = found.get_payment(session, actor=actor(), ref=ref)
    surplus_fen = queries.surplus_of(session, payment.top_up)
    most_fen = min(surplus_fen, payment.left_fen)
    if not form.is_submitted():
        form.amount.data = most_fen or None
    return render_template(
        "authority/new-card-refund.html",
        payment=payment,
        surplus_fen=surplus_fen,
        most_fen=most_fen,
        purchase=purchase_of(session, payment.top_up.owner),
        form=form,
        purchase_words=purchase_words,
    )


def _reports_page(form: ReportDayForm) -> str:
    if not form.is_submitted():
        form.day.data = clock.legal_day(clock.system_now()) - timedelta(days=1)
    return render_template(
        "authority/card-reports.html",
        reports=found.list_reports(db.session(), actor=actor()),
        most=found.DAYS_SHOWN,
        form=form,
        may_compare=stripe.current() is not None,
    )


def _get(ref: str) -> CardRefund:
    return found.get_refund(db.session(), actor=actor(), ref=ref)


def _page(refund: CardRefund, act: Act, form: Form) -> str:
    return render_template("authority/card-refund-act.html", refund=refund, step=_STEPS[act], form=form)


def _may(refund: CardRefund, who: Actor, act: Act) -> bool:
    """Tell whether somebody may take this step; the page shows its buttons by it."""
    if refund.state != "prepared":
        return False
    if act is Act.APPROVE:
        return who.role is Role.CHECKER and refund.prepared_by_id != who.user_id
    return who.role in {Role.OFFICER, Role.CHECKER}


def _is_open(refund: CardRefund, act: Act) -> bool:
    return _may(refund, actor(), act)


def _decision(refund: CardRefund) -> Decision | None:
    return decision_of(refund, found.names_of(db.session(), refund))


_desk: Final = CaseDesk("card_refund", "/card-refunds", _STEPS, _get, _page, _is_open, decision=_decision)


@_desk.step(Act.APPROVE, Role.CHECKER, when="not who prepared it; Stripe is asked at once")
def _approve(refund: CardRefund, _given: Form) -> None:
    """Approve a refund to the source."""
    card_refunds.approve(db.session(), actor=actor(), ref=refund.ref)


@_desk.step(Act.REJECT, Role.OFFICER, Role.CHECKER, when="nobody approved it")
def _reject(refund: CardRefund, form: ReasonForm) -> None:
    """Give a refund to the source up; its money is to be given back again."""
    card_refunds.reject(db.session(), actor=actor(), ref=refund.ref, reason=form.reason.value)
