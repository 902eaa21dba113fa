import gzip
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.monitor.contract import read_listings, read_sales
from app.monitor.errors import InputError
from tests.unit.monitor.conftest import LISTINGS_HEADER, SALES_HEADER, WriteLines

GOOD_SALE = "S1,U1,2025-03-01,462000,88.5,崇川,星湖花园"


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        read_sales(path)
    return caught.value


def test_sales_are_read_with_their_extra_columns(write_lines: WriteLines) -> None:
    path = write_lines("sales.csv", [f"{SALES_HEADER},x_storey,c_kind,note", f"{GOOD_SALE},12,new,kept out"])
    frame = read_sales(path).frame
    assert frame.row(0, named=True) == {
        "id": "S1",
        "unit_id": "U1",
        "date": date(2025, 3, 1),
        "price": 462000.0,
        "area": 88.5,
        "district": "崇川",
        "development": "星湖花园",
        "x_storey": 12.0,
        "c_kind": "new",
        "lat": None,
        "lon": None,
    }


def test_an_empty_feature_is_not_known_and_an_empty_development_is_allowed(write_lines: WriteLines) -> None:
    path = write_lines(
        "sales.csv", [f"{SALES_HEADER},x_storey,lat,lon", "S1,,2025-03-01,462000,88.5,崇川,,,,"]
    )
    row = read_sales(path).frame.row(0, named=True)
    assert (row["x_storey"], row["lat"], row["development"]) == (None, None, "")


def test_prices_of_listings_stay_exact(write_lines: WriteLines) -> None:
    path = write_lines(
        "listings.csv",
        [
            LISTINGS_HEADER,
            "L1,U1,2025-03-01,462000.10,462000.09,88.5,崇川,星湖花园,甲",
            "L2,U2,2025-03-01,1e5,,88.5,崇川,星湖花园,甲",
        ],
    )
    listings = read_listings(path)
    assert listings.voucher == [Decimal("462000.10"), Decimal("1e5")]
    assert listings.cash == [Decimal("462000.09"), None]


def test_the_cash_price_column_may_be_absent(write_lines: WriteLines) -> None:
    header = LISTINGS_HEADER.replace("cash_price,", "")
    path = write_lines("listings.csv", [header, "L1,U1,2025-03-01,462000,88.5,崇川,星湖花园,甲"])
    assert read_listings(path).cash == [None]


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode("utf-8"), id="utf-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="utf-8 with a byte order mark"),
        pytest.param(lambda text: text.encode("gbk"), id="gbk"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode("gbk"), id="gbk with dos lines"),
        pytest.param(lambda text: gzip.compress(text.encode("utf-8")), id="gzip"),
    ],
)
def test_encodings_that_people_have(tmp_path: Path, encode) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(encode(f"{SALES_HEADER}\n{GOOD_SALE}\n"))
    assert read_sales(path).frame["development"].to_list() == ["星湖花园"]


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        (("462000", "0"), "price", "above 0"),
        (("462000", "-5"), "price", "above 0"),
        (("462000", "nan"), "price", "plain number"),
        (("462000", "inf"), "price", "plain number"),
        (("462000", "1e400"), "price", "up to"),
        (("462000", '"462,000"'), "price", "plain number"),
        (("462000", "1_000"), "price", "plain number"),
        (("462000", "４６２０００"), "price", "plain number"),
        (("462000", ""), "price", "plain number"),
        (("88.5", "0"), "area", "above 0"),
        (("2025-03-01", "2025-02-30"), "date", "YYYY-MM-DD"),
        (("2025-03-01", "01/03/2025"), "date", "YYYY-MM-DD"),
        (("2025-03-01", ""), "date", "YYYY-MM-DD"),
        (("2025-03-01", "0001-01-01"), "date", "between 1900 and 2100"),
        (("S1", ""), "sale_id", "id is needed"),
        (("U1", "U\0"), "unit_id", "NUL"),
    ],
)
def test_a_bad_field_is_named_by_file_line_and_column(
    write_lines: WriteLines, change: tuple[str, str], column: str, words: str
) -> None:
    lines = [SALES_HEADER, GOOD_SALE.replace("S1", "S0"), "", GOOD_SALE.replace(*change)]
    path = write_lines("sales.csv", lines)
    error = refusal(path)
    assert (error.path, error.line, error.column) == (str(path), 4, column)
    assert words in error.problem
    assert str(error).startswith(f"{path}, line 4, column {column}: ")


