"""Comparable cash sales: which they are, how alike they are, and what they say about one home.

The regression leaves residuals, and residuals of like homes are alike: same development, same block, near by,
small adjustments, close in time. How much is estimated from the sales themselves (a regression of products of
residuals on a fixed list of likeness terms with coefficients >= 0: Haseman and Elston's idea, Hsiao's weights
left out), so no likelihood is maximised and the result is the same every time. With that covariance the best
linear forecast of a residual (kriging) is a weighted mean of the comparables' residuals and has a variance.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import nnls
from scipy.spatial import cKDTree

from app.monitor.features import Bools, Floats, Ints
from app.monitor.hedonic import WINSOR, winsorised

LIKE: Final = (0.05, 0.2)
"""Adjustments (log price) over which likeness decays: close substitutes, and the same kind of home."""

APART: Final = 1e4
"""Coordinate distance between groups in the nearest-neighbour search: more than any within one."""

SLOW_TIME: Final = 0.03
"""A comparable a year older counts as this much further away, in log price, when comparables are chosen."""

SAMPLE: Final = 6000
CHECKED: Final = 1000
PAIRS: Final = 40_000
CHUNK: Final = 400

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Homes:
    """Where homes stand: adjustments (log price, a column a feature), years, groups, kilometres.

    `groups` holds one column of codes a grouping, -1 for "none"; the first is the development, the second the
    district. `place` is NaN where co-ordinates are not known.
    """

    features: Floats
    years: Floats
    groups: Ints
    place: Floats

    def __len__(self) -> int:
        return len(self.years)

    def take(self, rows: Ints) -> "Homes":
        """Return some of the homes, in the shape of `rows`."""
        return Homes(self.features[rows], self.years[rows], self.groups[rows], self.place[rows])

    def spread(self, axis: int) -> "Homes":
        """Return the homes with an axis put in, to be compared with others along it."""
        return Homes(
            np.expand_dims(self.features, axis),
            np.expand_dims(self.years, axis),
            np.expand_dims(self.groups, axis),
            np.expand_dims(self.place, axis),
        )


@dataclass(frozen=True)
class Term:
    """One way to be alike: same group, adjustment (log price), years or kilometres apart, or several."""

    grouping: int | None = None
    adjustment: float | None = None
    years: float | None = None
    kilometres: float | None = None


@dataclass(frozen=True)
class Forecast:
    """What the comparables add to the regression for each home: mean and variance in log price."""

    mean: Floats
    variance: Floats
    mean_elsewhere: Floats
    """From the comparables of other developments alone, and so the variance."""

    variance_elsewhere: Floats
    own_sales: Ints
    """Cash sales of the home's own development among the sales used."""


@dataclass(frozen=True)
class Weights:
    """The comparables of some homes, one line a home, and what each weighs in its forecast.

    `rows` are row numbers of sales, -1 where there is none (its weight is 0); `covariance` is that of the
    comparable's residual with the home's.
    """

    rows: Ints
    weights: Floats
    covariance: Floats


