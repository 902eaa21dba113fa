"""A contract (网签) as it is typed, and beside the quote it came from: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.core.errors import DomainError
from app.documents.rules import Upload
from app.policies.rules import Policy
from app.redemptions.buyers import BuyerTyped
from app.redemptions.errors import PriceOutsidePolicy
from app.redemptions.snapshot import Snapshot

_LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class ContractTyped:
    """A registered contract as a developer types it from paper; ``scan`` is None to keep the one before."""

    number: str
    signed_on: date
    area_m2: Decimal
    price_fen: int
    buyers: Sequence[BuyerTyped]
    scan: Upload | None
    handover_by: date | None = None
    """Until when it promises the handover; None where it names no day."""


def tidy_number(typed: str) -> str:
    """Return a contract's number without blanks around it.

    Raises DomainError at ``contract_number`` when it is missing or too long.
    """
    number = typed.strip()
    if not number:
        raise DomainError("contract_number_missing", "contract_number")
    if len(number) > _LONGEST_NUMBER:
        raise DomainError("contract_number_long", "contract_number", most=_LONGEST_NUMBER)
    return number


def check_day(signed_on: date, *, locked_on: date, last_day: date, today: date) -> None:
    """Refuse a contract signed before the lock, after its last day or after today.

    Raises DomainError at ``contract_signed_on``.
    """
    if signed_on > today:
        raise DomainError("contract_day_ahead", "contract_signed_on")
    if signed_on < locked_on:
        raise DomainError("contract_day_before_lock", "contract_signed_on")
    if signed_on > last_day:
        raise DomainError("contract_day_after_hold", "contract_signed_on")


def handover_day(typed: date | None, *, signed_on: date, published: date | None) -> date | None:
    """Return until when a home is to be handed over: as the contract says, else as its development published.

    Raises DomainError at ``handover_by`` for a day before the contract. A published day before it, of a home
    that was finished by then, promises nothing.
    """
    if typed is not None and typed < signed_on:
        raise DomainError("contract_handover_past", "handover_by")
    if typed is None and published is not None and published >= signed_on:
        return published
    return typed


def check(frozen: Snapshot, *, area_m2: Decimal, price_fen: int) -> None:
    """Refuse a contract whose area or total price is not what the household was shown and locked.

    Raises DomainError at ``area`` or ``price``: what was shown is what is signed, so another sum needs a new
    lock.
    """
    if price_fen != frozen.price_fen:
        raise DomainError("contract_price_differs", "price", quoted_fen=frozen.price_fen)
    if area_m2 != frozen.home.area_m2:
        raise DomainError("contract_area_differs", "area", quoted=f"{frozen.home.area_m2:.2f}")


def check_bounds(policies: Sequence[Policy], *, filed_fen: int, price_fen: int) -> None:
    """Refuse a price outside what the policies of the vouchers that pay allow. Raises PriceOutsidePolicy."""
    for policy in policies:
        least_fen, most_fen = policy.price_bounds(filed_fen)
        if price_fen < least_fen or (most_fen is not None and price_fen > most_fen):
            raise PriceOutsidePolicy(
                price_fen=price_fen, least_fen=least_fen, most_fen=most_fen or filed_fen, policy=policy.title
            )
