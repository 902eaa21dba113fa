from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.homes import rules
from app.homes.errors import CashAboveFiled, VoucherAboveCash, VoucherAboveFiled
from app.homes.rules import Amounts

FEN = st.integers(min_value=1, max_value=40)
"""Few sums, so that equal ones come up."""

PRICES = st.builds(Amounts, st.none() | FEN, st.none() | FEN, st.none() | FEN)


@pytest.mark.parametrize(
    ("filed", "cash", "voucher", "breach"),
    [
        (100, 100, 100, None),
        (100, 90, 90, None),
        (100, 90, 91, "voucher_above_cash"),
        (100, 120, 101, "voucher_above_filed"),
        (80, 90, 95, "voucher_above_cash"),
        (None, 90, 91, "voucher_above_cash"),
        (90, None, 91, "voucher_above_filed"),
        (90, 91, 90, "voucher_above_filed"),
        (90, 91, None, "voucher_above_filed"),
        (None, None, 91, None),
        (1, 1, None, None),
    ],
)
def test_no_price_is_above_the_filed_price_nor_the_voucher_price_above_the_cash_price(
    filed: int | None, cash: int | None, voucher: int | None, breach: str | None
) -> None:
    assert rules.find_breach(Amounts(filed, cash, voucher)) == breach


def test_a_refused_voucher_price_names_both_prices_and_the_highest_allowed() -> None:
    with pytest.raises(VoucherAboveCash) as refused:
        rules.check_change("voucher", 95, Amounts(80, 90, 70))
    assert refused.value.field == "voucher_price"
    assert refused.value.params == {"voucher_fen": 95, "cash_fen": 90, "most_fen": 80}

    with pytest.raises(VoucherAboveFiled) as refused_by_filed:
        rules.check_change("voucher", 85, Amounts(80, 90, 70))
    assert refused_by_filed.value.params == {"voucher_fen": 85, "filed_fen": 80, "most_fen": 80}


def test_a_voucher_price_that_is_lowered_has_to_keep_the_rule_too() -> None:
    broken = Amounts(100, 80, 95)
    with pytest.raises(VoucherAboveCash):
        rules.check_change("voucher", 85, broken)
    assert rules.find_breach(rules.check_change("voucher", 80, broken)) is None


def test_a_cash_price_is_not_raised_above_the_filed_price() -> None:
    with pytest.raises(CashAboveFiled) as refused:
        rules.check_change("cash", 101, Amounts(100, 90, 80))
    assert refused.value.field == "cash_price"
    assert rules.check_change("cash", 110, Amounts(100, 120, 80)) == Amounts(100, 110, 80)
    with pytest.raises(CashAboveFiled):
        rules.check_first_prices(Amounts(100, 101, None))


@given(PRICES, st.sampled_from(("filed", "cash")), FEN)
def test_lowering_a_cash_or_filed_price_is_always_accepted(
    before: Amounts, kind: rules.PriceKind, amount: int
) -> None:
    now = before.of(kind)
    if now is None or amount >= now:
        return
    assert rules.check_change(kind, amount, before).of(kind) == amount


@given(PRICES, FEN)
def test_a_voucher_price_is_accepted_exactly_when_the_rule_holds_afterwards(
    before: Amounts, amount: int
) -> None:
    after = before.with_price("voucher", amount)
    most = rules.most_voucher_fen(after)
    if most is None or amount <= most:
        assert rules.check_change("voucher", amount, before) == after
    else:
        with pytest.raises(DomainError):
            rules.check_change("voucher", amount, before)


@given(PRICES, FEN)
def test_the_price_named_as_the_way_out_is_accepted_and_the_next_fen_is_not(
    before: Amounts, amount: int
) -> None:
    try:
        rules.check_change("voucher", amount, before)
    except DomainError as refused:
        most = refused.params["most_fen"]
        assert rules.check_change("voucher", most, before).voucher_fen == most
        with pytest.raises(DomainError):
            rules.check_change("voucher", most + 1, before)


