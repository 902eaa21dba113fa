"""What a benchmark returns: figures, each beside the baseline that was measured in the same run."""

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
