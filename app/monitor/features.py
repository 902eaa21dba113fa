"""From a table of homes to a design matrix, with what is needed to do the same to other homes.

Log area and every numeric feature enter as a piecewise linear curve (knots at the quintiles of the sales), so
that a year or a square metre may be worth more at one end than at the other; categories and districts as
indicators. Every coefficient has a prior width, which is what keeps a rare category from running wild.
"""

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SLOPE_PRIOR: Final = 1.0
"""Prior standard deviation of a slope, in log price per standard deviation of the feature: all but free."""

LEVEL_PRIOR: Final = 0.3
"""Prior standard deviation of a category or district effect, in log price."""

MONTH_PRIOR: Final = 0.01
"""Prior standard deviation of the market's move in one month, in log price: a random walk, so the index of a
month with few sales leans on its neighbours, and after the last sale it stays where it is."""

MONTH: Final = 365.25 / 12
MOST_STEPS: Final = 120
SALES_A_COLUMN: Final = 10
"""Fewer sales than this for each column of a curve would fit noise: the curves are then cut down."""

FEWEST_IN_LEVEL: Final = 5
MOST_LEVELS: Final = 60
"""A category with more levels than this (a block, a street) is not a column each: it becomes a grouping whose
homes are likely comparables of each other (app/monitor/comparables.py)."""


@dataclass(frozen=True)
class Curve:
    """A numeric feature: centre and scale, the range the sales cover, and the knots of its curve."""

    name: str
    middle: float
    centre: float
    scale: float
    low: float
    high: float
    knots: tuple[float, ...]

    def columns(self, values: Floats) -> list[Floats]:
        """Return a column for the straight line, one for each bend, and one for "not known"."""
        known = np.where(np.isnan(values), self.middle, values)
        scaled = (np.clip(known, self.low, self.high) - self.centre) / self.scale
        bends = [np.maximum(scaled - knot, 0.0) for knot in self.knots]
        return [scaled, *bends, np.isnan(values).astype(float)]


@dataclass(frozen=True)
class Design:
    """How homes become rows of the design matrix; built from the sales, applied to anything."""

    curves: tuple[Curve, ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    steps: Floats
    prior: Floats
    sources: tuple[str, ...]
    """The feature from which each column comes; "" for the constant."""

    def matrix(self, homes: pl.DataFrame) -> Floats:
        """Return the design matrix of some homes, one row each."""
        columns = [np.ones(homes.height)]
        for curve in self.curves:
            columns += curve.columns(numeric(homes, curve.name))
        for name, levels in self.levels:
            values = homes[name].to_numpy()
            columns += [(values == level).astype(float) for level in levels]
        time = (days(homes)[:, None] >= self.steps[None, :]).astype(float)
        return np.hstack([np.column_stack(columns), time])


def build_design(sales: pl.DataFrame, names: list[str]) -> Design:
    """Return the design fitted to the sales: `names` are the x_ and c_ columns that listings have as well."""
    curves = _affordable(sales, names)
    categories = [n for n in names if n.startswith("c_") and sales[n].n_unique() <= MOST_LEVELS]
    levels = [(name, _common_levels(sales[name])) for name in ["district", *categories]]
    first, last = float(days(sales).min()), float(days(sales).max())
    step = max(MONTH, (last - first) / MOST_STEPS)
    steps = np.arange(first + step, last - step / 3, step)
    sources, prior = [""], [np.inf]
    for curve in curves:
        sources += [curve.name] * (len(curve.knots) + 2)
        prior += [SLOPE_PRIOR] * (len(curve.knots) + 2)
    for name, kept in levels:
        sources += [name] * len(kept)
        prior += [LEVEL_PRIOR] * len(kept)
    sources += ["time"] * len(steps)
    prior += [MONTH_PRIOR * (step / MONTH) ** 0.5] * len(steps)
    return Design(tuple(curves), tuple(levels), steps, np.array(prior), tuple(sources))


def numeric(homes: pl.DataFrame, name: str) -> Floats:
    """Return a numeric feature, NaN where it is not known; "log_area" is the logarithm of the area."""
    if name == "log_area":
        return np.asarray(np.log(homes["area"].to_numpy()), dtype=np.float64)
    return homes[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(float)


def days(homes: pl.DataFrame) -> Floats:
    """Return the dates as days since 1970-01-01."""
    return homes["date"].cast(pl.Int32).to_numpy().astype(float)


def shared_codes(*texts: pl.Series) -> list[Ints]:
    """Return the texts of several tables as numbers from one numbering; an empty text is -1, "not known"."""
    everything = np.concatenate([series.to_numpy().astype(object) for series in texts])
    names, codes = np.unique(everything, return_inverse=True)
    codes = np.where(names[codes] == "", -1, codes) if len(names) else codes
    bounds = np.cumsum([0] + [len(series) for series in texts])
    return [codes[a:b].astype(np.int64) for a, b in itertools.pairwise(bounds)]


def _affordable(sales: pl.DataFrame, names: list[str]) -> list[Curve]:
    """Return the curves that the sales can bear: if they are few straight lines, the most telling ones."""
    numbers = {name: numeric(sales, name) for name in ["log_area", *(n for n in names if n.startswith("x_"))]}
    curves = [curve for name, values in numbers.items() if (curve := _curve(name, values)) is not None]
    budget = sales.height // SALES_A_COLUMN
    if sum(len(curve.knots) + 1 for curve in curves) <= budget:
        return curves
    goal = np.log(sales["price"].to_numpy()) - np.log(sales["area"].to_numpy())
    goal = goal - goal.mean()

    def telling(curve: Curve) -> float:
        line = curve.columns(numbers[curve.name])[0]
        return abs(float(goal @ (line - line.mean()))) / max(float(line.std()), 1e-9)

    area = [curve for curve in curves if curve.name == "log_area"]
    others = sorted((curve for curve in curves if curve.name != "log_area"), key=telling, reverse=True)
    straight = [dataclasses.replace(curve, knots=()) for curve in [*area, *others]]
    return straight[: max(budget, 1)]


def _curve(name: str, values: Floats) -> Curve | None:
    known = values[~np.isnan(values)]
    if len(known) == 0 or float(known.std()) < 1e-9 * (1.0 + abs(float(known.mean()))):
        return None
    low, high = (float(bound) for bound in np.percentile(known, [0.1, 99.9]))
    centre, scale = float(known.mean()), max(float(np.clip(known, low, high).std()), 1e-9)
    knots: Any = ()
    if len(np.unique(known)) > 4:
        knots = np.unique(np.percentile((known - centre) / scale, [20, 40, 60, 80]))
    return Curve(name, float(np.median(known)), centre, scale, low, high, tuple(float(k) for k in knots))


def _common_levels(values: pl.Series) -> tuple[str, ...]:
    counts = values.value_counts().filter(pl.col("count") >= FEWEST_IN_LEVEL)
    return tuple(sorted(counts[values.name].to_list()))
