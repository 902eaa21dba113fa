"""What a cash buyer would pay for a home here and now, and the variance of that, from three sets of sales."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from app.monitor.comparables import Comparables, Homes, Progress
from app.monitor.features import MOST_LEVELS, Floats, Ints, build_design, days, numeric, shared_codes
from app.monitor.hedonic import fit_hedonic, winsorised
from app.monitor.schedule import Contracts, follow_schedules, schedule_features

KM_A_DEGREE: Final = 111.2
MOST_GROUPINGS: Final = 4
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
    sale_contracts: Contracts
    listing_contracts: Contracts


@dataclass(frozen=True)
class Expected:
    """Log of the price expected for each home, its variance, and the cash sales of its own development.

    NaN where nothing is expected.
    """

    log_price: Floats
    variance: Floats
    own_sales: Ints


@dataclass(frozen=True)
class Views:
    """What is expected of the same homes from three sets of cash sales."""

    area: Expected
    """From comparables of the whole area, the own development among them: the best forecast there is."""

    elsewhere: Expected
    """From comparables of other developments alone."""

    own: Expected
    """From the schedule of the own development alone; NaN where it has too few contracts of the last year."""


def build_market(sales: pl.DataFrame, listings: pl.DataFrame) -> Market:
    """Return the two tables made ready: common columns, group codes, kilometres instead of degrees."""
    names = sorted(n for n in sales.columns if n.startswith(("x_", "c_")) and n in listings.columns)
    fine = _groupings(sales, names)
    codes = [shared_codes(sales[n], listings[n]) for n in ["development", "district", *fine, "unit_id"]]
    codes[1] = [np.abs(code) for code in codes[1]] if all((c < 0).all() for c in codes[1]) else codes[1]
    latitudes = np.concatenate([numeric(sales, "lat"), numeric(listings, "lat")])
    shrink = np.cos(np.radians(np.nanmean(latitudes))) if not np.isnan(latitudes).all() else 1.0
    groups, listing_groups = (np.column_stack([code[at] for code in codes]) for at in (0, 1))
    features, listing_features = schedule_features((sales, listings), names)
    return Market(
        sales,
        listings,
        names,
        groups,
        listing_groups,
        _kilometres(sales, shrink),
        _kilometres(listings, shrink),
        Contracts(groups[:, 0], days(sales), *features),
        Contracts(listing_groups[:, 0], days(listings), *listing_features),
    )


def _groupings(sales: pl.DataFrame, names: list[str]) -> list[str]:
    """Return the fine categories (a block, a street) whose homes are likely comparables; coarse first."""
    levels = {name: sales[name].n_unique() for name in names if name.startswith("c_")}
    fine = [name for name, count in levels.items() if MOST_LEVELS < count < sales.height]
    return sorted(fine, key=lambda name: levels[name])[:MOST_GROUPINGS]


def expect_listings(market: Market, progress: Progress) -> Views:
    """Return what the market expects of the listings, from all cash sales."""
    homes = _Asked(
        market.listings, market.listing_groups, market.listing_place, market.listing_contracts, None
    )
    return _expect(market, np.arange(market.sales.height), homes, progress)


def expect_sales(market: Market, train: Ints, targets: Ints, progress: Progress) -> Views:
    """Return what the sales in `train` expect of the sales in `targets`; a target among them is left out."""
    position = np.full(market.sales.height, -1)
    position[train] = np.arange(len(train))
    homes = _Asked(
        market.sales[targets],
        market.sale_groups[targets],
        market.sale_place[targets],
        market.sale_contracts.take(targets),
        position[targets],
    )
    return _expect(market, train, homes, progress)


@dataclass(frozen=True)
class _Asked:
    """The homes whose price is asked for; `own_rows` is the sale that each is, -1 for none."""

    table: pl.DataFrame
    groups: Ints
    place: Floats
    contracts: Contracts
    own_rows: Ints | None


def _expect(market: Market, train: Ints, homes: _Asked, progress: Progress) -> Views:
    sales = market.sales[train]
    design = build_design(sales, market.names)
    sale_matrix, home_matrix = design.matrix(sales), design.matrix(homes.table)
    log_price = np.log(sales["price"].to_numpy())
    hedonic = fit_hedonic(design, sale_matrix, log_price, market.sale_groups[train, 0])
    sale_homes = Homes(
        hedonic.contributions(sale_matrix),
        days(sales) / 365.25,
        market.sale_groups[train],
        market.sale_place[train],
    )
    forecast = Comparables(sale_homes, hedonic.residuals).forecast(
        Homes(hedonic.contributions(home_matrix), days(homes.table) / 365.25, homes.groups, homes.place),
        own_rows=homes.own_rows,
        progress=progress,
    )
    own = follow_schedules(
        market.sale_contracts.take(train), winsorised(hedonic.residuals), homes.contracts, homes.own_rows
    )
    model = home_matrix @ hedonic.coefficients
    none = np.zeros(len(model), dtype=np.int64)
    return Views(
        Expected(model + forecast.mean, forecast.variance, forecast.own_sales),
        Expected(model + forecast.mean_elsewhere, forecast.variance_elsewhere, none),
        Expected(model + own.mean, own.variance, own.contracts),
    )


def _kilometres(homes: pl.DataFrame, shrink: float) -> Floats:
    return np.column_stack(
        [
            numeric(homes, "lat") * KM_A_DEGREE,
            numeric(homes, "lon") * KM_A_DEGREE * shrink,
        ]
    )
