"""How many requests were at work at the same time, and for how long: where cores stood idle."""

from collections.abc import Iterable, Sequence
from itertools import pairwise


def seconds_by_number(spans: Iterable[tuple[float, float]]) -> dict[int, float]:
    """Return for how many seconds so many were under way, between the first beginning and the last end.

    ``spans`` are beginnings and ends by one clock, in any order.
    """
    found: dict[int, float] = {}
    number = 0
    changes = sorted(change for began, ended in spans for change in ((began, 1), (ended, -1)))
    for (moment, change), (following, _) in pairwise(changes):
        number += change
        found[number] = found.get(number, 0.0) + following - moment
    return found


def grouped(seconds: dict[int, float], least: Sequence[int]) -> list[tuple[int, float]]:
    """Return the seconds from each least number up to below the next one."""
    bounds = [*least, max(seconds, default=0) + 1]
    return [
        (low, sum(taken for number, taken in seconds.items() if low <= number < high))
        for low, high in pairwise(bounds)
    ]
