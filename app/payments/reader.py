"""Reads a bank's statement as CSV with Chinese headings; whatever does not fit refuses the whole file."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from app.core.money import MAX_FEN
from app.ledger.bank_text import read_day, read_fen, read_number
from app.payments.errors import StatementInvalid, StatementOneWay

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_ROWS: Final = 20_000
_HEADS: Final = {
    "serial": ("流水号", "交易流水号", "银行流水号", "凭证号"),
    "received_on": ("交易日期", "入账日期", "记账日期", "日期"),
    "amount": ("收入金额", "贷方发生额", "贷方金额", "收入", "交易金额", "金额"),
    "payer_name": ("对方户名", "付款人名称", "付款人", "对方名称"),
    "payer_account": ("对方账号", "付款人账号", "付款账号"),
    "account": ("本方账号", "收款账号", "收款人账号", "监管账号"),
    "memo": ("摘要", "附言", "用途", "备注"),
    "way": (
        *("借贷标志", "借贷方向", "借贷标识", "借贷标记", "借贷", "借/贷"),
        *("收支方向", "收支标志", "收支", "收/支", "收付标志", "收/付"),
    ),
}
"""What the columns are called by different banks."""
_OPTIONAL: Final = frozenset({"memo", "payer_account", "account", "way"})
_IN: Final = frozenset({"贷", "贷方", "贷记", "收", "收入", "转入", "C", "CR"})
_OUT: Final = frozenset({"借", "借方", "借记", "付", "支", "支出", "付出", "转出", "D", "DR"})
"""What a column says of a sum that has no sign: whether it came in, or went out."""
_EITHER: Final = frozenset({"交易金额", "金额"})
"""Columns in which a sum that went out may stand below zero; in the others that takes back what came in."""
_LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class Received:
    """One sum that came in, in fen; its line of the file, and where it came from and went to, if told."""

    serial: str
    received_on: date
    amount_fen: int
    payer_name: str
    memo: str
    payer_account: str = ""
    account: str = ""
    line: int = 0


def read(content: bytes, *, all_came_in: bool = False) -> list[Received]:
    """Return the sums that came in; lines of money going out are left out.

    A line that comes twice, to the day and the fen, comes twice here: whoever takes them in takes one.
    Raises StatementInvalid; StatementOneWay for a file in which nothing tells what came in from what went
    out, unless a person says (``all_came_in``) that nothing went out.
    """
    rows = _rows(content)
    place, columns = _head(rows)
    came_in = rows[place][columns["amount"]].strip() not in _EITHER
    found: list[Received] = []
    signed = False
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items()}
        amount_fen = _amount(number, cells)
        signed = signed or amount_fen < 0
        one = _line(number, cells, amount_fen, came_in=came_in)
        if one is not None:
            found.append(one)
    if not found:
        raise StatementInvalid(1, "empty")
    tells_apart = came_in or "way" in columns or signed
    if not tells_apart and not all_came_in:
        raise StatementOneWay(len(found))
    if sum(one.amount_fen for one in found) > MAX_FEN:
        raise StatementInvalid(max(found, key=lambda one: one.amount_fen).line, "amount")
    return found


def _rows(content: bytes) -> list[list[str]]:
    """Return the rows of a file. A quote that is never closed, or closed lines later, would hide lines."""
    if len(content) > MOST_BYTES:
        raise StatementInvalid(1, "too_long")
    lines = csv.reader(io.StringIO(_text(content)), strict=True)
    try:
        rows = list(islice(lines, MOST_ROWS + 1))
    except csv.Error as error:
        raise StatementInvalid(lines.line_num, "not_text") from error
    if len(rows) > MOST_ROWS:
        raise StatementInvalid(MOST_ROWS, "too_long")
    for number, row in enumerate(rows, start=1):
        if any("\n" in cell or "\r" in cell for cell in row):
            raise StatementInvalid(number, "text")
    return rows


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
        if columns.keys() >= _HEADS.keys() - _OPTIONAL:
            return place, columns
    raise StatementInvalid(1, "no_head")


def _amount(number: int, cells: dict[str, str]) -> int:
    try:
        return read_fen(cells["amount"]) if cells["amount"] else 0
    except ValueError as error:
        raise StatementInvalid(number, "amount") from error


def _line(number: int, cells: dict[str, str], amount_fen: int, *, came_in: bool) -> Received | None:
    way = cells.get("way", "").upper()
    if amount_fen < 0 and (way in _IN or (came_in and way not in _OUT)):
        raise StatementInvalid(number, "reversed")
    if amount_fen <= 0 or way in _OUT:
        return None
    if "way" in cells and way not in _IN:
        raise StatementInvalid(number, "way")
    serial = _number(number, cells, "serial")
    if not serial:
        raise StatementInvalid(number, "serial")
    day = read_day(cells["received_on"])
    if day is None:
        raise StatementInvalid(number, "day")
    received = Received(
        serial=serial,
        received_on=day,
        amount_fen=amount_fen,
        payer_name=cells["payer_name"][:100],
        memo=cells.get("memo", "")[:200],
        payer_account=_number(number, cells, "payer_account"),
        account=_number(number, cells, "account"),
        line=number,
    )
    texts = (serial, received.payer_name, received.payer_account, received.memo)
    if not all(text.isprintable() for text in texts):
        raise StatementInvalid(number, "text")
    return received


def _number(number: int, cells: dict[str, str], name: str) -> str:
    """Return a serial or an account as it is kept; an account that a spreadsheet rounded is not known."""
    try:
        kept = read_number(cells.get(name, ""))
    except ValueError:
        kept = None
    if kept is not None and len(kept) <= _LONGEST_NUMBER:
        return kept
    if name == "payer_account":
        return ""
    raise StatementInvalid(number, name)
