"""What the cash market says about some listings, before anybody looks at what they cost."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from app.monitor.area import FEWEST_SALES, Expected, Market, build_market, expect_listings
from app.monitor.calibration import Errors, intervals, learn_errors
from app.monitor.features import MONTH, Bools, Floats, Ints, days
from app.monitor.pooled import Sharing, measure_sharing
from app.monitor.schedule import FEWEST_CONTRACTS

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the share of that stage just done."""

STAGES = ("comparables", "calibration")


@dataclass(frozen=True)
class Basis:
    """One view's forecasts of the listings, and what such forecasts were worth in the pseudo-rounds.

    `testable` is False where the view has nothing to say. `sharing` is None if it could not be measured how
    the errors of one development go together: homes are then not pooled.
    """

    expected: Expected
    errors: Errors
    testable: Bools
    sharing: Sharing | None


@dataclass(frozen=True)
class Evidence:
    """For each listing the cash price expected and its interval; for all, what such forecasts were worth.

    `expected` to `sharing` are the view of the whole area, as Basis has them; `elsewhere` is the view from
    other developments alone, `own` from the own development alone. `clusters` says which listings share an
    error: those of one development, or of one district where there is none. `drift_unknown` is True if
    listings are later than all sales and no earlier window could stand in.
    """

    expected: Expected
    errors: Errors
    lower: Floats
    upper: Floats
    testable: Bools
    clusters: Ints
    sharing: Sharing | None
    drift_unknown: bool
    early: Bools
    """Listings dated more than a month before the first cash sale: nothing was known then."""

    elsewhere: Basis
    own: Basis

    @property
    def area(self) -> Basis:
        """The view of the whole area."""
        return Basis(self.expected, self.errors, self.testable, self.sharing)


def gather_evidence(sales: pl.DataFrame, listings: pl.DataFrame, progress: Progress) -> Evidence | str:
    """Return the evidence for the area test, or why there is none. Prices of listings are not read."""
    if listings.height == 0:
        return "there are no listings"
    if sales.height < FEWEST_SALES:
        return f"{sales.height} cash sales are too few (at least {FEWEST_SALES})"
    market = build_market(sales, listings)
    views = expect_listings(market, lambda share: progress("comparables", share))
    experience = learn_errors(market, lambda share: progress("calibration", share))
    lower, upper = intervals(views.area, experience.area)
    early = days(listings) < float(days(sales).min()) - MONTH
    later = float(days(listings).max()) > float(days(sales).max())
    testable = np.isin(market.listing_groups[:, 1], market.sale_groups[:, 1]) & ~early
    return Evidence(
        views.area,
        experience.area,
        np.exp(lower),
        np.exp(upper),
        testable,
        _clusters(market.listing_groups),
        _sharing(market, experience.area),
        drift_unknown=later and not experience.area.rolled_back,
        early=early,
        elsewhere=Basis(
            views.elsewhere, experience.elsewhere, testable, _sharing(market, experience.elsewhere)
        ),
        own=Basis(
            views.own,
            experience.own,
            testable & (views.own.own_sales >= FEWEST_CONTRACTS) & (len(experience.own) >= FEWEST_SALES),
            _sharing(market, experience.own),
        ),
    )


def _sharing(market: Market, errors: Errors) -> Sharing | None:
    return measure_sharing(errors, _clusters(market.sale_groups[errors.sale_rows]))


def _clusters(groups: Ints) -> Ints:
    return np.where(groups[:, 0] >= 0, groups[:, 0], -2 - groups[:, 1])
