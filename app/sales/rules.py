"""The rules of a sale outside the platform. Pure."""

from datetime import date, datetime, timedelta
from typing import Final, Literal

from app.core.errors import DomainError

UNDO_LASTS: Final = timedelta(hours=2)
"""Our own choice: long enough to notice that the wrong room was tapped, too short to sell a home twice."""

LONGEST_CONTRACT_NUMBER: Final = 60
FIRST_DAY: Final = date(1998, 7, 1)
"""Homes were first sold on a market in this summer; an earlier day is a slip of the hand."""

Payment = Literal["full", "mortgage", "fund", "mixed", "instalment"]
PAYMENTS: Final[tuple[Payment, ...]] = ("full", "mortgage", "fund", "mixed", "instalment")
FIT_OUTS: Final = ("bare", "fitted")


def check_contract(
    *, contract_number: str, signed_on: date, today: date, price_fen: int | None, payment: str | None
) -> str:
    """Return the contract number without blanks around it.

    Raises DomainError at ``contract_number`` when it is missing or too long, at ``signed_on`` for a day ahead
    or before there was a market, at ``payment`` when a price comes without it or it is none of ``PAYMENTS``,
    at ``price`` for nothing or less.
    """
    number = contract_number.strip()
    if not number:
        raise DomainError("contract_number_missing", "contract_number")
    if len(number) > LONGEST_CONTRACT_NUMBER:
        raise DomainError("contract_number_long", "contract_number", most=LONGEST_CONTRACT_NUMBER)
    if signed_on > today:
        raise DomainError("contract_day_ahead", "signed_on")
    if signed_on < FIRST_DAY:
        raise DomainError("contract_day_early", "signed_on")
    if price_fen is not None and price_fen <= 0:
        raise DomainError("sale_price_bad", "price")
    if (payment is None and price_fen is not None) or (payment is not None and payment not in PAYMENTS):
        raise DomainError("sale_payment_missing", "payment")
    return number


def undo_until(reported_at: datetime) -> datetime:
    """Return until when a developer may take back a sale that stands."""
    return reported_at + UNDO_LASTS
