"""The area test and the pooled tests, on made-up markets whose true prices are known."""

from dataclasses import replace
from decimal import Decimal
from functools import cache

import numpy as np
import polars as pl
import pytest

from app.monitor.check import Result, Settings, judge
from app.monitor.contract import Listings
from app.monitor.evidence import Evidence, gather_evidence
from tests.bench.monitor_market import MarketFiles, Shape, made_up_market

USUAL = Shape(sales=2000, listings=600)


def tables(market: MarketFiles) -> tuple[pl.DataFrame, pl.DataFrame]:
    floats = pl.col("x_storey", "x_year").cast(pl.Float64)
    return (
        market.sales.rename({"sale_id": "id"}).with_columns(floats),
        market.listings.rename({"listing_id": "id", "voucher_price": "price"}).with_columns(floats),
    )


@cache
def evidence_of(shape: Shape, seed: int) -> tuple[pl.DataFrame, Evidence]:
    sales, listings = tables(made_up_market(shape, seed))
    evidence = gather_evidence(sales, listings, lambda _stage, _share: None)
    assert isinstance(evidence, Evidence)
    return listings, evidence


def judged(listings: pl.DataFrame, evidence: Evidence | str) -> Result:
    count = listings.height
    return judge(Listings(listings, [Decimal(1)] * count, [None] * count), evidence, Settings())


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(USUAL, id="usual"),
        pytest.param(replace(USUAL, development_sd=0.15, developments=60), id="developments differ much"),
        pytest.param(replace(USUAL, developments=1000), id="two sales a development"),
        pytest.param(replace(USUAL, yearly_rise=0.15), id="rising market"),
        pytest.param(replace(USUAL, home_sd=0.15), id="much noise"),
    ],
)
def test_the_interval_holds_95_of_100_cash_prices(shape: Shape) -> None:
    listings, evidence = evidence_of(shape, 1)
    price = listings["price"].to_numpy()
    assert 0.925 <= np.mean((evidence.lower <= price) & (price <= evidence.upper)) <= 0.975


def test_new_developments_get_wider_intervals_that_hold_too() -> None:
    sales, listings = tables(made_up_market(replace(USUAL, developments=150, listings=1500), 3))
    new = pl.col("development").str.ends_with("7")
    evidence = gather_evidence(sales.filter(~new), listings, lambda _stage, _share: None)
    assert isinstance(evidence, Evidence)
    is_new = listings.select(new).to_series().to_numpy()
    width = np.log(evidence.upper / evidence.lower)
    price = listings["price"].to_numpy()
    held = (evidence.lower <= price) & (price <= evidence.upper)
    assert (evidence.expected.own_sales[is_new] == 0).all()
    assert np.median(width[is_new]) > 1.3 * np.median(width[~is_new])
    assert held[is_new].mean() > 0.9


@pytest.mark.parametrize("missing", [["lat", "lon"], ["development"], ["x_storey", "x_year", "c_model"]])
def test_what_is_not_recorded_costs_width_and_not_honesty(missing: list[str]) -> None:
    sales, listings = tables(made_up_market(USUAL, 4))
    blank = {name: pl.lit(None if name in ("lat", "lon") else "") for name in missing if name[1] != "_"}
    if blank:
        types = {"lat": pl.Float64, "lon": pl.Float64}
        columns = {name: value.cast(types.get(name, pl.String)) for name, value in blank.items()}
        sales, listings = sales.with_columns(**columns), listings.with_columns(**columns)
    else:
        sales = sales.drop(missing)
    evidence = gather_evidence(sales, listings, lambda _stage, _share: None)
    assert isinstance(evidence, Evidence)
    price = listings["price"].to_numpy()
    assert 0.92 <= np.mean((evidence.lower <= price) & (price <= evidence.upper)) <= 0.98


def test_an_untouched_stock_stays_quiet() -> None:
    flagged = 0
    for seed in (1, 2):
        listings, evidence = evidence_of(USUAL, seed)
        result = judged(listings, evidence)
        flagged += sum(group.flagged for group in result.groups)
        flagged += sum(finding.flagged for finding in result.findings)
    assert flagged <= 3


def test_dear_developers_are_found_and_others_are_not() -> None:
    false, found, all_found = 0, 0, 0
    for seed in (1, 2):
        listings, evidence = evidence_of(USUAL, seed)
        dear = {"developer 3", "developer 11", "developer 20", "developer 33"}
        is_dear = listings["developer"].is_in(dear)
        raised = listings.with_columns(price=pl.col("price") * pl.when(is_dear).then(1.15).otherwise(1.0))
        groups = [group for group in judged(raised, evidence).groups if group.level == "developer"]
        flagged = {group.group_id for group in groups if group.flagged}
        found, false, all_found = (
            found + len(flagged & dear),
            false + len(flagged - dear),
            all_found + len(dear),
        )
    assert found >= 0.75 * all_found
    assert false <= 1


