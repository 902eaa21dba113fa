"""Test 2: a development's own price schedule, fitted to its cash contracts of the last twelve months."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from app.monitor.check import Finding, Settings, judge
from app.monitor.contract import Listings
from app.monitor.evidence import Evidence, gather_evidence
from app.monitor.schedule import Contracts, follow_schedules

FIRST_DAY = date(2024, 1, 1)
NOISE = 0.002


def filed_lists(*, seed: int, developments: int = 40, homes: int = 30) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sales and listings of developments that sell from a list: building, line and storey tell the price."""
    random = np.random.default_rng(seed)
    count = developments * homes
    development = np.repeat(np.arange(developments), homes)
    building, line = random.integers(0, 3, count), random.integers(0, 4, count)
    storey = random.integers(1, 31, count)
    level = random.normal(9.0, 0.2, developments)
    by_building = random.normal(0, 0.03, (developments, 3))
    by_line = random.normal(0, 0.02, (developments, 4))
    by_storey = random.normal(0.004, 0.002, developments)
    area = np.round(random.uniform(70, 140, count), 1)
    log_price = (
        np.log(area)
        + level[development]
        + by_building[development, building]
        + by_line[development, line]
        + by_storey[development] * storey
        + random.normal(0, NOISE, count)
    )
    frame = pl.DataFrame(
        {
            "id": [f"R{row}" for row in range(count)],
            "unit_id": [""] * count,
            "date": [FIRST_DAY + timedelta(days=int(day)) for day in random.integers(0, 300, count)],
            "price": np.exp(log_price),
            "area": area,
            "district": [f"district {code % 4}" for code in development],
            "development": [f"development {code}" for code in development],
            "developer": [f"developer {code // 2}" for code in development],
            "lat": np.full(count, np.nan),
            "lon": np.full(count, np.nan),
            "x_storey": storey.astype(float),
            "c_building": [
                f"building {a}-{b}" for a, b in zip(development.tolist(), building.tolist(), strict=True)
            ],
            "c_line": [f"line {code}" for code in line],
        }
    )
    listed = pl.int_range(pl.len()) % homes < 5
    offered = frame.filter(listed).with_columns(date=pl.lit(FIRST_DAY + timedelta(days=330)))
    return frame.filter(~listed), offered


def findings_of(sales: pl.DataFrame, listings: pl.DataFrame) -> list[Finding]:
    evidence = gather_evidence(sales, listings, lambda _stage, _share: None)
    assert isinstance(evidence, Evidence)
    count = listings.height
    return judge(Listings(listings, [Decimal(1)] * count, [None] * count), evidence, Settings()).findings


def test_one_home_above_a_filed_price_list_is_seen_and_its_neighbours_are_not() -> None:
    sales, listings = filed_lists(seed=1)
    dear = pl.int_range(pl.len()).is_in([7, 60, 111, 180])
    raised = listings.with_columns(price=pl.when(dear).then(pl.col("price") * 1.05).otherwise("price"))
    findings = findings_of(sales, raised)
    assert [row for row, finding in enumerate(findings) if finding.flagged] == [7, 60, 111, 180]
    seen = findings[60]
    assert seen.level == "review"
    assert seen.own is not None
    assert seen.own.premium == pytest.approx(0.05, abs=0.02)
    assert seen.own.lower < 0.05 < seen.own.upper
    assert "above the schedule of its own development by" in seen.reason


def test_its_interval_holds_95_of_100_prices() -> None:
    held = []
    for seed in (2, 3, 4):
        sales, listings = filed_lists(seed=seed)
        findings = findings_of(sales, listings)
        held += [finding.own.lower <= 0 <= finding.own.upper for finding in findings if finding.own]
    assert len(held) == 600
    assert 0.92 <= np.mean(held) <= 0.985


def test_fewer_than_three_contracts_or_older_ones_are_no_schedule_and_it_says_so() -> None:
    sales, listings = filed_lists(seed=5)
    number = pl.int_range(pl.len()).over("development")
    of = pl.col("development")
    few = sales.filter((of != "development 3") | (number < 2))
    old = pl.when(of == "development 4").then(pl.col("date") - pl.duration(days=700)).otherwise("date")
    listings = listings.with_columns(
        development=pl.when(of == "development 5").then(pl.lit("")).otherwise("development")
    )
    findings = findings_of(few.with_columns(date=old), listings)
    words = {
        row["development"]: finding.reason.split("; ")[-1]
        for row, finding in zip(listings.to_dicts(), findings, strict=True)
        if finding.own is None
    }
    assert words == {
        "development 3": "same-development test not run, because it has 2 cash sales of the 12 months before "
        "(at least 3)",
        "development 4": "same-development test not run, because it has 0 cash sales of the 12 months before "
        "(at least 3)",
        "": "same-development test not run, because no development is named",
    }


def contracts(count: int, seed: int) -> tuple[Contracts, np.ndarray]:
    random = np.random.default_rng(seed)
    homes = Contracts(
        np.repeat(np.arange(count // 12), 12),
        random.uniform(0, 300, count),
        random.normal(0, 1, (count, 2)),
        random.integers(-1, 3, (count, 1)),
    )
    return homes, 0.03 * homes.steps[:, 0] + 0.02 * homes.levels[:, 0] + random.normal(0, 0.01, count)


def test_a_contract_left_out_is_forecast_as_if_it_had_never_been_signed() -> None:
    homes, residuals = contracts(240, 6)
    for row in (0, 57, 239):
        every = np.arange(240)
        left_out = follow_schedules(homes, residuals, homes, np.where(every == row, row, -1))
        without = np.delete(every, row)
        never = follow_schedules(homes.take(without), residuals[without], homes, None)
        assert left_out.mean[row] == pytest.approx(never.mean[row], abs=1e-9)
        assert left_out.variance[row] == pytest.approx(never.variance[row], rel=0.05)
        assert left_out.contracts[row] == never.contracts[row] == 11


def test_a_quiet_development_has_a_narrower_interval_than_a_noisy_one() -> None:
    homes, _ = contracts(240, 7)
    random = np.random.default_rng(7)
    residuals = random.normal(0, 1, 240) * np.where(homes.development % 2, 0.06, 0.01)
    answer = follow_schedules(homes, residuals, homes, np.arange(240))
    quiet, noisy = (np.median(answer.variance[homes.development % 2 == kind] ** 0.5) for kind in (0, 1))
    assert noisy > 2 * quiet


def test_contracts_without_any_noise_are_no_perfect_knowledge() -> None:
    homes, _ = contracts(48, 8)
    answer = follow_schedules(homes, np.zeros(48), replace(homes, day=homes.day + 30), None)
    assert np.isfinite(answer.mean).all()
    assert (answer.variance > 0).all()
