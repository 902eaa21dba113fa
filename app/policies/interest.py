"""Interest on what is paid out, and on what is paid late: simple, by days, rounded down. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, TypeAlias

from app.core import clock, money
from app.policies.answers import Amount, Rule
from app.policies.most_borne import limited
from app.policies.rounding import TO_THE_FEN, Rounding

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
    """``issue``, ``start`` (of the term), ``agreement``, ``vacated``, or ``term_end``."""
    on: frozenset[str]
    """What bears it: ``leftover``, ``lapse``, ``give_up``."""
    rates: Rates = ()
    """Where the rate floats, instead of ``rate_ppm``."""
    path: str = "interest"
    months: str | None = None
    """``months`` counts whole months, ``begun_months`` those begun, too; None: days."""
    terms: tuple[tuple[int, int], ...] = ()
    """Instead of ``rate_ppm`` the rate of the longest term that is over: after so many months, rising."""
    is_last_day_in_term: bool = False
    """Whether a term is over the day after its last one, and not on it."""
    slices: tuple[tuple[int, int], ...] = ()
    """As ``terms``, but each day has the rate of the longest of them that was over before it."""
    to_event: str = "lock"
    """To which day it runs: of what is spent ``lock``, ``contract``, ``filed``, ``verified`` or ``paid``, of
    an ending ``paid`` or ``term_end``."""
    only: str | None = None
    """Of an ending: only of vouchers ``used``, or ``unused``; None: of both."""
    is_rate_of_last: bool = False
    """Whether of ``rates`` that of the last day, such as the payment's, holds for every day."""

    @property
    def pays(self) -> bool:
        """Whether it ever bears anything."""
        tables = (*self.rates, *self.terms, *self.slices)
        return any((self.rate_ppm, *(rate for _from, rate in tables)))

    def until_lock(self, fen: int, first: date, last: date, *, least_fen: int = 0) -> Amount:
        """Return what a sum spent bears to its lock; where it runs on, a rule tells to which day.

        ``least_fen`` is what must be spent for it, of which the rule tells, too.
        """
        borne = self.of(fen, first, last)
        if self.to_event == "lock":
            return borne
        days: dict[str, int | str] = {"from": first.isoformat(), "lock": last.isoformat()}
        if least_fen:
            days["least_fen"] = least_fen
        return Amount(
            borne.fen, (*borne.rules, Rule(f"{self.path}.to", RUNS_ON, {**days, "to": self.to_event}))
        )

    def of(self, fen: int, first: date, last: date) -> Amount:
        """Return the interest on a sum in fen from an event to a day; day one is the day after."""
        exact, rules = self.exact(fen, first, last)
        return Amount(money.whole_fen(exact), rules)

    def exact(self, fen: int, first: date, last: date) -> tuple[Fraction, tuple[Rule, ...]]:
        """Return the same in fen before it is rounded, with its rules."""
        rate_ppm, path = self.rate_ppm, self.path
        if self.terms:
            ran = whole_months(first, last - timedelta(days=1) if self.is_last_day_in_term else last)
            over = [place for place, (months, _rate) in enumerate(self.terms) if months <= ran]
            rate_ppm = self.terms[over[-1]][1] if over else 0
            path = f"{path}.terms[{over[-1]}]" if over else f"{path}.terms"
        if self.is_rate_of_last:
            rate_ppm, path = of_last(self.rates, last, path)
        rates, word = () if self.is_rate_of_last else self.rates, "rates"
        if self.slices:
            rates, word = in_slices(self.slices, first), "slices"
        return simple_exact(
            fen,
            first,
            last,
            rate_ppm=rate_ppm,
            rates=rates,
            days_in_year=self.days_in_year,
            path=path,
            months=self.months,
            word=word,
        )


@dataclass(frozen=True)
class EndingInterest:
    """What is borne by what leaves a voucher: lines that are added up and rounded once."""

    lines: tuple[InterestRule, ...]
    rounding: Rounding = TO_THE_FEN
    most_bp: int | None = None
    """The most that they come to together, in ten-thousandths of what bears it; None: any sum."""

    def lines_of(self, how: str, *, is_used: bool) -> tuple[InterestRule, ...]:
        """Return the lines that hold of an ending (``leftover``, ``lapse``, ``give_up``) of a voucher."""
        use = "used" if is_used else "unused"
        return tuple(line for line in self.lines if how in line.on and line.only in (None, use))

    def of(self, fen: int, days: Mapping[str, date], until: date, how: str, *, is_used: bool) -> Amount:
        """Return the interest in fen on a sum that an ending pays on a day.

        ``days`` are those from which it may run, by event; ``is_used`` whether anything of the voucher is
        spent.
        """
        total, rules = Fraction(), list[Rule]()
        for line in self.lines_of(how, is_used=is_used):
            last = min(until, days["term_end"]) if line.to_event == "term_end" else until
            exact, told = line.exact(fen, days[line.from_event], last)
            total += exact
            rules += told
        whole = limited(money.whole_fen(total), fen, self.most_bp, self.rounding, "interest")
        return Amount(whole.fen, (*rules, *whole.rules))


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

    As ``simple_exact``.
    """
    exact, rules = simple_exact(
        fen,
        first,
        last,
        rate_ppm=rate_ppm,
        rates=rates,
        days_in_year=days_in_year,
        path=path,
        months=months,
    )
    return Amount(money.whole_fen(exact), rules)


def simple_exact(
    fen: int,
    first: date,
    last: date,
    *,
    rate_ppm: int,
    rates: Rates,
    days_in_year: int,
    path: str,
    months: str | None = None,
    word: str = "rates",
) -> tuple[Fraction, tuple[Rule, ...]]:
    """Return simple interest in fen before it is rounded, with its rules.

    With ``rates`` each day bears the rate that holds on it; a rule each tells for how many, by the ``word``
    under which the file has them. By ``months`` a
    year, ``days_in_year``, is of so many months.
    """
    if months is not None:
        counted = whole_months(first, last, with_begun=months == "begun_months")
        in_year: dict[str, int | str] = {"months": counted, "months_in_year": days_in_year}
        rule = Rule(path, "interest_by_months", {"sum_fen": fen, "rate_ppm": rate_ppm, **in_year})
        return money.interest(fen, ppm_days=rate_ppm * counted, days_in_year=days_in_year), (rule,)
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
        rules.append(Rule(f"{path}.{word}[{place}]" if rates else path, "interest", figures))
        ppm_days += of_days * counted_days
    return money.interest(fen, ppm_days=ppm_days, days_in_year=days_in_year), tuple(rules)


def in_slices(slices: tuple[tuple[int, int], ...], first: date) -> Rates:
    """Return from which days on the rates of slices hold; day one is the day after the event."""
    day = timedelta(days=1)
    return tuple((clock.add_months(first, months) + day, rate) for months, rate in slices)


def of_last(rates: Rates, last: date, path: str) -> tuple[int, str]:
    """Return the rate that holds on the last day, in millionths, and its path; before the first none does."""
    begun = [place for place, (from_day, _rate) in enumerate(rates) if from_day <= last]
    return (rates[begun[-1]][1], f"{path}.rates[{begun[-1]}]") if begun else (0, f"{path}.rates")


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
