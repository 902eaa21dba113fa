"""A bonus that is a share of a sum for the ㎡ within an entitlement only (应安置面积以内部分). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class WithinArea:
    """How many ㎡ of the homes that a household buys earn a bonus."""

    of: str
    """``old`` or ``entitled`` area; so many ㎡ for each of ``residents``, a ``household``, a ``home``."""
    m2: Decimal
    """The figure that a file names, 0 where it names an area that stands on the agreement."""
    path: str
    kinds: frozenset[str] | None
    """Which stock uses it up, what earns the bonus: None for every home."""

    @property
    def is_shared(self) -> bool:
        """Whether all homes of a household use it up together."""
        return self.of != "home"

    def most_m2(self, *, old_m2: Decimal, entitled_m2: Decimal, residents: int) -> Decimal:
        """Return up to how many ㎡ a household earns it."""
        if self.of == "residents":
            return self.m2 * residents
        return {"old": old_m2, "entitled": entitled_m2}.get(self.of, self.m2)

    def used_m2(self, bought: Mapping[str, Decimal]) -> Decimal:
        """Return how many ㎡ homes bought before use up, from their areas by kind of stock; 0 a ``home``."""
        if not self.is_shared:
            return Decimal(0)
        return sum(
            (m2 for kind, m2 in bought.items() if self.kinds is None or kind in self.kinds), Decimal(0)
        )


@dataclass(frozen=True)
class Inside:
    """How much of one home lies within what is left of an entitlement, ㎡."""

    m2: Decimal
    home_m2: Decimal
    most_m2: Decimal
    used_m2: Decimal
    """What homes bought before use up."""

    @classmethod
    def of(cls, home_m2: Decimal, most_m2: Decimal, used_m2: Decimal) -> "Inside":
        """Return it of a home of an area."""
        return cls(max(Decimal(0), min(home_m2, most_m2 - used_m2)), home_m2, most_m2, used_m2)

    @property
    def share(self) -> Fraction:
        """Which part of the home that is; nothing of one whose area is not known."""
        return Fraction(self.m2) / Fraction(self.home_m2) if self.home_m2 else Fraction(0)

    @property
    def figures(self) -> dict[str, int | str]:
        """What explains it."""
        return {
            "inside_m2": str(self.m2),
            "home_area_m2": str(self.home_m2),
            "most_m2": str(self.most_m2),
            "used_m2": str(self.used_m2),
        }
