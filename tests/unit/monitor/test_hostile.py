"""Files within the contract that are yet like no market: answers that hold, or words why there is none."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from app.monitor.check import Result, Settings, judge
from app.monitor.contract import Listings
from app.monitor.evidence import gather_evidence
from tests.bench.monitor_market import Shape, made_up_market
from tests.unit.monitor.test_area import tables

SHAPE = Shape(sales=600, listings=150, developments=30, developers=12)

Change = Callable[[pl.DataFrame], pl.DataFrame]


def setting(**values: object) -> Change:
    return lambda table: table.with_columns(
        **{name: value if isinstance(value, pl.Expr) else pl.lit(value) for name, value in values.items()}
    )


def adding(count: int, draw: Callable[[np.random.Generator, int], np.ndarray], name: str) -> Change:
    def change(table: pl.DataFrame) -> pl.DataFrame:
        random = np.random.default_rng(table.height)
        return table.with_columns(
            pl.Series(f"{name}_{number}", draw(random, table.height)) for number in range(count)
        )

    return change


def labels(kinds: int) -> Callable[[np.random.Generator, int], np.ndarray]:
    return lambda random, count: np.char.add("k", random.integers(0, kinds, count).astype(str))


def heavy_tailed(table: pl.DataFrame) -> pl.DataFrame:
    random = np.random.default_rng(table.height)
    return table.with_columns(price=pl.col("price") * np.exp(0.1 * random.standard_t(2, table.height)))


EVERY_TENTH = pl.int_range(pl.len()) % 10 == 0
NO_FLOAT = pl.lit(None, dtype=pl.Float64)
AGE = (pl.col("date") - date(2024, 1, 1)).dt.total_days() / 365.25

CHANGES: dict[str, Change] = {
    "one price": setting(price=100_000.0),
    "one development": setting(development="A"),
    "no place named": setting(development="", district=""),
    "one day": setting(date=date(2024, 5, 1)),
    "one point on the map": setting(lat=30.0, lon=117.0),
    "a tenth on the map": setting(lat=pl.when(EVERY_TENTH).then("lat"), lon=pl.when(EVERY_TENTH).then("lon")),
    "one feature three times": setting(x_a=pl.col("x_storey"), x_b=pl.col("x_storey") * 3 + 1),
    "a feature that never changes": setting(x_a=7.0),
    "a feature that nobody knows": setting(x_a=NO_FLOAT),
    "a feature that few know": setting(x_a=pl.when(EVERY_TENTH).then("area")),
    "200 features of noise": adding(200, lambda random, count: random.normal(size=count), "x"),
    "a feature of many sizes": adding(1, lambda random, count: np.exp(random.normal(0, 8, count)), "x"),
    "5,000 categories": adding(1, labels(5000), "c"),
    "20 fine categories": adding(20, labels(100), "c"),
    "every home a development": setting(development=pl.col("id")),
    "one home sold again and again": setting(unit_id="U"),
    "heavy tails": heavy_tailed,
    "30% up a year": setting(price=pl.col("price") * (0.3 * AGE).exp()),
    "30% down a year": setting(price=pl.col("price") * (-0.3 * AGE).exp()),
    "prices in units of ten thousand": setting(price=pl.col("price") * 1e-7),
    "prices in thousandths": setting(price=pl.col("price") * 1e6),
    "areas of next to nothing": setting(area=pl.when(EVERY_TENTH).then(1e-9).otherwise("area")),
}


def outcome(sales: pl.DataFrame, listings: pl.DataFrame) -> Result:
    evidence = gather_evidence(sales, listings, lambda _stage, _share: None)
    count = listings.height
    return judge(Listings(listings, [Decimal(1)] * count, [None] * count), evidence, Settings())


def held(result: Result, listings: pl.DataFrame) -> float:
    pairs = zip(listings["price"], [finding.area for finding in result.findings], strict=True)
    return float(
        np.mean(
            [area.lower * (1 - 1e-9) <= price <= area.upper * (1 + 1e-9) for price, area in pairs if area]
        )
    )


def all_finite(result: Result) -> bool:
    numbers = [
        [area.expected_price, area.lower, area.upper, area.premium, area.p_value]
        for finding in result.findings
        if (area := finding.area)
    ]
    numbers += [
        [own.premium, own.lower, own.upper, own.p_value, 0] for f in result.findings if (own := f.own)
    ]
    numbers += [
        [one.premium, one.lower, one.upper, one.p_value, 0] for g in result.groups if (one := g.telling)
    ]
    return bool(np.isfinite(np.array(numbers)).all())


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in CHANGES.items()])
def test_a_strange_market_is_judged_quietly_and_its_intervals_hold(change: Change) -> None:
    sales, listings = (change(table) for table in tables(made_up_market(SHAPE, 11)))
    result = outcome(sales, listings)
    assert all_finite(result)
    assert held(result, listings) >= 0.88
    assert sum(finding.flagged for finding in result.findings) <= 3
    assert sum(group.flagged for group in result.groups) <= 3


@pytest.mark.parametrize("count", [60, 80, 120, 250])
def test_few_sales_make_wide_intervals_that_hold(count: int) -> None:
    holding, flagged = [], 0
    for seed in (1, 2, 3):
        sales, listings = tables(made_up_market(SHAPE, seed))
        result = outcome(sales.sample(count, seed=seed), listings)
        flagged += sum(group.flagged for group in result.groups)
        holding.append(held(result, listings))
    assert np.mean(holding) >= 0.92
    assert flagged <= 1


@pytest.mark.parametrize("count", [0, 1, 59])
def test_next_to_no_sales_are_said_to_be_too_few(count: int) -> None:
    sales, listings = tables(made_up_market(SHAPE, 12))
    result = outcome(sales.head(count), listings)
    assert {finding.level for finding in result.findings} == {"cannot_tell"}
    assert all(f"{count} cash sales are too few" in finding.reason for finding in result.findings)


def test_one_listing_is_enough_and_none_is_no_error() -> None:
    sales, listings = tables(made_up_market(SHAPE, 13))
    assert len(outcome(sales, listings.head(1)).findings) == 1
    assert outcome(sales, listings.head(0)).findings == []


def test_listings_before_any_sale_cannot_be_told_and_those_after_can() -> None:
    sales, listings = tables(made_up_market(SHAPE, 14))
    early = pl.int_range(pl.len()) < 50
    moved = listings.with_columns(
        date=pl.when(early).then(pl.col("date") - timedelta(days=1500)).otherwise("date")
    )
    result = outcome(sales, moved)
    assert {finding.level for finding in result.findings[:50]} == {"cannot_tell"}
    assert all("more than a month before the first cash sale" in f.reason for f in result.findings[:50])
    assert all(finding.area for finding in result.findings[50:])


def test_a_price_far_from_all_others_moves_no_other_home() -> None:
    sales, listings = tables(made_up_market(SHAPE, 15))
    slip = pl.when(pl.int_range(pl.len()) == 5).then(1e13).otherwise("price")
    before, after = outcome(sales, listings), outcome(sales.with_columns(price=slip), listings)
    pairs = zip(before.findings, after.findings, strict=True)
    moved = [
        abs(np.log(a.area.expected_price / b.area.expected_price)) for a, b in pairs if a.area and b.area
    ]
    assert np.median(moved) < 0.01
    assert not any(finding.flagged for finding in after.findings)
