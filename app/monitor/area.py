"""The area model: what a cash buyer would pay for a home here and now, with the variance of that forecast."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from app.monitor.comparables import Comparables, Homes, Progress
from app.monitor.features import MOST_LEVELS, Floats, Ints, build_design, days, numeric, shared_codes
from app.monitor.hedonic import fit_hedonic

KM_A_DEGREE: Final = 111.2
FEWEST_SALES: Final = 60
"""With fewer cash sales nothing can be calibrated; the area test is then not run."""


@dataclass(frozen=True)
class Market:
    """Sales and listings in one numbering of developments, districts and other groupings."""

    sales: pl.DataFrame
    listings: pl.DataFrame
    names: list[str]
    """The x_ and c_ columns that both have; others cannot be used."""
    sale_groups: Ints
    listing_groups: Ints
    sale_place: Floats
    listing_place: Floats


@dataclass(frozen=True)
class Expected:
    """Log of the price expected for each home, its variance, and the cash sales of its own development."""

    log_price: Floats
    variance: Floats
    own_sales: Ints


def build_market(sales: pl.DataFrame, listings: pl.DataFrame) -> Market:
    """Return the two tables made ready: common columns, group codes, kilometres instead of degrees."""
    names = sorted(n for n in sales.columns if n.startswith(("x_", "c_")) and n in listings.columns)
    fine = [n for n in names if n.startswith("c_") and sales[n].n_unique() > MOST_LEVELS]
    codes = [shared_codes(sales[n], listings[n]) for n in ["development", "district", *fine, "unit_id"]]
    codes[1] = [np.abs(code) for code in codes[1]] if all((c < 0).all() for c in codes[1]) else codes[1]
    latitudes = np.concatenate([numeric(sales, "lat"), numeric(listings, "lat")])
    shrink = np.cos(np.radians(np.nanmean(latitudes))) if not np.isnan(latitudes).all() else 1.0
    return Market(
        sales,
        listings,
        names,
        np.column_stack([code[0] for code in codes]),
        np.column_stack([code[1] for code in codes]),
        _kilometres(sales, shrink),
        _kilometres(listings, shrink),
    )


def expect_listings(market: Market, progress: Progress) -> Expected:
    """Return what the market expects of the listings, from all cash sales."""
    everything = np.arange(market.sales.height)
    return _expect(
        market, everything, market.listings, market.listing_groups, market.listing_place, None, progress
    )


def expect_sales(market: Market, train: Ints, targets: Ints, progress: Progress) -> Expected:
    """Return what the sales in `train` expect of the sales in `targets`; a target among them is left out."""
    position = np.full(market.sales.height, -1)
    position[train] = np.arange(len(train))
    return _expect(
        market,
        train,
        market.sales[targets],
        market.sale_groups[targets],
        market.sale_place[targets],
        position[targets],
        progress,
    )


def _expect(
    market: Market,
    train: Ints,
    homes: pl.DataFrame,
    groups: Ints,
    place: Floats,
    own_rows: Ints | None,
    progress: Progress,
) -> Expected:
    sales = market.sales[train]
    design = build_design(sales, market.names)
    sale_matrix, home_matrix = design.matrix(sales), design.matrix(homes)
    log_price = np.log(sales["price"].to_numpy())
    hedonic = fit_hedonic(design, sale_matrix, log_price, market.sale_groups[train, 0])
    sale_homes = Homes(
        hedonic.contributions(sale_matrix),
        days(sales) / 365.25,
        market.sale_groups[train],
        market.sale_place[train],
    )
    comparables = Comparables(sale_homes, hedonic.residuals)
    forecast = comparables.forecast(
        Homes(hedonic.contributions(home_matrix), days(homes) / 365.25, groups, place),
        own_rows=own_rows,
        progress=progress,
    )
    return Expected(home_matrix @ hedonic.coefficients + forecast.mean, forecast.variance, forecast.own_sales)


def _kilometres(homes: pl.DataFrame, shrink: float) -> Floats:
    return np.column_stack(
        [
            numeric(homes, "lat") * KM_A_DEGREE,
            numeric(homes, "lon") * KM_A_DEGREE * shrink,
        ]
    )
