"""Interest on what is paid out, and on what is paid late: simple, by days, rounded down. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from app.core import clock, money
from app.policies.answers import Amount, Rule

Rates: TypeAlias = tuple[tuple[date, int], ...]
"""From which days on which rates hold, in rising order; days before the first bear nothing."""


RUNS_ON: Final = "runs_on"
"""Code of the rule that tells to which day interest on what is spent runs on after the lock."""


@dataclass(frozen=True)
class InterestRule:
    """Simple interest; ``rate_ppm`` are millionths a year of ``days_in_year`` days."""

    rate_ppm: int
    days_in_year: int
    from_event: str
    """``issue``, ``start`` (of the term), ``agreement``, or ``term_end``."""
    on: frozenset[str]
    """What bears it: ``leftover``, ``lapse``, ``give_up``."""
    rates: Rates = ()
    """Where the rate floats, instead of ``rate_ppm``."""
    path: str = "interest"
    months: str | None = None
    """``months`` counts whole months, ``begun_months`` those begun, too; None: days."""
    terms: tuple[tuple[int, int], ...] = ()
    """Instead of ``rate_ppm`` the rate of the longest term that is over: after so many months, rising."""
    to_event: str = "lock"
    """Of what is spent: to which day it runs, ``lock``, ``contract``, ``filed``, ``verified`` or ``paid``."""

    @property
    def pays(self) -> bool:
        """Whether it ever bears anything."""
        return any((self.rate_ppm, *(rate for _, rate in self.rates), *(rate for _, rate in self.terms)))

    def until_lock(self, fen: int, first: date, last: date) -> Amount:
        """Return what a sum spent bears to its lock; where it runs on, a rule tells to which day."""
        borne = self.of(fen, first, last)
        if self.to_event == "lock":
            return borne
        days: dict[str, int | str] = {"from": first.isoformat(), "lock": last.isoformat()}
        return Amount(
            borne.fen, (*borne.rules, Rule(f"{self.path}.to", RUNS_ON, {**days, "to": self.to_event}))
        )

    def of(self, fen: int, first: date, last: date) -> Amount:
        """Return the interest on a sum in fen from an event to a day; day one is the day after."""
        rate_ppm, path = self.rate_ppm, self.path
        if self.terms:
            ran = whole_months(first, last)
            over = [place for place, (months, _rate) in enumerate(self.terms) if months <= ran]
            rate_ppm = self.terms[over[-1]][1] if over else 0
            path = f"{path}.terms[{over[-1]}]" if over else f"{path}.terms"
        return simple(
            fen,
            first,
            last,
            rate_ppm=rate_ppm,
            rates=self.rates,
            days_in_year=self.days_in_year,
            path=path,
            months=self.months,
        )


def simple(
    fen: int,
    first: date,
    last: date,
    *,
    rate_ppm: int,
    rates: Rates,
    days_in_year: int,
    path: str,
    months: str | None = None,
) -> Amount:
    """Return simple interest in fen for the days after ``first`` up to ``last``, rounded down once.

    With ``rates`` each day bears the rate that holds on it; a rule each tells for how many. By ``months`` a
    year, ``days_in_year``, is of so many months.
    """
    if months is not None:
        counted = whole_months(first, last, with_begun=months == "begun_months")
        in_year: dict[str, int | str] = {"months": counted, "months_in_year": days_in_year}
        rule = Rule(path, "interest_by_months", {"sum_fen": fen, "rate_ppm": rate_ppm, **in_year})
        ppm = rate_ppm * counted
        return Amount(money.interest_floor(fen, ppm_days=ppm, days_in_year=days_in_year), (rule,))
    rules, ppm_days = [], 0
    for place, (of_days, days) in enumerate(
        _runs(first, last, rates) if rates else [(rate_ppm, last - first)]
    ):
        counted_days = max(0, days.days)
        figures: dict[str, int | str] = {
            "sum_fen": fen,
            "rate_ppm": of_days,
            "days": counted_days,
            "days_in_year": days_in_year,
        }
        rules.append(Rule(f"{path}.rates[{place}]" if rates else path, "interest", figures))
        ppm_days += of_days * counted_days
    interest_fen = money.interest_floor(fen, ppm_days=ppm_days, days_in_year=days_in_year)
    return Amount(interest_fen, tuple(rules))


def whole_months(first: date, last: date, *, with_begun: bool = False) -> int:
    """Return how many months ended from the day after ``first`` to ``last``, or began."""
    if last <= first:
        return 0
    months = (last.year - first.year) * 12 + last.month - first.month
    while clock.add_months(first, months) > last:
        months -= 1
    return months + (with_begun and clock.add_months(first, months) < last)


def _runs(first: date, last: date, rates: Rates) -> list[tuple[int, timedelta]]:
    """Return how long each rate held of the days after ``first`` up to ``last``; below zero for none."""
    day = timedelta(days=1)
    ends = [*(from_day - day for from_day, _rate in rates[1:]), last]
    return [
        (rate, min(last, end) - max(first, from_day - day))
        for (from_day, rate), end in zip(rates, ends, strict=True)
    ]
