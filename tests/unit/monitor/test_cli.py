import csv
import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result

from app.cli.monitor import monitor
from app.monitor.output import FINDINGS_HEADER, GROUPS_HEADER
from tests.bench.monitor_market import Shape, made_up_market
from tests.unit.monitor.conftest import LISTINGS_HEADER, SALES_HEADER, WriteLines

SALE = "S1,U1,2025-03-01,462000,88.5,崇川,星湖花园"


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Sales and listings; the first listing is a fen above its own cash price, the second level with it."""
    files = made_up_market(Shape(sales=600, listings=120, developments=40), 1)
    files.sales.write_csv(tmp_path / "sales.csv")
    rows = files.listings.to_dicts()
    for row in rows:
        row["cash_price"] = ""
    rows[0]["cash_price"], rows[0]["voucher_price"] = "400000.01", "400000.02"
    rows[1]["cash_price"], rows[1]["voucher_price"] = "400000.01", "400000.01"
    with (tmp_path / "listings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path


def check(folder: Path, *, out: str = "findings.csv", sales: str = "sales.csv") -> Result:
    arguments = ["check", "--sales", str(folder / sales), "--listings", str(folder / "listings.csv")]
    return CliRunner().invoke(monitor, [*arguments, "--out", str(folder / out)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_both_files_have_the_columns_and_rows_of_the_contract(market: Path) -> None:
    result = check(market)
    assert result.exit_code == 0, result.output
    findings, groups = read(market / "findings.csv"), read(market / "findings.csv.groups.csv")
    assert tuple(findings[0]) == FINDINGS_HEADER
    assert tuple(groups[0]) == GROUPS_HEADER
    assert [f["listing_id"] for f in findings] == [row["listing_id"] for row in read(market / "listings.csv")]
    assert all(float(f["lower"]) < float(f["expected_price"]) < float(f["upper"]) for f in findings)
    assert all((f["flagged"] == "1") == (f["level"] in ("review", "flag")) for f in findings)
    listings = read(market / "listings.csv")
    for level in ("development", "developer"):
        named = {row[level] for row in listings}
        mine = [group for group in groups if group["level"] == level]
        assert {group["group_id"] for group in mine} == named
        assert sum(int(group["n"]) for group in mine) == len(listings)


@pytest.mark.parametrize("unit", [1, 1e-6])
def test_findings_recompute_from_their_own_line_within_a_thousandth(market: Path, unit: float) -> None:
    for name, column in (("sales.csv", "price"), ("listings.csv", "voucher_price")):
        table = pl.read_csv(market / name, schema_overrides={column: pl.Float64})
        table.with_columns(pl.col(column) * unit).write_csv(market / name)
    assert check(market).exit_code == 0
    listings = {row["listing_id"]: float(row["voucher_price"]) for row in read(market / "listings.csv")}
    for finding in read(market / "findings.csv"):
        price, expected = listings[finding["listing_id"]], float(finding["expected_price"])
        assert float(finding["premium"]) == pytest.approx(price / expected - 1, abs=1e-3)
        words = re.search(
            r"(above|below) comparable cash prices by (.*?)% \((.*?)% to (.*?)%\)", finding["reason"]
        )
        assert words is not None
        told = [float(number) / 100 for number in words.groups()[1:]]
        bounds = (price / float(finding["upper"]) - 1, price / float(finding["lower"]) - 1)
        assert told == pytest.approx([abs(float(finding["premium"])), *bounds], abs=1e-3)
        assert finding["flagged"] == str(int(finding["level"] in ("review", "flag")))
        if finding["level"] == "clear":
            assert float(finding["p_value"]) >= 0.05
    for group in read(market / "findings.csv.groups.csv"):
        if group["premium"]:
            assert float(group["lower"]) < float(group["premium"]) < float(group["upper"])


def test_a_fen_above_the_own_cash_price_is_a_flag_and_none_is_not(market: Path) -> None:
    check(market)
    above, equal = read(market / "findings.csv")[:2]
    assert (above["level"], above["flagged"]) == ("flag", "1")
    assert above["reason"].startswith(
        "grade A: voucher price 400000.02 above cash price 400000.01 of the same home, by 0.01; "
    )
    assert "grade A" not in equal["reason"]


def test_without_sales_the_same_home_test_still_runs_and_the_rest_cannot_be_told(market: Path) -> None:
    (market / "sales.csv").write_text(SALES_HEADER + "\n", encoding="utf-8")
    assert check(market).exit_code == 0
    findings = read(market / "findings.csv")
    assert [f["level"] for f in findings[:3]] == ["flag", "clear", "cannot_tell"]
    assert all("area test not run, because 0 cash sales are too few" in f["reason"] for f in findings)
    assert {f["expected_price"] for f in findings} == {""}


def test_no_listings_give_two_files_of_headers(market: Path) -> None:
    (market / "listings.csv").write_text(LISTINGS_HEADER + "\n", encoding="utf-8")
    assert check(market).exit_code == 0
    assert read(market / "findings.csv") == []
    assert read(market / "findings.csv.groups.csv") == []


def test_bad_input_exits_2_and_leaves_what_was_there(market: Path, write_lines: WriteLines) -> None:
    (market / "findings.csv").write_text("of yesterday", encoding="utf-8")
    write_lines("broken.csv", [SALES_HEADER, SALE, SALE.replace("S1", "S2").replace("462000", "free")])
    before = sorted(path.name for path in market.iterdir())
    result = check(market, sales="broken.csv")
    assert result.exit_code == 2
    assert f"{market / 'broken.csv'}, line 3, column price" in result.stderr
    assert "Traceback" not in result.output
    assert (market / "findings.csv").read_text(encoding="utf-8") == "of yesterday"
    assert sorted(path.name for path in market.iterdir()) == before


@pytest.mark.parametrize("out", ["sales.csv", "none/findings.csv", "."])
def test_a_place_that_cannot_take_the_findings_is_refused_at_once(market: Path, out: str) -> None:
    before = (market / "sales.csv").read_bytes()
    assert check(market, out=out).exit_code == 2
    assert (market / "sales.csv").read_bytes() == before


def test_an_option_left_out_is_a_usage_error() -> None:
    assert CliRunner().invoke(monitor, ["check"]).exit_code == 2
