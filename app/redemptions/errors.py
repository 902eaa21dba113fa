"""Refusals of redemptions."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Conflict, DomainError, Forbidden
from app.policies.answers import Rule
from app.policies.limits import MOST_NUMBER


class QuoteUsed(Conflict):
    """The quote was locked before; ``ref`` is the redemption it became."""

    def __init__(self, ref: str) -> None:
        super().__init__("quote_used", ref=ref)


class QuoteExpired(Conflict):
    """The quote's half hour, or its day, is over."""

    def __init__(self) -> None:
        super().__init__("quote_expired")


class QuotePriceChanged(Conflict):
    """The household would pay less, or get more, than when the quote was made; the prices of then and now.

    Net of what promotions take off and add, in fen.
    """

    def __init__(self, *, quoted_fen: int, now_fen: int) -> None:
        super().__init__("quote_price_changed", quoted_fen=quoted_fen, now_fen=now_fen)


class QuotePastChanged(Conflict):
    """Another purchase of the household's has changed what bonus this one earns."""

    def __init__(self) -> None:
        super().__init__("quote_past_changed")


class QuoteHomeChanged(Conflict):
    """The home is described otherwise than when the quote was made: another area, storey or name."""

    def __init__(self) -> None:
        super().__init__("quote_home_changed")


class HoldsFull(Conflict):
    """The household holds as many homes as it may (``most``); ``homes`` are their names."""

    def __init__(self, homes: Sequence[str], most: int) -> None:
        super().__init__("holds_full", homes=tuple(homes), most=most)


class SpacesHeldFull(Conflict):
    """The household would hold more spaces alone than it may (``most``); ``spaces`` are those it holds."""

    def __init__(self, spaces: Sequence[str], most: int) -> None:
        if spaces:
            super().__init__("spaces_held_full", spaces=tuple(spaces), most=most)
        else:
            super().__init__("spaces_at_once", most=most)


class HoldOver(Conflict):
    """The deadline passed without a contract; the home is as good as free."""

    def __init__(self) -> None:
        super().__init__("hold_over")


class BuyerNotKin(DomainError):
    """The other voucher's policy does not let its holder help such kin."""

    def __init__(self) -> None:
        super().__init__("buyer_not_kin", "relation")


class NotBuyer(Forbidden):
    """A household whose voucher helps to pay looks on; who buys decides."""

    def __init__(self) -> None:
        super().__init__("not_buyer")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one home of a basket cannot be had: its reference, its place in words, and the refusal itself."""

    home_ref: str
    home: str
    error: DomainError


class BasketRefused(Conflict):
    """Some homes of a basket cannot be had, so none of them was quoted or taken; each with its reason."""

    def __init__(self, refusals: Sequence[Refusal], *, code: str = "basket_refused") -> None:
        super().__init__(code)
        self.refusals = tuple(refusals)


class VoucherNotUsable(DomainError):
    """A chosen voucher cannot pay for this home; ``code`` says why, ``ref`` which."""

    def __init__(self, code: str, ref: str) -> None:
        super().__init__(code, "vouchers", ref=ref)


class HomesFull(DomainError):
    """The voucher, or all of its household, bought as many homes as its policy lets them."""

    def __init__(self, ref: str, rule: Rule) -> None:
        code = "household_homes_full" if rule.figures.get("of") == "household" else "voucher_homes_full"
        super().__init__(code, "vouchers", ref=ref, most=rule.figures["most"])


class StockShut(DomainError):
    """A voucher pays nothing for this kind of stock: something else comes first, or enough of it was bought.

    ``rule`` is what says so (``Limits.shut``).
    """

    def __init__(self, ref: str, rule: Rule) -> None:
        told = rule.figures
        if rule.code == MOST_NUMBER:
            whose = "household" if told["of"] == "household" else "voucher"
            super().__init__(f"stock_number_{whose}", "vouchers", ref=ref, most=told["most"])
            return
        stock = tuple(str(told["kinds"]).split(", "))
        if "least_fen" not in told:
            super().__init__("stock_waits", "vouchers", ref=ref, stock=stock)
            return
        code = "stock_waits_share_together" if told["of"] == "household" else "stock_waits_share"
        sums = {"spent_fen": told["spent_fen"], "least_fen": told["least_fen"]}
        super().__init__(code, "vouchers", ref=ref, stock=stock, **sums)


class HomeUnfit(DomainError):
    """A home is too small, too large or too dear a ㎡ for a voucher's policy; ``rule`` says so."""

    def __init__(self, ref: str, rule: Rule) -> None:
        told = dict(rule.figures)
        if "most_fen_per_m2" in told:
            told["most_fen"] = told.pop("most_fen_per_m2")
        super().__init__(f"home_{rule.code}", "vouchers", ref=ref, **told)


class VoucherShareLow(DomainError):
    """The chosen vouchers pay too little of the price with their bonus; sums in fen."""

    def __init__(self, *, paid_fen: int, least_fen: int) -> None:
        super().__init__("voucher_share_low", "vouchers", paid_fen=paid_fen, least_fen=least_fen)


class FirstPurchaseLow(DomainError):
    """A voucher would spend too little on the first home that it buys; sums in fen."""

    def __init__(self, ref: str, *, spent_fen: int, least_fen: int) -> None:
        super().__init__("first_purchase_low", "vouchers", ref=ref, spent_fen=spent_fen, least_fen=least_fen)


class PriceOutsidePolicy(DomainError):
    """The price is below the floor or above the ceiling of a voucher's policy; sums in fen."""

    def __init__(self, *, price_fen: int, least_fen: int, most_fen: int, policy: str) -> None:
        code = "price_below_floor" if price_fen < least_fen else "price_above_ceiling"
        super().__init__(
            code, "price", price_fen=price_fen, least_fen=least_fen, most_fen=most_fen, policy=policy
        )


class ContractNumberTaken(DomainError):
    """Another redemption, or a cash buyer's contract, of the district has this contract number."""

    def __init__(self) -> None:
        super().__init__("contract_number_taken", "contract_number")


class AskedBySame(Forbidden):
    """Whoever asked for a kin's voucher, or stands with those who did, does not consent for its holder."""

    def __init__(self) -> None:
        super().__init__("consent_same_clerk")


class ActedAtCounter(Forbidden):
    """Whoever acted for the household at the counter verifies nothing of that purchase: two people do."""

    def __init__(self) -> None:
        super().__init__("redemption_own_counter")
