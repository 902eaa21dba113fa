"""What is possible and yet so unlikely that a person is asked first: a missing 万, one zero too many. Pure.

A doubt is a question, never a refusal: whoever looked again and says so may go on. Prices are judged by the
price of one ㎡, against bounds that hold anywhere and against what the same development asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from app.core import money
from app.homes.rules import KINDS, Amounts

LEAST_UNIT_FEN: Final = 1_000_00
MOST_UNIT_FEN: Final = 200_000_00
"""A ㎡ below or above these, in fen, is doubted anywhere."""

TIMES_MEDIAN: Final = 3
"""How many times dearer or cheaper than the development's median a ㎡ has to be to be doubted."""

LEAST_AREA_M2: Final = Decimal(15)
MOST_AREA_M2: Final = Decimal(500)
LEAST_INNER_SHARE: Final = Decimal("0.5")
"""The least share of the gross area that the area within the walls usually has."""

_SLIPS: Final = (
    Decimal(10_000),
    Decimal(10),
    Decimal(100),
    Decimal("0.1"),
    Decimal("0.01"),
    Decimal("0.0001"),
)
"""What a slip multiplies: the 万 left out, zeros too few, zeros too many, 万 written twice."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question: ``code`` names its words, ``field`` the thing typed; sums in fen, areas in ㎡.

    ``meant`` is what was probably meant, None where nothing near is any likelier.
    """

    code: str
    field: str
    typed: Any
    meant: Any | None
    unit_fen: int | None = None
    """The price of one ㎡, for prices."""
    median_fen: int | None = None
    """The development's median price of one ㎡, where that is what it was judged by."""


def doubt_prices(amounts: Amounts, area_m2: Decimal, *, median_unit_fen: int | None) -> list[Doubt]:
    """Return the doubts about a home's prices, none for those that are None.

    ``median_unit_fen`` is the development's median price of one ㎡, None while it has too few homes.
    """
    given = ((kind, amounts.of(kind)) for kind in KINDS)
    found = (
        _doubt_price(f"{kind}_price", amount, area_m2, median_unit_fen) for kind, amount in given if amount
    )
    return [doubt for doubt in found if doubt]


def _doubt_price(field: str, amount_fen: int, area_m2: Decimal, median: int | None) -> Doubt | None:
    unit = money.unit_price(amount_fen, area_m2)
    if _is_likely(unit, median):
        return None
    guesses = (int(amount_fen * slip) for slip in _SLIPS if amount_fen * slip >= 1)
    meant = next((fen for fen in guesses if _is_likely(money.unit_price(fen, area_m2), median)), None)
    within = LEAST_UNIT_FEN <= unit <= MOST_UNIT_FEN
    low = unit < (median or LEAST_UNIT_FEN) if within else unit < LEAST_UNIT_FEN
    return Doubt(
        code="price_low" if low else "price_high",
        field=field,
        typed=amount_fen,
        meant=meant,
        unit_fen=unit,
        median_fen=median if within else None,
    )


def _is_likely(unit_fen: int, median: int | None) -> bool:
    if not LEAST_UNIT_FEN <= unit_fen <= MOST_UNIT_FEN:
        return False
    return median is None or (median <= TIMES_MEDIAN * unit_fen and unit_fen <= TIMES_MEDIAN * median)


def doubt_areas(area_m2: Decimal, inner_area_m2: Decimal | None) -> list[Doubt]:
    """Return the doubts about a home's areas in ㎡."""
    found = []
    if not LEAST_AREA_M2 <= area_m2 <= MOST_AREA_M2:
        low = area_m2 < LEAST_AREA_M2
        guesses: Iterable[Decimal] = (area_m2 * Decimal(10), area_m2 * Decimal(100))
        if not low:
            guesses = (area_m2 / 10, area_m2 / 100)
        likely = [guess for guess in guesses if LEAST_AREA_M2 <= guess <= MOST_AREA_M2]
        meant = likely[0].quantize(Decimal("0.01")) if likely else None
        found.append(Doubt("area_small" if low else "area_large", "area_m2", area_m2, meant))
    if inner_area_m2 is not None and inner_area_m2 < area_m2 * LEAST_INNER_SHARE:
        found.append(Doubt("inner_area_small", "inner_area_m2", inner_area_m2, None))
    return found
