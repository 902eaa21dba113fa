"""One run of the monitor over two tables: the tests, the families, the levels and the words.

Levels of a listing: `flag` (its voucher price is above its own cash price: exact), `review` (dearer than the
area or than its own development's schedule, false discoveries controlled; never more: recorded features leave
too much unsaid about one home), `info` (p < .05 before that), `clear`, and `cannot_tell` where nothing could
be tested: not the same as clear. Groups have the same grades, but are a `flag` when two tests agree that have
no cash sale in common: against the own developments, and against all others.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from app.monitor.calibration import evidence_class, intervals, p_values
from app.monitor.contract import Listings, Sales
from app.monitor.evidence import Basis, Evidence, Progress, gather_evidence
from app.monitor.features import Bools, Floats, Ints, shared_codes
from app.monitor.inference import discoveries
from app.monitor.mixture import Means, group_discoveries
from app.monitor.pooled import FEWEST_LISTINGS, pool
from app.monitor.same_home import voucher_above_cash
from app.monitor.schedule import FEWEST_CONTRACTS

RULE_VERSION: Final = 1
"""Raised whenever the same data may give other findings."""

INFO_P: Final = 0.05
AGREEING_P: Final = 0.5
"""No home is called dear while the other test finds it no dearer than the materiality (p above this)."""

GROUP_AGREEING_P: Final = 0.2
"""The same of groups, whose two tests are about equally sharp: there the other one must lean that way."""

GROUP_LEVELS: Final = ("development", "developer")


@dataclass(frozen=True)
class Settings:
    """What the regulator sets: false discovery rate, and the premium that is not worth an accusation."""

    rate: float = 0.10
    materiality: float = 0.02


@dataclass(frozen=True)
class AreaResult:
    """Test 3 for one listing; premium and its bounds are shares of the expected price."""

    expected_price: float
    lower: float
    upper: float
    premium: float
    p_value: float


@dataclass(frozen=True)
class OwnResult:
    """Test 2 for one listing: its premium over its development's schedule, a share, and on what it rests."""

    premium: float
    lower: float
    upper: float
    p_value: float
    contracts: int


@dataclass(frozen=True)
class Finding:
    """One listing's result; `area` and `own` are None where that test was not run."""

    listing_id: str
    area: AreaResult | None
    own: OwnResult | None
    level: str
    reason: str

    @property
    def flagged(self) -> bool:
        """Whether a person has to look: level review or flag."""
        return self.level in ("review", "flag")


@dataclass(frozen=True)
class PooledResult:
    """The mean premium of a group, with its 95% interval and one-sided p-value."""

    premium: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True)
class Group:
    """A development's or developer's result against three sets of cash sales; None where it was not run."""

    level: str
    group_id: str
    size: int
    pooled: PooledResult | None
    """Against the area."""

    own: PooledResult | None
    """Against the schedules of its own developments."""

    elsewhere: PooledResult | None
    """Against other developments alone."""

    grade: str

    @property
    def flagged(self) -> bool:
        """Whether a person has to look: grade review or flag."""
        return self.grade in ("review", "flag")

    @property
    def telling(self) -> PooledResult | None:
        """The result to show where there is room for one: against the area, if that was run."""
        return self.pooled or self.own


@dataclass(frozen=True)
class Result:
    """All findings, all groups, and what a reader of the run must know besides."""

    findings: list[Finding]
    groups: list[Group]
    notes: list[str]


def check(sales: Sales, listings: Listings, settings: Settings, progress: Progress) -> Result:
    """Return the findings of every test on every listing."""
    return judge(listings, gather_evidence(sales.frame, listings.frame, progress), settings)


def judge(listings: Listings, evidence: Evidence | str, settings: Settings) -> Result:
    """Return the findings on listings at their prices; evidence may be why there is none."""
    same_home = voucher_above_cash(listings.voucher, listings.cash)
    findings = _findings(listings, same_home, evidence, settings)
    groups = [group for level in GROUP_LEVELS for group in _groups(level, listings.frame, evidence, settings)]
    return Result(findings, groups, _notes(listings, evidence))


