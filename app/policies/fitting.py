"""How large a home may be that vouchers buy, and what a ㎡ of it may cost. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from app.policies.answers import Rule, Verdict
from app.policies.tiers import NOTHING, SPACES, Entitled

_ALL_BP: Final = 10_000
_SMALLEST_M2: Final = Decimal("0.01")
WORDS: Final = ("area", "total_area", "yuan_per_m2")
"""The words of a line of ``limits`` that say which homes are bought, not for which sum."""
OF_AGREEMENTS: Final = ("old", "entitled")
"""Areas on the agreements of a household that a total may go by."""


@dataclass(frozen=True)
class Fit:
    """What one line asks of each home of these kinds, of every home where it names none."""

    path: str
    kinds: frozenset[str] | None = None
    least_m2: Decimal | None = None
    most_m2: Decimal | None = None
    total_m2: Decimal | None = None
    """Most ㎡ of such homes that all vouchers of a household buy together; as many for each person, where
    ``total_of`` is ``residents``, and 0 where the agreements say how many."""
    most_fen_per_m2: int | None = None
    """The most that a ㎡ of the price may be, in fen; compared exactly."""
    total_of: str | None = None
    """What on its agreements decides that instead: ``old`` area, ``entitled`` area, ``residents``."""
    share_bp: int | None = None
    """Such a share of that area, in ten-thousandths, rounded down to 0.01 ㎡ as areas are written."""
    plus_m2: Decimal | None = None
    """So many ㎡ more than that area."""

    def is_of(self, kind: str) -> bool:
        """Tell whether it asks anything of a kind of stock; without kinds of all but parking and storage."""
        return kind not in SPACES if self.kinds is None else kind in self.kinds

    def verdicts(self, area_m2: Decimal, price_fen: int, bought: "BoughtBefore") -> list[Verdict]:
        """Tell of each thing that it asks whether a home of an area (㎡) at a price in fen may be bought."""
        told, at = list[Verdict](), {"area_m2": str(area_m2)}
        if self.least_m2 is not None:
            figures: dict[str, int | str] = {**at, "least_m2": str(self.least_m2)}
            told.append(Verdict(area_m2 >= self.least_m2, Rule(self.path, "least_area", figures)))
        if self.most_m2 is not None:
            figures = {**at, "most_m2": str(self.most_m2)}
            told.append(Verdict(area_m2 <= self.most_m2, Rule(self.path, "most_area", figures)))
        if self.total_m2 is not None:
            told.append(self._total(area_m2, self.total_m2, bought))
        if self.most_fen_per_m2 is not None:
            figures = {**at, "price_fen": price_fen, "most_fen_per_m2": self.most_fen_per_m2}
            is_within = price_fen <= self.most_fen_per_m2 * area_m2
            told.append(Verdict(is_within, Rule(self.path, "most_per_m2", figures)))
        return told

    def _total(self, area_m2: Decimal, total_m2: Decimal, bought: "BoughtBefore") -> Verdict:
        by_kind = bought.household_m2 if self.total_of is None else bought.agreed_m2
        before = sum((m2 for kind, m2 in by_kind if self.is_of(kind)), Decimal(0))
        most, figures = total_m2, dict[str, int | str](area_m2=str(area_m2), before_m2=str(before))
        if self.total_of == "residents":
            most *= bought.entitled.residents
            figures |= {"m2_a_head": str(total_m2), "residents": bought.entitled.residents}
        elif self.total_of is not None:
            most = bought.old_m2 if self.total_of == "old" else bought.entitled.m2
        code = "total_area" if self.total_of is None else f"total_of_{self.total_of}"
        if self.share_bp is not None or self.plus_m2 is not None:
            code, most, more = self._beyond(most)
            figures |= more
        return Verdict(before + area_m2 <= most, Rule(self.path, code, {**figures, "most_m2": str(most)}))

    def _beyond(self, agreed_m2: Decimal) -> tuple[str, Decimal, dict[str, int | str]]:
        """Return the code, the most ㎡ and the figures of a share of an area, or of more than it."""
        figures: dict[str, int | str] = {"agreed": str(self.total_of), "agreed_m2": str(agreed_m2)}
        if self.share_bp is None:
            more_m2 = self.plus_m2 or Decimal(0)
            return "total_with_more", agreed_m2 + more_m2, {**figures, "plus_m2": str(more_m2)}
        most = (agreed_m2 * self.share_bp / _ALL_BP).quantize(_SMALLEST_M2, ROUND_FLOOR)
        return "total_by_share", most, {**figures, "share_bp": self.share_bp}


@dataclass(frozen=True, slots=True)
class BoughtBefore:
    """What a household bought before, ㎡ by kind of stock, and what its agreements say."""

    household_m2: tuple[tuple[str, Decimal], ...] = ()
    """With the vouchers that it holds."""
    agreed_m2: tuple[tuple[str, Decimal], ...] = ()
    """With all vouchers over its agreements, whoever holds them."""
    old_m2: Decimal = Decimal(0)
    entitled: Entitled = NOTHING


def fits_of(said: Iterable[Mapping[str, Any]]) -> tuple[Fit, ...]:
    """Return what the lines of ``limits`` ask of homes, each with the place at which it stands."""
    return tuple(
        Fit(
            f"limits[{place}]",
            frozenset(one["kinds"]) if "kinds" in one else None,
            _m2(one.get("area", {}).get("from")),
            _m2(one.get("area", {}).get("up_to")),
            _total(one.get("total_area")),
            one.get("yuan_per_m2"),
            _total_of(one.get("total_area")),
            *_beyond_of(one.get("total_area")),
        )
        for place, one in enumerate(said)
        if any(word in one for word in WORDS)
    )


def _total(said: Any) -> Decimal | None:
    if isinstance(said, dict):
        return Decimal(said.get("m2_a_head", 0))
    return Decimal(0) if said in OF_AGREEMENTS else _m2(said)


def _total_of(said: Any) -> str | None:
    if isinstance(said, dict):
        return str(said.get("of", "residents"))
    return said if said in OF_AGREEMENTS else None


def _beyond_of(said: Any) -> tuple[int | None, Decimal | None]:
    return (said.get("share"), _m2(said.get("plus_m2"))) if isinstance(said, dict) else (None, None)


def _m2(said: str | None) -> Decimal | None:
    return None if said is None else Decimal(said)


def unfit(
    fits: Iterable[Fit],
    kind: str,
    *,
    area_m2: Decimal,
    price_fen: int,
    bought: BoughtBefore = BoughtBefore(),
) -> Rule | None:
    """Return the first rule by which a home may not be bought, as ``Fit.verdicts``; None where it may."""
    told = (
        verdict for fit in fits if fit.is_of(kind) for verdict in fit.verdicts(area_m2, price_fen, bought)
    )
    return next((verdict.rule for verdict in told if not verdict.allowed), None)
