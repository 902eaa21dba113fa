"""Test 3, pooled: the mean excess of a development's or a developer's listings over the area's cash prices.

Errors of one development go together, so a mean of many listings is worth less than their number. How much
they go together, by class of evidence, and how far a whole round was off (drift), is measured in the
pseudo-rounds; a last check compares past groups' means with what this predicts and widens the intervals if
they were too narrow.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from app.monitor.calibration import EVIDENCE, Errors
from app.monitor.features import Floats, Ints
from app.monitor.inference import CONFIDENCE

FEWEST_LISTINGS: Final = 2
FEWEST_CLUSTERS: Final = 10


@dataclass(frozen=True)
class Sharing:
    """Second moments of standardised errors: own, with the same development, with the same round."""

    own: float
    development: Floats
    drift: float
    widening: float
    peak: float
    """Excess kurtosis of a development's mean error; a mean over several developments has less."""


@dataclass(frozen=True)
class Pooled:
    """Mean excess of each group in log price, its standard error, and the freedom of its t test."""

    names: Ints
    sizes: Ints
    mean: Floats
    error: Floats
    freedom: Floats

    def interval(self) -> tuple[Floats, Floats]:
        """Return the two-sided 95% interval of the mean excess, in log price."""
        width = stats.t.ppf(0.5 + CONFIDENCE / 2, self.freedom) * self.error
        return self.mean - width, self.mean + width

    def p_values(self, materiality: float) -> Floats:
        """Return one-sided p-values of "the mean premium is at most `materiality`"."""
        return np.asarray(stats.t.sf((self.mean - np.log1p(materiality)) / self.error, self.freedom))


def measure_sharing(errors: Errors, clusters: Ints) -> Sharing | None:
    """Return how errors go together within the `clusters` of the past sales; None if too few have two."""
    if len(errors) == 0:
        return None
    keys, group = np.unique(np.column_stack([errors.rounds, clusters]), axis=0, return_inverse=True)
    group = group.ravel()
    error = np.clip(errors.standardised, -6, 6)
    size, total, squares = np.bincount(group), np.bincount(group, error), np.bincount(group, error**2)
    several = size >= 2
    if len(np.unique(keys[several, 1])) < FEWEST_CLUSTERS:
        return None
    evidence = np.round(np.bincount(group, errors.evidence) / size).astype(int)
    own = float(np.mean(error**2))
    pairs = (total**2 - squares)[several] / size[several]
    weight = (size - 1)[several].astype(float)
    whole = max(float(pairs.sum() / weight.sum()), 0.0)
    development = np.full(len(EVIDENCE) + 1, whole)
    for number in range(len(EVIDENCE) + 1):
        mine = evidence[several] == number
        if mine.sum() >= FEWEST_CLUSTERS:
            development[number] = max(float(pairs[mine].sum() / weight[mine].sum()), 0.0)
    drift = _drift(error, errors.rounds, own)
    sharing = Sharing(own, np.clip(development, drift, own), drift, 1.0, 0.0)
    return _checked(sharing, errors, clusters, group)


def pool(
    excess: Floats, scale: Floats, evidence: Ints, clusters: Ints, groups: Ints, sharing: Sharing
) -> Pooled:
    """Return the pooled test of each group (codes >= 0; others are in none).

    Within a development listings weigh by their own precision, developments within a group by theirs.
    """
    inside = groups >= 0
    key = np.column_stack([groups[inside], clusters[inside]])
    pairs, cell = np.unique(key, axis=0, return_inverse=True)
    cell = cell.ravel()
    spread, value = scale[inside], excess[inside]
    weight = 1.0 / spread**2
    weight = weight / np.bincount(cell, weight)[cell]
    shared = sharing.development[evidence[inside]]
    alone = np.bincount(cell, (weight * spread) ** 2 * (sharing.own - shared))
    together = np.bincount(cell, weight * spread * np.sqrt(np.maximum(shared - sharing.drift, 0.0))) ** 2
    drift = np.bincount(cell, weight * spread) * np.sqrt(sharing.drift)
    cell_mean, cell_variance = np.bincount(cell, weight * value), alone + together
    names, owner = np.unique(pairs[:, 0], return_inverse=True)
    share = 1.0 / (cell_variance + 1e-12)
    share = share / np.bincount(owner, share)[owner]
    parts = np.bincount(owner, share**2 * cell_variance)
    variance = parts + np.bincount(owner, share * drift) ** 2
    peak = sharing.peak * np.bincount(owner, (share**2 * cell_variance) ** 2) / (parts**2 + 1e-30)
    sizes = np.bincount(np.searchsorted(names, groups[inside])).astype(np.int64)
    return Pooled(
        names,
        sizes,
        np.asarray(np.bincount(owner, share * cell_mean), dtype=np.float64),
        sharing.widening * np.sqrt(variance),
        _freedom(peak),
    )


def _drift(error: Floats, rounds: Ints, own: float) -> float:
    """Return the mean square of the rounds' mean errors: what all listings of one round share."""
    means = np.bincount(rounds, error) / np.bincount(rounds)
    return min(float(np.mean(means**2)), 0.9 * own)


def _checked(sharing: Sharing, errors: Errors, clusters: Ints, group: Ints) -> Sharing:
    past = pool(errors.standardised * errors.scale, errors.scale, errors.evidence, clusters, group, sharing)
    usual = past.sizes >= FEWEST_LISTINGS
    if usual.sum() < FEWEST_CLUSTERS:
        return sharing
    ratio = past.mean[usual] / past.error[usual]
    peak = max(float(stats.kurtosis(ratio)), 0.0)
    freedom = float(_freedom(np.array([peak]))[0])
    width = float(np.sqrt(np.mean(np.clip(ratio, -6, 6) ** 2)) / np.sqrt(freedom / (freedom - 2.0)))
    return Sharing(sharing.own, sharing.development, sharing.drift, max(width, 1.0), peak)


def _freedom(peak: Floats) -> Floats:
    """Return the freedom of the t distribution that has this excess kurtosis."""
    return np.clip(4.0 + 6.0 / np.maximum(peak, 1e-6), 4.5, 200.0)