def _findings(
    listings: Listings, same_home: list[Decimal | None], evidence: Evidence | str, settings: Settings
) -> list[Finding]:
    areas: list[AreaResult | None] = [None] * len(same_home)
    owns: list[OwnResult | None] = [None] * len(same_home)
    dear = np.zeros(len(same_home), dtype=bool)
    if isinstance(evidence, Evidence):
        areas, dear_in_area = _area_results(listings.frame, evidence, settings)
        owns, dear_at_home = _own_results(listings.frame, evidence.own, settings)
        dear = dear_in_area | dear_at_home
    findings = []
    for row, identifier in enumerate(listings.frame["id"]):
        area, own, excess = areas[row], owns[row], same_home[row]
        words = _same_home_words(excess, listings.voucher[row], listings.cash[row])
        if area is not None and isinstance(evidence, Evidence):
            words.append(_area_words(area, int(evidence.expected.own_sales[row]), settings))
            contracts = int(evidence.own.expected.own_sales[row])
            words.append(_own_words(own, listings.frame["development"][row], contracts))
        else:
            words.append(f"area test not run, because {_why_untested(evidence, listings.frame, row)}")
        level = _level(area, own, excess, dear=bool(dear[row]))
        findings.append(Finding(identifier, area, own, level, "; ".join(words)))
    return findings


def _area_results(
    listings: pl.DataFrame, evidence: Evidence, settings: Settings
) -> tuple[list[AreaResult | None], Bools]:
    log_price, p, dear = _tested_alone(listings, evidence.area, settings)
    expected = np.exp(evidence.expected.log_price)
    premium = np.expm1(log_price - evidence.expected.log_price)
    columns = (expected, evidence.lower, evidence.upper, premium, p)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    results = [
        AreaResult(*row) if testable else None for row, testable in zip(rows, evidence.testable, strict=True)
    ]
    return results, dear


def _own_results(
    listings: pl.DataFrame, own: Basis, settings: Settings
) -> tuple[list[OwnResult | None], Bools]:
    if not own.testable.any():
        return [None] * listings.height, own.testable
    log_price, p, dear = _tested_alone(listings, own, settings)
    lower, upper = intervals(own.expected, own.errors)
    premiums = (np.expm1(log_price - log) for log in (own.expected.log_price, upper, lower))
    columns = (*premiums, p, own.expected.own_sales)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    results = [
        OwnResult(*row) if testable else None for row, testable in zip(rows, own.testable, strict=True)
    ]
    return results, dear


def _tested_alone(listings: pl.DataFrame, basis: Basis, settings: Settings) -> tuple[Floats, Floats, Bools]:
    """Return log prices, p-values, and which listings are called dear: one family."""
    log_price = np.log(listings["price"].to_numpy())
    p = p_values(log_price, basis.expected, basis.errors, settings.materiality)
    return log_price, p, discoveries(np.where(basis.testable, p, np.nan), settings.rate)


def _level(area: AreaResult | None, own: OwnResult | None, same_home: Decimal | None, *, dear: bool) -> str:
    if same_home:
        return "flag"
    if area is None:
        return "cannot_tell" if same_home is None else "clear"
    p_values = [one.p_value for one in (area, own) if one]
    if dear and max(p_values) <= AGREEING_P:
        return "review"
    return "info" if min(p_values) < INFO_P else "clear"


def _same_home_words(excess: Decimal | None, voucher: Decimal, cash: Decimal | None) -> list[str]:
    if not excess:
        return []
    return [f"grade A: voucher price {voucher} above cash price {cash} of the same home, by {excess}"]


def _area_words(area: AreaResult, own_sales: int, settings: Settings) -> str:
    price = area.expected_price * (1 + area.premium)
    low, high = price / area.upper - 1, price / area.lower - 1
    side = "above" if area.premium >= 0 else "below"
    return (
        f"{side} comparable cash prices by {abs(area.premium):.1%} ({low:+.1%} to {high:+.1%}), "
        f"p {area.p_value:.2g} of a premium up to {settings.materiality:.0%}, "
        f"{own_sales} cash sales in its own development"
    )


def _own_words(own: OwnResult | None, development: str, contracts: int) -> str:
    if own is None:
        why = (
            f"it has {contracts} cash sales of the 12 months before (at least {FEWEST_CONTRACTS})"
            if development
            else "no development is named"
        )
        return f"same-development test not run, because {why}"
    side = "above" if own.premium >= 0 else "below"
    return (
        f"{side} the schedule of its own development by {abs(own.premium):.1%} "
        f"({own.lower:+.1%} to {own.upper:+.1%}), p {own.p_value:.2g}, {own.contracts} contracts"
    )


