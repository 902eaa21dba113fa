"""What came back to vouchers of a simulation since they were parted, and whose it was by then."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from app.policies.parted import Share, still_counted


class Parting(NamedTuple):
    """A split, or a parting among heirs, on the way of a voucher: its number, and the part that it was."""

    number: int
    ref: str
    """The voucher that had the part from then on."""
    share: Share


Way = tuple[Parting, ...]
"""The partings between what was given to a home and a voucher."""

Gave = tuple[str, str]
"""What was given to a home: its name, and the voucher that gave."""


@dataclass
class Returns:
    """What of what was spent before a parting came back since, and to whom; sums in fen."""

    followed: Counter[int] = field(default_factory=Counter)
    """To what stays, or to heirs, by the number of each parting that it passed."""
    inherited: defaultdict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """What of it heirs got, by that number and by the voucher of each."""
    passed: dict[Gave, tuple[Fraction, frozenset[int]]] = field(default_factory=dict)
    """Which part of what was given followed, and through which of the household's own splits."""

    def now(self, way: Way) -> list[Share]:
        """Return the shares on a way with what came back since."""
        return [
            replace(one.share, followed_fen=self.followed[one.number], parted_fen=self._parted(one))
            for one in way
        ]

    def _parted(self, one: Parting) -> int:
        got = self.inherited.get(one.number, Counter[str]())
        return got.total() - got[one.ref] if one.share.others else got[one.ref]

    def follow(self, gave: Gave, ways: Iterable[Way], fen: int) -> None:
        """Note that what was given came back to one that can spend it again; the ways are those to it."""
        for way in _staying(ways):
            every = frozenset(one.number for one in way)
            self.followed.update(dict.fromkeys(every, fen))
            self.passed[gave] = (Fraction(1), every)

    def part(
        self,
        gave: Gave,
        ways: Iterable[Way],
        got: Mapping[str, int],
        *,
        spent_fen: int,
        own: int,
        among: int | None,
    ) -> None:
        """Note what heirs got of a sum that was spent before a death, by their vouchers.

        The household's own splits before it are numbered up to ``own``; ``among`` is the number of the
        parting among several heirs. What they part by their shares they may earn again by their shares: of
        that parting nothing counts with any of them.
        """
        fen = sum(got.values())
        for way in _staying(ways) if fen else ():
            splits = frozenset(one.number for one in way if one.number <= own)
            self.followed.update(dict.fromkeys(splits, fen))
            if splits:
                self.passed[gave] = (Fraction(fen, spent_fen), splits)
        if among is not None:
            self.followed[among] += fen
            self.inherited[among].update(got)

    def still_counted(self, gave: Gave, ways: Iterable[Way]) -> Fraction:
        """Return which part of what came back counts with a voucher nevertheless, by every way to it."""
        part, splits = self.passed.get(gave, (Fraction(0), frozenset[int]()))
        if not part:
            return part
        return part * still_counted([(one.number in splits, one.share) for one in way] for way in ways)


def _staying(ways: Iterable[Way]) -> list[Way]:
    """Return the way on which it was always what stays; none where it is not among them."""
    return [way for way in ways if all(one.share.others for one in way)]
