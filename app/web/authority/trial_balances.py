"""试算平衡: what each day did to the district's accounts, down to every transfer, and both as files."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.errors import NotFound
from app.extensions import db, reading
from app.ledger import trial
from app.reports.journal import as_csv, count_lines, journal, list_lines
from app.web import ledger as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.export import csv_response
from app.web.pages import paginate

_FIRST: Final = date(2000, 1, 1)
"""No district had money here before; far enough back, days cannot be told in UTC."""


@bp.get("/trial-balances/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def trial_balances() -> ResponseReturnValue:
    """List the days that are closed, the latest first, after the one that runs."""
    session, district_id = db.session(), actor().district
    pages = paginate(trial.count_closed(session, district_id=district_id))
    days = trial.list_closed(session, district_id=district_id, limit=pages.size, offset=pages.offset)
    return render_template("authority/trial-balances.html", days=days, pages=pages, today=clock.today())


@bp.get("/trial-balances/<day>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def trial_balance(day: str) -> ResponseReturnValue:
    """Show a day by kind of account, with its transfers."""
    session, district_id, wanted = db.session(), actor().district, _day(day)
    rows, closed = _rows(wanted)
    pages = paginate(count_lines(session, district_id=district_id, day=wanted))
    lines = list_lines(session, district_id=district_id, day=wanted, limit=pages.size, offset=pages.offset)
    return render_template(
        "authority/trial-balance.html",
        day=wanted,
        rows=rows,
        closed=closed,
        total=sum(row.closing_fen for row in rows),
        lines=lines,
        pages=pages,
        words=words,
    )


@bp.get("/trial-balances/<day>/csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def trial_balance_csv(day: str) -> ResponseReturnValue:
    """Send a day's trial balance as a file, in yuan."""
    wanted = _day(day)
    rows, _closed = _rows(wanted)
    return csv_response(f"trial-balance-{wanted}", words.TRIAL_HEADER, map(words.trial_cells, rows))


@bp.get("/journal.csv")
@roles(*WATCHERS)
def journal_csv() -> ResponseReturnValue:
    """Send the journal of some days, or today's, a batch at a time; its last line is a digest."""
    today = clock.today().isoformat()
    first, last = (_day(request.args.get(name, today)) for name in ("from", "to"))
    district_id = actor().district

    def lines() -> Iterator[str]:
        with reading() as session:
            yield from as_csv(journal(session, district_id=district_id, first=first, last=last))

    response = Response(stream_with_context(lines()), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="journal-{first}-{last}.csv"'
    return response


def _rows(day: date) -> tuple[list[trial.TrialRow], bool]:
    """Return a day's rows, as they were written down once it is closed, and whether it is."""
    session, district_id = db.session(), actor().district
    written = trial.written(session, district_id=district_id, day=day)
    return written or trial.trial_balance(session, district_id=district_id, day=day), bool(written)


def _day(text: str) -> date:
    """Return the day an address names, today at the latest. Raises NotFound for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise NotFound("day_gone") from error
    if not _FIRST <= day <= clock.today():
        raise NotFound("day_gone")
    return day
