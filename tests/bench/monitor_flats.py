"""The offline monitor on some 27,000 real cash sales and 10,000 later ones that pose as listings.

ANJU_SG_FLATS names a file of Singapore resales (docs/real-data.md says where it comes from). Without it a
made-up market of the same size is used, and the figures say so in their names.

Figures: seconds per 10,000 listings against a clerk's rule (district median price per area, more than 10%
above it is dear) in the same run; coverage of the 95% interval and median error, each against the clerk's;
then what planted premiums on a tenth of the developers come to.
"""

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl

from app.monitor.check import Group, Settings, judge
from app.monitor.contract import Listings, Sales, read_listings, read_sales
from app.monitor.evidence import Evidence, gather_evidence
from app.monitor.inference import central_quantiles
from app.monitor.singapore import convert
from tests.bench.harness import Result, compared
from tests.bench.monitor_market import Shape, made_up_market

SPLIT = date(2016, 7, 1)
PREMIUMS = (0.03, 0.05, 0.08, 0.12, 0.20)
PLANTED_SHARE = 0.1
DRAWS = 5
LISTINGS_A_DEVELOPER = 9
SEED = 20160701


@dataclass(frozen=True)
class Clerk:
    """A clerk's rule: the district's median price per area, and how far sales lie around it."""

    seconds: float
    coverage: float
    median_error: float


def run() -> list[Result]:
    """Return seconds, coverage, error, and what is found of planted premiums."""
    source = os.environ.get("ANJU_SG_FLATS")
    if source:
        label, (sales, listings) = "monitor_flats", flats(Path(source))
    else:
        print("ANJU_SG_FLATS is not set: a made-up market of the same size stands in (docs/real-data.md)")
        label, (sales, listings) = "monitor_made_up", _made_up()
    clerk = _clerk(sales, listings)
    began, worked = time.monotonic(), time.process_time()
    evidence = gather_evidence(sales.frame, listings.frame, lambda _stage, _share: None)
    result = judge(listings, evidence, Settings())
    tens_of_thousands = len(result.findings) / 10_000
    seconds = (time.monotonic() - began) / tens_of_thousands
    processor = (time.process_time() - worked) / tens_of_thousands
    assert isinstance(evidence, Evidence)
    price = listings.frame["price"].to_numpy()
    inside = (evidence.lower <= price) & (price <= evidence.upper)
    errors = np.abs(np.log(price) - evidence.expected.log_price)
    return [
        compared(f"{label}_seconds_per_10k", "s", seconds, clerk.seconds),
        Result(f"{label}_processor_seconds_per_10k", "s", processor),
        compared(f"{label}_coverage_95", "%", 100 * float(inside.mean()), clerk.coverage),
        compared(f"{label}_median_error", "%", 100 * float(np.median(errors)), clerk.median_error),
        *_planted(label, listings, evidence),
    ]


def flats(source: Path) -> tuple[Sales, Listings]:
    """Return the converted resales: cash sales of before SPLIT, later ones as listings."""
    with tempfile.TemporaryDirectory() as folder:
        sales, listings = Path(folder, "sales.csv"), Path(folder, "listings.csv")
        convert(source, sales=sales, listings=listings, split=SPLIT)
        return read_sales(sales), read_listings(listings)


def _made_up() -> tuple[Sales, Listings]:
    market = made_up_market(
        Shape(sales=30_000, listings=10_000, developments=1400, districts=26, developers=1100), SEED
    )
    sales = market.sales.rename({"sale_id": "id"}).with_columns(pl.col("x_storey", "x_year").cast(pl.Float64))
    listings = market.listings.rename({"listing_id": "id", "voucher_price": "price"})
    amounts = [Decimal(str(price)) for price in listings["price"]]
    return Sales(sales), Listings(listings, amounts, [None] * len(amounts))


def _clerk(sales: Sales, listings: Listings) -> Clerk:
    began = time.monotonic()
    usual = sales.frame.group_by("district").agg(usual=(pl.col("price") / pl.col("area")).median())
    expected = listings.frame.join(usual, on="district", how="left", maintain_order="left")
    dear = expected.select(pl.col("price") > 1.1 * pl.col("usual") * pl.col("area")).to_series().sum()
    seconds = (time.monotonic() - began) * 10_000 / listings.frame.height
    past = sales.frame.join(usual, on="district", how="left", maintain_order="left")
    low, high = central_quantiles(_errors(past))
    errors = _errors(expected)
    print(f"the clerk's rule calls {dear} of {listings.frame.height} listings dear; none has a premium")
    return Clerk(
        seconds,
        100 * float(np.mean((errors >= low) & (errors <= high))),
        100 * float(np.median(np.abs(errors))),
    )


def _errors(homes: pl.DataFrame) -> np.ndarray:
    return homes.select((pl.col("price") / pl.col("area") / pl.col("usual")).log()).to_series().to_numpy()


def _planted(label: str, listings: Listings, evidence: Evidence) -> list[Result]:
    """Return recall, false-discovery rate and coverage by premium, the mean of DRAWS draws."""
    results = []
    random = np.random.default_rng(SEED)
    for premium in PREMIUMS:
        draws = [_draw(listings, evidence, premium, random) for _ in range(DRAWS)]
        for name in draws[0]:
            mean = float(np.mean([draw[name] for draw in draws]))
            results.append(Result(f"{label}_{name.format(f'{premium:.0%}')}", "%", 100 * mean))
    return results


def _draw(
    listings: Listings, evidence: Evidence, premium: float, random: np.random.Generator
) -> dict[str, float]:
    developers = _developers(listings, random)
    names = np.unique(developers)
    dear = random.permutation(names)[: round(PLANTED_SHARE * len(names))]
    planted = np.isin(developers, dear)
    outcome = judge(_raised(listings, developers, planted, premium), evidence, Settings())
    groups = [group for group in outcome.groups if group.level == "developer"]
    flagged = np.array([finding.flagged for finding in outcome.findings])
    return _group_figures(groups, {str(name) for name in dear}, premium) | {
        "listing_{}_recall": float(flagged[planted].mean()),
        "listing_{}_false": float((flagged & ~planted).sum() / max(flagged.sum(), 1)),
    }


def _developers(listings: Listings, random: np.random.Generator) -> np.ndarray:
    """Return made-up developers: developments in random order, put together until they offer nine homes."""
    names, index, size = np.unique(
        listings.frame["development"].to_numpy(), return_inverse=True, return_counts=True
    )
    order = random.permutation(len(names))
    developer = np.empty(len(names), dtype=np.int64)
    developer[order] = np.cumsum(size[order]) // LISTINGS_A_DEVELOPER
    return developer[index]


def _raised(listings: Listings, developers: np.ndarray, planted: np.ndarray, premium: float) -> Listings:
    price = listings.frame["price"].to_numpy() * np.where(planted, 1.0 + premium, 1.0)
    frame = listings.frame.with_columns(price=pl.Series(price), developer=pl.Series(developers.astype(str)))
    return Listings(frame, listings.voucher, listings.cash)


def _group_figures(groups: list[Group], dear: set[str], premium: float) -> dict[str, float]:
    flagged = {group.group_id for group in groups if group.flagged}
    covered = [
        group.pooled.lower <= (premium if group.group_id in dear else 0.0) <= group.pooled.upper
        for group in groups
        if group.pooled is not None
    ]
    return {
        "developer_{}_recall": len(flagged & dear) / len(dear),
        "developer_{}_false": len(flagged - dear) / max(len(flagged), 1),
        "developer_{}_coverage_95": float(np.mean(covered)),
    }
