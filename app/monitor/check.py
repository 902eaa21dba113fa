"""One run of the monitor over two tables: the tests, the families, the levels and the words.

Levels of a listing: `flag` (its voucher price is above its own cash price: exact), `review` (dearer than the
area after Benjamini and Hochberg; never more: recorded features leave too much unsaid about one home),
`info` (p < .05 before it), `clear`, and `cannot_tell` where nothing could be tested: not the same as clear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from app.monitor.area import FEWEST_SALES, Expected, Market, build_market, expect_listings
from app.monitor.calibration import Errors, evidence_class, intervals, learn_errors, p_values
from app.monitor.contract import Listings, Sales
from app.monitor.features import Bools, Floats, Ints, shared_codes
from app.monitor.inference import discoveries
from app.monitor.pooled import FEWEST_LISTINGS, Sharing, measure_sharing, pool
from app.monitor.same_home import voucher_above_cash

Progress = Callable[[str, float], None]
"""Called with the name of a stage and the share of that stage just done."""

INFO_P: Final = 0.05


@dataclass(frozen=True)
class Settings:
    """What the regulator sets: false discovery rate, and the premium that is not worth an accusation."""

    rate: float = 0.10
    materiality: float = 0.02


@dataclass(frozen=True)
class Finding:
    """One listing's result; premium is a share of the expected price, None stands for "not run"."""

    listing_id: str
    expected_price: float | None
    lower: float | None
    upper: float | None
    premium: float | None
    p_value: float | None
    level: str
    reason: str

    @property
    def flagged(self) -> bool:
        """Whether a person has to look: level review or flag."""
        return self.level in ("review", "flag")


@dataclass(frozen=True)
class Group:
    """A development's or developer's pooled result; None stands for "not run"."""

    level: str
    group_id: str
    size: int
    premium: float | None
    lower: float | None
    upper: float | None
    p_value: float | None
    flagged: bool


@dataclass(frozen=True)
class Result:
    """All findings, all groups, and what a reader of the run must know besides."""

    findings: list[Finding]
    groups: list[Group]
    notes: list[str]


@dataclass(frozen=True)
class _AreaTest:
    """Test 3 for every listing; `testable` says for which the numbers mean anything."""

    market: Market
    expected: Expected
    errors: Errors
    lower: Floats
    upper: Floats
    p_values: Floats
    premium: Floats
    testable: Bools
    rejected: Bools


def check(sales: Sales, listings: Listings, settings: Settings, progress: Progress) -> Result:
    """Return the findings of every test on every listing."""
    excess = voucher_above_cash(listings.voucher, listings.cash)
    refusal = _why_no_area_test(sales.frame, listings.frame)
    area = None if refusal else _area_test(sales.frame, listings.frame, settings, progress)
    findings = [
        _finding(row, listings, area, _same_home_words(excess[row], listings, row), refusal, settings)
        for row in range(listings.frame.height)
    ]
    notes = _notes(listings, area, refusal)
    groups: list[Group] = []
    sharing = _sharing(area) if area is not None else None
    for level in ("development", "developer"):
        groups += _groups(level, listings.frame, area, sharing, settings)
    if area is not None and sharing is None:
        notes.append(
            "pooled tests not run, because too few developments had two or more sales in the earlier windows "
            "to measure the error that a development's homes share"
        )
    return Result(findings, groups, notes)


def _why_no_area_test(sales: pl.DataFrame, listings: pl.DataFrame) -> str | None:
    if listings.height == 0:
        return "there are no listings"
    if sales.height < FEWEST_SALES:
        return f"{sales.height} cash sales are too few (at least {FEWEST_SALES})"
    return None


def _area_test(
    sales: pl.DataFrame, listings: pl.DataFrame, settings: Settings, progress: Progress
) -> _AreaTest:
    market = build_market(sales, listings)
    expected = expect_listings(market, lambda share: progress("comparables", share))
    errors = learn_errors(market, lambda share: progress("calibration", share))
    lower, upper = intervals(expected, errors)
    log_price = np.log(listings["price"].to_numpy())
    p = p_values(log_price, expected, errors, settings.materiality)
    testable = np.isin(market.listing_groups[:, 1], market.sale_groups[:, 1])
    rejected = discoveries(np.where(testable, p, np.nan), settings.rate)
    premium = np.expm1(log_price - expected.log_price)
    return _AreaTest(market, expected, errors, np.exp(lower), np.exp(upper), p, premium, testable, rejected)


