"""Test 2, same development: the price schedule of each development, fitted to its own cash contracts.

What the regression leaves of a development's contracts of the last twelve months is fitted once more, by
itself: a level of its own, and its own steps by storey, area, building and line (every x_ and c_ column) as a
ridge regression whose one penalty is chosen by restricted likelihood (Patterson and Thompson 1971). So a
development with a filed price list is followed closely, and one with three contracts gives little but its
level. Its noise is its own as well, moderated by that of the others (Smyth 2004): three contracts do not tell
how far a fourth may be off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from scipy import special

from app.monitor.features import Floats, Ints, numeric, shared_codes

FEWEST_CONTRACTS: Final = 3
MOST_CONTRACTS: Final = 60
"""The latest so many of a development are used, so that time stays linear."""

YEAR: Final = 365.0
RATIOS: Final = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
"""Variances of a development's own steps that are tried, in variances of its noise."""

TRIED: Final = 150
"""Developments on which the ratio is chosen."""

FAR: Final = 5.0
"""A step further from the mean than so many standard deviations counts as if it stood there."""

SMALLEST_VARIANCE: Final = 1e-8
MOST_FREEDOM: Final = 1e4


@dataclass(frozen=True)
class Contracts:
    """Homes as their development's schedule sees them.

    `steps` are area, storey and other numbers in standard deviations, 0 where not known; `levels` the codes
    of building, line and other categories, -1 for none.
    """

    development: Ints
    day: Floats
    steps: Floats
    levels: Ints

    def __len__(self) -> int:
        return len(self.day)

    def take(self, rows: Ints) -> "Contracts":
        """Return some of the homes."""
        return Contracts(self.development[rows], self.day[rows], self.steps[rows], self.levels[rows])


@dataclass(frozen=True)
class Scheduled:
    """What its own schedule adds to the regression's forecast of each home, in log price.

    NaN where there are fewer than FEWEST_CONTRACTS; `contracts` counts them, the home itself left out.
    """

    mean: Floats
    variance: Floats
    contracts: Ints


def schedule_features(tables: Sequence[pl.DataFrame], names: Sequence[str]) -> list[tuple[Floats, Ints]]:
    """Return steps and levels of each table's homes, in the scale of the first and one numbering."""
    numbers = ["log_area", *(name for name in names if name.startswith("x_"))]
    steps = [_scaled([numeric(table, name) for table in tables]) for name in numbers]
    levels = [shared_codes(*(table[name] for table in tables)) for name in names if name.startswith("c_")]
    return [
        (
            np.column_stack([column[at] for column in steps]),
            np.column_stack([np.zeros((table.height, 0), np.int64), *(codes[at] for codes in levels)]),
        )
        for at, table in enumerate(tables)
    ]


