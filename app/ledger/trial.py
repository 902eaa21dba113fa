"""The trial balance (试算平衡): each day's turnover by kind of account, from the transfers alone.

Only money that moved counts: promises stand in no column. A day that is over is written down once and never
changed; ``flask ledger verify`` holds what was written against the transfers.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import clock
from app.core.proofs import Breach
from app.ledger.trial_models import TrialBalance

_BALANCES: Final = """
    WITH turnover AS (
        SELECT t.district_id, (t.at AT TIME ZONE 'Asia/Shanghai')::date AS day, a.kind,
               coalesce(sum(t.amount_fen) FILTER (WHERE entry.debit), 0) AS debits_fen,
               coalesce(sum(t.amount_fen) FILTER (WHERE NOT entry.debit), 0) AS credits_fen
        FROM ledger_transfers t
        CROSS JOIN LATERAL (VALUES (t.debit_account_id, true), (t.credit_account_id, false))
             AS entry (account_id, debit)
        JOIN ledger_accounts a ON a.id = entry.account_id
        WHERE t.kind IN ('single', 'post') AND t.at < :end
        GROUP BY 1, 2, 3
    ), days AS (
        SELECT district_id, generate_series(min(day), CAST(:last AS date), interval '1 day')::date AS day
        FROM turnover GROUP BY district_id
    ), balances AS (
        SELECT district_id, day, kind, coalesce(debits_fen, 0) AS debits_fen,
               coalesce(credits_fen, 0) AS credits_fen,
               sum(coalesce(credits_fen, 0) - coalesce(debits_fen, 0))
                   OVER (PARTITION BY district_id, kind ORDER BY day) AS closing_fen
        FROM days JOIN (SELECT DISTINCT district_id, kind FROM turnover) AS kinds USING (district_id)
        LEFT JOIN turnover USING (district_id, day, kind)
    )
"""
"""Every kind's every day up to the ``last``, which ends at ``end``."""

_CLOSE: Final = """
    INSERT INTO trial_balances
        (district_id, day, kind, opening_fen, debits_fen, credits_fen, closing_fen, made_at)
    SELECT district_id, day, kind, closing_fen - credits_fen + debits_fen, debits_fen, credits_fen,
           closing_fen, :made_at
    FROM balances
    WHERE day > coalesce((SELECT max(closed.day) FROM trial_balances closed
                          WHERE closed.district_id = balances.district_id), '-infinity')
    ORDER BY district_id, day, kind
    ON CONFLICT (district_id, day, kind) DO NOTHING
    RETURNING id
"""
_OF_DAY: Final = """
    SELECT kind, closing_fen - credits_fen + debits_fen, debits_fen, credits_fen, closing_fen
    FROM balances WHERE district_id = :district_id AND day = :last ORDER BY kind
"""
_WRONG: Final = """
    SELECT district_id, format('%s %s: written %s, transfers %s', day, kind,
           coalesce(s.closing_fen::text, 'nothing'), coalesce(b.closing_fen::text, 'nothing'))
    FROM (
        SELECT balances.* FROM balances
        JOIN (SELECT district_id, max(day) AS last FROM trial_balances GROUP BY district_id) AS closed
             ON closed.district_id = balances.district_id AND balances.day <= closed.last
    ) AS b FULL JOIN trial_balances s USING (district_id, day, kind)
    WHERE (coalesce(s.debits_fen, 0), coalesce(s.credits_fen, 0), coalesce(s.closing_fen, 0))
          <> (coalesce(b.debits_fen, 0), coalesce(b.credits_fen, 0), coalesce(b.closing_fen, 0))
"""
"""What was written of a closed day and is not what the transfers say, as the ledger's proofs tell it."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """All accounts of one kind in fen: what they had, what left and entered them, what they have."""

    kind: str
    opening_fen: int
    debits_fen: int
    credits_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class DayTurnover:
    """A closed day: how much moved in fen, and what all closings come to, which is zero."""

    day: date
    moved_fen: int
    sum_fen: int


def close_days(session: Session) -> int:
    """Write down every day that is over and was not yet, of every district; return how many rows."""
    yesterday = clock.today() - timedelta(days=1)
    values = {**_until(yesterday), "made_at": clock.now()}
    return len(session.execute(text(_BALANCES + _CLOSE), values).all())


def trial_balance(session: Session, *, district_id: int, day: date) -> list[TrialRow]:
    """Return a day's trial balance by kind of account, worked out from the transfers; the day may still run.

    Empty before the district's first money.
    """
    rows = session.execute(text(_BALANCES + _OF_DAY), {**_until(day), "district_id": district_id})
    return [TrialRow(kind, *map(int, sums)) for kind, *sums in rows]


def written(session: Session, *, district_id: int, day: date) -> list[TrialRow]:
    """Return a closed day's trial balance as it was written down; empty for a day that is not closed."""
    columns = (
        TrialBalance.kind,
        TrialBalance.opening_fen,
        TrialBalance.debits_fen,
        TrialBalance.credits_fen,
        TrialBalance.closing_fen,
    )
    of_day = (TrialBalance.district_id == district_id, TrialBalance.day == day)
    rows = session.execute(select(*columns).where(*of_day).order_by(TrialBalance.kind))
    return [TrialRow(*row) for row in rows]


def count_closed(session: Session, *, district_id: int) -> int:
    """Return how many days of a district are closed."""
    days = func.count(TrialBalance.day.distinct())
    return session.scalars(select(days).where(TrialBalance.district_id == district_id)).one()


def list_closed(session: Session, *, district_id: int, limit: int, offset: int) -> list[DayTurnover]:
    """Return closed days, the latest first."""
    statement = (
        select(TrialBalance.day, func.sum(TrialBalance.debits_fen), func.sum(TrialBalance.closing_fen))
        .where(TrialBalance.district_id == district_id)
        .group_by(TrialBalance.day)
        .order_by(TrialBalance.day.desc())
        .limit(limit)
        .offset(offset)
    )
    return [DayTurnover(day, int(moved), int(total)) for day, moved, total in session.execute(statement)]


def find_wrong(session: Session) -> list[Breach]:
    """Return what was written of closed days and differs from the transfers."""
    rows = session.execute(text(_BALANCES + _WRONG), _until(clock.today() + timedelta(days=1)))
    rule = "a closed day's trial balance is that of its transfers"
    return [Breach(rule, district_id, "district", district_id, detail) for district_id, detail in rows]


def _until(day: date) -> dict[str, object]:
    return {"last": day, "end": clock.end_of_day(day)}
