"""Interest on what is paid out, and on what is paid late: simple, by days, rounded down. Pure."""

from dataclasses import dataclass
from datetime import date

from app.core import money
from app.policies.answers import Amount, Rule


@dataclass(frozen=True)
class InterestRule:
    """Simple interest; ``rate_ppm`` are millionths a year of ``days_in_year`` days."""

    rate_ppm: int
    days_in_year: int
    from_event: str
    """``issue``, ``start`` (of the term), ``agreement``, or ``term_end``."""
    on: frozenset[str]
    """What bears it: ``leftover``, ``lapse``, ``give_up``."""
    path: str = "interest"

    def of(self, fen: int, first: date, last: date) -> Amount:
        """Return the interest on a sum in fen from an event to a day; day one is the day after."""
        return simple(
            fen, first, last, rate_ppm=self.rate_ppm, days_in_year=self.days_in_year, path=self.path
        )


def simple(fen: int, first: date, last: date, *, rate_ppm: int, days_in_year: int, path: str) -> Amount:
    """Return simple interest in fen, rounded down, for the days after ``first`` up to ``last``."""
    days = max(0, (last - first).days)
    figures: dict[str, int | str] = {
        "sum_fen": fen,
        "rate_ppm": rate_ppm,
        "days": days,
        "days_in_year": days_in_year,
    }
    interest_fen = money.interest_floor(fen, rate_ppm=rate_ppm, days=days, days_in_year=days_in_year)
    return Amount(interest_fen, (Rule(path, "interest", figures),))
