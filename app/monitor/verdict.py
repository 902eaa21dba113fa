"""What a run says of a district's homes, developments and developers: pure, on top of ``check``."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import stats

from app.monitor.calibration import evidence_class
from app.monitor.check import INFO_P, Group, PooledResult, Result, Settings, judge
from app.monitor.drift import Drift, measure_drift
from app.monitor.evidence import Basis, Evidence
from app.monitor.explain import critical
from app.monitor.features import Floats, Ints
from app.monitor.pooled import Pooled, pool
from app.monitor.stock import Stock

KINDS: Final = {"development": "development_above_area", "developer": "developer_above_area"}


@dataclass(frozen=True)
class Tested:
    """One test of a group: its answer, its place in the family, and how its homes were put together."""

    pooled: PooledResult
    rank: int
    family: int
    listings: int
    freedom: float
    smallest_premium: float
    """The smallest premium that could have shown (p < .05)."""


@dataclass(frozen=True)
class GroupVerdict:
    """A development's or developer's listed homes against the area; ``tested`` is None where not run."""

    subject: str
    """``development`` or ``developer``."""
    developer_id: int
    development_id: int | None
    rows: Ints
    """Its rows among the listings."""
    level: str
    """``flag``, ``review``, ``info``, ``clear`` or ``cannot_tell``."""
    tested: Tested | None
    """Against the area."""
    own: Tested | None
    """Against the schedules of its own developments."""
    elsewhere: Tested | None
    """Against other developments alone."""

    @property
    def kind(self) -> str:
        """The name of the test."""
        return KINDS[self.subject]


@dataclass(frozen=True)
class Verdict:
    """All that a run says, before anybody's names and words."""

    result: Result
    """Of each listing, in the order of the stock."""
    evidence: Evidence | None
    groups: list[GroupVerdict]
    drift: Drift | None
    why: str | None
    """Why nothing could be tested: ``few_sales`` or ``no_listings``; None where it could."""
    unpooled: str | None
    """Why groups could not be: ``drift_unknown`` or ``few_developments``."""


def reach_verdict(stock: Stock, evidence: Evidence | str, settings: Settings) -> Verdict:
    """Return what the evidence says of the stock at its prices."""
    result = judge(stock.listings, evidence, settings)
    found = evidence if isinstance(evidence, Evidence) else None
    groups = [_group(stock, one, result, found, settings) for one in result.groups]
    why = None if found else "few_sales" if stock.homes else "no_listings"
    drift = measure_drift(found.errors) if found else None
    return Verdict(result, found, groups, drift, why, _why_unpooled(found))


def home_excess(stock: Stock, evidence: Evidence, settings: Settings) -> Floats:
    """Return each home's standardised excess over the materiality: what its p-value is of."""
    log_price = np.log(stock.listings.frame["price"].to_numpy())
    excess = log_price - np.log1p(settings.materiality) - evidence.expected.log_price
    return np.asarray(excess / np.sqrt(evidence.expected.variance))


def smallest_home_premium(evidence: Evidence, row: int, settings: Settings) -> float:
    """Return the smallest premium of a home that could have shown (p < .05), as a share."""
    kind = int(evidence_class(evidence.expected.own_sales[row : row + 1])[0])
    threshold = critical(evidence.errors.reference(kind), INFO_P)
    sd = float(np.sqrt(evidence.expected.variance[row]))
    return float(np.expm1(np.log1p(settings.materiality) + threshold * sd))


def _why_unpooled(evidence: Evidence | None) -> str | None:
    if evidence is None:
        return None
    if evidence.drift_unknown:
        return "drift_unknown"
    return "few_developments" if evidence.sharing is None else None


def _group(
    stock: Stock, group: Group, result: Result, evidence: Evidence | None, settings: Settings
) -> GroupVerdict:
    rows = np.nonzero((stock.listings.frame[group.level] == group.group_id).to_numpy())[0]
    home = stock.homes[int(rows[0])]
    tests: dict[str, Tested | None] = {"pooled": None, "own": None, "elsewhere": None}
    if evidence is not None:
        bases = (evidence.area, evidence.own, evidence.elsewhere)
        tests = {
            name: _tested(stock, group, name, result, basis, evidence.clusters, rows, settings)
            for name, basis in zip(tests, bases, strict=True)
        }
    return GroupVerdict(
        group.level,
        home.developer_id,
        home.development_id if group.level == "development" else None,
        rows,
        "cannot_tell" if tests["pooled"] is None else group.grade,
        tests["pooled"],
        tests["own"],
        tests["elsewhere"],
    )


def _tested(
    stock: Stock,
    group: Group,
    test: str,
    result: Result,
    basis: Basis,
    clusters: Ints,
    rows: Ints,
    settings: Settings,
) -> Tested | None:
    answer: PooledResult | None = getattr(group, test)
    tested = rows[basis.testable[rows]]
    if answer is None or basis.sharing is None:
        return None
    log_price = np.log(stock.listings.frame["price"].to_numpy()[tested])
    pooled = pool(
        log_price - basis.expected.log_price[tested],
        np.sqrt(basis.expected.variance[tested]),
        evidence_class(basis.expected.own_sales[tested]),
        clusters[tested],
        np.zeros(len(tested), dtype=np.int64),
        basis.sharing,
    )
    of_level = [getattr(one, test) for one in result.groups if one.level == group.level]
    family = [one.p_value for one in of_level if one is not None]
    return Tested(
        answer,
        1 + sum(p < answer.p_value for p in family),
        len(family),
        len(tested),
        float(pooled.freedom[0]),
        _smallest(pooled, settings),
    )


def _smallest(pooled: Pooled, settings: Settings) -> float:
    quantile = stats.t.isf(INFO_P, pooled.freedom[0])
    return float(np.expm1(np.log1p(settings.materiality) + quantile * pooled.error[0]))
