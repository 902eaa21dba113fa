"""Money is integer fen everywhere; this module holds the only roundings of the code base."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, Overflow
from fractions import Fraction
from typing import Final

MAX_FEN: Final = 10**15
"""Largest amount we accept anywhere (10 万亿 yuan): far below 2**63, so sums cannot overflow a bigint."""


def yuan_to_fen(yuan: Decimal | str) -> int:
    """Return the exact amount in fen.

    Raises ValueError when the amount is not finite, has a fraction of a fen, or is beyond MAX_FEN.
    Nothing is rounded: what a person typed is what is stored.
    """
    try:
        fen = Decimal(yuan) * 100
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    except Overflow as error:  # such as 1e999999
        raise ValueError("too large") from error
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError("not a whole number of fen")
    if abs(fen) > MAX_FEN:
        raise ValueError("too large")
    return int(fen)


def nearest_fen(yuan: Decimal) -> int:
    """Return an amount in fen, rounded half up: for sums that a spreadsheet computed and keeps unrounded.

    Raises ValueError when the amount is not finite or is beyond MAX_FEN.
    """
    if not yuan.is_finite() or abs(yuan) > MAX_FEN // 100:
        raise ValueError("too large")
    return int((yuan * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def price_of(yuan_per_m2: Decimal, area_m2: Decimal) -> int:
    """Return the price in fen of a home that is sold by the ㎡, rounded half up to the fen.

    Raises ValueError as ``nearest_fen``.
    """
    return nearest_fen(yuan_per_m2 * area_m2)


def share_floor(amount_fen: int | Fraction, rate_bp: int) -> int:
    """Return ``rate_bp`` ten-thousandths of an amount in fen, rounded down (in favour of the payer)."""
    return amount_fen * rate_bp // 10_000


def share_of_part_floor(amount_fen: int | Fraction, rate_bp: int, part: Fraction) -> int:
    """Return ``rate_bp`` ten-thousandths of a part of an amount in fen, rounded down once."""
    return whole_fen(amount_fen * rate_bp * part / 10_000)


def share_ceil(amount_fen: int, rate_bp: int) -> int:
    """Return ``rate_bp`` ten-thousandths of an amount in fen, rounded up: the least that is such a share."""
    return -(-amount_fen * rate_bp // 10_000)


def slices_floor(amount_fen: int, slices: Sequence[tuple[int, int]]) -> int:
    """Return each slice's rate of what of an amount lies in it, all together, rounded down once.

    ``slices`` are from above which fen on which ten-thousandths hold, rising.
    """
    ends = [*(above_fen for above_fen, _rate_bp in slices[1:]), amount_fen]
    whole = 0
    for (above_fen, rate_bp), end_fen in zip(slices, ends, strict=True):
        whole += max(0, min(end_fen, amount_fen) - above_fen) * rate_bp
    return whole // 10_000


def part_floor(amount_fen: int, part_fen: int, whole_fen: int) -> int:
    """Return the part of an amount that ``part_fen`` is of ``whole_fen``, rounded down."""
    return amount_fen * part_fen // whole_fen


def part_ceil(amount_fen: int, part_fen: int, whole_fen: int) -> int:
    """Return the part of an amount that ``part_fen`` is of ``whole_fen``, rounded up."""
    return -(-amount_fen * part_fen // whole_fen)


def interest(amount_fen: int, *, ppm_days: int, days_in_year: int) -> Fraction:
    """Return simple interest in fen, exactly; ``ppm_days`` adds up each day's millionths a year."""
    return Fraction(amount_fen * ppm_days, 1_000_000 * days_in_year)


def whole_fen(exact: Fraction) -> int:
    """Return an exact sum of fen rounded down."""
    return exact.numerator // exact.denominator


def area_floor(fen_per_m2: int, area_m2: Decimal) -> int:
    """Return so many fen for each ㎡ of an area, rounded down."""
    return int(fen_per_m2 * area_m2)


def without_tax(amount_fen: int, tax_bp: int) -> int:
    """Return an amount in fen without the tax that it contains, rounded half up, as an invoice says it."""
    return (amount_fen * 20_000 + 10_000 + tax_bp) // (2 * (10_000 + tax_bp))


def part_of_price(price_fen: int, *, part_m2: Decimal, whole_m2: Decimal) -> int:
    """Return what a part of an area costs where the whole of it costs ``price_fen``, rounded half up."""
    return int((price_fen * part_m2 / whole_m2).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def unit_price(price_fen: int, area_m2: Decimal) -> int:
    """Return fen per ㎡, rounded half up: for display and sorting, never for sums that are paid."""
    return int((Decimal(price_fen) / area_m2).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_step(amount: Decimal, step_fen: int) -> int:
    """Return an amount of fen rounded half up to a whole multiple of a step, such as 10,000 fen for 百元."""
    return int((amount / step_fen).quantize(Decimal(1), rounding=ROUND_HALF_UP)) * step_fen


def whole_steps(amount_fen: int, step_fen: int) -> int:
    """Return an amount in fen rounded down to a whole multiple of a step, such as 100 fen for a yuan."""
    return amount_fen // step_fen * step_fen


def nearest_steps(amount_fen: int, step_fen: int) -> int:
    """Return an amount in fen rounded half up to a whole multiple of a step, such as 10,000 fen for 百元."""
    return (amount_fen + step_fen // 2) // step_fen * step_fen


def wan_yuan(amount_fen: int) -> Decimal:
    """Return an amount in 万 yuan to two decimals, rounded half up: for reading, never for payment."""
    return (Decimal(amount_fen) / 1_000_000).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def rate_of(part_fen: int, whole_fen: int) -> int:
    """Return a part in ten-thousandths of the whole, rounded half up: for reading, never for payment."""
    return (2 * part_fen * 10_000 + whole_fen) // (2 * whole_fen)
