"""What promotions do to a price: pure.

The rule, which docs/prices.md tells in full: every reduction is worked out on the listed price and rounded up
to a whole fen; those that stack are taken all together, any other stands alone; the buyer gets whichever
leaves least to pay, extras counted at their stated worth. A sum of reductions has no order, so neither has
the rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from app.core import money
from app.core.errors import DomainError


class PromotionKind(StrEnum):
    """What a promotion is for."""

    FULL = "full"
    """一次性付款: for whoever pays at once."""
    MORTGAGE = "mortgage"
    """按揭: for whoever pays with a loan."""
    REFERRAL = "referral"
    """老带新."""
    SPECIAL = "special"
    """特价房."""
    PARKING = "parking"
    FIT_OUT = "fit_out"


PaymentMode = Literal["full", "mortgage"]
MODES: Final[tuple[PaymentMode, ...]] = ("full", "mortgage")

EXTRAS: Final = frozenset({PromotionKind.PARKING, PromotionKind.FIT_OUT})
"""Kinds that give a thing of a stated worth instead of taking something off."""

MOST_RATE_BP: Final = 5_000
"""A rate above half the price is a slip of the hand: 85% for 15% off."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A promotion as it works on one home. One of the three figures is set: fen off, a rate off, a worth."""

    promotion_id: int
    kind: PromotionKind
    off_fen: int = 0
    rate_bp: int = 0
    worth_fen: int = 0
    stackable: bool = False
    open_to_vouchers: bool = False
    title: str = ""

    def off(self, price_fen: int) -> int:
        """Return what it takes off a price, in fen, rounded up: in favour of the buyer."""
        return self.off_fen + money.share_ceil(price_fen, self.rate_bp)

    def is_for(self, mode: PaymentMode) -> bool:
        """Tell whether a buyer who pays this way may have it."""
        return self.kind not in MODES or self.kind == mode


@dataclass(frozen=True, slots=True)
class Net:
    """A price after the promotions a buyer takes, in fen."""

    listed_fen: int
    mode: PaymentMode
    deals: tuple[Deal, ...]

    @property
    def payable_fen(self) -> int:
        """What is paid in money; a home is never free."""
        return max(self.listed_fen - sum(deal.off(self.listed_fen) for deal in self.deals), 1)

    @property
    def extras_fen(self) -> int:
        """The stated worth of what comes with it."""
        return sum(deal.worth_fen for deal in self.deals)

    @property
    def fen(self) -> int:
        """The net price: what is paid, less the worth of what comes with it; never below nothing."""
        return max(self.payable_fen - self.extras_fen, 0)


def net_price(listed_fen: int, deals: Iterable[Deal], mode: PaymentMode) -> Net:
    """Return the lowest net price of a buyer who pays in a mode, whatever the order of the promotions."""
    own = sorted((deal for deal in deals if deal.is_for(mode)), key=lambda deal: deal.promotion_id)
    together = tuple(deal for deal in own if deal.stackable)
    choices = [(), together, *((deal,) for deal in own if not deal.stackable)]
    nets = [Net(listed_fen, mode, choice) for choice in choices]
    return min(nets, key=lambda net: (net.fen, net.payable_fen))


def lowest_net(listed_fen: int, deals: Sequence[Deal]) -> Net:
    """Return the lowest net price over all payment modes."""
    if not deals:
        return Net(listed_fen, next(iter(MODES)), ())
    return min(
        (net_price(listed_fen, deals, mode) for mode in MODES), key=lambda net: (net.fen, net.payable_fen)
    )


def opened(deals: Iterable[Deal]) -> tuple[Deal, ...]:
    """Return the promotions that voucher buyers may have too."""
    return tuple(deal for deal in deals if deal.open_to_vouchers)


def highest_listed(limit_fen: int, most_fen: int, deals: Sequence[Deal]) -> int:
    """Return the highest listed price up to ``most_fen`` whose lowest net price is within a limit, in fen.

    The net price never falls when the listed price rises, so halving finds it; 0 when there is none.
    """
    low, high = 0, most_fen
    while low < high:
        middle = (low + high + 1) // 2
        if lowest_net(middle, deals).fen <= limit_fen:
            low = middle
        else:
            high = middle - 1
    return low


def check_figures(kind: PromotionKind, *, off_fen: int, rate_bp: int, worth_fen: int) -> None:
    """Check that a promotion says what it is worth, in the one way its kind asks for.

    Raises DomainError at ``amount``, ``rate`` or ``worth``.
    """
    if kind in EXTRAS:
        if worth_fen <= 0:
            raise DomainError("promotion_worth_missing", "worth")
        if off_fen or rate_bp:
            raise DomainError("promotion_extra_only_worth", "amount")
        return
    if worth_fen:
        raise DomainError("promotion_worth_not_for_kind", "worth")
    if (off_fen > 0) == (rate_bp > 0):
        raise DomainError("promotion_amount_or_rate", "amount")
    if not 0 <= rate_bp <= MOST_RATE_BP:
        raise DomainError("promotion_rate_wrong", "rate")


@dataclass(frozen=True, slots=True)
class Span:
    """A promotion from its start to its end; ``until`` is the first moment after it."""

    deal: Deal
    since: datetime
    until: datetime


def in_force(spans: Iterable[Span], moment: datetime) -> tuple[Deal, ...]:
    """Return the promotions that hold at a moment."""
    return tuple(span.deal for span in spans if span.since <= moment < span.until)