@given(PRICES, st.sampled_from(get_args(rules.PriceKind)), FEN)
def test_a_change_leaves_the_other_two_prices_alone(
    before: Amounts, kind: rules.PriceKind, amount: int
) -> None:
    after = before.with_price(kind, amount)
    assert after.of(kind) == amount
    assert [after.of(other) for other in rules.KINDS if other != kind] == [
        before.of(other) for other in rules.KINDS if other != kind
    ]


@given(PRICES)
def test_prices_are_complete_when_none_is_missing(amounts: Amounts) -> None:
    assert amounts.complete == all(amounts.of(kind) for kind in rules.KINDS)


def test_a_home_has_one_name_however_unit_and_room_were_typed() -> None:
    assert rules.tidy_unit(" 2单元 ") == rules.tidy_unit("2") == "2"
    assert rules.tidy_room("1101室") == rules.tidy_room(" 1101 ") == "1101"
    assert rules.home_name("3幢", "2", "1101") == "3幢2单元1101室"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13805560123", "13805560123"),
        ("138 0556 0123", "13805560123"),
        ("+86 138-0556-0123", "13805560123"),
        ("0556-5550188", "0556-5550188"),
        ("（0556）5550188", "0556-5550188"),
        ("010-8888 8888", "010-88888888"),
        ("0556-5550188 转 8001", "0556-5550188转8001"),
        ("400-888-1234", "400-888-1234"),
        ("４００８８８１２３４分机66", "4008881234转66"),
    ],
)
def test_a_telephone_number_is_kept_in_one_shape(typed: str, kept: str) -> None:
    assert rules.tidy_phone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "5550188", "12345678901", "1380556012", "0556-1550188", "400-888-123", "请到现场", "99"]
)
def test_what_nobody_can_call_is_no_telephone_number(typed: str) -> None:
    with pytest.raises(DomainError) as refused:
        rules.tidy_phone(typed)
    assert (refused.value.code, refused.value.field) == ("phone_wrong", "sales_phone")


@pytest.mark.parametrize(
    ("lat", "lon", "code", "field"),
    [
        (30.5, None, "point_half", "lon"),
        (None, 117.0, "point_half", "lat"),
        (117.0661, 30.5172, "point_exchanged", "lat"),
        (3.4, 117.0, "lat_outside_china", "lat"),
        (53.7, 117.0, "lat_outside_china", "lat"),
        (30.5, 73.3, "lon_outside_china", "lon"),
        (30.5, 135.2, "lon_outside_china", "lon"),
        (float("nan"), 117.0, "lat_outside_china", "lat"),
    ],
)
def test_a_point_lies_in_china_or_is_refused_where_it_is_wrong(
    lat: float | None, lon: float | None, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        rules.check_point(lat, lon)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_point_may_be_left_out_and_may_lie_on_the_edge() -> None:
    for lat, lon in ((None, None), (3.5, 73.4), (53.6, 135.1), (30.5172, 117.0661)):
        rules.check_point(lat, lon)


@pytest.mark.parametrize(
    ("unit", "storey", "code"),
    [
        ("1", 19, "storey_not_in_building"),
        ("1", 0, "storey_not_in_building"),
        ("3单元", 5, "unit_not_in_building"),
        ("0", 5, "unit_not_in_building"),
    ],
)
def test_a_home_lies_within_its_building(unit: str, storey: int, code: str) -> None:
    with pytest.raises(DomainError) as refused:
        rules.check_place(unit=unit, storey=storey, storeys=18, units=2)
    assert refused.value.code == code


def test_units_are_counted_only_where_both_sides_are_numbers() -> None:
    rules.check_place(unit="东", storey=18, storeys=18, units=2)
    rules.check_place(unit="9", storey=1, storeys=18, units=None)


def test_the_inner_area_is_at_most_the_gross_area() -> None:
    rules.check_areas(Decimal("89.50"), Decimal("89.50"))
    rules.check_areas(Decimal("89.50"), None)
    with pytest.raises(DomainError) as refused:
        rules.check_areas(Decimal("89.50"), Decimal("89.51"))
    assert (refused.value.code, refused.value.field) == ("inner_above_gross", "inner_area_m2")
