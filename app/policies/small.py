"""How a voucher that came of a split counts as the voucher that was split, in small. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any, Final, Self

_NONE: Final = Fraction(0)


@dataclass(frozen=True)
class Parted:
    """How a voucher that came of a split counts where the policy parts the past with the sums.

    What that spent, earned and might earn counts in proportion. Quotes keep it.
    """

    more_fen: int = 0
    """So much more (or less) counts as spent, and as of the face, than it and its predecessors spent."""
    face_fen: int = 0
    """Its part of the faces as they were issued: bonuses are of no more, whatever came back meanwhile."""
    numerator: int = 1
    denominator: int = 1
    """Which part it is of the voucher that was issued, of merged ones together at most a whole."""
    size_fen: int = 0
    """The face as it was issued of which it is that part; 0 in quotes from before that counted."""
    now: tuple[int, int] = (1, 1)
    """Which part it would be had what came back since a split been left then, numerator and denominator."""
    rests: tuple[tuple[str, int, int], ...] = ()
    """What rounding left off what counts as spent on each kind of stock, numerator and denominator."""
    earned_more: tuple[tuple[str, int, int], ...] = ()
    """So much more (or less) counts as earned where it goes with what counts as spent, by that part now and
    not rounded: numerator and denominator, by path, and of all that counts towards prices under no path."""
    then_more: tuple[int, int] = (0, 1)
    """So much more (or less) is its face where sums of the policy go by it, by its part at the splits and not
    rounded: numerator and denominator."""
    rests_for: tuple[tuple[str, int, int], ...] = ()
    """What rounding left off what counts as spent on the homes that a bonus is for, by its path."""

    @classmethod
    def of(
        cls,
        more_fen: int,
        face_fen: Fraction,
        share: Fraction,
        share_now: Fraction,
        rests: Mapping[str, Fraction],
        earned_more: Mapping[str, Fraction],
        then_more: Fraction = _NONE,
        rests_for: Mapping[str, Fraction] | None = None,
    ) -> Self:
        """Return it of a share, above one a whole; its part of the faces is rounded down."""
        least, now = min(Fraction(1), share), min(Fraction(1), share_now)
        return cls(
            more_fen,
            floor(face_fen),
            least.numerator,
            least.denominator,
            size_fen=floor(face_fen / least) if least else 0,
            now=(now.numerator, now.denominator),
            rests=_kept(rests),
            earned_more=_kept(earned_more),
            then_more=(then_more.numerator, then_more.denominator),
            rests_for=_kept(rests_for or {}),
        )

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return one that a quote kept; what older ones say of a sum that counts no more is left out."""
        known = {name: value for name, value in stored.items() if name != "earlier_fen"}
        known |= {"now": tuple(stored.get("now", (1, 1)))}
        known |= {"then_more": tuple(stored.get("then_more", (0, 1)))}
        known |= {
            name: tuple(tuple(one) for one in stored.get(name, ()))
            for name in ("rests", "earned_more", "rests_for")
        }
        return cls(**known)

    @property
    def part(self) -> Fraction:
        """Which part it is of the voucher that was issued."""
        return Fraction(self.numerator, self.denominator)

    @property
    def part_now(self) -> Fraction:
        """Which part it is where what came back since a split counts as left at it."""
        return Fraction(*self.now)

    @property
    def exact_face_fen(self) -> Fraction:
        """Its part of the faces as they were issued, before it is rounded."""
        return self.size_fen * self.part if self.size_fen else Fraction(self.face_fen)

    @property
    def rest_on(self) -> dict[str, Fraction]:
        """What rounding left off what counts as spent on each kind of stock, in fen."""
        return {kind: Fraction(above, below) for kind, above, below in self.rests}

    @property
    def rest(self) -> Fraction:
        """The same of all of it."""
        return sum(self.rest_on.values(), Fraction(0))

    def rest_for(self, path: str) -> Fraction:
        """Return the same of what counts as spent on the homes that the bonus at a path is for."""
        return next((Fraction(above, below) for one, above, below in self.rests_for if one == path), _NONE)

    @property
    def earned_more_fen(self) -> Fraction:
        """So much more counts as earned, in fen, where that goes with what counts as spent."""
        return next((Fraction(above, below) for path, above, below in self.earned_more if not path), _NONE)

    def earned_of(self, path: str) -> Self:
        """Return it as the bonus at a path of several counts it."""
        of_it = tuple(("", above, below) for one, above, below in self.earned_more if one == path)
        return replace(self, earned_more=of_it)

    def part_of(self, fen: int) -> int:
        """Return its part of a sum that the policy has for a whole voucher, rounded down."""
        return fen * self.numerator // self.denominator


def _kept(exact: Mapping[str, Fraction]) -> tuple[tuple[str, int, int], ...]:
    return tuple((name, one.numerator, one.denominator) for name, one in sorted(exact.items()) if one)


@dataclass(frozen=True)
class Size:
    """How large a voucher is for a bonus of some base, held against what a policy says of a whole one."""

    face_fen: int
    """Its face as shares of it count."""
    parted: Parted | None
    base: str

    @property
    def fen(self) -> int:
        """Its face; of a part that of the voucher that was issued."""
        return self.face_fen if self.parted is None else self.parted.size_fen or self.face_fen

    @property
    def bonus_face_fen(self) -> int:
        """Of which face a bonus or a cap takes a share: what came back to others is no longer of it."""
        if self.parted is None:
            return self.face_fen
        return min(floor(self._then_face_fen), self.parted.face_fen)

    @property
    def exact_bonus_face_fen(self) -> int | Fraction:
        """The same before it is rounded, to be held against sums in small."""
        if self.parted is None or self._then_face_fen < self.parted.face_fen:
            return self._then_face_fen
        return self.parted.exact_face_fen

    @property
    def _then_face_fen(self) -> int | Fraction:
        """Its face by its part at the splits."""
        return self.face_fen + (Fraction(*self.parted.then_more) if self.parted else 0)

    @property
    def part(self) -> Fraction:
        """Of which part of a voucher a size in fen is: of one's face, or of all that one spends."""
        if self.parted is None or not self.parted.size_fen or self.base not in ("face", "spent_total"):
            return Fraction(1)
        return self.parted.part if self.base == "face" else self.parted.part_now

    @property
    def told(self) -> dict[str, int | str]:
        """What explains a bonus of a part: which part that is, and what rounding left off what it is of."""
        if self.parted is None or self.base not in ("face", "spent_total"):
            return {}
        found: dict[str, int | str] = {} if self.part == 1 else {"part": str(self.part)}
        rest = self.parted.rest
        if self.base == "face":
            found |= {"face_fen": self.bonus_face_fen}
            rest = Fraction(self.exact_bonus_face_fen - self.bonus_face_fen)
        return found | ({"rest": str(rest)} if rest else {})