class Comparables:
    """The cash sales as comparables, with the estimated covariance of their residuals."""

    def __init__(self, sales: Homes, residuals: Floats, *, seed: int = 0) -> None:
        self.sales = sales
        self.residuals = winsorised(residuals)
        self.reach = _reach(sales)
        self._trees = _trees(sales, self.reach)
        every_term = _terms(sales.groups.shape[1], self.reach)
        shares, self.noise = self._estimate(every_term, np.random.default_rng(seed))
        self.shares = shares[shares > 0]
        self.terms = [term for term, share in zip(every_term, shares, strict=True) if share > 0]
        self.correction = 1.0
        self.correction = self._check_variance(np.random.default_rng(seed))

    def forecast(
        self, homes: Homes, *, own_rows: Ints | None = None, progress: Progress | None = None
    ) -> Forecast:
        """Return the forecast residual of each home; `own_rows` is the sale each home is, to leave it out."""
        means, variances = np.zeros((2, len(homes))), np.zeros((2, len(homes)))
        for start in range(0, len(homes), CHUNK):
            rows = np.arange(start, min(start + CHUNK, len(homes)))
            own = None if own_rows is None else own_rows[rows]
            means[:, rows], variances[:, rows] = self._krige(homes.take(rows), own)
            if progress is not None:
                progress(len(rows) / len(homes))
        variances *= self.correction
        return Forecast(means[0], variances[0], means[1], variances[1], self._own_sales(homes, own_rows))

    def nearest(self, homes: Homes, own_rows: Ints | None = None) -> Ints:
        """Return row numbers of comparables, one line a home, no sale twice, -1 where there are fewer."""
        found = np.hstack([tree.nearest(homes, own_rows is not None) for tree in self._trees])
        if own_rows is not None:
            found = np.where(found == own_rows[:, None], -1, found)
        found = np.sort(found, axis=1)[:, ::-1]
        found[:, 1:][found[:, 1:] == found[:, :-1]] = -1
        return found

    def _krige(self, homes: Homes, own_rows: Ints | None) -> tuple[Floats, Floats]:
        """Return means and variances: the first line from all comparables, the second from elsewhere."""
        found = self.nearest(homes, own_rows)
        near = self.sales.take(found)
        between = self._covariance(near.spread(2), near.spread(1))
        towards = self._covariance(near, homes.spread(1))
        values = self.residuals[found]
        own = (near.groups[..., 0] == homes.groups[:, None, 0]) & (near.groups[..., 0] >= 0)
        answers = [self._solve(between, towards, values, void) for void in (found < 0, (found < 0) | own)]
        means, variances = zip(*answers, strict=True)
        return np.array(means), np.array(variances)

    def _solve(self, between: Floats, towards: Floats, values: Floats, void: Bools) -> tuple[Floats, Floats]:
        """Return mean and variance from the comparables that are not void."""
        used = np.where(void[:, :, None] | void[:, None, :], 0.0, between)
        diagonal = np.arange(used.shape[1])
        used[:, diagonal, diagonal] = self.shares.sum() + self.noise
        aim = np.where(void, 0.0, towards)
        weights = np.linalg.solve(used, aim[:, :, None])[:, :, 0]
        mean = (weights * np.where(void, 0.0, values)).sum(axis=1)
        variance = self.shares.sum() + self.noise - (weights * aim).sum(axis=1)
        return mean, np.maximum(variance, 0.5 * self.noise)

    def _covariance(self, one: Homes, other: Homes) -> Floats:
        pairs = _Pairs(one, other)
        total = np.zeros(np.broadcast_shapes(one.years.shape, other.years.shape))
        for share, term in zip(self.shares, self.terms, strict=True):
            total += share * pairs.likeness(term)
        return total

    def _estimate(self, terms: Sequence[Term], random: np.random.Generator) -> tuple[Floats, float]:
        count = len(self.sales)
        chosen = random.permutation(count)[:SAMPLE]
        found = self.nearest(self.sales.take(chosen), chosen)
        left, right = np.nonzero(found >= 0)[0], found[found >= 0]
        first = np.concatenate([chosen[left], random.integers(0, count, PAIRS)])
        second = np.concatenate([right, random.integers(0, count, PAIRS)])
        keep = first != second
        one, other = self.sales.take(first[keep]), self.sales.take(second[keep])
        pairs = _Pairs(one, other)
        likeness = np.column_stack([pairs.likeness(term) for term in terms])
        products = self.residuals[first[keep]] * self.residuals[second[keep]]
        shares = _nonnegative_fit(likeness, products)
        total = float(np.mean(self.residuals**2)) + 1e-10
        if shares.sum() > 0.95 * total:
            shares *= 0.95 * total / shares.sum()
        return shares, total - float(shares.sum())

    def _check_variance(self, random: np.random.Generator) -> float:
        """Return how many times too small the variances are, from forecasting sales as if they were unknown.

        The noise is a small difference of two estimates, which more sales make smaller than it is.
        """
        chosen = random.permutation(len(self.sales))[:CHECKED]
        forecast = self.forecast(self.sales.take(chosen), own_rows=chosen)
        squares = (self.residuals[chosen] - forecast.mean) ** 2 / forecast.variance
        return max(float(np.mean(np.minimum(squares, WINSOR**2))), 0.01)

    @property
    def prior(self) -> float:
        """The variance of a home's residual before any comparable is looked at."""
        return float(self.shares.sum()) + self.noise

    @property
    def floor(self) -> float:
        """The variance that is left however much the comparables say."""
        return 0.5 * self.noise

    def weigh(self, homes: Homes) -> Weights:
        """Return the comparables of a few homes, none of them a sale, with their weights in `forecast`."""
        found = self.nearest(homes)
        void = found < 0
        near = self.sales.take(found)
        between = self._covariance(near.spread(2), near.spread(1))
        between[void[:, :, None] | void[:, None, :]] = 0.0
        diagonal = np.arange(found.shape[1])
        between[:, diagonal, diagonal] = self.prior
        towards = np.where(void, 0.0, self._covariance(near, homes.spread(1)))
        weights = np.asarray(np.linalg.solve(between, towards[:, :, None])[:, :, 0])
        return Weights(found, weights, towards)

    def _own_sales(self, homes: Homes, own_rows: Ints | None) -> Ints:
        sold = self.sales.groups[:, 0]
        counts = np.bincount(sold[sold >= 0], minlength=1)
        own = homes.groups[:, 0]
        known = (own >= 0) & (own < len(counts))
        return np.where(known, counts[np.where(known, own, 0)] - (own_rows is not None), 0)


