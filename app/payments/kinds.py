"""Where a household's own money comes from, and who has to act until it arrives: tables and pure rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.core.errors import Conflict, DomainError


class Kind(StrEnum):
    """The words of a policy's ``top_up``."""

    OWN = "own"
    LOAN = "loan"
    FUND = "fund"


class Stage(StrEnum):
    """Where a loan, or money of the provident fund, stands before it arrives."""

    ASKED = "asked"
    """The household has to hand in its papers."""
    FILED = "filed"
    """The bank or the fund's centre examines them."""
    APPROVED = "approved"
    """It has to pay out."""
    REFUSED = "refused"
    """The household has to find the money elsewhere."""


STEPS: Final = {
    Stage.ASKED: (Stage.FILED, Stage.REFUSED),
    Stage.FILED: (Stage.APPROVED, Stage.REFUSED),
    Stage.APPROVED: (Stage.REFUSED,),
    Stage.REFUSED: (),
}
"""What may come next; nothing leads on from a refusal but another split."""


_LONGEST_BANK: Final = 100


def check_split(
    split: Mapping[Kind, int], *, amount_fen: int, allowed: Collection[str], arrived: Mapping[Kind, int]
) -> None:
    """Refuse a split (fen by kind) that is not the top-up's.

    Raises DomainError at a kind that no policy of the vouchers allows (``kind_not_allowed``) or of which more
    has arrived already (``kind_arrived``), and ``split_differs`` when the sum is another.
    """
    for kind, part_fen in split.items():
        if part_fen and kind not in allowed:
            raise DomainError("kind_not_allowed", kind, money=kind)
    for kind in Kind:
        if split.get(kind, 0) < arrived.get(kind, 0):
            raise DomainError("kind_arrived", kind, arrived_fen=arrived[kind])
    total = sum(split.values())
    if total != amount_fen or any(part_fen < 0 for part_fen in split.values()):
        raise DomainError("split_differs", amount_fen=amount_fen, total_fen=total)


def check_step(before: Stage, after: Stage) -> None:
    """Raise Conflict for a stage that does not follow."""
    if after not in STEPS[before]:
        raise Conflict("loan_stage_over")


@dataclass(frozen=True, slots=True)
class Lender:
    """Where the papers of a loan were handed in, and when its money is expected."""

    bank: str
    expected_on: date


def check_lender(lender: Lender | None, *, today: date) -> Lender:
    """Return who lends, in one form.

    Raises DomainError at ``bank`` without one, at ``expected_on`` for a day that has passed.
    """
    bank = " ".join(lender.bank.split()) if lender is not None else ""
    if lender is None or not 0 < len(bank) <= _LONGEST_BANK:
        raise DomainError("loan_bank_missing", "bank")
    if lender.expected_on < today:
        raise DomainError("loan_day_past", "expected_on")
    return Lender(bank, lender.expected_on)


def demand_allowed(kind: str, allowed: Collection[str]) -> None:
    """Raise DomainError at ``kind`` for money of a kind that the vouchers' policies do not allow."""
    if kind not in allowed:
        raise DomainError("kind_not_allowed", "kind", money=kind)
