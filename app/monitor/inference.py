"""Statistics shared by the tests: false discovery control, calibrated p-values and quantiles."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.monitor.features import Bools, Floats

CONFIDENCE: Final = 0.95

DISCARD: Final = 0.2
"""A p-value above this is no candidate for a discovery in a large family."""

TAIL: Final = 0.02
FEWEST_EXTREMES: Final = 20
"""A tail is fitted to at least so many errors."""

LARGE_FAMILY: Final = 50
"""Below this many tests setting aside costs more than it gains, and the plain procedure is used."""


def benjamini_hochberg(p_values: Floats, rate: float) -> Bools:
    """Return which hypotheses are rejected at the false discovery rate (Benjamini and Hochberg 1995).

    NaN is a test that was not run: it is never rejected and does not count in the family.
    """
    run = ~np.isnan(p_values)
    rejected = np.zeros(len(p_values), dtype=bool)
    ordered = np.sort(p_values[run])
    count = len(ordered)
    passing = np.nonzero(ordered <= rate * np.arange(1, count + 1) / count)[0]
    if len(passing):
        rejected[run] = p_values[run] <= ordered[passing[-1]]
    return rejected


def discoveries(p_values: Floats, rate: float) -> Bools:
    """Return which hypotheses "the premium is at most the materiality" are rejected, as one family.

    Benjamini and Hochberg's step at this false discovery rate. Innocent prices lie around a premium of zero,
    below the materiality, so most p-values of a large family are near 1 and fill it without bearing on it:
    those above DISCARD are set aside, the rest divided by it, and the share of innocents among them estimated
    (Storey 2002). Both keep the rate for tests that are conservative in this way (Zhao, Small and Su 2019;
    Tian and Ramdas 2019, "ADDIS").
    """
    if (~np.isnan(p_values)).sum() < LARGE_FAMILY:
        return benjamini_hochberg(p_values, rate)
    candidates = np.where(p_values <= DISCARD, p_values / DISCARD, np.nan)
    count = int((~np.isnan(candidates)).sum())
    innocent = ((candidates > 0.5).sum() + 1) / (0.5 * max(count, 1))
    return benjamini_hochberg(candidates, rate / min(1.0, float(innocent)))


def upper_tail(values: Floats, reference: Floats) -> Floats:
    """Return one-sided p-values of values against errors known to be innocent, never 0.

    (1 + errors at least as large) / (1 + errors): valid in finite samples if the errors are exchangeable with
    the value (conformal p-value; Vovk, Gammerman and Shafer 2005). Counting ends where the errors end, at
    1 / n, which no price however absurd could pass in a family of thousands; the last TAIL of many errors is
    therefore replaced by a power law fitted to it (Hill 1975), one standard error on the heavy side.
    """
    ordered = np.sort(reference)
    count = len(ordered)
    at_least = count - np.searchsorted(ordered, values, side="left")
    p_values = np.asarray((1.0 + at_least) / (1.0 + count))
    tail = fit_tail(ordered)
    if tail is None:
        return p_values
    beyond = (1.0 + tail.count) / (1.0 + count) * np.power(np.maximum(values / tail.start, 1.0), -tail.rate)
    return np.where(values > tail.start, beyond, p_values)


@dataclass(frozen=True)
class Tail:
    """The power law beyond the `count` largest errors: from `start` on it falls with the power -`rate`."""

    start: float
    rate: float
    count: int


def fit_tail(ordered: Floats) -> Tail | None:
    """Return the upper tail of errors in ascending order; None where they are too few for one."""
    extremes = int(TAIL * len(ordered))
    if extremes < FEWEST_EXTREMES or ordered[-extremes] <= 0:
        return None
    start = float(ordered[-extremes])
    rate = (1.0 - extremes**-0.5) / max(float(np.mean(np.log(ordered[-extremes:] / start))), 1e-9)
    return Tail(start, rate, extremes)


def central_quantiles(reference: Floats) -> tuple[float, float]:
    """Return the two quantiles that hold CONFIDENCE of future errors, the finite sample allowed for."""
    count = len(reference)
    tail = (1.0 - CONFIDENCE) / 2.0
    outer = max(0.0, (np.floor((count + 1) * tail) - 1.0) / max(count - 1, 1))
    low, high = np.quantile(reference, [outer, 1.0 - outer])
    return float(low), float(high)