def _nonnegative_fit(terms: Floats, products: Floats) -> Floats:
    """Return the coefficients >= 0 that fit best, from the terms' few cross products instead of all pairs."""
    cross = terms.T @ terms
    ridge = 1e-9 * max(float(cross.diagonal().max()), 1.0) * np.eye(len(cross))
    root = np.linalg.cholesky(cross + ridge)
    return np.asarray(nnls(root.T, np.linalg.solve(root, terms.T @ products))[0])


@dataclass(frozen=True)
class _Tree:
    """A nearest-neighbour search among the sales of the same group (or anywhere, by distance)."""

    tree: cKDTree
    rows: Ints
    grouping: int | None
    codes: Ints
    reach: float
    count: int

    def nearest(self, homes: Homes, one_more: bool) -> Ints:
        count = self.count + one_more
        index = np.asarray(
            self.tree.query(_search_points(homes, self.grouping, self.reach), k=range(1, count + 1))[1]
        )
        found = np.where(index < len(self.rows), self.rows[np.minimum(index, len(self.rows) - 1)], -1)
        if self.grouping is None:
            return np.where(np.isnan(homes.place[:, :1]), -1, found)
        mine = homes.groups[:, self.grouping, None]
        return np.where((self.codes[found] == mine) & (mine >= 0), found, -1)


def _trees(sales: Homes, reach: float | None) -> list[_Tree]:
    wanted: list[tuple[int | None, int]] = [(0, 24), (1, 16 if reach is None else 8)]
    wanted += [(grouping, 4) for grouping in range(2, sales.groups.shape[1])]
    if reach is not None:
        wanted.append((None, 20))
    trees = []
    for grouping, count in wanted:
        usable = ~np.isnan(sales.place[:, 0]) if grouping is None else sales.groups[:, grouping] >= 0
        rows = np.nonzero(usable)[0]
        if len(rows) == 0:
            continue
        points = _search_points(sales.take(rows), grouping, reach or 1.0)
        codes = sales.groups[:, grouping or 0]
        trees.append(_Tree(cKDTree(points), rows, grouping, codes, reach or 1.0, count))
    return trees


