"""Stopped vouchers at the office: stopped by one person, confirmed and freed by a second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.reports.stop_paper import render_stop
from app.vouchers import extensions, stop_ends
from app.vouchers import stop_queries as queries
from app.vouchers import stops as service
from app.vouchers.queries import get_voucher
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import Channel, End, Kind
from app.web import stops as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.export import pdf_response
from app.web.files import hand_out, takes_files
from app.web.forms.authority import ReasonForm
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
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate


@dataclass(frozen=True)
class _Page:
    """What the page of one act says; ``fields`` are those of its form, in order."""

    title: Any
    button: Any
    after: Any
    fields: tuple[str, ...]
    has_files: bool = False


_STOPS: Final = {
    Kind.LOSS: _Page(
        _l("办理挂失"),
        _l("挂失"),
        _l("马上止付，原来的纸质房票和二维码马上作废。补发要本人到窗口，两个人先后办。"),
        ("channel", "last_six", "reason", "checked"),
    ),
    Kind.SUSPENDED: _Page(
        _l("暂停使用"),
        _l("马上暂停"),
        _l("马上止付。三个工作日内由另一个人确认，没有确认就自动结束。"),
        ("reason",),
    ),
    Kind.COURT: _Page(
        _l("登记法院冻结"),
        _l("马上冻结"),
        _l("马上冻结，再由另一个人对照文书确认。到期自动结束，不会比法院写的更久。"),
        ("court", "document", "decided_on", "until_on", "sum", "reason", "paper_1", "paper_2", "checked"),
        has_files=True,
    ),
    Kind.DEATH: _Page(
        _l("登记持有人去世"),
        _l("登记，止付"),
        _l("马上止付，等继承人办理。"),
        ("died_on", "reason", "paper_1", "paper_2"),
        has_files=True,
    ),
}
_FORMS: Final[dict[Kind, type[Form]]] = {
    Kind.LOSS: NoteLossForm,
    Kind.SUSPENDED: SuspendForm,
    Kind.COURT: FreezeForm,
    Kind.DEATH: DeathForm,
}
_LIFT: Final = _Page(
    _l("申请解除止付"),
    _l("提交复核"),
    _l("由另一个人看过材料以后才解除，在这以前仍然止付。"),
    ("reason", "paper_1", "paper_2"),
    has_files=True,
)
_RENEW: Final = _Page(
    _l("登记续封"),
    _l("提交复核"),
    _l("由另一个人对照文书同意以后，按新的日期。没有同意以前，按原来的日期。"),
    ("document", "until_on", "paper_1", "paper_2"),
    has_files=True,
)
_APPROVE: Final = _Page(_l("复核通过"), _l("通过"), _l("马上生效。"), ("checked",))
_SEND_BACK: Final = _Page(
    _l("复核不通过"),
    _l("确认不通过"),
    _l("要确认的止付马上结束；要解除、要续封的，照原来的不变。"),
    ("reason",),
)


@bp.get("/stops/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stops() -> ResponseReturnValue:
    """List stopped vouchers, each with the next day on which somebody has to act."""
    session, who, form = db.session(), actor(), StopFilterForm()
    rows, pages = None, None
    if form.accept():
        kind, ended = form.kind.value, form.ended.value == "yes"
        pages = paginate(queries.count_stops(session, actor=who, kind=kind, ended=ended))
        rows = queries.list_stops(
            session, actor=who, kind=kind, ended=ended, offset=pages.offset, limit=pages.size
        )
    page = render_template("authority/stops.html", form=form, rows=rows, pages=pages, words=words)
    return page, 422 if rows is None else 200


@bp.get("/vouchers/<ref>/stop/<kind>")
@roles(Role.OFFICER)
def stop_voucher(ref: str, kind: str) -> ResponseReturnValue:
    """Ask what has to be said to stop a voucher, beside the list of papers to look at."""
    return _stop_page(ref, _kind(kind), _FORMS[_kind(kind)]())


@bp.post("/vouchers/<ref>/stop/<kind>")
@takes_files(most=2 * MOST_BYTES)
@roles(Role.OFFICER, when="the voucher is issued, and not stopped so already")
def stop_voucher_post(ref: str, kind: str) -> ResponseReturnValue:
    """Stop the voucher, at once."""
    wanted = _kind(kind)
    form = _FORMS[wanted]()
    return do_or_ask_again(
        form,
        lambda: _stop(ref, form),
        again=lambda: _stop_page(ref, wanted, form),
        done=_("已经止付。"),
        to=url_for("authority.voucher", ref=ref),
    )


@bp.get("/stops/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def stop(ref: str) -> str:
    """Show a stop: why, since when, until when, who did what, and what can be done now."""
    session, who = db.session(), actor()
    found = queries.get_stop(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.STOP, subject_id=found.id)
    return render_template(
        "authority/stop.html",
        stop=found,
        asked=asked,
        names=names_of(session, [asked]) if asked else {},
        papers=list_documents(session, queries.owner_of(found)),
        acts=_acts(who.role, found),
        may_extend=found.kind == Kind.SUSPENDED
        and found.ended_how in (End.LIFTED, End.FELL, End.REJECTED)
        and who.role is Role.OFFICER
        and extensions.months_left(session, found.voucher) > 0,
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


@bp.get("/stops/<ref>/lift")
@roles(Role.OFFICER)
def lift_stop(ref: str) -> ResponseReturnValue:
    """Ask why the voucher is to be free, and for the papers."""
    return _act_page(ref, _LIFT, LiftForm())


@bp.post("/stops/<ref>/lift")
@takes_files(most=2 * MOST_BYTES)
@roles(Role.OFFICER, when="it stands, and nothing about it waits for a checker")
def lift_stop_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to free the voucher."""
    form = LiftForm()

    def act() -> VoucherStop:
        return stop_ends.ask_lift(
            db.session(),
            actor=actor(),
            stop_ref=ref,
            reason=form.reason.value,
            last_six=form.last_six.value,
            papers=form.papers,
        )

    return _act(ref, _LIFT, form, act, _("已提交复核，复核以前仍然止付。"))


