"""The bank's table: what its columns are called, and what its receipt says of a batch. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from app.core.errors import DomainError
from app.imports.cells import Broken, plain
from app.ledger.bank_text import read_day, read_fen, read_number

DEFAULT_COLUMNS: Final[dict[str, str]] = {
    "reference": "付款编号",
    "holder_name": "收款户名",
    "bank": "收款银行",
    "number": "收款账号",
    "amount": "金额",
    "memo": "用途",
    "serial": "银行流水号",
    "paid_on": "付款日期",
    "result": "处理结果",
}
"""What the columns are called unless the district says otherwise; the last three are the receipt's own."""
SENT: Final = ("reference", "holder_name", "bank", "number", "amount", "memo")
_RECEIVED: Final = ("reference", "number", "amount", "serial", "paid_on", "result")
_PAID: Final = frozenset({"成功", "已付", "交易成功", "付款成功", "SUCCESS"})
_FAILED: Final = re.compile(
    "^(?!.*(?:[中待重]|部分)).*(失败|不成功|未成功|不符|退汇|退票|退回|拒绝|拒付|错误|不存在|销户|冻结|有误|FAIL|REJECT|RETURN)"
)
"""Results that say nothing was paid. By any other (处理中, 部分退汇, 退汇后重汇) all or some of it may be."""
_DONE: Final = re.compile("(?<![不未])成功|已付|(?<!UN)SUCCESS")
"""What a result says of money that went: with a failure beside it (失败后补付成功) it says both."""
MOST_ROWS: Final = 1000
_ROUNDED: Final = Decimal(10) ** 15
"""From here on a spreadsheet has no room for the last digits of a number."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line of a receipt; ``failure`` is what the bank says against a payment, empty when it paid.

    ``is_unclear``: it says neither that it was paid nor that it was not; ``failure`` is what it says.
    """

    row: int
    reference: str
    number: str
    amount_fen: int
    serial: str
    paid_on: date | None
    failure: str
    is_unclear: bool = False


def read(rows: Iterable[tuple[int, Sequence[object]]], columns: Mapping[str, str]) -> list[ReceiptLine]:
    """Return the lines of a receipt: rows with their numbers, the heading among the first ten.

    Raises DomainError at ``file``: ``receipt_no_head``, ``receipt_row_bad`` with its row, ``receipt_empty``.
    """
    places: dict[str, int] = {}
    found: list[ReceiptLine] = []
    for count, (number, cells) in enumerate(rows):
        if count > MOST_ROWS:
            raise DomainError("receipt_too_long", "file", most=MOST_ROWS)
        texts = [_text(cell) for cell in cells]
        if not places:
            places = _head(texts, columns)
            if not places and count >= 9:
                break
            continue
        if any(texts):
            found.append(_line(number, {name: _at(cells, place) for name, place in places.items()}))
    if not places:
        raise DomainError("receipt_no_head", "file", columns="、".join(columns[name] for name in _RECEIVED))
    if not found:
        raise DomainError("receipt_empty", "file")
    return found


def _head(texts: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    if not all(columns[name] in texts for name in _RECEIVED):
        return {}
    return {name: list(texts).index(columns[name]) for name in _RECEIVED}


def _text(cell: object) -> str:
    """Return a cell as a person sees it.

    Programs store 1.0E7 and 123.0 where they mean 10000000 and 123; with more digits than a spreadsheet keeps
    a number stays as it is stored, and is told to be rounded.
    """
    if isinstance(cell, Decimal) and abs(cell) < _ROUNDED:
        return plain(cell)
    return "" if cell is None else str(cell).strip().lstrip("'")


def _at(cells: Sequence[object], place: int) -> object:
    return cells[place] if place < len(cells) else None


def _line(number: int, cells: Mapping[str, object]) -> ReceiptLine:
    if any(isinstance(cell, Broken) for cell in cells.values()):
        raise DomainError("receipt_row_bad", "file", row=number)
    texts = {name: _text(cell) for name, cell in cells.items()}
    said = texts["result"].upper()
    is_paid = said in _PAID
    day = _day(cells["paid_on"])
    try:
        amount_fen = read_fen(texts["amount"])
        account, serial = read_number(texts["number"]).replace("-", ""), _visible(texts["serial"])
        reference = _visible(texts["reference"])
    except ValueError as error:
        raise DomainError("receipt_row_bad", "file", row=number) from error
    if not reference or not texts["result"] or (is_paid and (day is None or not serial)):
        raise DomainError("receipt_row_bad", "file", row=number)
    return ReceiptLine(
        row=number,
        reference=reference,
        number=account,
        amount_fen=amount_fen,
        serial=serial,
        paid_on=day,
        failure="" if is_paid else texts["result"],
        is_unclear=not is_paid and bool(not _FAILED.search(said) or _DONE.search(said)),
    )


def demand_clear(lines: Iterable[ReceiptLine]) -> None:
    """Refuse a file a line of which says neither that it was paid nor that it was not.

    Raises DomainError("receipt_unclear") at ``file`` with its row.
    """
    for line in lines:
        if line.is_unclear:
            raise DomainError("receipt_unclear", "file", row=line.row, result=line.failure[:40])


def _visible(cell: str) -> str:
    """Return a number as ``ledger.bank`` keeps references: one that has unseen signs is the same number."""
    return "".join(sign for sign in read_number(cell) if sign.isprintable())


def _day(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return read_day(_text(cell))