def test_lines_are_counted_through_fields_that_hold_line_breaks(write_lines: WriteLines) -> None:
    lines = [SALES_HEADER, GOOD_SALE.replace("星湖花园", '"two\nlines"'), GOOD_SALE]
    error = refusal(write_lines("sales.csv", lines))
    assert (error.line, error.column) == (4, "sale_id")
    assert "stands already in line 2" in error.problem


@pytest.mark.parametrize(
    ("lines", "line", "column", "words"),
    [
        ([SALES_HEADER.replace("price,", ""), "x"], 1, "price", "missing column"),
        ([SALES_HEADER + ",lat", "x"], 1, "lon", "missing column"),
        ([SALES_HEADER.replace(",", ";"), "x"], 1, "sale_id", "missing column"),
        ([SALES_HEADER + ",area", "x"], 1, "area", "twice"),
        ([SALES_HEADER + ",", "x"], 1, "8", "no name"),
        ([SALES_HEADER, GOOD_SALE + ",more"], 2, "development", "8 fields, the header has 7"),
        ([SALES_HEADER, "S1,U1,2025-03-01"], 2, "date", "3 fields, the header has 7"),
        ([SALES_HEADER, '"S1,U1'], 2, None, "not readable as CSV"),
        ([SALES_HEADER, "S" * 200_000], 2, None, "not readable as CSV"),
        ([f"{SALES_HEADER},lat,lon", f"{GOOD_SALE},91,120"], 2, "lat", "between -90 and 90"),
        ([f"{SALES_HEADER},x_age", f"{GOOD_SALE},old"], 2, "x_age", "plain number"),
        (["", ""], 1, None, "empty"),
        (["s" * 200_000], 1, None, "not readable as CSV"),
        (["\0\0\0"], 1, "sale_id", "missing column"),
    ],
)
def test_a_bad_shape_is_named(
    write_lines: WriteLines, lines: Sequence[str], line: int, column: str | None, words: str
) -> None:
    error = refusal(write_lines("sales.csv", lines))
    assert (error.line, error.column) == (line, column)
    assert words in error.problem


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        (b"\xff\xfes\x00a\x00", 1, None),
        (f"{SALES_HEADER}\nS1,U1,2025-03-01,1,1,S\u00e3o Jos\u00e9,b\n".encode("latin-1"), 2, "district"),
        (f"{SALES_HEADER}\nS1,U1,2025-03-01,1,1,臺北,國\n".encode("big5"), 2, "district"),
        (SALES_HEADER.encode() + b"\nS1,U1,2025-03-01,1,1,a,\x81\xff\n", 2, "development"),
    ],
)
def test_an_encoding_that_is_not_certain_is_refused(
    tmp_path: Path, content: bytes, line: int, column: str | None
) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    error = refusal(path)
    assert (error.line, error.column) == (line, column)
    assert "encoding" in error.problem


def test_the_column_of_a_bad_byte_is_counted_past_quoted_commas(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(SALES_HEADER.encode() + b'\nS1,"U,1",2025-03-01,1,1,"a,\xff",b\n')
    assert (refusal(path).line, refusal(path).column) == (2, "district")


def test_a_message_has_no_character_that_could_upset_a_terminal(write_lines: WriteLines) -> None:
    error = refusal(write_lines("sales.csv", [SALES_HEADER, GOOD_SALE.replace("462000", "4\x1b[2J\0")]))
    assert str(error).isprintable()


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.csv").problem
    assert "cannot be read" in refusal(tmp_path).problem
    (tmp_path / "cut.csv").write_bytes(gzip.compress(SALES_HEADER.encode())[:-10])
    assert "cut off" in refusal(tmp_path / "cut.csv").problem