def follow_schedules(
    sales: Contracts, residuals: Floats, homes: Contracts, own_rows: Ints | None
) -> Scheduled:
    """Return what each home's own development says, from the `residuals` the regression leaves of its sales.

    `own_rows` is the sale that each home is, -1 for none, to leave it out.
    """
    own = np.full(len(homes), -1) if own_rows is None else own_rows
    asked = _rows_by_development(homes)
    unknown = np.full(len(homes), np.nan)
    answer = Scheduled(unknown, unknown.copy(), np.zeros(len(homes), np.int64))
    books = {}
    for code, rows in _rows_by_development(sales).items():
        if code in asked:
            recent = _recent(sales.day, rows, homes.day[asked[code]].min())
            answer.contracts[asked[code]] = len(recent)
            if len(recent) >= FEWEST_CONTRACTS:
                books[code] = recent
    if not books:
        return answer
    tried = list(books.values())[:: -(-len(books) // TRIED)]
    ratio = _likeliest_ratio([(sales.take(rows), residuals[rows]) for rows in tried])
    fits = {code: _Fit(sales.take(rows), residuals[rows], ratio) for code, rows in books.items()}
    usual = _usual_noise(list(fits.values()))
    for code, fit in fits.items():
        place = {row: at for at, row in enumerate(books[code].tolist())}
        left_out = np.array([place.get(row, -1) for row in own[asked[code]].tolist()])
        mean, variance, contracts = fit.forecast(homes.take(asked[code]), left_out, usual)
        enough = contracts >= FEWEST_CONTRACTS
        answer.mean[asked[code]] = np.where(enough, mean, np.nan)
        answer.variance[asked[code]] = np.where(enough, variance, np.nan)
        answer.contracts[asked[code]] = contracts
    return answer


@dataclass(frozen=True)
class _Noise:
    """The usual variance of a schedule's noise, and how many contracts that knowledge is worth."""

    variance: float
    freedom: float


class _Fit:
    """One development's schedule: kriging with a level of its own and a linear kernel."""

    def __init__(self, contracts: Contracts, residuals: Floats, ratio: float) -> None:
        self.contracts, self.residuals, self.ratio = contracts, residuals, ratio
        kernel = self._kernel(contracts) + np.eye(len(contracts))
        self.inverse = np.linalg.inv(kernel)
        self.sums = self.inverse.sum(axis=1)
        self.total = float(self.sums.sum())
        self.contrast = self.inverse - np.outer(self.sums, self.sums) / self.total
        self.pulled = self.contrast @ residuals
        self.freedom = len(contracts) - 1
        self.squares = max(float(residuals @ self.pulled), self.freedom * SMALLEST_VARIANCE)
        self.deviance = (
            self.freedom * np.log(self.squares / self.freedom)
            + float(np.linalg.slogdet(kernel)[1])
            + np.log(self.total)
        )

    def forecast(self, homes: Contracts, left_out: Ints, usual: _Noise) -> tuple[Floats, Floats, Ints]:
        """Return mean, variance and contracts of homes; `left_out` is the contract each is, -1 for none."""
        towards = self._kernel(homes)
        weights = towards @ self.inverse
        lacking = 1.0 - weights.sum(axis=1)
        level = float(self.sums @ self.residuals) / self.total
        mean = level + weights @ (self.residuals - level)
        itself = 1.0 + self.ratio * ((homes.steps**2).sum(axis=1) + (homes.levels >= 0).sum(axis=1))
        spread = itself - (weights * towards).sum(axis=1) + lacking**2 / self.total
        noise = self._moderated(self.squares, self.freedom, usual)
        variance = spread * noise
        inside = left_out >= 0
        at = left_out[inside]
        own = np.maximum(np.diag(self.contrast)[at], 1e-9)
        mean[inside] = self.residuals[at] - self.pulled[at] / own
        squares = np.maximum(self.squares - self.pulled[at] ** 2 / own, SMALLEST_VARIANCE)
        variance[inside] = self._moderated(squares, self.freedom - 1, usual) / own
        return mean, variance, len(self.contracts) - inside.astype(np.int64)

    def _kernel(self, homes: Contracts) -> Floats:
        alike = homes.steps @ self.contracts.steps.T
        for mine, theirs in zip(homes.levels.T, self.contracts.levels.T, strict=True):
            alike = alike + ((mine[:, None] == theirs) & (mine[:, None] >= 0))
        return self.ratio * alike

    @staticmethod
    def _moderated(squares: Floats | float, freedom: int, usual: _Noise) -> Floats:
        return np.asarray((squares + usual.freedom * usual.variance) / (freedom + usual.freedom))


def _likeliest_ratio(books: list[tuple[Contracts, Floats]]) -> float:
    """Return the ratio under which the contracts are likeliest, each development with its own noise."""
    deviance = [sum(_Fit(*book, ratio).deviance for book in books) for ratio in RATIOS]
    return RATIOS[int(np.argmin(deviance))]


def _usual_noise(fits: list[_Fit]) -> _Noise:
    """Return the prior of the developments' noise by the moments of log variances (Smyth 2004)."""
    half = np.array([fit.freedom for fit in fits]) / 2.0
    logs = np.log([fit.squares / fit.freedom for fit in fits]) - special.digamma(half) + np.log(half)
    middle = float(logs.mean())
    excess = float(logs.var(ddof=1) - special.polygamma(1, half).mean()) if len(fits) > 1 else 0.0
    if excess <= 1.0 / MOST_FREEDOM:
        return _Noise(float(np.exp(middle)), MOST_FREEDOM)
    prior = _inverse_trigamma(excess)
    return _Noise(float(np.exp(middle + special.digamma(prior) - np.log(prior))), 2.0 * prior)


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value, by Newton's method on 1 / trigamma, which is nearly straight."""
    x = 0.5 + 1.0 / value
    for _ in range(20):
        slope = float(special.polygamma(1, x))
        x += slope * (1.0 - slope / value) / float(special.polygamma(2, x))
    return x


def _scaled(columns: list[Floats]) -> Floats | list[Floats]:
    known = columns[0][~np.isnan(columns[0])]
    middle, spread = (float(known.mean()), float(known.std())) if len(known) else (0.0, 0.0)
    spread = spread if spread > 0 else np.inf
    return [np.nan_to_num(np.clip((values - middle) / spread, -FAR, FAR)) for values in columns]


def _rows_by_development(homes: Contracts) -> dict[int, Ints]:
    order = np.argsort(homes.development, kind="stable")
    codes, starts = np.unique(homes.development[order], return_index=True)
    pieces = np.split(order, starts[1:]) if len(codes) else []
    return {int(code): rows for code, rows in zip(codes, pieces, strict=True) if code >= 0}


def _recent(day: Floats, rows: Ints, asked: float) -> Ints:
    """Return the latest contracts of the rows, from a year before the first home is asked for."""
    recent = rows[day[rows] >= asked - YEAR]
    return recent[np.argsort(day[recent], kind="stable")][-MOST_CONTRACTS:]
