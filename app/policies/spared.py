"""Of which bonus an ending takes back, where a policy excepts some of several (购房奖励不退). Pure.

What went back of several bonuses together, because a home costs less, is no more known by bonus: it counts
as gone of those first of which an ending takes, so that it never takes of what it is to leave.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from app.policies.rules import Policy


@dataclass(frozen=True, slots=True)
class Earned:
    """What was earned and not given back, in fen: of what an ending may take, and what it leaves."""

    taken_of_fen: int = 0
    spared_fen: int = 0

    def __add__(self, other: "Earned") -> "Earned":
        return Earned(self.taken_of_fen + other.taken_of_fen, self.spared_fen + other.spared_fen)

    def each(self, part: Callable[[int], int]) -> "Earned":
        """Return a part of it: that of each of both sums by itself."""
        return Earned(part(self.taken_of_fen), part(self.spared_fen))


def spared_paths(policy: Policy) -> frozenset[str]:
    """Return the paths of the bonuses of which no ending takes anything back."""
    return frozenset(rule.path for rule in policy.bonuses if rule.is_spared)


def divided(spared: Collection[str], each: Mapping[str, int], fen: int, *, back_fen: int = 0) -> Earned:
    """Return the sum of several bonuses, each in fen by its path, of which so much went back, divided."""
    spared_fen = sum(fen for path, fen in each.items() if path in spared)
    left_fen, taken_of_fen = max(0, fen - back_fen), max(0, fen - spared_fen - back_fen)
    return Earned(taken_of_fen, left_fen - taken_of_fen)
