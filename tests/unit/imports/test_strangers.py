"""Files of people whom nobody told how: read as they were meant, or refused in words that tell what to do."""

import datetime
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlwt
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.imports.errors import FileRefused
from app.imports.sources import open_source
from app.web.messages import MESSAGES
from tests.unit.imports.books import (
    HEAD,
    HOME,
    csv_text,
    plan_of,
    read,
    repacked,
    saved,
    table,
    workbook,
)

ONE, PRICES = ["3幢-1-11-1101"], [(600000, 570000, 550000)]
OTHER = [*HOME[:3], "1102", *HOME[4:]]


def wide(value: Any) -> str:
    """Return a value in full-width signs (全角)."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in str(value))


def parcel(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


def lines(content: str) -> bytes:
    """Return the plain table with more markup before the end of its rows."""

    def change(part: str, data: bytes) -> bytes:
        ends = content.encode() + b"</sheetData>"
        return data.replace(b"</sheetData>", ends) if part.endswith("sheet1.xml") else data

    return repacked(table(HEAD, HOME), change)


def filtered(sheet: Worksheet) -> None:
    for row in (HEAD, HOME, OTHER):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["I"].hidden = True


def old(fill: Callable[[xlwt.Worksheet], object]) -> bytes:
    """Return a workbook as spreadsheets wrote them before 2007 (BIFF8)."""
    book = xlwt.Workbook(encoding="utf-8")
    fill(book.add_sheet("3幢"))
    hidden = book.add_sheet("底价")
    hidden.visibility = 1
    hidden.write(0, 0, "室号")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_table(sheet: xlwt.Worksheet) -> None:
    sheet.write_merge(0, 0, 0, 5, "滨江花园3幢价目表")
    for column, head in enumerate(["室号", "面积", "备案价(万元)", "交付日期", "现金价(元)", "房票价(元)"]):
        sheet.write(1, column, head)
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    cells = [1101, 100.1 + 0.2, 60, datetime.date(2024, 3, 5), 570000.0, "550,000"]
    for column, cell in enumerate(cells):
        sheet.write(2, column, cell, day if column == 3 else xlwt.Style.default_style)


def locked(content: bytes) -> bytes:
    """Return an .xls with the record that says it has a password, where that stands."""
    first = content.find(bytes.fromhex("0908100000060500")) + 20
    return content[:first] + b"\x2f\x00" + content[first + 2 :]


def misled(content: bytes) -> bytes:
    """Return an .xls whose first sheet is said to begin far behind the end; its reader panics over it."""
    sheet = content.find(bytes.fromhex("8500")) + 4
    return content[: sheet + 2] + b"\xef" + content[sheet + 3 :]


def endless(content: bytes) -> bytes:
    """Return an .xls whose first sheet claims so many rows that its reader aborts the process over them."""
    size = content.find(bytes.fromhex("00020e00")) + 4
    return content[: size + 4] + b"\xff\xff\xff\x7f" + content[size + 8 :]


OLD = old(old_table)
TITLED = "滨江花园销控表\r\n制表日期：2024年3月5日\r\n"

READ: dict[str, tuple[bytes, str]] = {
    "full-width signs in every cell": (table(HEAD, [wide(cell) for cell in HOME]), "a.xlsx"),
    "full-width signs in GBK": (csv_text(HEAD, [wide(cell) for cell in HOME]).encode("gbk"), "a.csv"),
    "a rare character in GB18030": (
        csv_text([*HEAD, "备注"], [*HOME, "𠮷㙍"]).encode("gb18030"),
        "a.csv",
    ),
    "a spreadsheet's Unicode text": (csv_text(HEAD, HOME, separator="\t").encode("utf-16"), "a.txt"),
    "semicolons below titles, with a mark": (
        (TITLED + csv_text(HEAD, HOME, separator=";")).encode("utf-8-sig"),
        "a.csv",
    ),
    "bars": (csv_text(HEAD, HOME, separator="|").encode(), "a.csv"),
    "a hint of the separator": (("sep=;\r\n" + csv_text(HEAD, HOME, separator=";")).encode(), "a.csv"),
    "a head over two lines of a cell": (
        csv_text([*HEAD[:5], '"建筑\n面积"', *HEAD[6:]], HOME).encode("gbk"),
        "a.csv",
    ),
    "lines of separators alone": ((csv_text(HEAD, HOME) + "\r\n,,,,,,,,," * 50).encode("gbk"), "a.csv"),
    "a workbook called a text": (table(HEAD, HOME), "销控表.csv"),
    "days as days, as numbers and as text": (
        table([*HEAD, "交付", "签约", "备案日"], [*HOME, datetime.date(2024, 3, 5), 45356, "2024年3月5日"]),
        "a.xlsx",
    ),
    "prices with their measure": (
        table(HEAD, [*HOME[:6], "600000元/套", "备2016-12", "57万元/套", "¥550,000.00元整"]),
        "a.xlsx",
    ),
    "one price in ten thousands among yuan": (table(HEAD, [*HOME[:8], "57 万", HOME[9]]), "a.xlsx"),
    "spaces that are none": (table(HEAD, [*HOME[:6], "600\u00a0000", *HOME[7:]]), "a.xlsx"),
    "rows that are only formatted": (
        lines("".join(f'<row r="{row}" spans="1:10" s="1" customFormat="1"/>' for row in range(3, 30_000))),
        "a.xlsx",
    ),
    "all columns formatted": (
        lines('<row r="3">' + '<c s="1"/>' * 16_384 + "</row>"),
        "a.xlsx",
    ),
    "a picture": (
        repacked(table(HEAD, HOME), lambda _, data: data, **{"xl__media__image1.png": b"\x89PNG"}),
        "a.xlsx",
    ),
    "another workbook embedded": (
        repacked(table(HEAD, HOME), lambda _, data: data, **{"xl__embeddings__a.xlsx": table(HEAD)}),
        "a.xlsx",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_strangers_file_is_read_as_it_was_meant(name: str) -> None:
    result = read(*READ[name])
    assert (result.places, result.prices, result.faults) == (ONE, PRICES, [])


@pytest.mark.parametrize("file_name", ["销控表.xls", "销控表.xlsx", "销控表.csv"])
def test_a_workbook_of_the_old_format(file_name: str) -> None:
    result = read(OLD, file_name)
    assert (result.places, result.prices, result.faults) == (ONE, PRICES, [])
    assert [str(row.home.area_m2) for row in result.rows if row.home] == ["100.30"]
    assert [sheet.hidden for sheet in open_source(io.BytesIO(OLD), file_name).sheets] == [False, True]


REFUSED: dict[str, tuple[bytes, str, str]] = {
    "an old workbook with a password": (locked(OLD), "a.xls", "import_encrypted"),
    "an old workbook cut off": (OLD[: len(OLD) // 2], "a.xls", "import_truncated"),
    "an old workbook whose list of sheets leads nowhere": (misled(OLD), "a.xls", "import_truncated"),
    "an old workbook that claims more rows than memory holds": (endless(OLD), "a.xls", "import_truncated"),
    "a workbook in a parcel": (parcel("销控表.xlsx", table(HEAD, HOME)), "销控表.zip", "import_packed"),
    "a parcel called a workbook": (parcel("销控表.xls", OLD), "销控表.xlsx", "import_packed"),
    "a parcel in a parcel": (parcel("a.zip", parcel("b.zip", b"x")), "a.zip", "import_packed"),
    "a parcel of another make": (b"Rar!\x1a\x07\x01\x00" + b"\0" * 99, "a.rar", "import_packed"),
    "a table as markup of 2003": (
        b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>',
        "a.xls",
        "import_other_workbook",
    ),
    "one line without an end": (b"," * 1_500_000, "a.csv", "import_not_a_table"),
    "a character cut in half": (csv_text(HEAD, HOME).encode()[:-1] + b"\xff", "a.csv", "import_encoding"),
    "text called a workbook": (csv_text(HEAD, HOME).encode("gbk"), "a.xlsx", "import_wrong_ending"),
    "an endless cell": (
        repacked(
            table(HEAD, HOME),
            lambda part, data: data.replace(b"2016-12", b"A" * 30_000_000)
            if part.endswith("sheet1.xml")
            else data,
        ),
        "a.xlsx",
        "import_too_much_inside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words(name: str) -> None:
    content, file_name, code = REFUSED[name]
    with pytest.raises(FileRefused) as refusal:
        read(content, file_name)
    assert refusal.value.code == code
    assert "请" in str(MESSAGES[code]), "the message says what to do"


def test_filtered_rows_and_hidden_columns_are_read_and_told() -> None:
    source = open_source(io.BytesIO(workbook(filtered)), "a.xlsx")
    assert [row.number for row in source.rows(0)] == [1, 2, 3]
    assert source.notices == ["hidden_columns", "hidden_rows"]


def test_of_an_old_workbook_it_is_told_that_failed_formulas_read_as_blanks() -> None:
    assert open_source(io.BytesIO(OLD), "a.xls").notices == ["old_format"]


def test_a_chart_beside_the_table() -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (HEAD, HOME):
        sheet.append(row)
    book.create_chartsheet("走势")
    assert read(saved(book)).places == ONE


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-1101", "@1101", "\t1101", "\r1101"])
def test_a_room_that_begins_like_a_formula_is_never_computed(cell: str) -> None:
    result = read(csv_text(HEAD, [*HOME[:3], f'"{cell}"', *HOME[4:]]).encode(), "a.csv")
    assert not result.places or result.places == ONE
    assert all(code == "room_unreadable" for _, _, code in result.faults)


def test_a_price_that_the_spreadsheet_took_for_a_day() -> None:
    day = datetime.date(2024, 3, 5)
    assert read(table(HEAD, [*HOME[:6], day, *HOME[7:]])).faults == [(2, 6, "is_date")]


def test_a_table_without_a_head_has_no_plan() -> None:
    assert plan_of(table(HOME, OTHER)).sheets == []


def test_signs_that_no_database_takes_are_left_out_of_old_workbooks() -> None:
    content = old(lambda sheet: sheet.write(0, 0, "11\x0001"))
    (row,) = open_source(io.BytesIO(content), "a.xls").rows(0)
    assert row.cells == ["1101"]


def test_a_large_table_is_read_in_little_memory() -> None:
    content = lines("".join(f'<row r="{row}"><c r="A{row}" s="1"/></row>' for row in range(3, 20_000)))
    tracemalloc.start()
    result = read(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.places == ONE
    assert peak < 16 * 1024 * 1024
