"""Reads a bank's statement as CSV with Chinese headings; whatever does not fit refuses the whole file."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.core.money import yuan_to_fen
from app.payments.errors import StatementInvalid

MOST_BYTES: Final = 2 * 1024 * 1024
_HEADS: Final = {
    "serial": ("流水号", "交易流水号", "银行流水号", "凭证号"),
    "received_on": ("交易日期", "入账日期", "记账日期", "日期"),
    "amount": ("收入金额", "贷方发生额", "贷方金额", "收入", "交易金额", "金额"),
    "payer_name": ("对方户名", "付款人名称", "付款人", "对方名称"),
    "memo": ("摘要", "附言", "用途", "备注"),
}
"""What the columns are called by different banks; memo may be missing, all others must be there."""
_DAYS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d")


@dataclass(frozen=True, slots=True)
class Received:
    """One sum that came in, in fen."""

    serial: str
    received_on: date
    amount_fen: int
    payer_name: str
    memo: str


def read(content: bytes) -> list[Received]:
    """Return the sums that came in; lines of money going out are left out. Raises StatementInvalid."""
    if len(content) > MOST_BYTES:
        raise StatementInvalid(1, "too_long")
    rows = list(csv.reader(io.StringIO(_text(content))))
    place, columns = _head(rows)
    found: dict[str, Received] = {}
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        if not any(cell.strip() for cell in row):
            continue
        one = _line(number, {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()})
        if one is None:
            continue
        if one.serial in found:
            raise StatementInvalid(number, "serial_twice")
        found[one.serial] = one
    if not found:
        raise StatementInvalid(1, "empty")
    return list(found.values())


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise StatementInvalid(1, "not_text")


def _head(rows: list[list[str]]) -> tuple[int, dict[str, int]]:
    """Return the row of the headings, within the first ten, and where each column stands."""
    for place, row in enumerate(rows[:10]):
        cells = [cell.strip() for cell in row]
        columns = {
            name: next(cells.index(word) for word in words if word in cells)
            for name, words in _HEADS.items()
            if any(word in cells for word in words)
        }
        if columns.keys() >= _HEADS.keys() - {"memo"}:
            return place, columns
    raise StatementInvalid(1, "no_head")


def _line(number: int, cells: dict[str, str]) -> Received | None:
    typed = cells["amount"].replace(",", "").replace("，", "").removeprefix("+").removeprefix("¥")
    try:
        amount_fen = yuan_to_fen(typed) if typed else 0
    except ValueError as error:
        raise StatementInvalid(number, "amount") from error
    if amount_fen <= 0:
        return None
    if not cells["serial"] or len(cells["serial"]) > 60:
        raise StatementInvalid(number, "serial")
    day = _day(cells["received_on"])
    if day is None:
        raise StatementInvalid(number, "day")
    texts = [cells["payer_name"][:100], cells.get("memo", "")[:200]]
    if not all(text.isprintable() for text in (cells["serial"], *texts)):
        raise StatementInvalid(number, "text")
    return Received(cells["serial"], day, amount_fen, *texts)


def _day(typed: str) -> date | None:
    for shape in _DAYS:
        try:
            return datetime.strptime(typed[:10], shape).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None
