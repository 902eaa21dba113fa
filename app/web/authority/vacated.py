"""The day on which an old home was handed over (腾空): noted by an officer, corrected by two people."""

from collections.abc import Callable
from typing import TypeVar

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.models import ApprovalRequest
from app.approvals.queries import mark_of, names_of
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.projects.queries import get_agreement
from app.projects.service import note_vacated
from app.vouchers import corrections, vacating
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.agreements import ApproveVacatedForm, CorrectVacatedForm, VacatedForm
from app.web.forms.authority import SendBackForm
from app.web.forms.base import Form
from app.web.language import gettext as _

Decision = TypeVar("Decision", ApproveVacatedForm, SendBackForm)


@bp.get("/agreements/<path:number>/vacated")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def vacated(number: str) -> ResponseReturnValue:
    """Show the day with every correction, and what can be done about it."""
    return _page(number)


@bp.post("/agreements/<path:number>/vacated")
@roles(Role.OFFICER, when="it was not noted before")
def vacated_post(number: str) -> ResponseReturnValue:
    """Note the day."""
    form = VacatedForm()

    def note() -> None:
        note_vacated(db.session(), actor=actor(), number=number, vacated_on=form.vacated_on.value)

    return _do(number, form, note, _("交房腾空的日期已登记。"))


@bp.post("/agreements/<path:number>/vacated/correct")
@roles(Role.OFFICER, when="it was noted, and nothing stands on it")
def correct_vacated(number: str) -> ResponseReturnValue:
    """Ask a checker to correct the day."""
    form = CorrectVacatedForm()

    def ask() -> None:
        vacating.propose(
            db.session(),
            actor=actor(),
            number=number,
            vacated_on=form.vacated_on.value,
            reason=form.reason.value,
        )

    return _do(number, form, ask, _("更正已提交复核，复核以前还是原来的日期。"))


@bp.post("/agreements/<path:number>/vacated/approve")
@roles(Role.CHECKER, when="not by the officer who asked")
def approve_vacated(number: str) -> ResponseReturnValue:
    """Correct the day: terms that count from it count anew."""
    form = ApproveVacatedForm()

    def approve() -> None:
        vacating.approve(db.session(), actor=actor(), number=number, seen=form.seen.value)

    return _do(number, form, approve, _("日期已更正。"))


@bp.post("/agreements/<path:number>/vacated/return")
@roles(Role.CHECKER, when="not by the officer who asked")
def return_vacated(number: str) -> ResponseReturnValue:
    """Leave the day as it is."""
    form = SendBackForm()

    def refuse() -> None:
        corrections.send_back(
            db.session(),
            actor=actor(),
            kind=vacating.VACATED,
            number=number,
            reason=form.reason.value,
            seen=form.seen.value,
        )

    return _do(number, form, refuse, _("更正已退回，日期不变。"))


def _do(number: str, form: Form, act: Callable[[], None], done: str) -> ResponseReturnValue:
    get_agreement(db.session(), actor=actor(), number=number)
    to = url_for("authority.vacated", number=number)
    return do_or_ask_again(form, act, again=lambda: _page(number, form), done=done, to=to)


def _page(number: str, sent: Form | None = None) -> str:
    """Show the page; the form that was sent stands where it stood, with what is wrong."""
    session, who = db.session(), actor()
    found = get_agreement(session, actor=who, number=number)
    history = corrections.list_asked(session, found, kind=vacating.VACATED)
    waits = bool(history) and history[0].state == "pending"
    if found.vacated_on is None:
        own: Form | None = sent if isinstance(sent, VacatedForm) else VacatedForm(formdata=None)
    else:
        own = sent if isinstance(sent, CorrectVacatedForm) else CorrectVacatedForm(formdata=None)
    return render_template(
        "authority/vacated.html",
        agreement=found,
        history=[(asked, *vacating.shown(asked)) for asked in history],
        names=names_of(session, *history),
        form=sent,
        own=own if who.role is Role.OFFICER and not waits else None,
        approval=_decision(ApproveVacatedForm, sent, history[0]) if waits else None,
        refusal=_decision(SendBackForm, sent, history[0]) if waits else None,
        may_decide=who.role is Role.CHECKER,
    )


def _decision(kind: type[Decision], sent: Form | None, asked: ApprovalRequest) -> Decision:
    """Return the form of a decision, which carries the mark of what the page shows."""
    form = sent if isinstance(sent, kind) else kind(formdata=None)
    form.seen.data = mark_of(asked)
    return form
