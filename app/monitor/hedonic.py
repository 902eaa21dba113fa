"""Hedonic regression of log price with an error that the homes of one development share.

Model: log price = design x coefficients + development effect + residual. Generalised least squares by
partial demeaning within developments (Fuller and Battese 1973), variances by moments from the spread within
and between developments, ridge penalties from the priors of the design. Linear in the number of sales.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.monitor.features import Design, Floats, Ints

ROUNDS: Final = 3
MOST_ADJUSTMENTS: Final = 24
"""Of more features the adjustments that are largest are kept apart; the others hardly tell homes apart."""

WINSOR: Final = 4.0
"""A sale further off than so many robust standard deviations counts as if it stood there."""


@dataclass(frozen=True)
class Hedonic:
    """The fitted regression: coefficients, residuals of the sales, the two standard deviations."""

    design: Design
    coefficients: Floats
    residuals: Floats
    home_sd: float
    development_sd: float
    telling: tuple[str, ...]
    """The features whose contributions differ most between the sales, in the order of their names."""

    def contributions(self, matrix: Floats) -> Floats:
        """Return what each telling feature adds to a home's log price, without place and time.

        Their differences are the adjustments of a comparable; they also say how alike two homes are.
        """
        return _contributions(self.design, self.coefficients, matrix, self.telling)


def fit_hedonic(design: Design, matrix: Floats, log_price: Floats, development: Ints) -> Hedonic:
    """Return the regression of the sales' log prices; development -1 is a home in none."""
    groups = np.unique(
        np.where(development >= 0, development, -1 - np.arange(len(development))), return_inverse=True
    )[1]
    size = np.bincount(groups).astype(float)
    alone = np.bincount(groups, development < 0) > 0
    home, shared = float(np.var(log_price)) / 4 + 1e-8, float(np.var(log_price)) / 8
    coefficients = np.zeros(matrix.shape[1])
    target = log_price
    for _ in range(ROUNDS):
        weight = np.where(alone, 0.0, 1.0 - np.sqrt(home / (home + size * shared)))
        penalty = np.where(np.isinf(design.prior), 1e-9, home / design.prior**2)
        part, goal = (
            _partly_demeaned(matrix, groups, size, weight),
            _partly_demeaned(target[:, None], groups, size, weight),
        )
        coefficients = np.linalg.solve(part.T @ part + np.diag(penalty), part.T @ goal[:, 0])
        residuals = log_price - matrix @ coefficients
        target = matrix @ coefficients + winsorised(residuals)
        home, shared = _variances(winsorised(residuals), groups, size, alone)
    names = sorted(set(design.sources) - {"", "district", "time"})
    spread = _contributions(design, coefficients, matrix, names).std(axis=0)
    telling = sorted(names[at] for at in np.argsort(-spread[: len(names)], kind="stable")[:MOST_ADJUSTMENTS])
    return Hedonic(design, coefficients, residuals, home**0.5, shared**0.5, tuple(telling))


def _contributions(design: Design, coefficients: Floats, matrix: Floats, names: Sequence[str]) -> Floats:
    sources = np.array(design.sources)
    if not names:
        return np.zeros((len(matrix), 1))
    return np.column_stack([matrix[:, sources == name] @ coefficients[sources == name] for name in names])


def winsorised(residuals: Floats) -> Floats:
    """Return the residuals with far ones brought in to WINSOR robust standard deviations."""
    limit = WINSOR * max(robust_sd(residuals), 1e-6)
    return np.clip(residuals, -limit, limit)


def robust_sd(values: Floats) -> float:
    """Return the standard deviation that a normal sample with this median distance from zero would have."""
    return 1.4826 * float(np.median(np.abs(values))) if len(values) else 0.0


def _partly_demeaned(values: Floats, groups: Ints, size: Floats, weight: Floats) -> Floats:
    order = np.argsort(groups, kind="stable")
    sums = np.add.reduceat(values[order], np.concatenate([[0], np.cumsum(size[:-1])]).astype(np.int64))
    means = sums / size[:, None]
    return values - (weight[:, None] * means)[groups]


def _variances(
    residuals: Floats, groups: Ints, size: Floats, alone: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> tuple[float, float]:
    mean = np.bincount(groups, residuals) / size
    several = (size > 1) & ~alone
    freedom = float((size[several] - 1).sum())
    if freedom < 10 or several.sum() < 3:
        return max(float(np.mean(residuals**2)), 1e-10), 0.0
    within = float((((residuals - mean[groups]) ** 2)[several[groups]]).sum()) / freedom
    between = float(np.mean(mean[~alone] ** 2 - within / size[~alone]))
    return max(within, 1e-10), max(between, 0.0)
