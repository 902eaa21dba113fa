"""Whether forecasts still hold today: how those of the latest cash sales turned out."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.monitor.calibration import Errors
from app.monitor.inference import central_quantiles

FEWEST: Final = 200
"""With fewer sales the share inside the interval strays out of its bounds by chance alone."""

COVERAGE: Final = (0.92, 0.975)
MOST_OFF: Final = 0.015


@dataclass(frozen=True)
class Drift:
    """The latest cash sales, forecast from what was known before them."""

    sales: int
    coverage: float
    """The share inside the 95% interval that the earlier rounds' errors give."""
    median_error: float
    """As a share of the price; above zero, sales were dearer than forecast."""

    @property
    def alarm(self) -> bool:
        """Whether forecasts are so far off that no flag may rest on them."""
        return not COVERAGE[0] <= self.coverage <= COVERAGE[1] or abs(self.median_error) > MOST_OFF


def measure_drift(errors: Errors) -> Drift | None:
    """Return how the latest pseudo-rounds turned out; None where they or those before are too few sales."""
    if not errors.rolled_back:
        return None
    counted = np.cumsum(np.bincount(errors.rounds))
    enough = int(np.searchsorted(counted, FEWEST))
    latest = errors.rounds <= enough
    if min(latest.sum(), (~latest).sum()) < FEWEST:
        return None
    low, high = central_quantiles(errors.standardised[~latest])
    now = errors.standardised[latest]
    return Drift(
        int(latest.sum()),
        float(np.mean((now >= low) & (now <= high))),
        float(np.median(now * errors.scale[latest])),
    )
