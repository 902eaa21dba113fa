"""Test 1, same home: the voucher price against the cash price of the very same home. Exact, no statistics.

The rule is the developer's own undertaking (equal treatment): the voucher price of a home is never above its
cash price. Nothing is tolerated and nothing rounded; amounts that differ by less than a fen (0.01 in the
caller's currency) are the same amount, because no less can be paid.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

SMALLEST_AMOUNT: Final = Decimal("0.01")


def voucher_above_cash(voucher: Sequence[Decimal], cash: Sequence[Decimal | None]) -> list[Decimal | None]:
    """Return for each home by how much its voucher price is above its cash price, in the currency given.

    Zero means that it is not above; None that there is no cash price, so that the test could not be run.
    """
    return [_excess(price, other) for price, other in zip(voucher, cash, strict=True)]


def _excess(voucher: Decimal, cash: Decimal | None) -> Decimal | None:
    if cash is None:
        return None
    gap = voucher - cash
    return gap if gap >= SMALLEST_AMOUNT else Decimal(0)
