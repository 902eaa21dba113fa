"""The price rule and the words of a home's address. Pure.

The rule is the equal-treatment undertaking: the voucher price of a home is never above its cash price, and no
price is above the filed price, the ceiling registered with the bureau.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from app.core.errors import Conflict, DomainError
from app.homes.errors import CashAboveFiled, NotAdmitted, VoucherAboveCash, VoucherAboveFiled

PriceKind = Literal["filed", "cash", "voucher"]
KINDS: Final[tuple[PriceKind, ...]] = ("filed", "cash", "voucher")

OutReason = Literal["voucher_above_cash", "voucher_above_filed"]


@dataclass(frozen=True, slots=True)
class Amounts:
    """The three prices of a home in fen; None where none was ever given."""

    filed_fen: int | None = None
    cash_fen: int | None = None
    voucher_fen: int | None = None

    def of(self, kind: PriceKind) -> int | None:
        """Return one of the prices."""
        return {"filed": self.filed_fen, "cash": self.cash_fen, "voucher": self.voucher_fen}[kind]

    def with_price(self, kind: PriceKind, amount_fen: int) -> "Amounts":
        """Return the prices after one of them was changed."""
        return replace(self, **{f"{kind}_fen": amount_fen})

    @property
    def complete(self) -> bool:
        """Whether none is missing."""
        return None not in (self.filed_fen, self.cash_fen, self.voucher_fen)


def find_breach(amounts: Amounts) -> OutReason | None:
    """Return why a home with these prices may not stand in a pool, the cash price first; None when it may."""
    voucher, cash, filed = amounts.voucher_fen, amounts.cash_fen, amounts.filed_fen
    if voucher is not None and cash is not None and voucher > cash:
        return "voucher_above_cash"
    if voucher is not None and filed is not None and voucher > filed:
        return "voucher_above_filed"
    return None


def check_voucher_price(amounts: Amounts) -> None:
    """Refuse a voucher price above the cash or the filed price, naming both.

    Raises VoucherAboveCash or VoucherAboveFiled, at the field ``voucher_price``.
    """
    voucher, cash, filed = amounts.voucher_fen, amounts.cash_fen, amounts.filed_fen
    if voucher is None:
        return
    most = min((fen for fen in (cash, filed) if fen is not None), default=voucher)
    if cash is not None and voucher > cash:
        raise VoucherAboveCash(voucher_fen=voucher, cash_fen=cash, most_fen=most)
    if filed is not None and voucher > filed:
        raise VoucherAboveFiled(voucher_fen=voucher, filed_fen=filed, most_fen=most)


def check_change(kind: PriceKind, amount_fen: int, before: Amounts) -> Amounts:
    """Return the prices after a change, if it may be made.

    Lowering a cash or filed price is always accepted, whatever it does to the listing. A new voucher price
    has to keep the rule, also one lower than before. A cash price may not be raised above the filed price.
    Raises VoucherAboveCash, VoucherAboveFiled or CashAboveFiled at the field of the price.
    """
    after = before.with_price(kind, amount_fen)
    if kind == "voucher":
        check_voucher_price(after)
    if kind == "cash" and (before.cash_fen is None or amount_fen > before.cash_fen):
        _check_cash_price(after)
    return after


def check_listing(*, status: str, amounts: Amounts, admitted: bool, district: str) -> None:
    """Check that a home may be listed in the pool of a district, named for the refusal.

    Raises Conflict when it is sold, NotAdmitted, DomainError while a price is missing, VoucherAboveCash or
    VoucherAboveFiled.
    """
    if status == "sold":
        raise Conflict("home_sold")
    if not admitted:
        raise NotAdmitted(district)
    if not amounts.complete:
        raise DomainError("prices_missing")
    check_voucher_price(amounts)


def check_first_prices(amounts: Amounts) -> None:
    """Check the prices a home is created with, as far as they are given. Raises as ``check_change``."""
    _check_cash_price(amounts)
    check_voucher_price(amounts)


def _check_cash_price(amounts: Amounts) -> None:
    cash, filed = amounts.cash_fen, amounts.filed_fen
    if cash is not None and filed is not None and cash > filed:
        raise CashAboveFiled(cash_fen=cash, filed_fen=filed)


def check_filing_number(kind: PriceKind, number: str | None) -> str | None:
    """Return the filing number to store with a price: a filed price has one, the others have none.

    Raises DomainError at ``filing_number`` when a filed price lacks it.
    """
    if kind != "filed":
        return None
    tidy = (number or "").strip()
    if not tidy:
        raise DomainError("filing_number_missing", "filing_number")
    return tidy


def home_name(building: str, unit: str, room: str) -> str:
    """Return a home's address within its development, ``3幢2单元1101室``."""
    return f"{building}{unit}单元{room}室"


def tidy_unit(typed: str) -> str:
    """Return a unit as it is stored: ``2单元`` and ``2`` are the same unit."""
    return typed.strip().removesuffix("单元").strip()


def tidy_room(typed: str) -> str:
    """Return a room number as it is stored: ``1101室`` and ``1101`` are the same room."""
    return typed.strip().removesuffix("室").strip()
