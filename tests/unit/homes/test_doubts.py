"""Questions about what is possible and unlikely."""

from decimal import Decimal

import pytest

from app.homes.doubts import doubt_areas, doubt_prices
from app.homes.rules import Amounts

AREA = Decimal(100)
WAN = 1_000_000


def asked(fen: int, median: int | None = None) -> list[tuple[str, int | None]]:
    found = doubt_prices(Amounts(cash_fen=fen), AREA, median_unit_fen=median)
    return [(doubt.code, doubt.meant) for doubt in found]


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        (62 * WAN, []),
        (10 * WAN, []),
        (10 * WAN - 100, [("price_low", 99_999_00 * 10)]),
        (62_00, [("price_low", 62 * WAN)]),
        (2_000 * WAN, []),
        (2_001 * WAN, [("price_high", 20_010_000_00 // 10)]),
        (620_000 * WAN, [("price_high", 62 * WAN)]),
        (1, [("price_low", None)]),
    ],
)
def test_a_price_far_from_any_home_is_asked_about(fen: int, expected: list[tuple[str, int | None]]) -> None:
    assert asked(fen) == expected


@pytest.mark.parametrize(
    ("fen", "code", "meant"),
    [
        (180 * WAN, None, None),
        (20 * WAN, None, None),
        (181 * WAN, "price_high", None),
        (620 * WAN, "price_high", 62 * WAN),
        (19 * WAN, "price_low", None),
    ],
)
def test_a_price_far_from_its_neighbours_is_asked_about(
    fen: int, code: str | None, meant: int | None
) -> None:
    found = doubt_prices(Amounts(cash_fen=fen), AREA, median_unit_fen=600_000)
    assert [(doubt.code, doubt.meant) for doubt in found] == ([(code, meant)] if code else [])
    assert all(doubt.median_fen == 600_000 for doubt in found)


def test_each_price_is_asked_about_at_its_own_field() -> None:
    amounts = Amounts(filed_fen=60 * WAN, cash_fen=57_00, voucher_fen=55_00)
    found = doubt_prices(amounts, AREA, median_unit_fen=None)
    assert [doubt.field for doubt in found] == ["cash_price", "voucher_price"]
    assert {doubt.unit_fen for doubt in found} == {57, 55}


@pytest.mark.parametrize(
    ("area", "inner", "expected"),
    [
        ("89.50", "72.00", []),
        ("8.95", None, [("area_small", Decimal("89.50"))]),
        ("8950", None, [("area_large", Decimal("89.50"))]),
        ("895", None, [("area_large", Decimal("89.50"))]),
        ("0.1", None, [("area_small", None)]),
        ("89.50", "7.20", [("inner_area_small", None)]),
    ],
)
def test_an_unlikely_area_is_asked_about(
    area: str, inner: str | None, expected: list[tuple[str, Decimal | None]]
) -> None:
    found = doubt_areas(Decimal(area), Decimal(inner) if inner else None)
    assert [(doubt.code, doubt.meant) for doubt in found] == expected
