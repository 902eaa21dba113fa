"""What an agreement's sum is made of: an officer types it in, a checker compares it with the paper."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.errors import AlreadyDecided
from app.approvals.queries import count_pending, find_latest, mark_of, names_of
from app.core.actor import WATCHERS, Role
from app.core.errors import NotFound
from app.extensions import db
from app.projects import lines as service
from app.projects.queries import get_agreement
from app.vouchers import corrections, entitled_corrections, vacating
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.too_late import find_decision, too_late
from app.web.forms.agreements import ApproveLinesForm, LinesForm
from app.web.forms.authority import SendBackForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.policies import LINES


@bp.get("/agreement-lines/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def agreement_lines() -> str:
    """List the agreements whose lines, day of handover or entitled figures wait for a checker."""
    session, who = db.session(), actor()
    pages = paginate(count_pending(session, actor=who, kind=service.LINES))
    rows = service.list_waiting(session, actor=who, offset=pages.offset, limit=pages.size)
    return render_template(
        "authority/agreement-lines.html",
        rows=rows,
        pages=pages,
        corrections=corrections.list_waiting(session, actor=who, kind=vacating.VACATED),
        entitled=corrections.list_waiting(session, actor=who, kind=entitled_corrections.ENTITLED),
    )


@bp.get("/agreements/<path:number>/lines")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def lines(number: str) -> ResponseReturnValue:
    """Show an agreement's lines, those that wait, or the boxes to type them in."""
    return _lines_page(number, LinesForm())


@bp.post("/agreements/<path:number>/lines")
@roles(Role.OFFICER, when="it has none yet, and they are the agreement's sum")
def lines_post(number: str) -> ResponseReturnValue:
    """Propose the lines."""
    form = LinesForm()
    return do_or_ask_again(
        form,
        lambda: service.propose(db.session(), actor=actor(), number=number, amounts=form.amounts),
        again=lambda: _lines_page(number, form),
        done=_("补偿明细已提交复核。"),
        to=url_for("authority.lines", number=number),
    )


@bp.get("/agreements/<path:number>/lines/approve")
@roles(Role.CHECKER)
def approve_lines(number: str) -> ResponseReturnValue:
    """Put the lines before the checker."""
    return _decided(number) or _decide_page(number, ApproveLinesForm(), approves=True)


@bp.post("/agreements/<path:number>/lines/approve")
@roles(Role.CHECKER, when="not by the officer who typed them")
def approve_lines_post(number: str) -> ResponseReturnValue:
    """Write the lines down."""
    session, form = db.session(), ApproveLinesForm()
    return do_or_ask_again(
        form,
        lambda: service.approve(session, actor=actor(), number=number, seen=form.seen.value),
        again=lambda: _decide_page(number, form, approves=True),
        done=_("补偿明细已通过复核。"),
        to=url_for("authority.lines", number=number),
    )


@bp.get("/agreements/<path:number>/lines/return")
@roles(Role.CHECKER)
def return_lines(number: str) -> ResponseReturnValue:
    """Ask what is wrong with the lines."""
    return _decided(number) or _decide_page(number, SendBackForm(), approves=False)


@bp.post("/agreements/<path:number>/lines/return")
@roles(Role.CHECKER, when="not by the officer who typed them")
def return_lines_post(number: str) -> ResponseReturnValue:
    """Send the lines back to the officer."""
    session, form = db.session(), SendBackForm()
    return do_or_ask_again(
        form,
        lambda: service.send_back(
            session, actor=actor(), number=number, reason=form.reason.value, seen=form.seen.value
        ),
        again=lambda: _decide_page(number, form, approves=False),
        done=_("补偿明细已退回经办人。"),
        to=url_for("authority.lines", number=number),
    )


def _lines_page(number: str, form: LinesForm) -> str:
    session, who = db.session(), actor()
    agreement = get_agreement(session, actor=who, number=number)
    asked = find_latest(session, actor=who, kind=service.LINES, subject_id=agreement.id)
    waits = asked is not None and asked.state == "pending"
    known = [(line.kind, line.amount_fen) for line in agreement.lines]
    shown = service.proposed_lines(asked) if asked and waits else known
    return render_template(
        "authority/lines.html",
        agreement=agreement,
        asked=asked,
        names=names_of(session, asked),
        rows=[(LINES[kind], fen) for kind, fen in shown],
        waits=waits,
        may_type=who.role is Role.OFFICER and not known and not waits,
        may_decide=who.role is Role.CHECKER and waits,
        form=form,
    )


def _decided(number: str) -> ResponseReturnValue | None:
    """Return the page of what was decided about the lines, or None while they wait."""
    agreement = get_agreement(db.session(), actor=actor(), number=number)
    made = find_decision(service.LINES, agreement.id)
    return too_late(_("复核补偿明细"), made, url_for("authority.lines", number=number)) if made else None


def _decide_page(number: str, form: ApproveLinesForm | SendBackForm, *, approves: bool) -> str:
    session, who = db.session(), actor()
    agreement = get_agreement(session, actor=who, number=number)
    asked = find_latest(session, actor=who, kind=service.LINES, subject_id=agreement.id)
    if asked is None:
        raise NotFound("approval_gone")
    if asked.state != "pending":
        raise AlreadyDecided
    form.seen.data = mark_of(asked)
    return render_template(
        "authority/decide-lines.html",
        agreement=agreement,
        rows=[(LINES[kind], fen) for kind, fen in service.proposed_lines(asked)],
        form=form,
        approves=approves,
    )
