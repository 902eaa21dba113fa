"""What a developer is owed for what vouchers bought, when, and what a late payment costs. Pure.

Owed is what the vouchers spent and the bonus that counted towards the price, to the fen; the household's
top-up goes its own way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.core import clock, money
from app.policies.answers import Amount, Rule
from app.policies.interest import Rates, of_last, simple
from app.policies.most_borne import limited
from app.policies.rounding import TO_THE_FEN, Rounding

REGISTERED: Final = "building_registered"
"""The building is in the register for the first time (首次登记), which a built one need not be yet."""
PROGRESS: Final = ("groundwork", "part_built", "topped_out", "frame_checked", "completed", REGISTERED)
"""How far a building is: its base stands (正负零), as much of its frame as was agreed (主体三分之一), it is
topped out (主体封顶), its frame is inspected (主体结构验收), it is completed (竣工验收备案), registered."""
APPLIED: Final = "applied"
"""From where a tranche's time may run instead of its event: the developer's application (申请)."""
EVENTS: Final = ("contract", "filed", "verified", *PROGRESS, "handover", "certificate")
"""What a tranche may wait for, in the order in which it usually happens."""

ENDS: Final = {"month_ends": 1, "quarter_ends": 3, "half_year_ends": 6}
"""Ends of times of the calendar by which is paid, with how many months such a time has."""


def counted_days(days: Mapping[str, date]) -> dict[str, date]:
    """Return the days from which tranches are paid: progress from before the write-off counts from that.

    ``days`` are those of the events, and ``verified`` among them once the home is written off.
    """
    from_ = days.get("verified", date.min)
    return {event: max(day, from_) if event in PROGRESS else day for event, day in days.items()}


@dataclass(frozen=True)
class Within:
    """So long after a day: working days, calendar days, or months; or to the end of a month, or of more."""

    count: int
    unit: str
    """``working_days``, ``days``, ``months``, or one of ``ENDS``: the first end is that of its own time."""
    day: int | None = None
    """Beside an end: to this day of the month that follows it."""

    def after(self, day: date) -> date:
        """Return the last day of the time; day one is the day after the event."""
        if self.unit == "working_days":
            return clock.add_working_days(day, self.count)
        if self.unit == "months":
            return clock.add_months(day, self.count)
        if (months := ENDS.get(self.unit)) is not None:
            first = date(day.year, (day.month - 1) // months * months + 1, 1)
            after = clock.add_months(first, months * self.count)
            return after - timedelta(days=1) if self.day is None else after.replace(day=self.day)
        return day + timedelta(days=self.count)


@dataclass(frozen=True)
class Tranche:
    """A part of what is owed (拨付批次): a share that falls due so long after an event."""

    event: str
    share_bp: int
    within: Within
    path: str
    interest: "LateRule | None" = None
    """What it bears in time (贴息), from its event to the payment, at most to its last day; None: nothing."""
    is_from_application: bool = False
    """Whether its time and its interest run from the day on which the developer applied for it."""


@dataclass(frozen=True)
class LateRule:
    """What a payment bears, late or in time; ``rate_ppm`` are millionths a year of ``days_in_year`` days."""

    rate_ppm: int
    days_in_year: int
    rates: Rates = ()
    """Where the rate floats, instead of ``rate_ppm``."""
    path: str = "settlement.late_interest"
    months: str | None = None
    """As ``InterestRule.months``."""
    is_rate_of_last: bool = False
    """As ``InterestRule.is_rate_of_last``."""
    rounding: Rounding = TO_THE_FEN
    """How it is rounded, for each payment."""
    most_bp: int | None = None
    """The most that a payment bears, in ten-thousandths of it; None: any sum."""

    def of(self, fen: int, first: date, last: date) -> Amount:
        """Return the interest on so many fen for the days after ``first`` up to ``last``."""
        rate_ppm, path, rates = self.rate_ppm, self.path, self.rates
        if self.is_rate_of_last:
            (rate_ppm, path), rates = of_last(rates, last, path), ()
        borne = simple(
            fen,
            first,
            last,
            rate_ppm=rate_ppm,
            rates=rates,
            days_in_year=self.days_in_year,
            path=path,
            months=self.months,
        )
        whole = limited(borne.fen, fen, self.most_bp, self.rounding, self.path)
        return Amount(whole.fen, (*borne.rules, *whole.rules))


@dataclass(frozen=True)
class SettlementRule:
    """How developers are paid (拨付): where the money goes, in which tranches, and what a delay bears."""

    to: str
    """``developer`` or ``escrow``, the supervised account of the pre-sale."""
    tranches: tuple[Tranche, ...]
    late: LateRule | None = None
    stage: str | None = None
    """Only for homes that were ``finished``, or in ``presale``, when they were locked; None: for any."""
    kinds: frozenset[str] | None = None
    """Only for these kinds of stock; None: for any."""
    path: str = "settlement"

    def holds_for(self, kind: str, stage: str | None) -> bool:
        """Tell whether a purchase is paid by this; where no stage is known, only by what asks for none."""
        return (self.kinds is None or kind in self.kinds) and self.stage in (None, stage)

    def amounts(self, owed_fen: int) -> tuple[Amount, ...]:
        """Return each tranche's sum in fen, in the order of the file; together they are what is owed.

        Each is the shares up to it, rounded down, less those before: no fen is lost.
        """
        found: list[Amount] = []
        share_bp = before_fen = 0
        for tranche in self.tranches:
            share_bp += tranche.share_bp
            upto_fen = money.share_floor(owed_fen, share_bp)
            figures: dict[str, int | str] = {
                "owed_fen": owed_fen,
                "share_bp": tranche.share_bp,
                "upto_bp": share_bp,
                "before_fen": before_fen,
            }
            found.append(Amount(upto_fen - before_fen, (Rule(tranche.path, "tranche", figures),)))
            before_fen = upto_fen
        return tuple(found)

    def interest_in_time(
        self, place: int, fen: int, *, reached_on: date, due_on: date, paid_on: date
    ) -> Amount | None:
        """Return what so many fen of a tranche bear up to its last day; None where it bears nothing."""
        rule = self.tranches[place].interest
        return None if rule is None else rule.of(fen, reached_on, min(due_on, paid_on))

    def borne(self, place: int, fen: int, *, reached_on: date, due_on: date, paid_on: date) -> int:
        """Return all that so many fen of a tranche bear that are paid on a day: in time, and late."""
        in_time = self.interest_in_time(place, fen, reached_on=reached_on, due_on=due_on, paid_on=paid_on)
        late = self.late_interest(fen, due_on=due_on, paid_on=paid_on)
        return late.fen + (in_time.fen if in_time else 0)

    def late_interest(self, fen: int, *, due_on: date, paid_on: date) -> Amount:
        """Return what a tranche of so many fen bears that is paid on a day after its last one."""
        if self.late is None:
            return Amount(0, (Rule(self.path, "late_unsaid", {}),))
        return self.late.of(fen, due_on, paid_on)


def rule_for(rules: Iterable[SettlementRule], *, kind: str, stage: str | None) -> SettlementRule | None:
    """Return by which rule of a policy a home's developer is paid; None where it says nothing of it.

    ``stage`` is that at the lock. Where it is not known, only a rule for every stage is found.
    """
    return next((rule for rule in rules if rule.holds_for(kind, stage)), None)


def ask_for_place(rules: Iterable[SettlementRule]) -> bool:
    """Tell whether it depends on the stock, or on how far it is built, which rule holds."""
    return any(rule.kinds is not None or rule.stage is not None for rule in rules)
