"""Our own files: the template, a development's stock in the same columns, and files with their faults marked.

No cell of ours is ever computed: a text that begins like a formula gets an apostrophe, which reading takes
away again.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any, BinaryIO, Final

from openpyxl import Workbook, load_workbook
from openpyxl.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.core.spreadsheet import plain_cell, text_of, workbook
from app.homes.rules import Finish, Orientation
from app.imports.cells import Row, shown
from app.imports.compare import Present
from app.imports.models import ImportFault
from app.imports.staging import Key
from app.sales.models import CashSale

HEADS: Final = (
    "楼栋", "单元", "楼层", "室号", "几室", "建筑面积(㎡)", "套内面积(㎡)", "朝向", "装修",
    "备案价(元)", "备案编号", "现金价(元)", "房票价(元)",
)  # fmt: skip
"""The columns of our own files; reading recognises each of them."""

Lines = Iterable[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """A table in our own columns: the name of its sheet, its heads, and one made-up line."""

    sheet: str
    heads: tuple[str, ...]
    example: tuple[Any, ...]


EXAMPLE: Final = (
    "3幢", "1", 11, "1101", 3, Decimal("89.50"), Decimal("72.30"), "南北", "毛坯",
    600000, "备2016-0012", 570000, 550000,
)  # fmt: skip

HOMES: Final = Layout("销控表", HEADS, EXAMPLE)

FILINGS: Final = Layout(
    "备案价",
    ("楼盘", "楼栋", "单元", "楼层", "室号", "建筑面积(㎡)", "备案价(元)", "备案编号", "备案日期"),
    ("滨江花园", "3幢", "1", 11, "1101", Decimal("89.50"), 600000, "备2016-0012", date(2016, 5, 20)),
)

SALES: Final = Layout(
    "网签合同",
    (
        *("合同编号", "楼盘", "楼栋", "单元", "室号", "签订日期", "合同总价(元)", "付款方式", "装修"),
        *("团购", "员工购房", "已注销", "房票付款"),
    ),
    (
        *("网签2016-000123", "滨江花园", "3幢", "1", "1101", date(2016, 5, 20), 560000, "按揭", "毛坯"),
        *("否", "否", "否", "否"),
    ),
)

LINES: Final = Layout(
    "补偿明细",
    (
        *("协议编号", "被征收人", "房屋价值补偿(元)", "装修补偿(元)", "附属物补偿(元)", "搬迁费(元)"),
        *("临时安置费(元)", "停产停业损失补偿(元)", "面积补助(元)", "签约奖励(元)", "搬迁奖励(元)"),
        "扣减(元)",
    ),
    ("协2016-0001", "王秀英", 1200000, 50000, 8000, 1500, 12000, None, 20000, 15000, 5000, 1000),
)

AGREEMENTS: Final = Layout(
    "补偿协议",
    ("协议编号", "户编号", "签订日期", *LINES.heads[1:], "应安置面积(㎡)", "安置人口"),
    ("协2016-0001", "HH-7K2M9-QX4HT", date(2016, 4, 20), *LINES.example[1:], Decimal("105.00"), 3),
)

_ORIENTATIONS: Final = {
    Orientation.SOUTH: "南",
    Orientation.NORTH_SOUTH: "南北",
    Orientation.SOUTH_EAST: "东南",
    Orientation.SOUTH_WEST: "西南",
    Orientation.EAST: "东",
    Orientation.WEST: "西",
    Orientation.EAST_WEST: "东西",
    Orientation.NORTH_EAST: "东北",
    Orientation.NORTH_WEST: "西北",
    Orientation.NORTH: "北",
}
_FINISHES: Final = {Finish.BARE: "毛坯", Finish.FITTED: "精装"}

_PAYMENTS: Final = {
    "full": "一次性",
    "mortgage": "按揭",
    "fund": "公积金",
    "mixed": "组合贷款",
    "instalment": "分期",
}

_BAD: Final = PatternFill("solid", start_color="FFF2B8B5")
_AUTHOR: Final = "安居"
MOST_MARKED: Final = 150_000
"""Cells of a workbook that is marked itself; a larger one gets a list of its bad rows instead."""


def stock_lines(stock: dict[Key, Present]) -> Iterator[list[Any]]:
    """Return a development's homes in the columns of ``HEADS``, by building, unit, storey and room."""
    for key in _in_order(stock):
        home = stock[key]
        yield [
            *key, home.rooms, home.area_m2, home.inner_area_m2,
            _ORIENTATIONS[Orientation(home.orientation)] if home.orientation else None,
            _FINISHES[Finish(home.finish)] if home.finish else None,
            _yuan(home.filed_fen), home.filing_number, _yuan(home.cash_fen), _yuan(home.voucher_fen),
        ]  # fmt: skip


