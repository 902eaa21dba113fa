"""Backtest: later cash sales pose as listings, some raised on purpose, and the monitor looks for them.

Each window's sales are forecast from the sales before it and judged as listings are. They were paid in cash,
so whatever is flagged among the untouched ones is false, and what was raised is known. Sales have no
developer: developments are put together in random order into made-up ones, a tenth of which is raised.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from app.monitor.area import FEWEST_SALES
from app.monitor.check import GROUP_LEVELS, Group, Result, Settings, judge
from app.monitor.contract import Listings
from app.monitor.evidence import Evidence, gather_evidence
from app.monitor.rounds import FEWEST_TARGETS

PREMIUMS: Final = (0.0, 0.03, 0.05, 0.08, 0.12, 0.20)
LEVELS: Final = ("home", *GROUP_LEVELS)
PLANTED_SHARE: Final = 0.1
HOMES_A_DEVELOPER: Final = 9
SIZES: Final = (1, 2, 5, 10, 20)
"""The smallest number of homes of each class of size."""

LONGEST: Final = timedelta(days=183)
SHORTEST: Final = timedelta(days=30)

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Plan:
    """How often, and where from, the draws are made."""

    windows: int = 3
    draws: int = 5
    seed: int = 1


@dataclass(frozen=True)
class Window:
    """What the untouched sales of one window say of the forecasts; shares, and errors in log price."""

    begin: date
    end: date
    sales: int
    listings: int
    tested: int
    coverage: float
    median_error: float
    bias: float
    seconds: float
    """Of the forecasts, per 10,000 listings."""


@dataclass(frozen=True)
class Score:
    """How one level did in one draw; `planted` and `found` count dear subjects by class of size."""

    window: int
    level: str
    premium: float
    planted: tuple[int, ...]
    found: tuple[int, ...]
    false: int
    intervals: int
    held: int
    """How many of the pooled intervals hold the true premium."""


@dataclass(frozen=True)
class Summary:
    """One level at one premium over some draws, as shares; None where there was nothing to count."""

    planted: int
    recall: float | None
    recall_by_size: tuple[float | None, ...]
    false_discovery_rate: float
    """The mean over draws of the share of false among the flagged; 0 for a draw that flagged nothing."""

    false_alarms: float
    """Untouched subjects flagged, a draw."""

    coverage: float | None


@dataclass(frozen=True)
class Backtest:
    """All that was measured, or why nothing could be."""

    plan: Plan
    windows: list[Window]
    scores: list[Score]

    def summary(self, level: str, premium: float, window: int | None = None) -> Summary:
        """Return how the level did at the premium, in one window or in all."""
        mine = [
            score
            for score in self.scores
            if (score.level, score.premium) == (level, premium) and window in (None, score.window)
        ]
        planted, found = (
            np.array([getattr(s, name) for s in mine]).sum(axis=0) for name in ("planted", "found")
        )
        flagged = [sum(score.found) + score.false for score in mine]
        return Summary(
            int(planted.sum()),
            _share(int(found.sum()), int(planted.sum())),
            tuple(_share(int(part), int(whole)) for part, whole in zip(found, planted, strict=True)),
            float(np.mean([s.false / max(count, 1) for s, count in zip(mine, flagged, strict=True)])),
            float(np.mean([score.false for score in mine])),
            _share(sum(score.held for score in mine), sum(score.intervals for score in mine)),
        )


def backtest(sales: pl.DataFrame, plan: Plan, settings: Settings, progress: Progress) -> Backtest | str:
    """Return what the monitor finds of planted premiums, or why that cannot be measured."""
    pieces = list(_windows(sales, plan.windows))
    if not pieces:
        return (
            f"{sales.height} cash sales leave no window of {FEWEST_TARGETS} or more "
            f"with {FEWEST_SALES} or more before it"
        )
    windows: list[Window] = []
    scores: list[Score] = []
    for number, (before, after) in enumerate(pieces):
        began = time.monotonic()
        evidence = gather_evidence(
            before, after, lambda _, share: progress("windows", share / 2 / len(pieces))
        )
        seconds = time.monotonic() - began
        if isinstance(evidence, str):
            return evidence
        windows.append(_window(before, after, evidence, seconds))
        for draw in range(plan.draws):
            random = np.random.default_rng([plan.seed, number, draw])
            for premium in PREMIUMS:
                scores += _scores(number, after, evidence, premium, settings, random)
            progress("planting", 1 / plan.draws / len(pieces))
    return Backtest(plan, windows, scores)


def _windows(sales: pl.DataFrame, most: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield sales before and in each window: the latest first, one behind the other, none overlapping."""
    first, last = sales.select(first=pl.col("date").min(), last=pl.col("date").max()).row(0)
    if first is None:
        return
    length = max(min(LONGEST, (last - first) / (most + 1)), SHORTEST)
    for number in range(most):
        end = last + timedelta(days=1) - number * length
        begin = end - length
        before = sales.filter(pl.col("date") < begin)
        after = sales.filter((pl.col("date") >= begin) & (pl.col("date") < end))
        if before.height >= FEWEST_SALES and after.height >= FEWEST_TARGETS:
            yield before, after


