"""Files that are broken, or meant to break us: refused before anything is unpacked, each with its reason."""

import io
import re
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.imports import heads
from app.imports.cells import Row
from app.imports.errors import FileRefused
from app.imports.legacy import LegacyWorkbook
from app.imports.sources import open_source
from tests.unit.imports.books import HEAD, HOME, plan_of, read, repacked, saved, table

GOOD = table(HEAD, HOME)
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 1_200


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def same(_: str, data: bytes) -> bytes:
    return data


def with_entity(part: str, data: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    return bomb + data.replace(b'<?xml version="1.0"?>', b"") if part.endswith("sheet1.xml") else data


def encrypted_part() -> bytes:
    content = bytearray(GOOD)
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(content)


def added(path: str, data: bytes = b"x") -> bytes:
    return repacked(GOOD, same, **{path.replace("/", "__"): data})


def marked(path: str, old: bytes, new: bytes) -> bytes:
    """Return the good workbook with something else in one part's markup."""
    return repacked(GOOD, lambda part, data: data.replace(old, new) if part.endswith(path) else data)


def squeezed() -> bytes:
    """Return the good workbook packed in another way, with a sheet whose bytes are broken."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        for name, data in _parts(GOOD):
            archive.writestr(name, data)
    content = out.getvalue()
    sheet = content.find(b"sheet1.xml") + len(b"sheet1.xml")
    return content[: sheet + 9] + bytes(20) + content[sheet + 29 :]


def _parts(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def backwards() -> bytes:
    """Return the good workbook whose list of parts leads before its beginning."""
    content = bytearray(GOOD)
    end = content.rfind(b"PK\x05\x06")
    place = content.find(b"PK\x01\x02")
    content[end + 16 : end + 20] = (place + 4_000_000).to_bytes(4, "little")
    return bytes(content)


LONG = b"1" * 5_000
"""More digits than Python reads as a number."""
BUILDING = b't="inlineStr"><is><t>3\xe5\xb9\xa2</t></is>'

HOSTILE: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "a.xlsx", "import_empty"),
    "only blanks": (b" \r\n \n", "a.csv", "import_empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "a.xlsx", "import_not_a_table"),
    "a portable document": (b"%PDF-1.7 ...", "销控表.xlsx", "import_not_a_table"),
    "a web page that calls itself a workbook": (b"<html><table><tr><td>1", "a.xls", "import_web_page"),
    "text that calls itself a workbook": ("楼栋,室号".encode(), "a.xlsx", "import_wrong_ending"),
    "bytes without meaning": (bytes(range(256)) * 9, "a.csv", "import_encoding"),
    "a quote never closed": (('"' + "啊" * 40_000).encode(), "a.csv", "import_csv_broken"),
    "an encrypted workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "import_encrypted"),
    "an old workbook with macros": (
        OLE + "Workbook".encode("utf-16-le") + "_VBA_PROJECT".encode("utf-16-le"),
        "a.xls",
        "import_macros",
    ),
    "another old document": (OLE + "WordDocument".encode("utf-16-le"), "a.xls", "import_not_a_table"),
    "an old workbook cut off": (OLE + "Workbook".encode("utf-16-le"), "a.xls", "import_truncated"),
    "cut off": (GOOD[: len(GOOD) // 2], "a.xlsx", "import_truncated"),
    "cut off at the end": (GOOD[:-30], "a.xlsx", "import_truncated"),
    "a text document": (zipped(**{"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}), "a.xlsx",
                        "import_not_a_table"),
    "an open document": (zipped(mimetype=b"x", **{"content.xml": b"<a/>"}), "a.ods", "import_other_workbook"),
    "a binary workbook": (added("xl/workbook.bin"), "a.xlsb", "import_other_workbook"),
    "macros": (added("xl/vbaProject.bin"), "a.xlsm", "import_macros"),
    "paths that climb": (added("../../etc/passwd"), "a.xlsx", "import_strange_paths"),
    "an absolute path": (added("/etc/passwd"), "a.xlsx", "import_strange_paths"),
    "a bomb": (added("xl/bomb.xml", b"\0" * 50_000_000), "a.xlsx", "import_too_much_inside"),
    "entities": (repacked(GOOD, with_entity), "a.xlsx", "import_entities"),
    "a part that is locked": (encrypted_part(), "a.xlsx", "import_encrypted"),
    "a list of sheets that leads nowhere": (
        repacked(GOOD, lambda part, data: None if part.endswith("sheet1.xml") else data),
        "a.xlsx",
        "import_truncated",
    ),
    "broken markup": (
        repacked(GOOD, lambda part, data: data[:-40] if part.endswith("sheet1.xml") else data),
        "a.xlsx",
        "import_truncated",
    ),
    "no sheet at all": (
        repacked(
            GOOD,
            lambda part, data: (
                re.sub(rb"<sheets>.*</sheets>", b"<sheets/>", data) if part.endswith("workbook.xml") else data
            ),
        ),
        "a.xlsx",
        "import_not_a_table",
    ),
    "a part that is packed wrongly": (squeezed(), "a.xlsx", "import_truncated"),
    "a list of parts that leads nowhere": (backwards(), "a.xlsx", "import_truncated"),
    "a style that is no number": (marked("styles.xml", b'numFmtId="0"', b'numFmtId="x"'), "a.xlsx",
                                  "import_truncated"),
    "a row beyond all numbers": (marked("sheet1.xml", b'<row r="1"', b'<row r="%b"' % LONG), "a.xlsx",
                                 "import_truncated"),
    "a row that no sheet has": (marked("sheet1.xml", b'<row r="1"', b'<row r="9999999"'), "a.xlsx",
                                "import_truncated"),
    "a text beyond all numbers": (marked("sheet1.xml", BUILDING, b't="s"><v>%b</v>' % LONG), "a.xlsx",
                                  "import_truncated"),
}  # fmt: skip


def read_all(content: bytes, file_name: str) -> list[list[Row]]:
    source = open_source(io.BytesIO(content), file_name)
    return [list(source.rows(index)) for index in range(len(source.sheets))]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason(name: str) -> None:
    content, file_name, code = HOSTILE[name]
    with pytest.raises(FileRefused) as refusal:
        read_all(content, file_name)
    assert refusal.value.code == code


def test_signs_that_no_database_takes_are_left_out() -> None:
    content = marked("sheet1.xml", BUILDING, b't="str"><v>_x0000_3_xD800__x5E62_</v>')
    assert read(content).places == ["3幢-1-11-1101"]


def test_a_number_that_no_sheet_holds_is_none() -> None:
    content = marked("sheet1.xml", b"<v>600000<", b"<v>1e999999999<")
    assert [code for _, _, code in read(content).faults] == ["cell_error"]


def test_two_hundred_sheets() -> None:
    book = Workbook()
    for number in range(200):
        book.create_sheet(f"{number}幢")
    with pytest.raises(FileRefused, match="import_too_many_sheets"):
        open_source(io.BytesIO(saved(book)), "a.xlsx")


def test_a_sheet_of_a_million_rows_and_all_columns_costs_what_it_holds() -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (HEAD, HOME):
        sheet.append(row)
    sheet.cell(1_048_576, 16_384, "x")
    content = repacked(
        saved(book), lambda _, data: data.replace(b'ref="A1:XFD1048576"', b'ref="A1:XFD9999999"')
    )
    result = read(content)
    assert result.places == ["3幢-1-11-1101"]


def test_links_to_other_workbooks_are_told_and_never_followed() -> None:
    content = repacked(GOOD, same, **{"xl__externalLinks__externalLink1.xml": b"<a/>"})
    assert open_source(io.BytesIO(content), "a.xlsx").notices == ["external_links"]


def test_a_workbook_under_another_ending_is_still_a_workbook() -> None:
    assert read(GOOD, "a.csv").places == ["3幢-1-11-1101"]


@pytest.mark.parametrize("name", ["empty sheet", "no head"])
def test_a_file_without_a_table_has_no_plan(name: str) -> None:
    content = table() if name == "empty sheet" else table(["甲", "乙"], [1, 2])
    assert plan_of(content).sheets == []


def test_the_reader_of_old_workbooks_gives_the_same_rows() -> None:
    """It is a library's; what it reads is put into our own rows."""
    rows: list[list[Any]] = [[None, "室号", "备案价"], [None, 1101, 600000.1], [None, True, None]]
    book = LegacyWorkbook(table(*rows))
    ours = open_source(io.BytesIO(table(*rows)), "a.xlsx")
    assert [row for row in book.rows(0) if _stripped(row)] == [
        Row(row.number, row.cells + [None] * (3 - len(row.cells))) for row in ours.rows(0)
    ]
    assert heads.take_sample(book, 0).count == 3


def _stripped(row: Row) -> bool:
    return any(cell is not None for cell in row.cells)
