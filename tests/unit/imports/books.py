"""Ugly files, built in code: workbooks and texts such as sales desks really send."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from app.imports import heads, layouts
from app.imports.columns import HOMES
from app.imports.home_rows import HomeReader, HomeRow
from app.imports.places import Buildings
from app.imports.plan import Plan
from app.imports.rows import Read, TableReader
from app.imports.sources import open_source

HEAD = ["楼栋", "单元", "楼层", "室号", "几室", "建筑面积", "备案价", "备案编号", "现金价", "房票价"]
HOME: list[Any] = ["3幢", "1", 11, "1101", 3, 89.5, 600000, "备2016-12", 570000, 550000]


def workbook(fill: Callable[[Worksheet], object], *, name: str = "销控表") -> bytes:
    """Return a workbook of one sheet."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = name
    fill(sheet)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def table(*rows: Iterable[Any], name: str = "销控表") -> bytes:
    """Return a workbook whose one sheet holds these rows from the top."""
    return workbook(lambda sheet: [sheet.append(list(row)) for row in rows], name=name)


def csv_text(*rows: Sequence[Any], separator: str = ",") -> str:
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows)


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **added: bytes) -> bytes:
    """Return a workbook with some parts changed (None: left out) and others added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = change(part, old.read(part))
            if data is not None:
                new.writestr(part, data)
        for part, data in added.items():
            new.writestr(part.replace("__", "/"), data)
    return out.getvalue()


def plan_of(content: bytes, file_name: str = "a.xlsx", **more: Any) -> Plan:
    """Return the plan that nobody corrected: what the guesses say."""
    source = open_source(io.BytesIO(content), file_name)
    samples = [heads.take_sample(source, index) for index in range(len(source.sheets))]
    found = layouts.find_heads(samples, HOMES, {})
    grouped = layouts.group(found, HOMES, {})
    columns = {layout.head.signature: layout.columns for layout in grouped}
    buildings = layouts.proposed_buildings(samples, grouped)
    return layouts.make_plan(samples, found, columns, table=HOMES, buildings=buildings, **more)


def read(content: bytes, file_name: str = "a.xlsx", *, known: Iterable[str] = (), **more: Any) -> "Result":
    """Read a file with the plan that nobody corrected."""
    source = open_source(io.BytesIO(content), file_name)
    plan = plan_of(content, file_name, **more)
    reader = TableReader(partial(HomeReader, plan, Buildings(known)))
    rows: list[Read[HomeRow]] = []
    for sheet in plan.sheets:
        rows += reader.read(sheet, source.rows(sheet.index), source.sheets[sheet.index].merges)
    return Result(plan, rows, dict(reader.skipped))


class Result:
    """What came of a file."""

    def __init__(self, plan: Plan, rows: list[Read], skipped: dict[str, int]) -> None:
        self.plan, self.rows, self.skipped = plan, rows, skipped

    @property
    def places(self) -> list[str]:
        """The homes that were read, as ``3幢-1-11-1101``."""
        return ["-".join(str(part) for part in row.home.key) for row in self.rows if row.home]

    @property
    def prices(self) -> list[tuple[int | None, int | None, int | None]]:
        """Filed, cash and voucher price of each home in yuan."""
        homes = [row.home for row in self.rows if row.home]
        return [
            tuple(
                None if fen is None else fen // 100 for fen in (one.filed_fen, one.cash_fen, one.voucher_fen)
            )  # type: ignore[misc]
            for one in homes
        ]

    @property
    def faults(self) -> list[tuple[int, int | None, str]]:
        """Row, column and reason of each fault."""
        return [(row.row, fault.column, fault.code) for row in self.rows for fault in row.faults]
