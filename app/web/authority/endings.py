"""How vouchers end: officers prepare, decide and note payments, checkers approve or send back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.ledger.bank import list_returned
from app.vouchers import ending_queries as queries
from app.vouchers import ending_states as states
from app.vouchers import endings as service
from app.vouchers import payouts
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import OPEN, Action
from app.web import endings as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice, Form
from app.web.forms.endings import (
    ApproveEndingForm,
    DecideForm,
    EndingFilterForm,
    PayForm,
    PrepareForm,
    PrepareWithPayeeForm,
    ReturnedForm,
)
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate
from app.web.stops import evidence_of


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page of an act says: its title, its button, what follows, and what is said when it is done."""

    title: Any
    button: Any
    after: Any
    done: Any
    warning: bool = False


_PAGES: Final = {
    Action.PREPARE: _Page(
        _l("核对后提交复核"), _l("提交复核"), _l("由另一个人复核，通过以后才付款。"), _l("已提交复核。")
    ),
    Action.DECIDE: _Page(
        _l("逾期房票怎么办"), _l("提交复核"), _l("由另一个人复核，通过以后生效。"), _l("决定已提交复核。")
    ),
    Action.REFUSE: _Page(
        _l("退回这个申请"),
        _l("确认退回"),
        _l("金额全部回到房票，在使用期限内可以继续用。"),
        _l("申请已退回，金额回到房票。"),
        warning=True,
    ),
    Action.PAY: _Page(
        _l("登记付款"), _l("登记付款"), _l("登记以后不能改。请按银行回单填写。"), _l("付款已登记。")
    ),
    Action.RETURN: _Page(
        _l("登记银行退票"),
        _l("登记退票"),
        _l("这笔钱重新等着付。请被征收人到窗口登记另一个账户，两个人核对以后再付。"),
        _l("退票已登记，等被征收人登记另一个账户。"),
        warning=True,
    ),
    Action.RECALL: _Page(
        _l("账户不对，换一个账户"),
        _l("确认换账户"),
        _l("先问清银行没有付出。请被征收人到窗口登记另一个账户，两个人核对以后再付。"),
        _l("这个账户不再付款，等被征收人登记另一个账户。"),
        warning=True,
    ),
    Action.APPROVE: _Page(_l("复核通过"), _l("通过"), _l("余额离开房票，不能撤回。"), _l("已通过复核。")),
    Action.SEND_BACK: _Page(
        _l("退回经办人"),
        _l("确认退回"),
        _l("由经办人改正以后重新提交；金额仍然留着，不能用来买房。"),
        _l("已退回经办人。"),
        warning=True,
    ),
}


@bp.get("/endings/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def endings() -> ResponseReturnValue:
    """List payouts, lapses and vouchers given up: those somebody has to do something about, or one state."""
    session, who, form = db.session(), actor(), EndingFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, (text, _tone) in words.STATES.items()]
    form.state.blank = _l("还没有办完的")
    rows, pages = None, None
    if form.accept():
        wanted = [form.state.value] if form.state.value else [state.value for state in OPEN]
        pages = paginate(queries.count_endings(session, actor=who, states=wanted))
        rows = queries.list_endings(session, actor=who, states=wanted, offset=pages.offset, limit=pages.size)
    page = render_template("authority/endings.html", form=form, rows=rows, pages=pages, words=words)
    return page, 422 if rows is None else 200


