"""Statistics shared by the tests: false discovery control, calibrated p-values and quantiles."""

from typing import Final

import numpy as np

from app.monitor.features import Bools, Floats

CONFIDENCE: Final = 0.95

POINTLESS: Final = 0.5
"""A p-value above this says that the price is below the materiality: no candidate for a discovery."""


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
    """Return which hypotheses "at most the materiality" are rejected at the false discovery rate.

    Innocent prices lie around a premium of zero, below the materiality, so most p-values are large and fill the
    family without bearing on it. Those above POINTLESS are dropped and the rest divided by it before Benjamini
    and Hochberg's step: valid for such conservative tests (Zhao, Small and Su 2019), and far sharper.
    """
    return benjamini_hochberg(np.where(p_values <= POINTLESS, p_values / POINTLESS, np.nan), rate)


def upper_tail(values: Floats, reference: Floats) -> Floats:
    """Return one-sided p-values of values against errors known to be innocent, never 0.

    (1 + errors at least as large) / (1 + errors): valid in finite samples if the errors are exchangeable with
    the value (conformal p-value; Vovk, Gammerman and Shafer 2005).
    """
    ordered = np.sort(reference)
    at_least = len(ordered) - np.searchsorted(ordered, values, side="left")
    return np.asarray((1.0 + at_least) / (1.0 + len(ordered)))


def central_quantiles(reference: Floats) -> tuple[float, float]:
    """Return the two quantiles that hold CONFIDENCE of future errors, the finite sample allowed for."""
    count = len(reference)
    tail = (1.0 - CONFIDENCE) / 2.0
    outer = max(0.0, (np.floor((count + 1) * tail) - 1.0) / max(count - 1, 1))
    low, high = np.quantile(reference, [outer, 1.0 - outer])
    return float(low), float(high)
