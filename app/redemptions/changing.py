"""What becomes of a purchase's money when its price changes after the write-off, to the fen: pure.

The written rule. A higher price is paid by the household itself: its vouchers spend and earn what was fixed
at the lock. A lower one is worked out anew by the frozen policy, as if it had been the price of the quote.
Where that would take more from anybody than they paid, or cannot be told any more, the gap goes back to the
household's own money first, then to the vouchers, the last that paid in front, and of a voucher's share to
voucher and bonus in the proportion in which they paid, what is left of a fen to the voucher.
A bonus in cash is what the frozen policy makes of it at a lower price, and never more than it was.
"""

from dataclasses import dataclass, replace

from app.core.money import part_floor


@dataclass(frozen=True, slots=True)
class Share:
    """What one voucher pays for a home, and what the district adds to it, in fen."""

    voucher_id: int
    spent_fen: int
    bonus_fen: int
    cash_fen: int = 0
    """What the district pays its household besides, in cash: no part of the price."""

    @property
    def paid_fen(self) -> int:
        """Both together: what of the price it pays."""
        return self.spent_fen + self.bonus_fen


@dataclass(frozen=True, slots=True)
class Sums:
    """A price paid: each voucher's share in the order in which they pay, and the household's own money."""

    shares: tuple[Share, ...]
    top_up_fen: int

    @property
    def price_fen(self) -> int:
        """What they make together, in fen."""
        return sum(share.paid_fen for share in self.shares) + self.top_up_fen

    def is_within(self, other: "Sums") -> bool:
        """Tell whether nobody pays more than in the other sums, share by share."""
        pairs = zip(self.shares, other.shares, strict=True)
        return self.top_up_fen <= other.top_up_fen and all(
            one.voucher_id == two.voucher_id
            and one.spent_fen <= two.spent_fen
            and one.bonus_fen <= two.bonus_fen
            for one, two in pairs
        )


def at_price(now: Sums, price_fen: int, planned: Sums | None) -> Sums:
    """Return who pays a changed price (fen above zero), from who pays it now.

    ``planned`` is what the frozen policy makes of it; None where that cannot be told.
    """
    gap_fen = now.price_fen - price_fen
    if gap_fen <= 0:
        return Sums(now.shares, now.top_up_fen - gap_fen)
    if planned is None or planned.price_fen != price_fen:
        return _in_turn(now, gap_fen)
    shares = planned.shares if planned.is_within(now) else _in_turn(now, gap_fen).shares
    own_fen = price_fen - sum(share.paid_fen for share in shares)
    cash = [share.cash_fen for share in planned.shares]
    pairs = zip(shares, now.shares, cash, strict=True)
    return Sums(
        tuple(replace(one, cash_fen=min(before.cash_fen, fen)) for one, before, fen in pairs), own_fen
    )


def _in_turn(now: Sums, gap_fen: int) -> Sums:
    """Return the sums less a gap: of the household's own money first, then of the last voucher first."""
    own_fen = min(gap_fen, now.top_up_fen)
    gap_fen -= own_fen
    left: list[Share] = []
    for share in reversed(now.shares):
        back_fen = min(gap_fen, share.paid_fen)
        gap_fen -= back_fen
        left.append(_less(share, back_fen))
    return Sums(tuple(reversed(left)), now.top_up_fen - own_fen)


def _less(share: Share, back_fen: int) -> Share:
    """Return a share less a sum, of which its bonus bears its part, rounded down."""
    if not back_fen:
        return share
    bonus_back_fen = part_floor(back_fen, share.bonus_fen, share.paid_fen)
    return Share(
        share.voucher_id,
        share.spent_fen - (back_fen - bonus_back_fen),
        share.bonus_fen - bonus_back_fen,
        share.cash_fen,
    )
