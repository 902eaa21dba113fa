"""The plan of the replay: whose sums are checked by it, so its own are checked against the published ones."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.reference.stock import Stock
from tests.replay.plan import (
    FIRST,
    HOLDS,
    SECOND,
    TERMS,
    Diary,
    Round,
    cover,
    diary,
    issued_on,
    part_of_round,
    totals,
)


@pytest.fixture(scope="module")
def part() -> Round:
    return part_of_round(0.05)


@pytest.fixture(scope="module")
def planned(part: Round) -> Diary:
    stock = Stock(part.market, {})
    stock.voucher_fen |= {place: 40_000_000 + place * 10_000 for place in range(len(part.market.lots))}
    return diary(part, stock)


def test_the_whole_round_has_the_published_vouchers() -> None:
    found = totals(part_of_round(1), [])
    assert (found.vouchers, found.face_fen) == (1_365, 178_200_000_000)


def test_everybody_is_issued_a_voucher_before_they_buy_and_nobody_buys_twice(
    part: Round, planned: Diary
) -> None:
    assert len(part.vouchers) == 68
    homes = [one.purchase.home for one in planned.bought]
    assert len(homes) == len(set(homes)) > 100
    assert any(len(errand.homes) == 2 for errands in planned.locked.values() for errand in errands)
    for day, places in planned.signed.items():
        assert all(part.seats[place].signed_on <= day for place in places)
    for day, errands in planned.locked.items():
        for errand in errands:
            seat = part.seats[errand.family]
            entered = next(day for day, places in planned.signed.items() if errand.family in places)
            submitted = next(
                day
                for day, projects in planned.submitted.items()
                if seat.project in projects and day > entered
            )
            issued = next(
                day
                for day, projects in planned.approved.items()
                if seat.project in projects and day > submitted
            )
            assert entered < submitted < issued < day
            assert issued == issued_on(seat)


def test_no_household_holds_more_homes_than_it_may(planned: Diary) -> None:
    held: dict[int, list[tuple[object, object]]] = {}
    for day in sorted(planned.locked):
        for errand in planned.locked[day]:
            mine = held.setdefault(errand.family, [])
            mine += [(day, one.purchase.signed_on) for one in errand.homes]
            assert sum(first <= day <= last for first, last in mine) <= HOLDS
            assert all((one.purchase.signed_on - day).days < 15 for one in errand.homes)


@given(
    price=st.integers(1, 10**9),
    available=st.integers(1, 10**9),
    rate=st.sampled_from([0, 1_200, 1_600, 2_000]),
)
def test_the_least_sum_that_reaches_the_price_is_spent(price: int, available: int, rate: int) -> None:
    spent, bonus = cover(price, available, rate)
    gap = price - spent - bonus
    assert spent <= available
    assert 0 <= bonus <= spent * rate // 10_000
    assert gap >= 0
    fewer = spent - 1
    assert fewer + fewer * rate // 10_000 < price
    assert gap == 0 or spent == available


def test_both_policies_are_among_the_vouchers_and_kin_helps_once_after_its_own_last_purchase(
    part: Round, planned: Diary
) -> None:
    issued = {TERMS[part.seats[place].project] for place in part.vouchers}
    assert issued == {FIRST, SECOND}
    last: dict[int, date] = {}
    helped = []
    for day in sorted(planned.locked):
        for errand in planned.locked[day]:
            last[errand.family] = day
            helped += [(day, one.kin.family) for one in errand.homes if one.kin]
    assert helped
    assert len({family for _, family in helped}) == len(helped)
    assert all(day > last[family] for day, family in helped)


def test_no_voucher_is_spent_beyond_its_face(part: Round, planned: Diary) -> None:
    left = {place: part.seats[place].compensation_fen for place in part.vouchers}
    for one in planned.bought:
        helped = one.kin.spent_fen if one.kin else 0
        left[one.purchase.family] -= one.spent_fen - helped
        if one.kin:
            left[one.kin.family] -= helped
    assert min(left.values()) >= 0