def test_a_group_is_a_flag_only_when_other_developments_say_so_too() -> None:
    listings, evidence = evidence_of(replace(USUAL, development_sd=0.03), 1)
    is_dear = listings["developer"].is_in(["developer 3", "developer 11"])
    factor = pl.when(is_dear).then(1.25).otherwise(1.0)
    raised = listings.with_columns(price=pl.col("price") * factor)
    groups = [group for group in judged(raised, evidence).groups if group.level == "developer"]
    assert {group.group_id for group in groups if group.grade == "flag"} == {"developer 3", "developer 11"}
    alone = replace(evidence, elsewhere=replace(evidence.elsewhere, sharing=None))
    graded = {group.group_id: group for group in judged(raised, alone).groups if group.level == "developer"}
    assert graded["developer 3"].grade == graded["developer 11"].grade == "review"
    assert graded["developer 3"].elsewhere is None


def test_the_pooled_interval_holds_the_true_premium_of_developments_that_share_an_error() -> None:
    held = []
    for seed in (1, 2):
        listings, evidence = evidence_of(replace(USUAL, development_sd=0.12), seed)
        raised = listings.with_columns(price=pl.col("price") * 1.10)
        groups = [group.pooled for group in judged(raised, evidence).groups if group.pooled is not None]
        held += [group.lower <= 0.10 <= group.upper for group in groups]
    assert len(held) > 150
    assert 0.92 <= np.mean(held) <= 0.99


def test_one_listing_against_the_area_is_a_review_at_most() -> None:
    listings, evidence = evidence_of(USUAL, 1)
    very_dear = pl.when(pl.int_range(pl.len()) == 5).then(pl.col("price") * 2).otherwise(pl.col("price"))
    finding = judged(listings.with_columns(price=very_dear), evidence).findings[5]
    assert finding.level == "review"
    assert finding.area is not None
    assert finding.area.premium > 0.5
    assert "above comparable cash prices by" in finding.reason


def test_a_district_without_cash_sales_cannot_be_told() -> None:
    sales, listings = tables(made_up_market(USUAL, 5))
    evidence = gather_evidence(
        sales.filter(pl.col("district") != "district 2"), listings, lambda _stage, _share: None
    )
    result = judged(listings, evidence)
    there = [f for f, d in zip(result.findings, listings["district"], strict=True) if d == "district 2"]
    assert there
    assert {(finding.level, finding.area, finding.flagged) for finding in there} == {
        ("cannot_tell", None, False)
    }
    assert all("not run, because the district 'district 2' has no cash sale" in f.reason for f in there)


def test_too_few_sales_are_no_evidence() -> None:
    sales, listings = tables(made_up_market(USUAL, 6))
    evidence = gather_evidence(sales.head(59), listings, lambda _stage, _share: None)
    result = judged(listings, evidence)
    assert {finding.level for finding in result.findings} == {"cannot_tell"}
    assert all(group.pooled is None and not group.flagged for group in result.groups)
    assert (
        "area test and pooled tests not run, because 59 cash sales are too few (at least 60)" in result.notes
    )


def test_too_few_developments_with_several_sales_leave_the_pooled_tests_out() -> None:
    sales, listings = tables(made_up_market(replace(USUAL, developments=5, developers=3), 7))
    result = judged(listings, gather_evidence(sales, listings, lambda _stage, _share: None))
    assert all(group.pooled is None for group in result.groups)
    assert any(note.startswith("pooled tests not run, because too few developments") for note in result.notes)


def test_without_history_the_pooled_tests_of_later_listings_are_left_out() -> None:
    sales, listings = tables(made_up_market(USUAL, 8))
    sales = sales.with_columns(date=pl.lit(sales["date"].max()))
    result = judged(listings, gather_evidence(sales, listings, lambda _stage, _share: None))
    assert all(group.pooled is None for group in result.groups)
    assert any("how the market drifts" in note for note in result.notes)


def test_the_same_tables_give_the_same_findings() -> None:
    sales, listings = tables(made_up_market(Shape(sales=600, listings=200), 9))
    first, second = (
        judged(listings, gather_evidence(sales, listings, lambda _stage, _share: None)) for _ in range(2)
    )
    assert first == second


def test_prices_in_another_currency_give_the_same_premiums() -> None:
    sales, listings = tables(made_up_market(Shape(sales=600, listings=200), 10))
    dear = pl.col("price") * 7.25
    results = [
        judged(offered, gather_evidence(sold, offered, lambda _stage, _share: None))
        for sold, offered in (
            (sales, listings),
            (sales.with_columns(price=dear), listings.with_columns(price=dear)),
        )
    ]
    premiums = [[finding.area.premium for finding in result.findings if finding.area] for result in results]
    assert premiums[0] == pytest.approx(premiums[1], abs=1e-3)
