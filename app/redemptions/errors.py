"""Refusals of redemptions."""

from app.core.errors import Conflict, DomainError


class QuoteUsed(Conflict):
    """The quote was locked before; ``ref`` is the redemption it became."""

    def __init__(self, ref: str) -> None:
        super().__init__("quote_used", ref=ref)


class QuoteExpired(Conflict):
    """The quote's half hour, or its day, is over."""

    def __init__(self) -> None:
        super().__init__("quote_expired")


class QuotePriceChanged(Conflict):
    """One of the three prices changed since the quote."""

    def __init__(self) -> None:
        super().__init__("quote_price_changed")


class HoldOver(Conflict):
    """The deadline passed without a contract; the home is as good as free."""

    def __init__(self) -> None:
        super().__init__("hold_over")


class VoucherNotUsable(DomainError):
    """A chosen voucher cannot pay for this home; ``code`` says why, ``ref`` which."""

    def __init__(self, code: str, ref: str) -> None:
        super().__init__(code, "vouchers", ref=ref)


class ContractNumberTaken(DomainError):
    """Another redemption of the district has this contract number."""

    def __init__(self) -> None:
        super().__init__("contract_number_taken", "contract_number")
