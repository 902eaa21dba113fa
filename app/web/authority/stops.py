"""Stopped vouchers at the office: stopped by one person, confirmed and freed by a second."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, mark_of, names_of
from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import list_unpaid
from app.reports.stop_paper import render_stop
from app.vouchers import extensions, stop_ends
from app.vouchers import stop_queries as queries
from app.vouchers import stops as service
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import find_open
from app.vouchers.queries import get_voucher
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import Channel, End, Kind
from app.web import stops as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.export import pdf_response
from app.web.files import hand_out, takes_files
from app.web.forms.authority import SendBackForm
from app.web.forms.base import Form
from app.web.forms.stops import (
    ApproveStopForm,
    DeathForm,
    FreezeForm,
    LiftForm,
    NoteLossForm,
    RenewForm,
    StopFilterForm,
    SuspendForm,
)
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page


class Act(StrEnum):
    """What can be done about a stop that stands."""

    LIFT = "lift"
    RENEW = "renew"
    APPROVE = "approve"
    SEND_BACK = "send_back"


_DONE: Final = _l("已经止付。")
_DONE_FOR_NOW: Final = _l("已经止付，等另一个人确认。过了期限没有确认，止付自动结束。")
_STOPS: Final = {
    Kind.LOSS: Step(
        _l("办理挂失"),
        _l("挂失"),
        _l("马上止付，原来的纸质房票和二维码马上作废。补发要本人到窗口，两个人先后办。"),
        _DONE,
        NoteLossForm,
        warning=True,
    ),
    Kind.SUSPENDED: Step(
        _l("暂停使用"),
        _l("马上暂停"),
        _l("马上止付。三个工作日内由另一个人确认，没有确认就自动结束。"),
        _DONE_FOR_NOW,
        SuspendForm,
        warning=True,
    ),
    Kind.COURT: Step(
        _l("登记法院冻结"),
        _l("马上冻结"),
        _l("马上冻结，再由另一个人对照文书确认。到期自动结束，不会比法院写的更久。"),
        _DONE,
        FreezeForm,
        warning=True,
    ),
    Kind.DEATH: Step(
        _l("登记持有人去世"),
        _l("登记，止付"),
        _l("马上止付，等继承人办理。"),
        _DONE,
        DeathForm,
        warning=True,
    ),
}
_STEPS: Final = {
    Act.LIFT: Step(
        _l("申请解除止付"),
        _l("提交复核"),
        "",
        _l("已提交复核，复核以前仍然止付。"),
        LiftForm,
    ),
    Act.RENEW: Step(
        _l("登记续封"),
        _l("提交复核"),
        _l("由另一个人对照文书同意以后，按新的日期。没有同意以前，按原来的日期。"),
        _l("续封已提交复核。"),
        RenewForm,
    ),
    Act.APPROVE: Step(_l("复核通过"), _l("通过"), "", _l("已通过复核。"), ApproveStopForm),
    Act.SEND_BACK: Step(
        _l("复核不通过"),
        _l("确认不通过"),
        _l("要确认的止付马上结束；要解除、要续封的，照原来的不变。"),
        _l("已退回。"),
        SendBackForm,
        warning=True,
    ),
}


@bp.get("/stops/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stops() -> ResponseReturnValue:
    """List stopped vouchers, each with the next day on which somebody has to act."""
    form = StopFilterForm()
    return list_page(
        "authority/stops.html",
        form,
        count=queries.count_stops,
        rows=queries.list_stops,
        wanted=lambda: {"kind": form.kind.value, "ended": form.ended.value == "yes"},
        words=words,
    )


@bp.get("/vouchers/<ref>/stop/<kind>")
@roles(Role.OFFICER)
def stop_voucher(ref: str, kind: str) -> ResponseReturnValue:
    """Ask what has to be said to stop a voucher, beside the list of papers to look at."""
    return _stop_page(ref, _kind(kind), _STOPS[_kind(kind)].form())


@bp.post("/vouchers/<ref>/stop/<kind>")
@takes_files(most=2 * MOST_BYTES)
@roles(Role.OFFICER, when="the voucher is issued, and not stopped so already")
def stop_voucher_post(ref: str, kind: str) -> ResponseReturnValue:
    """Stop the voucher, at once."""
    wanted = _kind(kind)
    form = _STOPS[wanted].form()
    return do_or_ask_again(
        form,
        lambda: _stop(ref, form),
        again=lambda: _stop_page(ref, wanted, form),
        done=str(_DONE),
        to=lambda made: (  # after a death to the stop, where its heirs are next
            url_for("authority.stop", ref=made.ref)
            if wanted is Kind.DEATH
            else url_for("authority.voucher", ref=ref)
        ),
    )


@bp.get("/stops/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stop(ref: str) -> str:
    """Show a stop: why, since when, until when, who did what, and what can be done now."""
    session, who = db.session(), actor()
    found = queries.get_stop(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.STOP, subject_id=found.id)
    inherit = url_for("authority.inherit", ref=ref) if _may_inherit(who.role, found) else None
    return render_template(
        "authority/stop.html",
        stop=found,
        asked=asked,
        names=names_of(session, asked),
        papers=list_documents(session, queries.owner_of(found)),
        acts=[
            (text, href, warning or inherit is not None)
            for text, href, warning in _desk.offered(
                ref, lambda act: _may(who.role, found, act), titles=_titles(found)
            )
        ],
        may_extend=found.kind == Kind.SUSPENDED
        and found.ended_how in (End.LIFTED, End.FELL, End.REJECTED)
        and who.role is Role.OFFICER
        and extensions.months_left(session, found.voucher) > 0,
        may_print=found.kind == Kind.LOSS
        and found.ended_how == End.LIFTED
        and who.role is Role.OFFICER
        and not found.voucher.is_stopped,
        inherit=inherit,
        move=_inheritance_of(found),
        owed=_owed_after(found),
        words=words,
    )


@bp.get("/stops/<ref>/form.pdf")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stop_paper(ref: str) -> ResponseReturnValue:
    """Give the form of a loss report or a court's freeze, to be signed and kept."""
    session = db.session()
    found = queries.get_stop(session, actor=actor(), ref=ref)
    return pdf_response(found.ref, render_stop(session, stop=found))


