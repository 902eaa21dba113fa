"""A made-up housing market: sales and listings whose true prices are known, the same for the same seed."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

FIRST_DAY = date(2024, 1, 1)
SPLIT_DAY = 540


@dataclass(frozen=True)
class Shape:
    """How big the market is, and how much of a price no recorded feature explains (log price)."""

    sales: int = 3000
    listings: int = 900
    developments: int = 120
    districts: int = 8
    developers: int = 40
    development_sd: float = 0.08
    home_sd: float = 0.05
    days_of_listings: int = 180
    yearly_rise: float = 0.03


@dataclass(frozen=True)
class MarketFiles:
    """The two tables of the contract; listings are offered at what a cash buyer would have paid."""

    sales: pl.DataFrame
    listings: pl.DataFrame


def made_up_market(shape: Shape, seed: int) -> MarketFiles:
    """Return cash sales of the first 540 days and listings of the days after."""
    random = np.random.default_rng(seed)
    count = shape.sales + shape.listings
    development = random.integers(0, shape.developments, count)
    district_of = random.integers(0, shape.districts, shape.developments)
    developer_of = random.integers(0, shape.developers, shape.developments)
    year_of = random.integers(1975, 2021, shape.developments)
    place_of = random.normal(0, 0.03, (shape.developments, 2))
    effect_of = random.normal(0, shape.development_sd, shape.developments)
    district_effect = random.normal(0, 0.25, shape.districts)
    day = np.concatenate(
        [
            random.integers(0, SPLIT_DAY, shape.sales),
            random.integers(SPLIT_DAY, SPLIT_DAY + shape.days_of_listings, shape.listings),
        ]
    )
    area = np.round(np.exp(random.normal(4.5, 0.3, count)), 1)
    storey = random.integers(1, 31, count)
    model = random.integers(0, 5, count)
    log_price = (
        9.0
        + 0.85 * np.log(area)
        + 0.004 * storey
        + 0.006 * (year_of[development] - 2000)
        + np.array([0.0, 0.03, -0.02, 0.05, 0.01])[model]
        + district_effect[district_of[development]]
        + effect_of[development]
        + shape.yearly_rise * day / 365
        + shape.home_sd * random.standard_t(6, count) / np.sqrt(1.5)
    )
    frame = pl.DataFrame(
        {
            "id": [f"R{number}" for number in range(count)],
            "unit_id": [""] * count,
            "date": [FIRST_DAY + timedelta(days=int(value)) for value in day],
            "price": np.round(np.exp(log_price), 0),
            "area": area,
            "district": [f"district {value}" for value in district_of[development]],
            "development": [f"development {value}" for value in development],
            "developer": [f"developer {value}" for value in developer_of[development]],
            "lat": 31.9 + place_of[development, 0],
            "lon": 120.9 + place_of[development, 1],
            "x_storey": storey,
            "x_year": year_of[development],
            "c_model": [f"model {value}" for value in model],
        }
    )
    sales = frame[: shape.sales].drop("developer").rename({"id": "sale_id"})
    listings = frame[shape.sales :].rename({"id": "listing_id", "price": "voucher_price"})
    return MarketFiles(sales, listings)
