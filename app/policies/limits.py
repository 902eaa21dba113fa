"""How much of a price, or of its face, a voucher may pay for some kinds of stock. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core import money
from app.policies.answers import Rule

_ALL_BP: Final = 10_000


@dataclass(frozen=True)
class Limit:
    """The most that vouchers pay of one price with their bonus, or one spends of its face on these kinds."""

    path: str
    kinds: frozenset[str] | None
    """None: all that it buys."""
    price_share_bp: int | None
    face_share_bp: int | None
    whole_fen: int | None = None
    """A sum that one spends on these kinds at most, instead of a share of its face."""

    def most_fen(self, face_fen: int) -> int | None:
        """Return what a voucher with a face spends on these kinds at most, rounded down; None: any sum."""
        if self.face_share_bp is not None:
            return money.share_floor(face_fen, self.face_share_bp)
        return self.whole_fen

    def is_of(self, kind: str) -> bool:
        """Tell whether it limits what is paid for a kind of stock."""
        return self.kinds is None or kind in self.kinds


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one voucher on one home: of its own sum in fen (None: none), and of the price."""

    most_fen: int | None = None
    most_rule: Rule | None = None
    price_share_bp: int = _ALL_BP
    price_rule: Rule | None = None


NO_LIMITS: Final = Limits()


def limits_of(limits: Iterable[Limit], kind: str, *, face_fen: int, spent: Mapping[str, int]) -> Limits:
    """Return what a voucher with a face may still pay for a kind of stock, the tightest limits.

    ``spent`` is what it spent before, in fen, by kind of stock. A share of the face is rounded down.
    """
    most_fen: int | None = None
    most_rule: Rule | None = None
    share_bp, price_rule = _ALL_BP, None
    for limit in limits:
        if not limit.is_of(kind):
            continue
        whole_fen = limit.most_fen(face_fen)
        if whole_fen is not None:
            before_fen = sum(fen for one, fen in spent.items() if limit.is_of(one))
            left_fen = max(0, whole_fen - before_fen)
            if most_fen is None or left_fen < most_fen:
                figures: dict[str, int | str] = {"limit_fen": whole_fen, "before_fen": before_fen}
                most_fen, most_rule = left_fen, Rule(limit.path, "most_of_face", figures)
        elif limit.price_share_bp is not None and limit.price_share_bp < share_bp:
            share_bp = limit.price_share_bp
            price_rule = Rule(limit.path, "most_of_price", {"share_bp": share_bp})
    return Limits(most_fen, most_rule, share_bp, price_rule)
