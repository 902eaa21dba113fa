"""The reserved columns of a table of contracts: how it was paid and handed over, its marks. Pure."""

import re
from decimal import Decimal
from typing import Final

from app.imports.cells import Value
from app.imports.readings import Unreadable, text_of
from app.sales.rules import Payment

_PAYMENTS: Final[tuple[tuple[Payment, re.Pattern[str]], ...]] = (
    ("mixed", re.compile(r"组合|mixed")),
    ("fund", re.compile(r"公积金|^fund$")),
    ("instalment", re.compile(r"分期|instal")),
    ("mortgage", re.compile(r"按揭|贷款|商贷|mortgage")),
    ("full", re.compile(r"一次性|全款|全额|现金|^full$")),
)
"""In the order in which a text is tried: 公积金组合贷款 is mixed."""

MARKS: Final = {
    "bulk": re.compile(r"团购|批量|大宗"),
    "staff": re.compile(r"员工|内部|职工"),
    "cancelled": re.compile(r"已?(注销|撤销|作废)"),
    "voucher_paid": re.compile(r"房票(付款|购房)?"),
}
"""The marks of a contract, each with the words that say yes in its own column."""

_YES: Final = frozenset({"是", "有", "1", "y", "yes", "true", "√", "✓", "v", "x"})
_NO: Final = frozenset(
    {
        "否",
        "不是",
        "非",
        "没有",
        "0",
        "n",
        "no",
        "false",
        "×",
        "有效",
        "正常",
        "已备案",
        "未注销",
        "现金",
        "个人",
        "普通",
    }
)


def payment_of(value: Value) -> Payment | None:
    """Return how a contract was paid; None for nothing. Raises Unreadable."""
    text = text_of(value).lower()
    if not text:
        return None
    found = next((payment for payment, words in _PAYMENTS if words.search(text)), None)
    if found is None:
        raise Unreadable("payment_unknown")
    return found


def mark_of(value: Value, words: re.Pattern[str]) -> bool:
    """Return whether a contract bears a mark; an empty cell says no. Raises Unreadable."""
    if isinstance(value, bool):
        return value
    text = (
        ("1" if value == 1 else "0" if value == 0 else "?") if isinstance(value, Decimal) else text_of(value)
    )
    if not text or text.lower() in _NO:
        return False
    if text.lower() in _YES or words.fullmatch(text):
        return True
    raise Unreadable("mark_unknown")
