"""What forecasts were worth in the pseudo-rounds, by how much was known about the home's own development."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.monitor.area import Expected, Market, expect_sales
from app.monitor.comparables import Progress
from app.monitor.features import Bools, Floats, Ints, days
from app.monitor.inference import central_quantiles, upper_tail
from app.monitor.rounds import plan_folds, plan_rounds

EVIDENCE: Final = (1, 5, 20)
"""Classes of evidence: 0, 1 to 4, 5 to 19, 20 or more cash sales in the home's own development."""

VIEWS: Final = ("area", "elsewhere", "own")

FEWEST_IN_CLASS: Final = 200
"""A class with fewer known errors borrows those of all classes."""


@dataclass(frozen=True)
class Errors:
    """Standardised forecast errors of past sales, with each forecast's standard deviation."""

    standardised: Floats
    scale: Floats
    evidence: Ints
    sale_rows: Ints
    rounds: Ints
    rolled_back: bool
    """False if there was no history to roll back to, so that drift is not in the errors."""

    def __len__(self) -> int:
        return len(self.standardised)

    def reference(self, evidence: int) -> Floats:
        """Return the standardised errors to judge a home of this class of evidence by."""
        mine = self.standardised[self.evidence == evidence]
        return mine if len(mine) >= FEWEST_IN_CLASS else self.standardised


def evidence_class(own_sales: Ints) -> Ints:
    """Return the class, 0 to 3, for each number of own-development cash sales."""
    return np.digitize(own_sales, EVIDENCE).astype(np.int64)


@dataclass(frozen=True)
class Experience:
    """The errors of each view's forecasts in the same pseudo-rounds."""

    area: Errors
    elsewhere: Errors
    own: Errors


def learn_errors(market: Market, progress: Progress) -> Experience:
    """Return the errors of the pseudo-rounds (or of leave-one-out forecasts, if there is no history)."""
    planned = plan_rounds(days(market.sales), days(market.listings), market.sale_groups[:, 0])
    rounds = planned or plan_folds(market.sales.height)
    seen = [
        expect_sales(market, part.train, part.targets, lambda share: progress(share / len(rounds)))
        for part in rounds
    ]
    rows = np.concatenate([part.targets for part in rounds])
    label = np.repeat(np.arange(len(rounds)), [len(part.targets) for part in rounds])
    log_price = np.log(market.sales["price"].to_numpy())[rows]
    return Experience(
        *(
            _errors([getattr(views, name) for views in seen], log_price, rows, label, bool(planned))
            for name in VIEWS
        )
    )


def _errors(
    expected: Sequence[Expected], log_price: Floats, rows: Ints, label: Ints, rolled_back: bool
) -> Errors:
    forecast, variance, own_sales = (
        np.concatenate([getattr(one, name) for one in expected])
        for name in ("log_price", "variance", "own_sales")
    )
    known = ~np.isnan(forecast)
    scale = np.sqrt(variance[known])
    error = (log_price - forecast)[known] / scale
    return Errors(error, scale, evidence_class(own_sales[known]), rows[known], label[known], rolled_back)


def intervals(expected: Expected, errors: Errors) -> tuple[Floats, Floats]:
    """Return lower and upper log price that hold the cash price in 95 of 100 cases."""
    scale = np.sqrt(expected.variance)
    lower, upper = np.zeros(len(scale)), np.zeros(len(scale))
    for mine, evidence in _classes(expected):
        low, high = central_quantiles(errors.reference(evidence))
        lower[mine] = expected.log_price[mine] + low * scale[mine]
        upper[mine] = expected.log_price[mine] + high * scale[mine]
    return lower, upper


def p_values(log_price: Floats, expected: Expected, errors: Errors, materiality: float) -> Floats:
    """Return one-sided p-values of "this price is at most `materiality` above the cash price"."""
    excess = (log_price - np.log1p(materiality) - expected.log_price) / np.sqrt(expected.variance)
    result = np.ones(len(excess))
    for mine, evidence in _classes(expected):
        result[mine] = upper_tail(excess[mine], errors.reference(evidence))
    return result


def _classes(expected: Expected) -> list[tuple[Bools, int]]:
    found = evidence_class(expected.own_sales)
    return [(found == evidence, int(evidence)) for evidence in np.unique(found)]
