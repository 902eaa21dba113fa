"""What a voucher policy says, as pure rules: validity, the bonus a day earns, how long a home waits.

Edges follow one reading everywhere (docs/policy.md): day one is the day after the event, a month ends on the
same day number or the month's last, and a day ends at 24:00 in Asia/Shanghai.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from app.core import clock, money
from app.policies import reader


@dataclass(frozen=True)
class TierRule:
    """A bonus rate, in ten-thousandths, from the start of one month to the end of another, from issue."""

    from_month: int
    to_month: int
    rate_bp: int


@dataclass(frozen=True)
class Tier:
    """A bonus tier of one voucher, on the calendar: both days belong to it.

    ``next_rate_bp`` applies from ``next_from`` on; where no tier follows the two are 0 and None.
    """

    rate_bp: int
    first_day: date
    last_day: date
    next_rate_bp: int
    next_from: date | None


@dataclass(frozen=True)
class Policy:
    """One version of a voucher policy. A voucher keeps the one it was issued under for life."""

    code: str
    title: str
    source: str
    valid_months: int
    tiers: tuple[TierRule, ...]
    hold_days: int
    hold_homes: int | None
    """Most homes that a household may hold at once, locked and without a contract; None: no limit."""
    least_share_bp: int
    """Which part of a price, in ten-thousandths, the vouchers with their bonus must pay at least."""
    usable_on: frozenset[str]

    def expires_at(self, issued_at: datetime) -> datetime:
        """Return the moment from which a voucher issued then has lapsed (逾期), in UTC."""
        return clock.end_of_day(clock.add_months(clock.legal_day(issued_at), self.valid_months))

    def hold_until(self, locked_at: datetime) -> datetime:
        """Return the moment from which a home locked then is free again without a contract, in UTC."""
        return clock.end_of_day(clock.legal_day(locked_at) + timedelta(days=self.hold_days))

    def bonus_tier_on(self, issued_on: date, day: date) -> Tier | None:
        """Return the bonus tier that a lock on ``day`` earns, or None: before issue, or after the last tier.

        The day of issue itself already earns the first tier: day one, from which months count, is the next.
        """
        if day < issued_on:
            return None
        for place, rule in enumerate(self.tiers):
            last_day = clock.add_months(issued_on, rule.to_month)
            if day <= last_day:
                return Tier(
                    rate_bp=rule.rate_bp,
                    first_day=self._first_day(issued_on, rule),
                    last_day=last_day,
                    next_rate_bp=self.tiers[place + 1].rate_bp if place + 1 < len(self.tiers) else 0,
                    next_from=last_day + timedelta(days=1) if place + 1 < len(self.tiers) else None,
                )
        return None

    def bonus_rate_on(self, issued_on: date, day: date) -> int:
        """Return the bonus rate of a lock on ``day`` in ten-thousandths; 0 where no tier applies."""
        tier = self.bonus_tier_on(issued_on, day)
        return tier.rate_bp if tier else 0

    def tiers_of(self, issued_on: date) -> list[Tier]:
        """Return every tier of a voucher issued that day, on the calendar, in order."""
        found = [self.bonus_tier_on(issued_on, self._first_day(issued_on, rule)) for rule in self.tiers]
        return [tier for tier in found if tier]

    @staticmethod
    def _first_day(issued_on: date, rule: TierRule) -> date:
        if rule.from_month == 1:
            return issued_on
        return clock.add_months(issued_on, rule.from_month - 1) + timedelta(days=1)


def apply_bonus(spent_fen: int, rate_bp: int) -> int:
    """Return the bonus in fen on a sum spent in fen, rounded down to the fen.

    The inverse, the least sum that reaches a price with its bonus, is ``core.money.part_before_bonus``.
    """
    return money.share_floor(spent_fen, rate_bp)


def parse(text: str) -> Policy:
    """Return the policy of a file's text. Raises PolicyFileInvalid, naming lines and paths."""
    return from_body(reader.read(text))


def from_body(body: Mapping[str, Any]) -> Policy:
    """Return the policy of a stored body, whichever schema version it was written with.

    Raises KeyError for a version that no reader knows.
    """
    return _READERS[body["schema"]](body)


def _from_version_1(body: Mapping[str, Any]) -> Policy:
    """Version 1 knew no limit of homes held at once, and no least share."""
    return _from_version_2({**body, "hold": {**body["hold"], "homes": None, "least_share": 0}})


def _from_version_2(body: Mapping[str, Any]) -> Policy:
    return Policy(
        code=body["code"],
        title=body["title"],
        source=body["source"],
        valid_months=body["valid"]["months"],
        tiers=tuple(
            TierRule(from_month=tier["from_month"], to_month=tier["to_month"], rate_bp=tier["rate"])
            for tier in body["bonus"]["tiers"]
        ),
        hold_days=body["hold"]["days"],
        hold_homes=body["hold"]["homes"],
        least_share_bp=body["hold"]["least_share"],
        usable_on=frozenset(body["usable_on"]),
    )


_READERS: Final[dict[int, Callable[[Mapping[str, Any]], Policy]]] = {1: _from_version_1, 2: _from_version_2}