def _why_untested(evidence: Evidence | str, listings: pl.DataFrame, row: int) -> str:
    if isinstance(evidence, str):
        return evidence
    if evidence.early[row]:
        return "it is dated more than a month before the first cash sale"
    return f"the district {listings['district'][row]!r} has no cash sale"


@dataclass(frozen=True)
class _Family:
    """One test of all groups of a level: results, and which are called dear."""

    results: dict[int, PooledResult]
    dear: set[int]


def _groups(level: str, listings: pl.DataFrame, evidence: Evidence | str, settings: Settings) -> list[Group]:
    codes = shared_codes(listings[level])[0]
    names = {int(code): name for code, name in zip(codes, listings[level], strict=True) if code >= 0}
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    area, own, elsewhere = (_Family({}, set()) for _ in range(3))
    if isinstance(evidence, Evidence) and not evidence.drift_unknown and names:
        log_price = np.log(listings["price"].to_numpy())
        area, own, elsewhere = (
            _pooled(log_price, codes, basis, evidence.clusters, settings)
            for basis in (evidence.area, evidence.own, evidence.elsewhere)
        )
    return [
        Group(
            level,
            names[code],
            int(sizes[code]),
            area.results.get(code),
            own.results.get(code),
            elsewhere.results.get(code),
            _grade(code, area, own, elsewhere),
        )
        for code in sorted(names)
    ]


def _grade(code: int, area: _Family, own: _Family, elsewhere: _Family) -> str:
    p_values = [family.results[code].p_value for family in (area, own) if code in family.results]
    if not p_values:
        return "cannot_tell"
    if code in area.dear | own.dear and max(p_values) <= GROUP_AGREEING_P:
        return "flag" if code in own.dear & elsewhere.dear else "review"
    return "info" if min(p_values) < INFO_P else "clear"


def _pooled(log_price: Floats, codes: Ints, basis: Basis, clusters: Ints, settings: Settings) -> _Family:
    groups = np.where(basis.testable, codes, -1)
    if basis.sharing is None or not (groups >= 0).any():
        return _Family({}, set())
    pooled = pool(
        log_price - basis.expected.log_price,
        np.sqrt(basis.expected.variance),
        evidence_class(basis.expected.own_sales),
        clusters,
        groups,
        basis.sharing,
    )
    enough = pooled.sizes >= FEWEST_LISTINGS
    p = pooled.p_values(settings.materiality)
    dear = np.zeros(len(p), dtype=bool)
    tested = Means(pooled.mean[enough], pooled.error[enough], pooled.freedom[enough])
    dear[enough] = group_discoveries(tested, float(np.log1p(settings.materiality)), settings.rate)
    premium, low, high = (np.expm1(log) for log in (pooled.mean, *pooled.interval()))
    results = {
        int(pooled.names[at]): PooledResult(*(float(column[at]) for column in (premium, low, high, p)))
        for at in np.nonzero(enough)[0]
    }
    return _Family(results, {int(code) for code in pooled.names[dear]})


def _notes(listings: Listings, evidence: Evidence | str) -> list[str]:
    notes = []
    if without := sum(cash is None for cash in listings.cash):
        notes.append(f"same-home test not run for {without} listings, because they have no cash price")
    if isinstance(evidence, str):
        return [*notes, f"area test and pooled tests not run, because {evidence}"]
    if untested := int((~evidence.testable).sum()):
        notes.append(
            f"area test not run for {untested} listings, because their district has no cash sale, "
            "or the first one is more than a month later"
        )
    if untested := int((evidence.testable & ~evidence.own.testable).sum()):
        notes.append(
            f"same-development test not run for {untested} listings, because their development has fewer "
            f"than {FEWEST_CONTRACTS} cash sales of the 12 months before"
        )
    if evidence.drift_unknown:
        notes.append(
            "pooled tests not run, because the sales reach not far enough back to measure how the market "
            "drifts until the listings' dates; the drift is not in the listings' intervals either"
        )
    elif evidence.sharing is None:
        notes.append(
            "pooled tests not run, because too few developments have two or more cash sales in the earlier "
            "windows to measure the error that the homes of a development share"
        )
    return notes
