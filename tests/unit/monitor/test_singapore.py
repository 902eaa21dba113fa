import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.monitor import monitor
from app.monitor.contract import read_listings, read_sales
from tests.unit.monitor.conftest import WriteLines

HEADER = (
    "month,town,flat_type,block,street_name,storey_range,floor_area_sqm,flat_model,lease_commence_date,"
    "remaining_lease,resale_price"
)
ROWS = [
    "2031-05,SOUTH HARBOUR,4 ROOM,12A,LANTERN WALK,04 TO 06,93.5,Made Up,1999,67,455000",
    "2031-06,SOUTH HARBOUR,4 ROOM,12A,LANTERN WALK,04 TO 06,93.5,Made Up,1999,67,460000.5",
    "2031-07,SOUTH HARBOUR,3 ROOM,7,LANTERN WALK,10 TO 12,67,Made Up,2004,72,390000",
]


def convert(folder: Path, source: Path) -> Result:
    outputs = ["--sales", str(folder / "s.csv"), "--listings", str(folder / "l.csv")]
    return CliRunner().invoke(monitor, ["convert-sg", str(source), *outputs, "--split", "2031-07-01"])


def test_rows_become_sales_and_listings_of_the_contract(tmp_path: Path, write_lines: WriteLines) -> None:
    result = convert(tmp_path, write_lines("source.csv", [HEADER, *ROWS]))
    assert (result.exit_code, result.output) == (0, "2 cash sales, 1 listings\n")
    with (tmp_path / "l.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "listing_id": "L4",
                "voucher_price": "390000",
                "developer": "LANTERN WALK 2004",
                "unit_id": "",
                "date": "2031-07-01",
                "area": "67",
                "district": "SOUTH HARBOUR",
                "development": "LANTERN WALK 2004",
                "lat": "",
                "lon": "",
                "x_storey": "11",
                "x_lease_year": "2004",
                "c_flat_type": "3 ROOM",
                "c_flat_model": "Made Up",
                "c_block": "7 LANTERN WALK",
            }
        ]


def test_what_is_written_is_what_the_check_reads(tmp_path: Path, write_lines: WriteLines) -> None:
    convert(tmp_path, write_lines("source.csv", [HEADER, *ROWS]))
    sales, listings = read_sales(tmp_path / "s.csv").frame, read_listings(tmp_path / "l.csv").frame
    assert sales["price"].to_list() == [455000.0, 460000.5]
    assert set(sales.columns) | {"developer"} == set(listings.columns)


def test_flats_that_agree_in_everything_are_not_taken_for_one(
    tmp_path: Path, write_lines: WriteLines
) -> None:
    convert(tmp_path, write_lines("source.csv", [HEADER, *ROWS]))
    assert set(read_sales(tmp_path / "s.csv").frame["unit_id"]) == {""}


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("2031-06", "2031-13", "month"),
        ("04 TO 06", "low", "storey_range"),
        ("1999", "99", "lease_commence_date"),
        ("460000.5", "-", "resale_price"),
        ("93.5", "", "floor_area_sqm"),
    ],
)
def test_a_row_that_is_not_understood_is_named_and_nothing_is_written(
    tmp_path: Path, write_lines: WriteLines, old: str, new: str, column: str
) -> None:
    source = write_lines("source.csv", [HEADER, ROWS[0], ROWS[1].replace(old, new)])
    result = convert(tmp_path, source)
    assert result.exit_code == 2
    assert f"{source}, line 3, column {column}" in result.stderr
    assert not (tmp_path / "s.csv").exists()


def test_another_format_is_refused(tmp_path: Path, write_lines: WriteLines) -> None:
    result = convert(tmp_path, write_lines("source.csv", ["month,price", "2031-05,1"]))
    assert result.exit_code == 2
    assert "line 1, column town: missing column" in result.stderr
