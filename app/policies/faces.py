"""What a voucher's face (票面金额) is made of: the compensation, and what the policy adds to it. Pure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.policies.answers import Amount
from app.policies.rules import Policy


@dataclass(frozen=True)
class Face:
    """A face in its parts, in fen."""

    compensation_fen: int
    added: tuple[tuple[str, Amount], ...]
    """What each line of ``face`` adds, by its path, with the rules that made it."""

    @property
    def fen(self) -> int:
        """The face."""
        return self.compensation_fen + sum(amount.fen for _path, amount in self.added)

    @property
    def additions(self) -> dict[str, int]:
        """What was added, by path; nothing where nothing was."""
        return {path: amount.fen for path, amount in self.added if amount.fen}


def face_of(policy: Policy, compensation_fen: int, *, agreed_on: date, old_area_m2: Decimal) -> Face:
    """Return the face of a voucher over an agreement of a day, for an old home of an area in ㎡."""
    return Face(
        compensation_fen,
        tuple((rule.path, rule.adds(compensation_fen, agreed_on, old_area_m2)) for rule in policy.face),
    )
