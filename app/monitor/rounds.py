"""Pseudo-rounds: earlier windows of cash sales that stand in for the listings.

A forecast's error is only known where a price is known. So the listings' dates are moved back until they lie
on cash sales, those sales are forecast from what was known then, and the errors show what today's forecasts
are worth, drift of the market included.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.monitor.features import MONTH, Floats, Ints

MOST_ROUNDS: Final = 5
MOST_TARGETS: Final = 1500
FEWEST_TARGETS: Final = 30
FEWEST_TRAIN: Final = 60
SMALLEST_TRAIN_SHARE: Final = 0.2


@dataclass(frozen=True)
class Round:
    """Row numbers of the sales known at the time, and of those that pose as listings."""

    train: Ints
    targets: Ints


def plan_rounds(sale_days: Floats, listing_days: Floats, clusters: Ints, *, seed: int = 0) -> list[Round]:
    """Return the pseudo-rounds, the latest first; empty if the sales are too few or of one time only.

    `clusters` (developments, -1 for none) are kept whole when a window has more sales than are needed.
    Where listings and sales overlap in time the target itself is left out of its comparables by the caller.
    """
    last, span = float(sale_days.max()), float(np.ptp(sale_days))
    begin, end = float(listing_days.min()), float(listing_days.max())
    end = min(max(end, begin), max(begin, last) + span / 3)
    begin = min(begin, end)
    length = max(end - begin, MONTH)
    random = np.random.default_rng(seed)
    rounds = []
    for number in range(MOST_ROUNDS):
        back = max(end - last, 0.0) + number * max(length / 2, MONTH)
        train = np.nonzero(sale_days <= last - back)[0]
        inside = (sale_days >= end - length - back) & (sale_days <= end - back)
        targets = _thinned(np.nonzero(inside)[0], clusters, random)
        if len(train) < max(FEWEST_TRAIN, SMALLEST_TRAIN_SHARE * len(sale_days)):
            break
        if len(targets) >= FEWEST_TARGETS:
            rounds.append(Round(train, targets))
    return rounds


def plan_folds(count: int, *, seed: int = 0) -> list[Round]:
    """Return the rounds of a file without history: each fifth of the sales, forecast from the others."""
    order = np.random.default_rng(seed).permutation(count)
    return [
        Round(np.sort(np.setdiff1d(order, fold)), np.sort(fold[:MOST_TARGETS]))
        for fold in np.array_split(order, MOST_ROUNDS)
    ]


def _thinned(targets: Ints, clusters: Ints, random: np.random.Generator) -> Ints:
    if len(targets) <= MOST_TARGETS:
        return targets
    mine = np.where(clusters[targets] >= 0, clusters[targets], -1 - targets)
    names, index = np.unique(mine, return_inverse=True)
    order = random.permutation(len(names))[index]
    return np.sort(targets[np.argsort(order, kind="stable")[:MOST_TARGETS]])