def filing_lines(name: str, stock: dict[Key, Present]) -> Iterator[list[Any]]:
    """Return a development's homes with the bureau's filed prices, in the columns of ``FILINGS``.

    A home that the bureau filed nothing for has empty cells to be filled in.
    """
    for key in _in_order(stock):
        home = stock[key]
        filed = (_yuan(home.filed_fen), home.filing_number, home.filed_on)
        yield [name, *key, home.area_m2, *(filed if home.filed_source == "bureau" else (None, None, None))]


def contract_lines(sales: Iterable[CashSale]) -> Iterator[list[Any]]:
    """Return contracts that a registry's file brought, in the columns of ``SALES``, in their order."""
    for sale in sales:
        marks = (sale.is_bulk, sale.is_staff, sale.is_cancelled, sale.by_voucher)
        yield [
            *(sale.contract_number, sale.development_name, sale.building_name, sale.unit, sale.room),
            *(sale.signed_on, _yuan(sale.price_fen)),
            _PAYMENTS[sale.payment] if sale.payment else None,
            _FINISHES[Finish(sale.fit_out)] if sale.fit_out else None,
            *("是" if mark else "否" for mark in marks),
        ]


def as_csv(lines: Lines, layout: Layout) -> Iterator[str]:
    """Yield a CSV file, with the mark by which spreadsheets know UTF-8."""
    yield "\ufeff"
    for line in chain((layout.heads,), lines):
        out = io.StringIO()
        csv.writer(out).writerow([text_of(cell) for cell in line])
        yield out.getvalue()


def as_workbook(lines: Lines, layout: Layout) -> bytes:
    """Return a workbook of one sheet with a head that stays in sight."""
    return workbook(layout.heads, lines, name=layout.sheet)


def marked_workbook(
    content: BinaryIO, faults: Iterable[ImportFault], sentence: Callable[[ImportFault], str]
) -> bytes:
    """Return somebody's own workbook with each bad cell coloured and the reason in a comment."""
    book = load_workbook(content, keep_links=False)
    for fault in faults:
        if fault.sheet >= len(book.sheetnames):
            continue
        sheet = book[book.sheetnames[fault.sheet]]
        if isinstance(sheet, Worksheet):  # no chart
            _mark(sheet, fault, sentence(fault))
    return _saved(book)


def _mark(sheet: Worksheet, fault: ImportFault, text: str) -> None:
    cell = sheet.cell(fault.row, (fault.position or 0) + 1)
    if isinstance(cell, MergedCell):
        merged = next(area for area in sheet.merged_cells.ranges if cell.coordinate in area)
        cell = sheet.cell(merged.min_row, merged.min_col)
    if isinstance(cell, MergedCell):
        return
    cell.fill = _BAD
    before = f"{cell.comment.text}\n" if cell.comment else ""
    cell.comment = Comment(f"{before}{text}", _AUTHOR, height=120, width=320)


def bad_rows_workbook(rows: Iterable[tuple[str, str, Row]], width: int) -> bytes:
    """Return a workbook of bad rows alone: the sheet each stood on, why it is bad, its cells as they were."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "有问题的行"
    heads = ["工作表", "行号", "问题", *(get_column_letter(position + 1) for position in range(width))]
    sheet.append(heads)
    for name, reason, row in rows:
        cells = [_safe(shown(value)) for value in row.cells[:width]]
        sheet.append([_safe(name), row.number, _safe(reason), *cells])
        sheet.cell(sheet.max_row, 3).fill = _BAD
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.column_dimensions["C"].width = 60
    for (cell,) in sheet.iter_rows(min_row=2, min_col=3, max_col=3):
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "D2"
    return _saved(book)


def _safe(cell: Any) -> Any:
    return plain_cell(cell) if isinstance(cell, str) else cell


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def _in_order(stock: dict[Key, Present]) -> list[Key]:
    return sorted(stock, key=lambda key: (_natural(key[0]), _natural(key[1]), key[2], _natural(key[3])))


def _natural(text: str) -> tuple[int, str]:
    """Return a key that puts unit 2 before unit 10."""
    return len(text), text


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
