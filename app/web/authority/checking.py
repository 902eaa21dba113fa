"""The verification desk (核验工作台): what waits, case after case, and what was decided."""

from datetime import date, timedelta
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.spreadsheet import Cell
from app.extensions import db
from app.redemptions import batch_queries, figures, queues, service
from app.redemptions.checking import Turn
from app.web import checking as words
from app.web import formatting
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.export import csv_response, xlsx_response
from app.web.forms.base import Choice
from app.web.forms.checking import KINDS, TURNS, DecidedForm, DeskForm, NextForm
from app.web.language import gettext as _
from app.web.pages import paginate

BATCHES_SHOWN: Final = 5
MOST_DAYS: Final = 366
USUAL_DAYS: Final = 7


@bp.get("/verification/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def verification() -> ResponseReturnValue:
    """Show what waits for the first or the second person, by development, and how it goes."""
    session, who, form = db.session(), actor(), DeskForm()
    turn = Turn.SECOND if who.role == Role.CHECKER else Turn.FIRST
    form.turn.choices = [Choice(value, str(text)) for value, text in TURNS.items()]
    form.kind.choices = [Choice(value, str(text)) for value, text in KINDS.items()]
    form.turn.data = form.turn.data or turn.value
    turn = Turn(form.turn.data) if form.turn.data in TURNS else turn
    piles = queues.piles(session, actor=who, turn=turn)
    form.development.choices = [Choice(pile.development_ref, pile.development) for pile in piles]
    accepted = form.accept()
    development = form.development.data if accepted else None
    odd = {"odd": True, "plain": False}.get(form.kind.data or "") if accepted else None
    chosen: dict[str, Any] = {"turn": turn, "development_ref": development, "odd": odd}
    pages = paginate(queues.count_cases(session, actor=who, **chosen))
    is_checker = who.role == Role.CHECKER and turn is Turn.SECOND
    page = render_template(
        "authority/verification.html",
        form=form,
        next_form=NextForm(),
        turn=turn,
        development=development,
        piles=piles,
        pace=figures.pace(session, actor=who),
        rows=queues.list_cases(session, actor=who, **chosen, offset=pages.offset, limit=pages.size),
        pages=pages,
        batches=batch_queries.list_batches(session, actor=who, limit=BATCHES_SHOWN),
        plain=queues.count_batchable(session, actor=who, development_ref=development) if is_checker else 0,
        may_open=is_checker or (who.role == Role.OFFICER and turn is Turn.FIRST),
        is_checker=is_checker,
        words=words,
    )
    return page, 200 if accepted else 422


@bp.post("/verification/next")
@roles(Role.OFFICER, Role.CHECKER)
def open_next_case() -> ResponseReturnValue:
    """Open the oldest case that nobody else has open; what one had open is left."""
    form = NextForm()
    if not form.accept():
        return redirect(url_for("authority.verification"), 303)
    queue = form.queue.value or words.EVERYTHING
    found = service.open_next(
        db.session(),
        actor=actor(),
        development_ref=words.development_of(queue),
        after_ref=form.after.value or None,
    )
    return onward(found, queue)


def onward(ref: str | None, queue: str) -> ResponseReturnValue:
    """Go to the case that was opened, or back to the desk when there is none."""
    if ref:
        return redirect(url_for("authority.verify_redemption", ref=ref, queue=queue), 303)
    flash(_("后面没有等您逐笔办理的购房了。"))
    return redirect(url_for("authority.verification", development=words.development_of(queue)), 303)


@bp.get("/verification/decided")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def decided() -> ResponseReturnValue:
    """List who decided what and how long they looked, between two days."""
    form = DecidedForm()
    accepted = form.accept()
    first, last = _days(form)
    rows = figures.list_decided(db.session(), actor=actor(), first=first, last=last)
    page = render_template(
        "authority/decided.html", form=form, rows=rows, first=first, last=last, words=words
    )
    return page, 200 if accepted else 422


@bp.get("/verification/decided.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def decided_csv() -> ResponseReturnValue:
    """Give the same as a CSV file."""
    header, rows, name = _file()
    return csv_response(name, header, rows)


@bp.get("/verification/decided.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def decided_xlsx() -> ResponseReturnValue:
    """Give the same as a spreadsheet."""
    header, rows, name = _file()
    return xlsx_response(name, header, rows)


def _days(form: DecidedForm) -> tuple[date, date]:
    """Return the days asked for, else the week to the last one or to today; never more than a year."""
    form.accept()
    last = form.last.data or clock.today()
    first = form.first.data or last - timedelta(days=USUAL_DAYS - 1)
    return max(first, date.fromordinal(last.toordinal() - MOST_DAYS)), last


def _file() -> tuple[list[str], list[list[Cell]], str]:
    first, last = _days(DecidedForm())
    found = figures.list_decided(db.session(), actor=actor(), first=first, last=last)
    header = [
        _("时间"),
        _("办理人"),
        _("办理结果"),
        _("购房编号"),
        _("房源"),
        _("合同编号"),
        _("合同总价（元）"),
    ]
    header += [_("说明或理由"), _("用时（秒）"), _("抽查批次")]
    rows: list[list[Cell]] = [
        [
            one.at,
            one.by,
            str(words.DECISIONS[one.action]),
            one.ref,
            one.home,
            one.contract_number or "",
            formatting.file_yuan(one.price_fen),
            one.reason or "",
            one.seconds,
            one.batch_ref or "",
        ]
        for one in found
    ]
    return header, rows, f"verification-{first.isoformat()}-{last.isoformat()}"