def _finding(
    row: int,
    listings: Listings,
    area: _AreaTest | None,
    same_home: str | None,
    refusal: str | None,
    settings: Settings,
) -> Finding:
    identifier = listings.frame["id"][row]
    words = [same_home] if same_home else []
    if area is None or not area.testable[row]:
        why = refusal or f"the district {listings.frame['district'][row]!r} has no cash sale"
        words.append(f"area test not run, because {why}")
        level = "flag" if same_home else _level_without_area(listings, row)
        return Finding(identifier, None, None, None, None, None, level, "; ".join(words))
    level = "flag" if same_home else _area_level(area, row)
    words.append(_area_words(area, row, settings))
    return Finding(
        identifier,
        float(np.exp(area.expected.log_price[row])),
        float(area.lower[row]),
        float(area.upper[row]),
        float(area.premium[row]),
        float(area.p_values[row]),
        level,
        "; ".join(words),
    )


def _level_without_area(listings: Listings, row: int) -> str:
    return "cannot_tell" if listings.cash[row] is None else "clear"


def _area_level(area: _AreaTest, row: int) -> str:
    if area.rejected[row]:
        return "review"
    return "info" if area.p_values[row] < INFO_P else "clear"


def _same_home_words(excess: object, listings: Listings, row: int) -> str | None:
    if not excess:
        return None
    prices = f"voucher price {listings.voucher[row]} above cash price {listings.cash[row]}"
    return f"grade A: {prices} of the same home, by {excess}"


def _area_words(area: _AreaTest, row: int, settings: Settings) -> str:
    price = np.exp(area.expected.log_price[row]) * (1 + area.premium[row])
    low, high = (price / bound - 1 for bound in (area.upper[row], area.lower[row]))
    side = "above" if area.premium[row] >= 0 else "below"
    own = int(area.expected.own_sales[row])
    return (
        f"{side} comparable cash prices by {abs(area.premium[row]):.1%} ({low:+.1%} to {high:+.1%}), "
        f"p {area.p_values[row]:.2g} of a premium up to {settings.materiality:.0%}, "
        f"{own} cash sales in its own development"
    )


def _sharing(area: _AreaTest) -> Sharing | None:
    rows = area.errors.sale_rows
    return measure_sharing(area.errors, _clusters(area.market.sale_groups[rows]))


def _clusters(groups: Ints) -> Ints:
    """Return who shares an error: the development, or the district of a home in none."""
    return np.where(groups[:, 0] >= 0, groups[:, 0], -2 - groups[:, 1])


def _groups(
    level: str, listings: pl.DataFrame, area: _AreaTest | None, sharing: Sharing | None, settings: Settings
) -> list[Group]:
    codes = shared_codes(listings[level])[0]
    names = {int(code): name for code, name in zip(codes, listings[level], strict=True) if code >= 0}
    sizes = {code: int((codes == code).sum()) for code in names}
    untested = {
        code: Group(level, names[code], sizes[code], None, None, None, None, flagged=False) for code in names
    }
    if area is None or sharing is None or not names:
        return [untested[code] for code in sorted(names)]
    usable = np.where(area.testable, codes, -1)
    excess = np.log(listings["price"].to_numpy()) - area.expected.log_price
    pooled = pool(
        excess,
        np.sqrt(area.expected.variance),
        evidence_class(area.expected.own_sales),
        _clusters(area.market.listing_groups),
        usable,
        sharing,
    )
    low, high = pooled.interval()
    p = np.where(pooled.sizes >= FEWEST_LISTINGS, pooled.p_values(settings.materiality), np.nan)
    rejected = discoveries(p, settings.rate)
    tested = {
        int(code): Group(
            level,
            names[int(code)],
            int(pooled.sizes[at]),
            float(np.expm1(pooled.mean[at])),
            float(np.expm1(low[at])),
            float(np.expm1(high[at])),
            float(p[at]),
            flagged=bool(rejected[at]),
        )
        for at, code in enumerate(pooled.names)
        if not np.isnan(p[at])
    }
    return [(untested | tested)[code] for code in sorted(names)]


def _notes(listings: Listings, area: _AreaTest | None, refusal: str | None) -> list[str]:
    notes = []
    without = sum(cash is None for cash in listings.cash)
    if without:
        notes.append(f"same-home test not run for {without} listings, because they have no cash price")
    if refusal:
        notes.append(f"area test not run, because {refusal}")
    if area is not None and not area.testable.all():
        count = int((~area.testable).sum())
        notes.append(f"area test not run for {count} listings, because their district has no cash sale")
    if area is not None and not area.errors.rolled_back:
        notes.append("too little history to measure the market's drift; it is not in the intervals")
    return notes