def _window(before: pl.DataFrame, after: pl.DataFrame, evidence: Evidence, seconds: float) -> Window:
    price, tested = after["price"].to_numpy(), evidence.testable
    inside = (evidence.lower <= price) & (price <= evidence.upper)
    error = (np.log(price) - evidence.expected.log_price)[tested]
    known = len(error) > 0
    return Window(
        after["date"].min(),  # type: ignore[arg-type]
        after["date"].max(),  # type: ignore[arg-type]
        before.height,
        after.height,
        int(tested.sum()),
        float(inside[tested].mean()) if known else 0.0,
        float(np.median(np.abs(error))) if known else 0.0,
        float(error.mean()) if known else 0.0,
        seconds * 10_000 / after.height,
    )


def _scores(
    window: int,
    homes: pl.DataFrame,
    evidence: Evidence,
    premium: float,
    settings: Settings,
    random: np.random.Generator,
) -> Iterator[Score]:
    developers = _made_up_developers(homes["development"], random)
    names = np.unique(developers)
    dear = random.permutation(names)[: max(round(PLANTED_SHARE * len(names)), 1)] if premium else names[:0]
    raised = np.isin(developers, dear)
    offered = homes.with_columns(
        price=pl.col("price") * pl.Series(np.where(raised, 1.0 + premium, 1.0)),
        developer=pl.Series(developers.astype(str)),
    )
    unpriced: list[Decimal | None] = [None] * homes.height
    result = judge(Listings(offered, [Decimal(1)] * homes.height, unpriced), evidence, settings)
    flagged = np.array([finding.flagged for finding in result.findings])
    alone = np.zeros(int(raised.sum()), dtype=np.int64)
    yield Score(
        window,
        "home",
        premium,
        _by_size(alone + 1),
        _by_size((alone + 1)[flagged[raised]]),
        int((flagged & ~raised).sum()),
        0,
        0,
    )
    for level in GROUP_LEVELS:
        named = set(offered.filter(pl.Series(raised))[level].to_list())
        yield _group_score(window, level, premium, named, result)


def _group_score(window: int, level: str, premium: float, dear: set[str], result: Result) -> Score:
    groups = [group for group in result.groups if group.level == level]
    tested = [group for group in groups if group.telling]
    sizes = np.array([group.size for group in groups if group.group_id in dear])
    found = np.array([group.flagged for group in groups if group.group_id in dear], dtype=bool)
    return Score(
        window,
        level,
        premium,
        _by_size(sizes),
        _by_size(sizes[found]),
        sum(group.flagged and group.group_id not in dear for group in groups),
        len(tested),
        sum(_holds(group, premium if group.group_id in dear else 0.0) for group in tested),
    )


def _holds(group: Group, premium: float) -> bool:
    told = group.telling
    return told is not None and told.lower <= premium <= told.upper


def _by_size(sizes: np.ndarray) -> tuple[int, ...]:
    counts = (
        np.bincount(np.digitize(sizes, SIZES) - 1, minlength=len(SIZES)) if len(sizes) else [0] * len(SIZES)
    )
    return tuple(int(count) for count in counts)


def _made_up_developers(developments: pl.Series, random: np.random.Generator) -> np.ndarray:
    """Return a made-up developer for each home: developments put together until they offer nine homes.

    Homes that name no development are each one by themselves.
    """
    named = developments.to_numpy().astype(object)
    own = np.array([name or f"\0{row}" for row, name in enumerate(named)], dtype=object)
    names, index, size = np.unique(own, return_inverse=True, return_counts=True)
    order = random.permutation(len(names))
    developer = np.empty(len(names), dtype=np.int64)
    developer[order] = np.cumsum(size[order]) // HOMES_A_DEVELOPER
    return developer[index]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