@bp.get("/endings/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def ending(ref: str) -> ResponseReturnValue:
    """Show an ending: the sums and their rules, the account, who asked and who decided."""
    session, who = db.session(), actor()
    found = queries.get_ending(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.END, subject_id=found.id)
    acts = [act for act in _PAGES if states.may(who.role, found.kind, found.state, act)]
    return render_template(
        "authority/ending.html",
        ending=found,
        asked=asked,
        names=names_of(session, [asked]) if asked else {},
        acts=[(_PAGES[act].title, _address(act, ref), _PAGES[act].warning) for act in acts],
        returned=list_returned(session, district_id=found.district_id, owner=payouts.owner_of(found)),
        sees_account=who.role in (Role.OFFICER, Role.CHECKER),
        words=words,
    )


@bp.get("/endings/<ref>/prepare")
@roles(Role.OFFICER)
def prepare_ending(ref: str) -> ResponseReturnValue:
    """Ask for the account where none was given, and for the word that it was compared."""
    return _act_page(ref, Action.PREPARE, _prepare_form(ref))


@bp.post("/endings/<ref>/prepare")
@roles(Role.OFFICER, when="the account is the holder's own")
def prepare_ending_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to approve it."""
    form = _prepare_form(ref)

    def act(found: VoucherEnding) -> None:
        payee = form.typed if isinstance(form, PrepareWithPayeeForm) else None
        service.prepare(db.session(), actor=actor(), ending_ref=found.ref, payee=payee)

    return _act(ref, Action.PREPARE, form, act)


@bp.get("/endings/<ref>/decide")
@roles(Role.OFFICER)
def decide_ending(ref: str) -> ResponseReturnValue:
    """Ask what becomes of a lapsed voucher whose policy does not say."""
    return _act_page(ref, Action.DECIDE, _decide_form(ref))


@bp.post("/endings/<ref>/decide")
@roles(Role.OFFICER, when="the policy does not say, and a reason is given")
def decide_ending_post(ref: str) -> ResponseReturnValue:
    """Put the decision before a checker."""
    form = _decide_form(ref)

    def act(found: VoucherEnding) -> None:
        service.decide(
            db.session(),
            actor=actor(),
            ending_ref=found.ref,
            effect=form.effect.value,
            reason=form.reason.value,
            payee=form.typed,
        )

    return _act(ref, Action.DECIDE, form, act)


@bp.get("/endings/<ref>/refuse")
@roles(Role.OFFICER)
def refuse_ending(ref: str) -> ResponseReturnValue:
    """Ask why the wish is refused."""
    return _act_page(ref, Action.REFUSE, ReasonForm())


@bp.post("/endings/<ref>/refuse")
@roles(Role.OFFICER, when="the household asked; a term that is over is over")
def refuse_ending_post(ref: str) -> ResponseReturnValue:
    """Refuse the wish: the money is the voucher's again."""
    form = ReasonForm()

    def act(found: VoucherEnding) -> None:
        service.refuse(db.session(), actor=actor(), ending_ref=found.ref, reason=form.reason.value)

    return _act(ref, Action.REFUSE, form, act)


@bp.get("/endings/<ref>/pay")
@roles(Role.OFFICER)
def pay_ending(ref: str) -> ResponseReturnValue:
    """Ask for the bank's reference and day."""
    return _act_page(ref, Action.PAY, PayForm())


@bp.post("/endings/<ref>/pay")
@roles(Role.OFFICER, when="a checker approved it; a bank reference counts once")
def pay_ending_post(ref: str) -> ResponseReturnValue:
    """Note that the bank paid."""
    form = PayForm()

    def act(found: VoucherEnding) -> None:
        payouts.pay(
            db.session(),
            actor=actor(),
            ending_ref=found.ref,
            bank_reference=form.bank_reference.value,
            paid_on=form.paid_on.value,
        )

    return _act(ref, Action.PAY, form, act)


@bp.get("/endings/<ref>/return")
@roles(Role.OFFICER)
def return_ending(ref: str) -> ResponseReturnValue:
    """Ask when, under which reference and why the bank sent a payout back."""
    return _act_page(ref, Action.RETURN, ReturnedForm())


@bp.post("/endings/<ref>/return")
@roles(Role.OFFICER, when="it was paid; two people look at the next account")
def return_ending_post(ref: str) -> ResponseReturnValue:
    """Note that the bank sent a payout back: it is owed again."""
    form = ReturnedForm()

    def act(found: VoucherEnding) -> None:
        payouts.note_returned(
            db.session(),
            actor=actor(),
            ending_ref=found.ref,
            reference=form.reference.value,
            returned_on=form.returned_on.value,
            reason=form.reason.value,
        )

    return _act(ref, Action.RETURN, form, act)


@bp.get("/endings/<ref>/recall")
@roles(Role.CHECKER)
def recall_ending(ref: str) -> ResponseReturnValue:
    """Ask what is wrong with the account of an approved sum."""
    return _act_page(ref, Action.RECALL, ReasonForm())


@bp.post("/endings/<ref>/recall")
@roles(Role.CHECKER, when="approved, and the bank has not paid it; two people look at the next account")
def recall_ending_post(ref: str) -> ResponseReturnValue:
    """Let an approved sum wait for another account."""
    form = ReasonForm()

    def act(found: VoucherEnding) -> None:
        payouts.recall(db.session(), actor=actor(), ending_ref=found.ref, reason=form.reason.value)

    return _act(ref, Action.RECALL, form, act)


@bp.get("/endings/<ref>/approve")
@roles(Role.CHECKER)
def approve_ending(ref: str) -> ResponseReturnValue:
    """Put sums and account before the checker once more."""
    return _act_page(ref, Action.APPROVE, ApproveEndingForm())


@bp.post("/endings/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who prepared it")
def approve_ending_post(ref: str) -> ResponseReturnValue:
    """Let the leftover leave the voucher."""

    def act(found: VoucherEnding) -> None:
        service.approve(db.session(), actor=actor(), ending_ref=found.ref)

    return _act(ref, Action.APPROVE, ApproveEndingForm(), act)


@bp.get("/endings/<ref>/send-back")
@roles(Role.CHECKER)
def send_back_ending(ref: str) -> ResponseReturnValue:
    """Ask what is wrong."""
    return _act_page(ref, Action.SEND_BACK, ReasonForm())


@bp.post("/endings/<ref>/send-back")
@roles(Role.CHECKER, when="not by the officer who prepared it")
def send_back_ending_post(ref: str) -> ResponseReturnValue:
    """Return it to the officer."""
    form = ReasonForm()

    def act(found: VoucherEnding) -> None:
        service.send_back(db.session(), actor=actor(), ending_ref=found.ref, reason=form.reason.value)

    return _act(ref, Action.SEND_BACK, form, act)


def _prepare_form(ref: str) -> PrepareForm | PrepareWithPayeeForm:
    found = queries.get_ending(db.session(), actor=actor(), ref=ref)
    needs_account = found.effect == "cash" and found.account is None
    form = PrepareWithPayeeForm() if needs_account else PrepareForm()
    if isinstance(form, PrepareWithPayeeForm) and not form.is_submitted():
        form.payee.data = found.voucher.household.holder_name
    return form


def _decide_form(ref: str) -> DecideForm:
    found, form = queries.get_ending(db.session(), actor=actor(), ref=ref), DecideForm()
    if not form.is_submitted():
        form.payee.data = found.voucher.household.holder_name
    return form


def _act(ref: str, action: Action, form: Form, act: Callable[[VoucherEnding], None]) -> ResponseReturnValue:
    return do_or_ask_again(
        form,
        lambda: act(queries.get_ending(db.session(), actor=actor(), ref=ref)),
        again=lambda: _act_page(ref, action, form),
        done=_PAGES[action].done,
        to=url_for("authority.ending", ref=ref),
    )


def _act_page(ref: str, action: Action, form: Form) -> str:
    found = queries.get_ending(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/ending-act.html",
        ending=found,
        page=_PAGES[action],
        papers=evidence_of("give_up") if found.kind == "give_up" and action is Action.PREPARE else [],
        form=form,
        words=words,
    )


def _address(action: Action, ref: str) -> str:
    return url_for(f"authority.{action.value}_ending", ref=ref)
