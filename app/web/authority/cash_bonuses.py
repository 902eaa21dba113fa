"""Bonus in cash: officers note account and payment, checkers compare or send back."""

from collections.abc import Callable
from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import cash as service
from app.redemptions import cash_queries as queries
from app.redemptions import cash_states as states
from app.redemptions.cash_states import OPEN, Action
from app.web import cash_bonuses as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice, Form
from app.web.forms.endings import (
    ApproveEndingForm,
    EndingFilterForm,
    PayForm,
    PrepareWithPayeeForm,
    ReturnedForm,
)
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate

_FORMS: Final[dict[Action, type[Form]]] = {
    Action.PREPARE: PrepareWithPayeeForm,
    Action.APPROVE: ApproveEndingForm,
    Action.SEND_BACK: ReasonForm,
    Action.PAY: PayForm,
    Action.RETURN: ReturnedForm,
}


@bp.get("/cash-bonuses/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cash_bonuses() -> ResponseReturnValue:
    """List bonus in cash: what somebody has to do something about, or one state."""
    session, who, form = db.session(), actor(), EndingFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, (text, _tone) in words.STATES.items()]
    form.state.blank = _l("还没有办完的")
    rows, pages = None, None
    if form.accept():
        wanted = [form.state.value] if form.state.value else [state.value for state in OPEN]
        pages = paginate(queries.count(session, actor=who, states=wanted))
        rows = queries.list_in(session, actor=who, states=wanted, offset=pages.offset, limit=pages.size)
    page = render_template("authority/cash-bonuses.html", form=form, rows=rows, pages=pages, words=words)
    return page, 422 if rows is None else 200


@bp.get("/cash-bonuses/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def cash_bonus(ref: str) -> ResponseReturnValue:
    """Show a bonus in cash: its purchase, its account, and what may be done."""
    session, who = db.session(), actor()
    found = queries.get(session, actor=who, ref=ref)
    acts = [act for act in words.ACTS if states.may(who.role, found.state, act)]
    return render_template(
        "authority/cash-bonus.html",
        bonus=found,
        redemption=queries.redemption_of(session, found),
        names=queries.names_behind(session, found),
        acts=[(words.ACTS[act][0], _address(act, ref), act in words.WARNINGS) for act in acts],
        account=words.account(found, is_whole=who.role in (Role.OFFICER, Role.CHECKER)),
        words=words,
    )


@bp.get("/cash-bonuses/<ref>/prepare")
@roles(Role.OFFICER)
def prepare_cash_bonus(ref: str) -> ResponseReturnValue:
    """Ask for the household's account."""
    return _act_page(ref, Action.PREPARE, _form(Action.PREPARE, ref))


@bp.post("/cash-bonuses/<ref>/prepare")
@roles(Role.OFFICER, when="it is owed; the account is the holder's own")
def prepare_cash_bonus_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to compare it."""
    form = PrepareWithPayeeForm()
    return _act(
        ref,
        Action.PREPARE,
        form,
        lambda: service.prepare(db.session(), actor=actor(), ref=ref, payee=form.typed),
    )


@bp.get("/cash-bonuses/<ref>/approve")
@roles(Role.CHECKER)
def approve_cash_bonus(ref: str) -> ResponseReturnValue:
    """Put sum and account before the checker once more."""
    return _act_page(ref, Action.APPROVE, _form(Action.APPROVE, ref))


@bp.post("/cash-bonuses/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who typed the account")
def approve_cash_bonus_post(ref: str) -> ResponseReturnValue:
    """Let it wait for the bank."""
    act = lambda: service.approve(db.session(), actor=actor(), ref=ref)  # noqa: E731
    return _act(ref, Action.APPROVE, ApproveEndingForm(), act)


@bp.get("/cash-bonuses/<ref>/send-back")
@roles(Role.CHECKER)
def send_back_cash_bonus(ref: str) -> ResponseReturnValue:
    """Ask what is wrong with the account."""
    return _act_page(ref, Action.SEND_BACK, _form(Action.SEND_BACK, ref))


@bp.post("/cash-bonuses/<ref>/send-back")
@roles(Role.CHECKER, when="the bank has not paid it")
def send_back_cash_bonus_post(ref: str) -> ResponseReturnValue:
    """Let it wait for another account."""
    form = ReasonForm()
    return _act(
        ref,
        Action.SEND_BACK,
        form,
        lambda: service.send_back(db.session(), actor=actor(), ref=ref, reason=form.reason.value),
    )


@bp.get("/cash-bonuses/<ref>/pay")
@roles(Role.OFFICER)
def pay_cash_bonus(ref: str) -> ResponseReturnValue:
    """Ask for the bank's reference and day."""
    return _act_page(ref, Action.PAY, _form(Action.PAY, ref))


@bp.post("/cash-bonuses/<ref>/pay")
@roles(Role.OFFICER, when="a checker approved it; a bank reference counts once")
def pay_cash_bonus_post(ref: str) -> ResponseReturnValue:
    """Note that the bank paid."""
    form = PayForm()
    return _act(
        ref,
        Action.PAY,
        form,
        lambda: service.pay(
            db.session(),
            actor=actor(),
            ref=ref,
            bank_reference=form.bank_reference.value,
            paid_on=form.paid_on.value,
        ),
    )


@bp.get("/cash-bonuses/<ref>/return")
@roles(Role.OFFICER)
def return_cash_bonus(ref: str) -> ResponseReturnValue:
    """Ask when, under which reference and why a payment came back."""
    return _act_page(ref, Action.RETURN, _form(Action.RETURN, ref))


@bp.post("/cash-bonuses/<ref>/return")
@roles(Role.OFFICER, when="it was paid; two people look at the next account")
def return_cash_bonus_post(ref: str) -> ResponseReturnValue:
    """Note that a payment came back: it is owed again."""
    form = ReturnedForm()
    return _act(
        ref,
        Action.RETURN,
        form,
        lambda: service.note_returned(
            db.session(),
            actor=actor(),
            ref=ref,
            reference=form.reference.value,
            returned_on=form.returned_on.value,
            reason=form.reason.value,
        ),
    )


def _form(action: Action, ref: str) -> Form:
    form = _FORMS[action]()
    if isinstance(form, PrepareWithPayeeForm):
        form.payee.data = queries.get(db.session(), actor=actor(), ref=ref).household.holder_name
    return form


def _act(ref: str, action: Action, form: Form, act: Callable[[], object]) -> ResponseReturnValue:
    return do_or_ask_again(
        form,
        act,
        again=lambda: _act_page(ref, action, form),
        done=_("已登记。"),
        to=url_for("authority.cash_bonus", ref=ref),
    )


def _act_page(ref: str, action: Action, form: Form) -> str:
    found = queries.get(db.session(), actor=actor(), ref=ref)
    title, button, after = words.ACTS[action]
    return render_template(
        "authority/cash-bonus-act.html",
        bonus=found,
        account=words.account(found, is_whole=True),
        title=title,
        button=button,
        after=after,
        warning=action in words.WARNINGS,
        form=form,
    )


def _address(action: Action, ref: str) -> str:
    return url_for(f"authority.{action.value}_cash_bonus", ref=ref)