@bp.get("/stops/<ref>/renew")
@roles(Role.OFFICER)
def renew_stop(ref: str) -> ResponseReturnValue:
    """Ask what the court's newer paper says."""
    return _act_page(ref, _RENEW, RenewForm())


@bp.post("/stops/<ref>/renew")
@takes_files(most=2 * MOST_BYTES)
@roles(Role.OFFICER, when="a court's freeze stands, and nothing about it waits for a checker")
def renew_stop_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to prolong a court's freeze."""
    form = RenewForm()

    def act() -> VoucherStop:
        return stop_ends.ask_renewal(
            db.session(),
            actor=actor(),
            stop_ref=ref,
            document=form.document.value,
            until_on=form.until_on.value,
            papers=form.papers,
        )

    return _act(ref, _RENEW, form, act, _("续封已提交复核。"))


@bp.get("/stops/<ref>/approve")
@roles(Role.CHECKER)
def approve_stop(ref: str) -> ResponseReturnValue:
    """Put what was asked before the checker once more."""
    return _act_page(ref, _APPROVE, ApproveStopForm())


@bp.post("/stops/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who asked")
def approve_stop_post(ref: str) -> ResponseReturnValue:
    """Confirm the stop, prolong it, or free the voucher."""

    def act() -> VoucherStop:
        return stop_ends.approve(db.session(), actor=actor(), stop_ref=ref)

    return _act(ref, _APPROVE, ApproveStopForm(), act, _("已通过复核。"))


@bp.get("/stops/<ref>/send-back")
@roles(Role.CHECKER)
def send_back_stop(ref: str) -> ResponseReturnValue:
    """Ask why not."""
    return _act_page(ref, _SEND_BACK, ReasonForm())


@bp.post("/stops/<ref>/send-back")
@roles(Role.CHECKER, when="not by the officer who asked")
def send_back_stop_post(ref: str) -> ResponseReturnValue:
    """Refuse what was asked."""
    form = ReasonForm()

    def act() -> VoucherStop:
        return stop_ends.send_back(db.session(), actor=actor(), stop_ref=ref, reason=form.reason.value)

    return _act(ref, _SEND_BACK, form, act, _("已退回。"))


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
        page=_STOPS[kind],
        papers=words.evidence_of(kind),
        form=form,
    )


def _act(ref: str, page: _Page, form: Form, act: Callable[[], VoucherStop], done: str) -> ResponseReturnValue:
    return do_or_ask_again(
        form,
        act,
        again=lambda: _act_page(ref, page, form),
        done=done,
        to=url_for("authority.stop", ref=ref),
    )


def _act_page(ref: str, page: _Page, form: Form) -> str:
    session, who = db.session(), actor()
    found = queries.get_stop(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.STOP, subject_id=found.id)
    fields = page.fields
    if page is _LIFT and found.kind == Kind.LOSS:
        fields = ("last_six", *fields)
    event = {_LIFT: f"lift_{found.kind}", _RENEW: "renew"}.get(page)
    return render_template(
        "authority/stop-act.html",
        stop=found,
        page=page,
        fields=fields,
        asked=asked if found.wish else None,
        papers=words.evidence_of(event) if event else [],
        form=form,
        words=words,
    )


def _acts(role: Role | None, found: VoucherStop) -> list[tuple[Any, str, bool]]:
    """Return the steps that somebody in a role can take about a stop: title, address, whether it warns."""
    if found.ended_at is not None:
        return []
    if role is Role.CHECKER and found.wish is not None:
        return [
            (_APPROVE.title, url_for("authority.approve_stop", ref=found.ref), False),
            (_SEND_BACK.title, url_for("authority.send_back_stop", ref=found.ref), True),
        ]
    if role is not Role.OFFICER or found.wish is not None:
        return []
    acts = [(_LIFT.title, url_for("authority.lift_stop", ref=found.ref), False)]
    if found.kind == Kind.COURT:
        acts.append((_RENEW.title, url_for("authority.renew_stop", ref=found.ref), False))
    return acts
