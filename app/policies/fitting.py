"""How large a home may be that vouchers buy, and what a ㎡ of it may cost. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.policies.answers import Rule, Verdict
from app.policies.tiers import SPACES

WORDS: Final = ("area", "total_area", "yuan_per_m2")
"""The words of a line of ``limits`` that say which homes are bought, not for which sum."""


@dataclass(frozen=True)
class Fit:
    """What one line asks of each home of these kinds, of every home where it names none."""

    path: str
    kinds: frozenset[str] | None = None
    least_m2: Decimal | None = None
    most_m2: Decimal | None = None
    total_m2: Decimal | None = None
    """Most ㎡ of such homes that all vouchers of a household buy together."""
    most_fen_per_m2: int | None = None
    """The most that a ㎡ of the price may be, in fen; compared exactly."""

    def is_of(self, kind: str) -> bool:
        """Tell whether it asks anything of a kind of stock; without kinds of all but parking and storage."""
        return kind not in SPACES if self.kinds is None else kind in self.kinds

    def verdicts(self, area_m2: Decimal, price_fen: int, bought_m2: Mapping[str, Decimal]) -> list[Verdict]:
        """Tell of each thing that it asks whether a home of an area (㎡) at a price in fen may be bought.

        ``bought_m2`` are the homes of the household before it, ㎡ by kind of stock.
        """
        told, at = list[Verdict](), {"area_m2": str(area_m2)}
        if self.least_m2 is not None:
            figures: dict[str, int | str] = {**at, "least_m2": str(self.least_m2)}
            told.append(Verdict(area_m2 >= self.least_m2, Rule(self.path, "least_area", figures)))
        if self.most_m2 is not None:
            figures = {**at, "most_m2": str(self.most_m2)}
            told.append(Verdict(area_m2 <= self.most_m2, Rule(self.path, "most_area", figures)))
        if self.total_m2 is not None:
            before = sum((m2 for kind, m2 in bought_m2.items() if self.is_of(kind)), Decimal(0))
            figures = {**at, "before_m2": str(before), "most_m2": str(self.total_m2)}
            told.append(Verdict(before + area_m2 <= self.total_m2, Rule(self.path, "total_area", figures)))
        if self.most_fen_per_m2 is not None:
            figures = {**at, "price_fen": price_fen, "most_fen_per_m2": self.most_fen_per_m2}
            is_within = price_fen <= self.most_fen_per_m2 * area_m2
            told.append(Verdict(is_within, Rule(self.path, "most_per_m2", figures)))
        return told


def fits_of(said: Iterable[Mapping[str, Any]]) -> tuple[Fit, ...]:
    """Return what the lines of ``limits`` ask of homes, each with the place at which it stands."""
    return tuple(
        Fit(
            f"limits[{place}]",
            frozenset(one["kinds"]) if "kinds" in one else None,
            _m2(one.get("area", {}).get("from")),
            _m2(one.get("area", {}).get("up_to")),
            _m2(one.get("total_area")),
            one.get("yuan_per_m2"),
        )
        for place, one in enumerate(said)
        if any(word in one for word in WORDS)
    )


def _m2(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)


def unfit(
    fits: Iterable[Fit],
    kind: str,
    *,
    area_m2: Decimal,
    price_fen: int,
    bought_m2: Iterable[tuple[str, Decimal]] = (),
) -> Rule | None:
    """Return the first rule by which a home may not be bought, as ``Fit.verdicts``; None where it may."""
    bought = dict(bought_m2)
    told = (
        verdict for fit in fits if fit.is_of(kind) for verdict in fit.verdicts(area_m2, price_fen, bought)
    )
    return next((verdict.rule for verdict in told if not verdict.allowed), None)
