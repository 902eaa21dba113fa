"""What an agreement entitles to (应安置面积、安置人口): noted by an officer, corrected by two people."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import mark_of, names_of
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.projects.queries import get_agreement
from app.vouchers import corrections, entitled_corrections, entitling
from app.vouchers.entitled_corrections import Figures
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.agreements import ApproveEntitledForm, CorrectEntitledForm, EntitledForm
from app.web.forms.authority import SendBackForm
from app.web.forms.base import Form
from app.web.language import gettext as _


@bp.get("/agreements/<path:number>/entitled")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def entitled(number: str) -> ResponseReturnValue:
    """Show what is noted with every correction, and what can be done about it."""
    return _page(number)


@bp.post("/agreements/<path:number>/entitled")
@roles(Role.OFFICER, when="no voucher stands on the agreement")
def entitled_post(number: str) -> ResponseReturnValue:
    """Note what an agreement entitles to."""
    form = EntitledForm()
    found = get_agreement(db.session(), actor=actor(), number=number)

    def note() -> None:
        entitling.note(
            db.session(),
            actor=actor(),
            number=number,
            entitled_m2=form.entitled_m2.data,
            residents=form.residents.data,
        )

    to = url_for("authority.household", ref=found.household.ref)
    return _do(number, form, note, _("应安置面积和安置人口已登记。"), to=to)


@bp.post("/agreements/<path:number>/entitled/correct")
@roles(Role.OFFICER, when="a voucher stands on the agreement, and none waits for its checker")
def correct_entitled(number: str) -> ResponseReturnValue:
    """Ask a checker to correct the figures."""
    form = CorrectEntitledForm()

    def ask() -> None:
        entitled_corrections.propose(
            db.session(),
            actor=actor(),
            number=number,
            to=Figures(form.entitled_m2.data, form.residents.data),
            reason=form.reason.value,
            evidence=form.evidence.value,
        )

    return _do(number, form, ask, _("更正已提交复核，复核以前还是原来的数字。"))


@bp.post("/agreements/<path:number>/entitled/approve")
@roles(Role.CHECKER, when="not by the officer who asked")
def approve_entitled(number: str) -> ResponseReturnValue:
    """Correct the figures: they hold for what is bought from now on."""
    form = ApproveEntitledForm()

    def approve() -> None:
        entitled_corrections.approve(db.session(), actor=actor(), number=number, seen=form.seen.value)

    return _do(number, form, approve, _("数字已更正。"))


@bp.post("/agreements/<path:number>/entitled/return")
@roles(Role.CHECKER, when="not by the officer who asked")
def return_entitled(number: str) -> ResponseReturnValue:
    """Leave the figures as they are."""
    form = SendBackForm()

    def refuse() -> None:
        corrections.send_back(
            db.session(),
            actor=actor(),
            kind=entitled_corrections.ENTITLED,
            number=number,
            reason=form.reason.value,
            seen=form.seen.value,
        )

    return _do(number, form, refuse, _("更正已退回，数字不变。"))


def _do(
    number: str, form: Form, act: Callable[[], None], done: str, *, to: str | None = None
) -> ResponseReturnValue:
    get_agreement(db.session(), actor=actor(), number=number)
    to = to or url_for("authority.entitled", number=number)
    return do_or_ask_again(form, act, again=lambda: _page(number, form), done=done, to=to)


def _page(number: str, sent: Form | None = None) -> str:
    """Show the page; the form that was sent stands where it stood, with what is wrong."""
    session, who = db.session(), actor()
    agreement = get_agreement(session, actor=who, number=number)
    is_kept = entitling.is_kept(session, agreement)
    history = entitled_corrections.list_of(session, agreement)
    waits = bool(history) and history[0].asked.state == "pending"
    kind = CorrectEntitledForm if is_kept else EntitledForm
    noted = {"entitled_m2": agreement.entitled_m2, "residents": agreement.residents}
    own = sent if isinstance(sent, EntitledForm) else kind(formdata=None, **noted)
    approval = sent if isinstance(sent, ApproveEntitledForm) else ApproveEntitledForm(formdata=None)
    refusal = sent if isinstance(sent, SendBackForm) else SendBackForm(formdata=None)
    approval.seen.data = refusal.seen.data = mark_of(history[0].asked) if waits else ""
    return render_template(
        "authority/entitled.html",
        agreement=agreement,
        is_kept=is_kept,
        history=history,
        names=names_of(session, *(one.asked for one in history)),
        form=sent,
        own=own if who.role is Role.OFFICER and not waits else None,
        approval=approval if waits and who.role is Role.CHECKER else None,
        refusal=refusal,
    )
