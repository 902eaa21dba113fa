"""What a voucher's face (票面金额) is made of: the compensation, and what the policy adds to it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.policies.answers import Amount
from app.policies.rules import Policy
from app.policies.tiers import NOTHING, Entitled


@dataclass(frozen=True)
class Face:
    """A face in its parts, in fen."""

    compensation_fen: int
    """The whole compensation of the agreement."""
    added: tuple[tuple[str, Amount], ...]
    """What each line of ``face`` adds, by its path, with the rules that made it."""
    cash_fen: int = 0
    """What of the compensation is not in the face: it stays due in cash."""

    @property
    def fen(self) -> int:
        """The face."""
        return self.compensated_fen + sum(amount.fen for _path, amount in self.added)

    @property
    def compensated_fen(self) -> int:
        """What of the compensation is in the face; nothing is issued where it is not above 0."""
        return self.compensation_fen - self.cash_fen

    @property
    def additions(self) -> dict[str, int]:
        """What was added, by path; nothing where nothing was."""
        return {path: amount.fen for path, amount in self.added if amount.fen}


def part_of(compensation: Mapping[str, int], parts: frozenset[str] | None) -> int:
    """Return what some parts of a compensation come to together, in fen; all of them for None."""
    return max(0, sum(fen for kind, fen in compensation.items() if parts is None or kind in parts))


def face_of(
    policy: Policy,
    compensation_fen: int,
    *,
    agreed_on: date,
    old_area_m2: Decimal,
    entitled: Entitled = NOTHING,
    compensation: Mapping[str, int] | None = None,
) -> Face:
    """Return the face of a voucher over an agreement of a day, for an old home of an area in ㎡.

    ``entitled`` is what the agreement entitles to.
    ``compensation`` is the sum by its parts, deductions below zero; needed where the policy names parts.
    A share of the compensation is of all of it, or of the named parts, in the face or not; what is filled up
    or limited is the face.
    """
    by_part = {"": compensation_fen} if compensation is None else compensation
    cash_fen = sum(fen for _kind, fen in in_cash(policy, by_part.items()))
    so_far_fen, added = compensation_fen - cash_fen, list[tuple[str, Amount]]()
    for rule in policy.face:
        of_fen = part_of(by_part, rule.parts)
        amount = rule.adds(of_fen, agreed_on, old_area_m2, entitled, so_far_fen)
        so_far_fen += amount.fen
        added.append((rule.path, amount))
    return Face(compensation_fen, tuple(added), cash_fen)


def in_cash(policy: Policy, parts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return those parts of a compensation, kind and fen, that are paid in cash beside the voucher."""
    return [(kind, fen) for kind, fen in parts if kind in policy.face_without]


def asks_parts(policy: Policy) -> bool:
    """Tell whether a policy names parts of the compensation, so that an agreement has to say them."""
    named = [*(rule.parts for rule in policy.face), *(bonus.parts for bonus in policy.bonuses)]
    named += (cap.parts for cap in policy.every_cap)
    return bool(policy.face_without) or any(parts is not None for parts in named)
