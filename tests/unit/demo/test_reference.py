"""The plan of the reference district: every published total, to the fen and to the 0.01 ㎡."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.reference import figures, market, planted, roster
from app.demo.reference.places import DEVELOPERS, SITES
from app.demo.reference.spreading import spread

KNOWN = [roster.Known(number % 3, Decimal(150), 80_000_000) for number in range(60)]


@pytest.mark.parametrize("known", [[], KNOWN])
def test_the_roster_has_every_published_total(known: list[roster.Known]) -> None:
    seats = roster.plan(known)
    assert len(seats) + len(known) == 1_622
    for project, (households, area) in enumerate(((375, 91_200), (866, 361_700), (381, 91_600))):
        here = [seat.old_area_m2 for seat in seats if seat.project == project]
        before = [one.old_area_m2 for one in known if one.project == project]
        assert (len(here) + len(before), sum(here) + sum(before)) == (households, area)
    cash = [seat for seat in seats if seat.way == "cash"]
    assert (len(cash), sum(seat.compensation_fen for seat in cash)) == (257, 8_475_000_000)
    paid = [seat for seat in seats if seat.way == "voucher"]
    assert len(paid) + len(known) == 1_365
    faces = sum(seat.compensation_fen for seat in paid) + sum(one.compensation_fen for one in known)
    assert faces == 178_200_000_000
    assert sum(seat.homes for seat in paid) + len(known) == 3_857
    assert 200 <= figures.OUT_OF_REACH + figures.OUT_OF_REACH_BEFORE < 250


def test_the_roster_is_skewed_and_whom_no_home_is_in_reach_chose_cash() -> None:
    seats = roster.plan([])
    counts = [seat.homes for seat in seats if seat.way == "voucher"]
    assert min(counts) == 1
    assert max(counts) > 8
    assert sorted(counts)[len(counts) // 2] == 2
    known = market.plan()
    cheapest = min(known.cash_fen(lot, market.PRICED_FOR_ROUND) for lot in known.lots)
    poor = [seat for seat in seats if seat.state_land]
    assert len(poor) == figures.OUT_OF_REACH
    assert all(seat.way == "cash" and seat.compensation_fen < cheapest for seat in poor)
    assert min(seat.compensation_fen for seat in seats) > 0


def test_the_market_is_the_same_for_everybody_and_keeps_the_price_rule() -> None:
    first, second = market.plan(), market.plan()
    assert first == second
    assert (len(first.lots), len(SITES), len(DEVELOPERS)) == (7_700, 34, 9)
    places = {(lot.site, lot.building, lot.unit, lot.storey, lot.room) for lot in first.lots}
    assert len(places) == 7_700
    for lot in first.lots:
        assert first.cash_fen(lot, market.PRICED_FOR_ROUND) <= first.filed_fen(lot)
    assert sum(lot.cash_sold_on is not None for lot in first.lots) == market.SOLD_FOR_CASH


def test_what_is_planted_names_places_that_there_are() -> None:
    names = {site.name for site in SITES}
    assert planted.DEAR_DEVELOPER[0] in DEVELOPERS
    for named in (planted.DEAR_DEVELOPMENTS, planted.ROSE_SINCE_EARLIER_ROUND, planted.RAISED_BEFORE_ROUND):
        assert set(named) <= names
    singles = (*planted.LOWERED_CASH, *planted.CHEAP_CONTRACTS, planted.HIDDEN_PROMOTION, planted.BUNCHED)
    assert {name for name, _ in singles} <= names
    for lot in market.plan().lots:
        site = SITES[lot.site]
        if lot.cash_sold_on and planted.premium(site.developer, site.name):
            assert lot.cash_sold_on < market.PRICED_FOR_ROUND


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 100), min_size=1, max_size=40), st.integers(0, 5))
def test_a_total_is_shared_out_whole(total: int, weights: list[float], least: int) -> None:
    if total < least * len(weights):
        with pytest.raises(ValueError, match="cannot be shared"):
            spread(total, weights, least=least)
        return
    parts = spread(total, weights, least=least)
    assert sum(parts) == total
    assert min(parts) >= least
