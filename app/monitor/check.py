"""One run of the monitor over two tables: the tests, the families, the levels and the words.

Levels of a listing: `flag` (its voucher price is above its own cash price: exact), `review` (dearer than the
area after Benjamini and Hochberg; never more: recorded features leave too much unsaid about one home),
`info` (p < .05 before it), `clear`, and `cannot_tell` where nothing could be tested: not the same as clear.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from app.monitor.calibration import evidence_class, p_values
from app.monitor.contract import Listings, Sales
from app.monitor.evidence import Evidence, Progress, gather_evidence
from app.monitor.features import Bools, Floats, Ints, shared_codes
from app.monitor.inference import discoveries
from app.monitor.mixture import Means, group_discoveries
from app.monitor.pooled import FEWEST_LISTINGS, Sharing, pool
from app.monitor.same_home import voucher_above_cash

INFO_P: Final = 0.05
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
class Finding:
    """One listing's result; `area` is None where the area test was not run."""

    listing_id: str
    area: AreaResult | None
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
    """A development's or developer's result; `pooled` is None where the test was not run."""

    level: str
    group_id: str
    size: int
    pooled: PooledResult | None
    flagged: bool


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
    rejected = np.zeros(len(same_home), dtype=bool)
    if isinstance(evidence, Evidence):
        areas, rejected = _area_results(listings.frame, evidence, settings)
    findings = []
    for row, identifier in enumerate(listings.frame["id"]):
        area, excess = areas[row], same_home[row]
        level = _level(area, excess, dear=bool(rejected[row]))
        words = _same_home_words(excess, listings.voucher[row], listings.cash[row])
        if area is not None and isinstance(evidence, Evidence):
            words.append(_area_words(area, int(evidence.expected.own_sales[row]), settings))
        else:
            district = listings.frame["district"][row]
            words.append(f"area test not run, because {_why_untested(evidence, district)}")
        findings.append(Finding(identifier, area, level, "; ".join(words)))
    return findings


def _area_results(
    listings: pl.DataFrame, evidence: Evidence, settings: Settings
) -> tuple[list[AreaResult | None], Bools]:
    log_price = np.log(listings["price"].to_numpy())
    p = p_values(log_price, evidence.expected, evidence.errors, settings.materiality)
    rejected = discoveries(np.where(evidence.testable, p, np.nan), settings.rate)
    expected = np.exp(evidence.expected.log_price)
    premium = np.expm1(log_price - evidence.expected.log_price)
    columns = (expected, evidence.lower, evidence.upper, premium, p)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    results = [
        AreaResult(*row) if testable else None for row, testable in zip(rows, evidence.testable, strict=True)
    ]
    return results, rejected


def _level(area: AreaResult | None, same_home: Decimal | None, *, dear: bool) -> str:
    if same_home:
        return "flag"
    if area is None:
        return "cannot_tell" if same_home is None else "clear"
    if dear:
        return "review"
    return "info" if area.p_value < INFO_P else "clear"


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


def _why_untested(evidence: Evidence | str, district: str) -> str:
    return evidence if isinstance(evidence, str) else f"the district {district!r} has no cash sale"


def _groups(level: str, listings: pl.DataFrame, evidence: Evidence | str, settings: Settings) -> list[Group]:
    codes = shared_codes(listings[level])[0]
    names = {int(code): name for code, name in zip(codes, listings[level], strict=True) if code >= 0}
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    pooled: dict[int, PooledResult] = {}
    flagged: set[int] = set()
    if (
        isinstance(evidence, Evidence)
        and evidence.sharing is not None
        and not evidence.drift_unknown
        and names
    ):
        log_price = np.log(listings["price"].to_numpy())
        pooled, flagged = _pooled(log_price, codes, evidence, evidence.sharing, settings)
    return [
        Group(level, names[code], int(sizes[code]), pooled.get(code), flagged=code in flagged)
        for code in sorted(names)
    ]


def _pooled(
    log_price: Floats, codes: Ints, evidence: Evidence, sharing: Sharing, settings: Settings
) -> tuple[dict[int, PooledResult], set[int]]:
    pooled = pool(
        log_price - evidence.expected.log_price,
        np.sqrt(evidence.expected.variance),
        evidence_class(evidence.expected.own_sales),
        evidence.clusters,
        np.where(evidence.testable, codes, -1),
        sharing,
    )
    enough = pooled.sizes >= FEWEST_LISTINGS
    p = np.where(enough, pooled.p_values(settings.materiality), np.nan)
    rejected = np.zeros(len(p), dtype=bool)
    tested = Means(pooled.mean[enough], pooled.error[enough], pooled.freedom[enough])
    rejected[enough] = group_discoveries(tested, float(np.log1p(settings.materiality)), settings.rate)
    low, high = (np.expm1(bound) for bound in pooled.interval())
    results = {
        int(code): PooledResult(
            float(np.expm1(pooled.mean[at])), float(low[at]), float(high[at]), float(p[at])
        )
        for at, code in enumerate(pooled.names)
        if not np.isnan(p[at])
    }
    return results, {int(code) for code in pooled.names[rejected]}


def _notes(listings: Listings, evidence: Evidence | str) -> list[str]:
    notes = []
    if without := sum(cash is None for cash in listings.cash):
        notes.append(f"same-home test not run for {without} listings, because they have no cash price")
    if isinstance(evidence, str):
        return [*notes, f"area test and pooled tests not run, because {evidence}"]
    if untested := int((~evidence.testable).sum()):
        notes.append(f"area test not run for {untested} listings, because their district has no cash sale")
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
