"""Why the area model expects a price: a home's comparables, each with its adjustments and its weight.

The logarithm of the expected price is the weighted mean of the comparables' adjusted log prices and of the
regression's own log price, so these figures alone give it again; variance and p-value have theirs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from app.monitor.area import Market
from app.monitor.calibration import Errors
from app.monitor.comparables import Comparables, Homes
from app.monitor.features import Floats, Ints, build_design, days
from app.monitor.hedonic import Hedonic, fit_hedonic
from app.monitor.inference import Tail, central_quantiles, fit_tail

CHUNK: Final = 400


@dataclass(frozen=True)
class AreaModel:
    """The area model fitted to some of a market's sales (`train`, row numbers)."""

    train: Ints
    hedonic: Hedonic
    comparables: Comparables
    matrix: Floats
    """The design matrix of those sales."""

    def stand(self, homes: pl.DataFrame, groups: Ints, place: Floats) -> tuple[Floats, Homes]:
        """Return the regression's log price of some homes, and where they stand among the sales."""
        matrix = self.hedonic.design.matrix(homes)
        features = self.hedonic.contributions(matrix)
        return matrix @ self.hedonic.coefficients, Homes(features, days(homes) / 365.25, groups, place)


def fit_area(market: Market, train: Ints) -> AreaModel:
    """Return the model fitted to the sales in `train`; the same sales give the same model."""
    sales = market.sales[train]
    design = build_design(sales, market.names)
    matrix = design.matrix(sales)
    groups, place = market.sale_groups[train], market.sale_place[train]
    hedonic = fit_hedonic(design, matrix, np.log(sales["price"].to_numpy()), groups[:, 0])
    homes = Homes(hedonic.contributions(matrix), days(sales) / 365.25, groups, place)
    return AreaModel(train, hedonic, Comparables(homes, hedonic.residuals), matrix)


@dataclass(frozen=True)
class Comparable:
    """One comparable of a home; adjustments are logs, by the feature that they are for, and `outlier`."""

    sale: int
    """Its row among the market's sales."""
    adjustments: dict[str, float]
    weight: float
    covariance: float


@dataclass(frozen=True)
class Explanation:
    """One home's comparables, the heaviest first, and the regression's own log price with its weight."""

    comparables: tuple[Comparable, ...]
    model_log_price: float
    model_weight: float


@dataclass(frozen=True)
class Judgement:
    """What the errors of like forecasts make of an interval and of a p-value."""

    errors: int
    low: float
    high: float
    at_least: int
    tail: Tail | None


def explain(model: AreaModel, market: Market, rows: Ints) -> Iterator[Explanation]:
    """Yield why each listing in `rows` is expected to cost what it is, a few hundred homes at a time."""
    for start in range(0, len(rows), CHUNK):
        yield from _explain_some(model, market, rows[start : start + CHUNK])


def _explain_some(model: AreaModel, market: Market, rows: Ints) -> Iterator[Explanation]:
    listings = market.listings[rows]
    log_price, homes = model.stand(listings, market.listing_groups[rows], market.listing_place[rows])
    found = model.comparables.weigh(homes)
    design, coefficients = model.hedonic.design, model.hedonic.coefficients
    sources = np.array(design.sources)
    names = sorted(set(design.sources) - {""})
    matrix = design.matrix(listings)
    of_homes = {name: matrix[:, sources == name] @ coefficients[sources == name] for name in names}
    of_sales = {name: model.matrix[:, sources == name] @ coefficients[sources == name] for name in names}
    outlier = model.comparables.residuals - model.hedonic.residuals
    for line in range(len(rows)):
        used = np.nonzero(found.rows[line] >= 0)[0]
        used = used[np.argsort(-np.abs(found.weights[line, used]), kind="stable")]
        comparables = []
        for at in used:
            sale = int(found.rows[line, at])
            steps = {name: float(of_homes[name][line] - of_sales[name][sale]) for name in names}
            steps["outlier"] = float(outlier[sale])
            weight, covariance = float(found.weights[line, at]), float(found.covariance[line, at])
            comparables.append(Comparable(int(model.train[sale]), steps, weight, covariance))
        yield Explanation(
            tuple(comparables), float(log_price[line]), 1.0 - sum(one.weight for one in comparables)
        )


def judgement(value: float, evidence: int, errors: Errors) -> Judgement:
    """Return what a standardised excess is judged by, for a home of this class of evidence."""
    reference = errors.reference(evidence)
    low, high = central_quantiles(reference)
    ordered = np.sort(reference)
    at_least = len(ordered) - int(np.searchsorted(ordered, value, side="left"))
    return Judgement(len(ordered), low, high, at_least, fit_tail(ordered))


def critical(reference: Floats, level: float) -> float:
    """Return the smallest standardised excess with a p-value below `level`, the tail left out of account."""
    ordered = np.sort(reference)
    beyond = int(np.ceil(level * (len(ordered) + 1))) - 2
    return float(ordered[max(len(ordered) - 1 - max(beyond, 0), 0)])
