"""What a benchmark returns: figures, each beside the baseline that was measured in the same run."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One figure. `ratio` is value / baseline; both are None where there is nothing fair to compare with."""

    name: str
    unit: str
    value: float
    baseline: float | None = None
    ratio: float | None = None


def compared(name: str, unit: str, value: float, baseline: float) -> Result:
    """Return a figure with its ratio to the baseline."""
    return Result(name, unit, value, baseline, value / baseline if baseline else None)


def milliseconds(act: Callable[[], object]) -> float:
    """Return how long an act took."""
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def p95(values: Sequence[float]) -> float:
    """Return the least of the values that 95 in a hundred are not above (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * 0.95) - 1]
