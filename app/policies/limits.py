"""How much of a price, or of its face, a voucher may pay for some kinds of stock. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    is_of_household: bool = False
    """Whether all vouchers of a household share it: what they spend, and a share of all their faces."""

    def most_fen(self, face_fen: int) -> int | None:
        """Return what is spent of a face on these kinds at most, rounded down; None: any sum."""
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
    shared_fen: int | None = None
    """What the vouchers of its household may still pay together, before any pays for this home."""
    shared_rule: Rule | None = None

    @property
    def tightest_fen(self) -> int | None:
        """The most that it pays where no other voucher of its household does; None: any sum."""
        return min((fen for fen in (self.most_fen, self.shared_fen) if fen is not None), default=None)


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Spent:
    """A face, and what was spent of it before by kind of stock, in fen: of a voucher, or of a household."""

    face_fen: int
    kinds: Mapping[str, int]

    def left_of(self, limit: Limit) -> tuple[int, dict[str, int | str]] | None:
        """Return what a limit leaves, with its figures; None for one of prices."""
        whole_fen = limit.most_fen(self.face_fen)
        if whole_fen is None:
            return None
        before_fen = sum(fen for kind, fen in self.kinds.items() if limit.is_of(kind))
        return max(0, whole_fen - before_fen), {"limit_fen": whole_fen, "before_fen": before_fen}


def limits_of(limits: Iterable[Limit], kind: str, own: Spent, household: Spent = Spent(0, {})) -> Limits:
    """Return what a voucher may still pay for a kind of stock, the tightest limits.

    ``household`` are all vouchers that its household holds, itself included. A share is rounded down.
    """
    found = Limits()
    for limit in limits:
        if not limit.is_of(kind):
            continue
        left = (household if limit.is_of_household else own).left_of(limit)
        if left is None:
            if limit.price_share_bp is not None and limit.price_share_bp < found.price_share_bp:
                rule = Rule(limit.path, "most_of_price", {"share_bp": limit.price_share_bp})
                found = replace(found, price_share_bp=limit.price_share_bp, price_rule=rule)
        elif limit.is_of_household:
            if found.shared_fen is None or left[0] < found.shared_fen:
                figures = {**left[1], "face_fen": household.face_fen}
                rule = Rule(limit.path, "most_of_household", figures)
                found = replace(found, shared_fen=left[0], shared_rule=rule)
        elif found.most_fen is None or left[0] < found.most_fen:
            rule = Rule(limit.path, "most_of_face", left[1])
            found = replace(found, most_fen=left[0], most_rule=rule)
    return found