def _search_points(homes: Homes, grouping: int | None, reach: float) -> Floats:
    rest = [homes.features, homes.years[:, None] * SLOW_TIME]
    if grouping is None:
        return np.hstack([np.nan_to_num(homes.place, nan=APART) * (SLOW_TIME / reach), *rest])
    return np.hstack([homes.groups[:, grouping, None] * APART, *rest])


def _reach(sales: Homes) -> float | None:
    """Return the usual distance in km to the tenth nearest sale; None if few sales have co-ordinates."""
    known = sales.place[~np.isnan(sales.place[:, 0])]
    if len(known) < max(20, 0.5 * len(sales)):
        return None
    sample = known[:: max(1, len(known) // SAMPLE)]
    distance = np.asarray(cKDTree(known).query(sample, k=[11])[0])
    return max(float(np.median(distance)), 0.01)


def _terms(groupings: int, reach: float | None) -> list[Term]:
    """Return the list of likeness terms: by development, district, finer groupings, and distance."""
    close, kind = LIKE
    terms = [
        Term(grouping=0),
        Term(grouping=0, adjustment=close),
        Term(grouping=0, adjustment=kind),
        Term(grouping=0, years=1.0),
        Term(grouping=1, adjustment=close),
        Term(grouping=1, adjustment=kind),
        Term(grouping=1, years=1.0),
    ]
    for grouping in range(2, groupings):
        terms += [Term(grouping=grouping), Term(grouping=grouping, adjustment=close)]
    if reach is not None:
        terms += [Term(kilometres=length * reach) for length in (1.0, 4.0, 16.0)]
        terms += [
            Term(kilometres=4.0 * reach, adjustment=kind),
            Term(kilometres=4.0 * reach, years=1.0),
        ]
    return terms


class _Pairs:
    """Pairs of homes, with what several terms ask of them worked out once."""

    def __init__(self, one: Homes, other: Homes) -> None:
        self._one, self._other = one, other
        self._known: dict[tuple[str, float], Floats] = {}

    def likeness(self, term: Term) -> Floats:
        """Return how alike the pairs are by a term: 0 to 1, and 1 for a home with itself."""
        factors = [
            self._decay(kind, scale)
            for kind, scale in (
                ("adjustment", term.adjustment),
                ("years", term.years),
                ("kilometres", term.kilometres),
            )
            if scale is not None
        ]
        if term.grouping is not None:
            factors.append(self._same(term.grouping))
        return functools.reduce(np.multiply, factors)

    def _same(self, grouping: int) -> Floats:
        key = ("group", float(grouping))
        if key not in self._known:
            mine, theirs = self._one.groups[..., grouping], self._other.groups[..., grouping]
            self._known[key] = ((mine == theirs) & (mine >= 0)).astype(np.float64)
        return self._known[key]

    def _decay(self, kind: str, scale: float) -> Floats:
        key = (kind, scale)
        if key not in self._known:
            self._known[key] = np.exp(self._distance(kind) / -scale)
        return self._known[key]

    def _distance(self, kind: str) -> Floats:
        key = (kind, 0.0)
        if key not in self._known:
            self._known[key] = self._measured(kind)
        return self._known[key]

    def _measured(self, kind: str) -> Floats:
        if kind == "years":
            return np.abs(self._one.years - self._other.years)
        if kind == "adjustment":
            return _euclidean(self._one.features, self._other.features)
        return np.nan_to_num(_euclidean(self._one.place, self._other.place), nan=np.inf)


def _euclidean(one: Floats, other: Floats) -> Floats:
    """Return distances, one co-ordinate after the other: that needs a tenth of the memory of all at once."""
    squares = np.square(one[..., 0] - other[..., 0])
    for column in range(1, one.shape[-1]):
        squares += np.square(one[..., column] - other[..., column])
    return np.asarray(np.sqrt(squares))