@bp.get("/stops/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stop_document(ref: str, paper: str) -> ResponseReturnValue:
    """Give out one of the papers that were looked at."""
    session = db.session()
    owner = queries.owner_of(queries.get_stop(session, actor=actor(), ref=ref))
    return hand_out(get_document(session, owner, ref=paper, access=Access.PARTIES), public=False)


def _kind(typed: str) -> Kind:
    try:
        return Kind(typed)
    except ValueError:
        abort(404)


def _stop(ref: str, form: Form) -> VoucherStop:
    session, who = db.session(), actor()
    if isinstance(form, NoteLossForm):
        return service.note_loss(
            session,
            actor=who,
            voucher_ref=ref,
            channel=Channel(form.channel.value),
            last_six=form.last_six.value,
            reason=form.reason.value,
        )
    if isinstance(form, FreezeForm):
        return service.freeze(
            session,
            actor=who,
            voucher_ref=ref,
            order=form.typed,
            reason=form.reason.value,
            papers=form.papers,
        )
    if isinstance(form, DeathForm):
        return service.note_death(
            session,
            actor=who,
            voucher_ref=ref,
            died_on=form.died_on.value,
            reason=form.reason.value,
            papers=form.papers,
        )
    if isinstance(form, SuspendForm):
        return service.suspend(session, actor=who, voucher_ref=ref, reason=form.reason.value)
    raise TypeError(f"no stop is asked for by {type(form)}")


def _stop_page(ref: str, kind: Kind, form: Form) -> str:
    voucher = get_voucher(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/stop-voucher.html",
        voucher=voucher,
        step=_STOPS[kind],
        papers=words.evidence_of(kind),
        form=form,
    )


def _may(role: Role | None, found: VoucherStop, act: Act) -> bool:
    """Tell whether somebody in a role can take a step about a stop now."""
    if found.ended_at is not None:
        return False
    if act in (Act.APPROVE, Act.SEND_BACK):
        return role is Role.CHECKER and found.wish is not None
    return role is Role.OFFICER and found.wish is None and _may_ask(found, act)


def _may_ask(found: VoucherStop, act: Act) -> bool:
    if found.kind == Kind.DEATH and found.voucher.is_moving:
        return False
    return act is Act.LIFT or found.kind == Kind.COURT


def _may_inherit(role: Role | None, found: VoucherStop) -> bool:
    """Tell whether an officer can begin to give the voucher of a stop to the heirs."""
    is_free = found.ended_at is None and found.wish is None and not found.voucher.is_moving
    return role is Role.OFFICER and found.kind == Kind.DEATH and is_free


def _inheritance_of(found: VoucherStop) -> VoucherMove | None:
    """Return the move by which the voucher of a stop goes, or went, to the heirs, or None."""
    if found.kind != Kind.DEATH:
        return None
    session = db.session()
    if found.move_id is not None:
        return session.get_one(VoucherMove, found.move_id)
    return find_open(session, voucher_id=found.voucher_id) if found.ended_at is None else None


def _owed_after(found: VoucherStop) -> Sequence[CashBonus]:
    """Return what is still owed in cash to somebody who died, beside what is left of the voucher."""
    if found.kind != Kind.DEATH or found.ended_how == End.LIFTED:
        return []
    return list_unpaid(db.session(), household_id=found.voucher.household_id)


def _after(found: VoucherStop, act: Act) -> Any:
    """Return what follows from a step, which of lifting and approving depends on the stop."""
    if act is Act.APPROVE and found.wish:
        return words.asked(found)[1]
    return words.lifted(found) if act is Act.LIFT else _STEPS[act].after


def _titles(found: VoucherStop) -> dict[Act, Any]:
    """Return what the steps of this stop are called, where that depends on its kind."""
    return {Act.LIFT: words.lifting(found)}


def _get(ref: str) -> VoucherStop:
    return queries.get_stop(db.session(), actor=actor(), ref=ref)


def _form(found: VoucherStop, step: Step) -> Form:
    """Return the form of a step; only who lost a paper has to stand at the counter."""
    form = step.form()
    if isinstance(form, LiftForm) and found.kind != Kind.LOSS:
        del form.last_six
    return form


def _page(found: VoucherStop, act: Act, form: Form) -> str:
    session, who = db.session(), actor()
    asked = find_latest(session, actor=who, kind=service.STOP, subject_id=found.id)
    if isinstance(form, ApproveStopForm | SendBackForm):
        if found.wish is None:
            raise Conflict("stop_decided")
        form.seen.data = mark_of(asked)
    event = {Act.LIFT: f"lift_{found.kind}", Act.RENEW: "renew"}.get(act)
    step = _STEPS[act]
    return render_template(
        "authority/stop-act.html",
        stop=found,
        title=_titles(found).get(act, step.title),
        step=step,
        after=_after(found, act),
        asked=asked if found.wish else None,
        papers=words.evidence_of(event) if event else [],
        sent=list_documents(session, queries.owner_of(found)) if act is Act.APPROVE else [],
        form=form,
        words=words,
    )


def _is_open(found: VoucherStop, act: Act) -> bool:
    return _may(actor().role, found, act)


_desk: Final = CaseDesk("stop", "/stops", _STEPS, _get, _page, _is_open, _form, kind=service.STOP)


@_desk.step(
    Act.LIFT,
    Role.OFFICER,
    when="it stands, and nothing about it waits for a checker",
    most=2 * MOST_BYTES,
)
def _lift(found: VoucherStop, form: LiftForm) -> None:
    """Ask a checker to free the voucher."""
    stop_ends.ask_lift(
        db.session(),
        actor=actor(),
        stop_ref=found.ref,
        reason=form.reason.value,
        last_six=form.last_six.value if "last_six" in form else "",
        papers=form.papers,
    )


@_desk.step(
    Act.RENEW,
    Role.OFFICER,
    when="a court's freeze stands, and nothing about it waits for a checker",
    most=2 * MOST_BYTES,
)
def _renew(found: VoucherStop, form: RenewForm) -> None:
    """Ask a checker to prolong a court's freeze."""
    stop_ends.ask_renewal(
        db.session(),
        actor=actor(),
        stop_ref=found.ref,
        document=form.document.value,
        until_on=form.until_on.value,
        papers=form.papers,
    )


@_desk.step(Act.APPROVE, Role.CHECKER, when="not by the officer who asked")
def _approve(found: VoucherStop, form: ApproveStopForm) -> None:
    """Confirm the stop, prolong it, or free the voucher."""
    stop_ends.approve(db.session(), actor=actor(), stop_ref=found.ref, seen=form.seen.value)


@_desk.step(Act.SEND_BACK, Role.CHECKER, when="not by the officer who asked")
def _send_back(found: VoucherStop, form: SendBackForm) -> None:
    """Refuse what was asked."""
    stop_ends.send_back(
        db.session(), actor=actor(), stop_ref=found.ref, reason=form.reason.value, seen=form.seen.value
    )
