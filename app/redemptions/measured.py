"""What a home costs once it is measured (面积差异): pure.

The rule is that of the Measures on the sale of commodity housing (《商品房销售管理办法》, article 20): up to
three per cent of the contract's area more or less is paid for as it is; what is more than that the developer
bears, and what is less than that it gives back twice over.
"""

from decimal import Decimal
from typing import Final

from app.core.errors import DomainError
from app.core.money import part_of_price

WITHIN: Final = Decimal("0.03")


def price_of(price_fen: int, *, signed_m2: Decimal, measured_m2: Decimal) -> int:
    """Return what a home costs that was signed for one area (㎡) at a price in fen and measured at another.

    Rounded half up to the fen. Raises DomainError at ``area`` where nothing would be left to pay.
    """
    margin = signed_m2 * WITHIN
    if measured_m2 >= signed_m2 - margin:
        paid_m2 = min(measured_m2, signed_m2 + margin)
    else:
        paid_m2 = measured_m2 - (signed_m2 - margin - measured_m2)
    if paid_m2 <= 0:
        raise DomainError("area_too_small", "area")
    return part_of_price(price_fen, part_m2=paid_m2, whole_m2=signed_m2)
