"""How a district's debt to developers stands: its age, what it waits for, when it needs money. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core import clock
from app.policies.settling import APPLIED, EVENTS
from app.settlements.rules import Part
from app.settlements.shares import Share

LATE: Final = {"late30": 30, "late60": 60, "late90": 90}
"""The classes of age by their last day; what is older is ``late``."""
AGES: Final = ("coming", *LATE, "late")
MONTHS: Final = 24
INTEREST: Final = "interest"
"""Stands for every part of which interest is not paid, or runs."""
INTEREST_BACK: Final = "interest_back"
"""Stands for every part of which a developer owes interest back."""


@dataclass(frozen=True, slots=True)
class Row:
    """One part of one share, and how it stands today."""

    share: Share
    part: Part
    standing: str
    """``paid``, ``back`` (owed back), an event or (``applied``) the application that it waits for, ``coming``
    (not late), or a class of age."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over shares, in fen. ``owed = paid + outstanding - back``."""

    owed_fen: int
    paid_fen: int
    outstanding_fen: int
    back_fen: int
    claimed_fen: int
    """What of the outstanding is in claims under way."""
    interest_paid_fen: int
    interest_fen: int
    """Interest that is not paid, late or in time, up to today."""
    interest_back_fen: int
    """Interest that was paid too much."""
    unruled_fen: int
    """What no policy and no terms of the district say anything about."""


def rows_of(shares: Iterable[Share], *, today: date) -> list[Row]:
    """Return every part of the shares with its standing."""
    return [Row(share, part, standing_of(part, today)) for share in shares for part in share.parts]


def standing_of(part: Part, today: date) -> str:
    """Return how a part stands on a day; the day after its last one is the first that is late."""
    if part.outstanding_fen == 0:
        return "paid"
    if part.outstanding_fen < 0:
        return "back"
    if part.due_on is None:
        return part.tranche.event if part.reached_on is None else APPLIED
    days = (today - part.due_on).days
    if days <= 0:
        return "coming"
    return next((name for name, last in LATE.items() if days <= last), "late")


def totals_of(shares: Sequence[Share]) -> Totals:
    """Return the sums over shares."""
    parts = [part for share in shares for part in share.parts]
    unruled_fen = sum(share.owed_fen for share in shares if share.rule is None)
    return Totals(
        owed_fen=sum(share.owed_fen for share in shares),
        paid_fen=sum(part.paid_fen for part in parts),
        outstanding_fen=sum(max(0, part.outstanding_fen) for part in parts) + unruled_fen,
        back_fen=sum(max(0, -part.outstanding_fen) for part in parts),
        claimed_fen=sum(part.taken_fen - part.paid_fen for part in parts),
        interest_paid_fen=sum(part.interest_paid_fen for part in parts),
        interest_fen=sum(part.interest_owed_fen for part in parts),
        interest_back_fen=sum(part.interest_back_fen for part in parts),
        unruled_fen=unruled_fen,
    )


def sums_of(rows: Iterable[Row]) -> dict[str, int]:
    """Return what is outstanding in each class of age and for each event, in fen.

    ``back`` and ``INTEREST_BACK``, what developers owe back, are above zero.
    """
    found: dict[str, int] = dict.fromkeys((*AGES, *EVENTS, APPLIED, "back", INTEREST_BACK), 0)
    for row in rows:
        found[INTEREST_BACK] += row.part.interest_back_fen
        if row.standing in found:
            found[row.standing] += abs(row.part.outstanding_fen)
    return found


def cash_need(rows: Iterable[Row], *, today: date) -> list[tuple[date, int]]:
    """Return what falls due in each of the next months, the first days of the months with fen.

    What is late is needed in this month. What waits for an event has no month.
    """
    need: dict[date, int] = defaultdict(int)
    for row in rows:
        if (month := month_of(row, today)) is not None:
            need[month] += row.part.outstanding_fen
    first = today.replace(day=1)
    return [(month, need[month]) for month in (clock.add_months(first, ahead) for ahead in range(MONTHS))]


def interest_need(rows: Iterable[Row], *, today: date) -> dict[date, int]:
    """Return the interest that would be paid with each month's parts, in fen: an estimate.

    As if what is not due yet were paid on its last day, and all else today: what ran of parts that are paid,
    late or not, is needed in this month.
    """
    need: dict[date, int] = defaultdict(int)
    for row in rows:
        if fen := expected_interest(row, today=today):
            need[interest_month_of(row, today)] += fen
    return need


def expected_interest(row: Row, *, today: date) -> int:
    """Return the interest in fen that is not paid of a part: to its last day, once that is over to today."""
    part, rule = row.part, row.share.rule
    running_fen = part.accrued_fen
    if rule and part.runs_from and part.due_on and part.outstanding_fen > 0:
        known = {"reached_on": part.runs_from, "due_on": part.due_on}
        running_fen = rule.borne(part.place, part.outstanding_fen, paid_on=max(part.due_on, today), **known)
    return max(0, part.interest_fen - part.interest_paid_fen) + running_fen


def interest_month_of(row: Row, today: date) -> date:
    """Return the first day of the month in which a part's interest is needed."""
    return month_of(row, today) or today.replace(day=1)


def month_of(row: Row, today: date) -> date | None:
    """Return the first day of the month in which a part needs money, or None."""
    if row.part.due_on is None or row.part.outstanding_fen <= 0:
        return None
    return max(row.part.due_on, today).replace(day=1)


def shown(rows: Iterable[Row], wanted: str, *, today: date) -> list[Row]:
    """Return the rows of a standing, of a month written ``2016-07``, with interest, or (empty) all.

    A month has the parts that are due in it and those whose interest is.
    """
    if not wanted:
        return list(rows)
    if wanted == INTEREST:
        return [row for row in rows if expected_interest(row, today=today)]
    if wanted == INTEREST_BACK:
        return [row for row in rows if row.part.interest_back_fen]
    found = []
    for row in rows:
        months = [month_of(row, today)]
        if expected_interest(row, today=today):
            months.append(interest_month_of(row, today))
        if wanted in (row.standing, *(f"{month:%Y-%m}" for month in months if month)):
            found.append(row)
    return found
