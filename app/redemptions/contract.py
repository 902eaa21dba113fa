"""A contract (网签) beside the quote it came from: pure."""

from decimal import Decimal

from app.core.errors import DomainError
from app.redemptions.snapshot import Snapshot


def check(frozen: Snapshot, *, area_m2: Decimal, price_fen: int) -> None:
    """Refuse a contract whose area or total price is not what the household was shown and locked.

    Raises DomainError at ``area`` or ``price``: what was shown is what is signed, so another sum needs a new
    lock.
    """
    if price_fen != frozen.price_fen:
        raise DomainError("contract_price_differs", "price", quoted_fen=frozen.price_fen)
    if area_m2 != frozen.home.area_m2:
        raise DomainError("contract_area_differs", "area", quoted=f"{frozen.home.area_m2:.2f}")
