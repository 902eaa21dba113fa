"""What the cash market says about some listings, before anybody looks at what they cost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from app.monitor.area import FEWEST_SALES, Expected, build_market, expect_listings
from app.monitor.calibration import Errors, intervals, learn_errors
from app.monitor.features import Bools, Floats, Ints, days
from app.monitor.pooled import Sharing, measure_sharing

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the share of that stage just done."""

STAGES = ("comparables", "calibration")


@dataclass(frozen=True)
class Evidence:
    """For each listing the cash price expected and its interval; for all, what such forecasts were worth.

    `testable` is False where the district has no cash sale. `clusters` says which listings share an error:
    those of one development, or of one district where there is none. `sharing` is None if that could not be
    measured; `drift_unknown` if listings are later than all sales and no earlier window could stand in.
    """

    expected: Expected
    errors: Errors
    lower: Floats
    upper: Floats
    testable: Bools
    clusters: Ints
    sharing: Sharing | None
    drift_unknown: bool


def gather_evidence(sales: pl.DataFrame, listings: pl.DataFrame, progress: Progress) -> Evidence | str:
    """Return the evidence for the area test, or why there is none. Prices of listings are not read."""
    if listings.height == 0:
        return "there are no listings"
    if sales.height < FEWEST_SALES:
        return f"{sales.height} cash sales are too few (at least {FEWEST_SALES})"
    market = build_market(sales, listings)
    expected = expect_listings(market, lambda share: progress("comparables", share))
    errors = learn_errors(market, lambda share: progress("calibration", share))
    lower, upper = intervals(expected, errors)
    later = float(days(listings).max()) > float(days(sales).max())
    return Evidence(
        expected,
        errors,
        np.exp(lower),
        np.exp(upper),
        np.isin(market.listing_groups[:, 1], market.sale_groups[:, 1]),
        _clusters(market.listing_groups),
        measure_sharing(errors, _clusters(market.sale_groups[errors.sale_rows])),
        drift_unknown=later and not errors.rolled_back,
    )


def _clusters(groups: Ints) -> Ints:
    return np.where(groups[:, 0] >= 0, groups[:, 0], -2 - groups[:, 1])
