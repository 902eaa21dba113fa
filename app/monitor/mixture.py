"""Which groups of a large family are flagged: their p-values, read beside what the family's premiums are.

H0 is "the premium is at most the materiality". Most sellers ask no premium at all, well inside H0: their
p-values are far from uniform, and Benjamini and Hochberg's step, made for the worst case, finds too little.
So the spread of the family's premiums is estimated (non-parametric maximum likelihood, Kiefer and Wolfowitz
1956, by the EM algorithm on a grid); it says how many groups inside H0 would have a p-value up to t. The
largest t at which those are at most `rate` of the groups with such a p-value is the threshold (an empirical
Bayes false discovery rate, Efron 2010). A flag needs in any case a p-value of at most LARGEST_P.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special, stats

from app.monitor.features import Bools, Floats
from app.monitor.inference import LARGE_FAMILY, benjamini_hochberg

LARGEST_P: Final = 0.05
GRID: Final = np.linspace(-8.0, 8.0, 65)
"""Premiums that are weighed, in median standard errors from the materiality."""

STEPS: Final = 500
MOST_WEIGHED: Final = 1000
"""In a larger family an even sample of so many groups stands for all, so that time stays linear."""

THRESHOLDS: Final = 40
NEGLIGIBLE: Final = 1e-4
BLUR: Final = 0.25
"""Premiums up to so many standard errors above the materiality count as inside H0: no estimate of the spread
can tell them from it, and without this a family at exactly the materiality is accused too often."""


@dataclass(frozen=True)
class Means:
    """Mean excess of some groups in log price, their standard errors, and the freedom of their t tests."""

    mean: Floats
    error: Floats
    freedom: Floats

    def p_values(self, bound: float) -> Floats:
        """Return one-sided p-values of "the mean is at most `bound`"."""
        return np.asarray(stats.t.sf((self.mean - bound) / self.error, self.freedom))

    def sample(self, most: int) -> "Means":
        """Return at most so many of them, evenly spread in their order."""
        rows = np.arange(0, len(self.mean), -(-len(self.mean) // most))
        return Means(self.mean[rows], self.error[rows], self.freedom[rows])


def group_discoveries(means: Means, bound: float, rate: float) -> Bools:
    """Return which groups' means are called above `bound` (log price) at the false discovery rate."""
    p = means.p_values(bound)
    if len(p) < LARGE_FAMILY:
        return benjamini_hochberg(p, rate)
    candidates = np.sort(p[p <= LARGEST_P])
    if len(candidates) == 0:
        return np.zeros(len(p), dtype=bool)
    expected = _innocent_below(candidates, means.sample(MOST_WEIGHED), bound) * len(p)
    passing = np.nonzero(expected <= rate * np.arange(1, len(candidates) + 1))[0]
    return p <= candidates[passing[-1]] if len(passing) else np.zeros(len(p), dtype=bool)


def spread_of_premiums(means: Means, grid: Floats) -> Floats:
    """Return the weights of the grid's values (log price) under which the observed means are likeliest."""
    error = np.maximum(means.error, grid[1] - grid[0])[:, None]
    likelihood = stats.t.pdf((means.mean[:, None] - grid) / error, means.freedom[:, None]) / error
    weights = np.full(len(grid), 1.0 / len(grid))
    for _ in range(STEPS):
        weights = weights * (likelihood.T @ (1.0 / (likelihood @ weights))) / len(means.mean)
    return np.asarray(weights)


def _innocent_below(thresholds: Floats, means: Means, bound: float) -> Floats:
    """Return the share of all groups that are inside H0 and would yet have a p-value up to each threshold."""
    grid = bound + GRID * float(np.median(means.error))
    weights = spread_of_premiums(means, grid)
    inside = (GRID <= BLUR) & (weights > NEGLIGIBLE)
    distance = (bound - grid[inside]) / means.error[:, None]
    marks = np.geomspace(thresholds[0], thresholds[-1] * (1 + 1e-9), THRESHOLDS)
    shares = [_tail(means.freedom, mark, distance) @ weights[inside] for mark in marks]
    return np.interp(thresholds, marks, [float(np.mean(share)) for share in shares])


def _tail(freedom: Floats, mark: float, distance: Floats) -> Floats:
    """Return how likely groups so far below the bound have a p-value up to the mark."""
    critical = -special.stdtrit(freedom, mark)
    return np.asarray(special.stdtr(freedom[:, None], -(critical[:, None] + distance)))
