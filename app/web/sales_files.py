"""The words about the registry's file: its columns, what came of a line, and what is wrong with one.

The reader names faults in English, for commands and logs and the record; people at a page read them here.
"""

import re
from typing import Any, Final

from app.sales.errors import SalesFileInvalid
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

WHOLE_LINE: Final = "-"

COLUMNS: Final = {
    "contract_number": _l("合同编号"),
    "development": _l("楼盘"),
    "building": _l("楼栋"),
    "unit": _l("单元"),
    "room": _l("室号"),
    "signed_on": _l("签订日期"),
    "price": _l("合同总价"),
    "payment": _l("付款方式"),
    "fit_out": _l("装修"),
    "bulk": _l("是不是团购"),
    "staff": _l("是不是员工购房"),
    "cancelled": _l("合同是不是已注销"),
    "voucher_paid": _l("是不是用房票付款"),
}
"""The name of each column, in the order people read them."""

OUTCOMES: Final = {
    "sold": _l("售出，退出房源库"),
    "conflict": _l("和锁定或别的合同有冲突"),
    "unmatched": _l("没有对应的房源"),
    "doubtful": _l("有几套房对得上，全部退出房源库，等征收办认定"),
    "corrected": _l("更正了原来登记的房号"),
    "amended": _l("确认或更正了原来的登记"),
    "cancelled": _l("合同注销"),
    "noted": _l("房票付款，仅登记"),
    "unchanged": _l("已经登记过，没有变化"),
}
"""What can come of a line, in the order people read them."""

REASONS: Final[tuple[tuple[re.Pattern[str], Any], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"more than (\d+) rows", _l("超过 %(a)s 行，请分成几个文件")),
        (r"already stands in line (\d+)", _l("和第 %(a)s 行重复")),
        (r"there are no rows", _l("只有列名，没有合同")),
        (r"larger than (\d+) MiB", _l("文件大于 %(a)s MB，请分成几个文件")),
        (r"is not UTF-8 text", _l("文字编码不是 UTF-8，请用 Excel 打开，另存为“CSV UTF-8”")),
        (r"is longer than (\d+) characters", _l("超过 %(a)s 个字")),
        (r"holds the control character (U\+\w+)", _l("有看不见的控制字符（%(a)s），请删除")),
        (r"is empty", _l("是空的")),
        (r"quotes do not match.*", _l("英文引号没有成对")),
        (r"is no column of the contract", _l("不是要求的列名，请照文件说明里的写")),
        (r"stands twice", _l("这个列名写了两次")),
        (r"is missing", _l("缺少这一列")),
        (r"has (\d+) values, not (\d+)", _l("有 %(a)s 个值，应该是 %(b)s 个")),
        (r"(.*) is no day such as .*", _l("%(a)s 不是日期，要写成 2016-05-25 这样")),
        (r"(.*) is not in the calendar", _l("没有 %(a)s 这一天")),
        (r"(.*) is not between (\S+) and (\S+)", _l("%(a)s 不在 %(b)s 和 %(c)s 之间")),
        (r"(.*) is no amount in yuan such as .*", _l("%(a)s 不是金额，要以元为单位，写成 560000.00 这样")),
        (r"is zero", _l("要大于零")),
        (r"(.*) is none of (.*)", _l("%(a)s 不行，只能写 %(b)s")),
        (r"(.*) is neither 0 nor 1", _l("%(a)s 不行，只能写 0 或 1")),
        (r"('.*') is .*", _l("%(a)s 不能用")),
    )
)
"""What the reader may find wrong, and the words for it; a test keeps the list whole."""

_PROBLEM: Final = re.compile(r"line (\d+), column (.*?): (.*)", re.DOTALL)


def in_words(error: SalesFileInvalid) -> SalesFileInvalid:
    """Return the same refusal with its reason in words for people, the column named in them."""
    return SalesFileInvalid(error.line, error.column, _reason(error.column, error.reason))


def problem_in_words(problem: str) -> str:
    """Return the words for a refusal as it stands on record."""
    found = _PROBLEM.fullmatch(problem)
    if not found:
        return problem
    line, column, reason = found.groups()
    return _("第 %(line)s 行：%(reason)s", line=line, reason=_reason(column, reason))


def _reason(column: str, reason: str) -> str:
    told = _told(reason)
    if column == WHOLE_LINE:
        return told
    name = _("%(name)s（%(column)s）", name=COLUMNS[column], column=column) if column in COLUMNS else column
    return _("“%(name)s”列，%(told)s", name=name, told=told)


def _told(reason: str) -> str:
    for pattern, words in REASONS:
        if found := pattern.fullmatch(reason):
            return str(_(str(words), **dict(zip("abc", found.groups(), strict=False))))
    return reason
