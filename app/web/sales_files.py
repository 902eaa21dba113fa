"""The words about the registry's file: what each column holds, and what is wrong with a line of it.

The reader names faults in English, for commands and logs and the record; people at a page read them here.
"""

import re
from typing import Any, Final

from app.sales.errors import SalesFileInvalid
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

WHOLE_LINE: Final = "-"

COLUMNS: Final = {
    "contract_number": (_l("合同编号"), _l("最多 60 个字，一个文件里不能重复")),
    "development": (_l("楼盘"), _l("和平台上的楼盘名称一样")),
    "building": (_l("楼栋"), _l("和平台上的楼栋名称一样，例如 3幢")),
    "unit": (_l("单元"), _l("例如 2，也可以写 2单元")),
    "room": (_l("室号"), _l("例如 1101，也可以写 1101室")),
    "signed_on": (_l("签订日期"), _l("例如 2016-05-25，不能晚于今天")),
    "price": (_l("合同总价"), _l("单位是元，例如 450000.00，不写逗号和“万”")),
    "payment": (
        _l("付款方式"),
        _l("一次性写 full，按揭写 mortgage，公积金写 fund，组合写 mixed，分期写 instalment；可以空着"),
    ),
    "fit_out": (_l("装修"), _l("毛坯写 bare，精装写 fitted；可以空着")),
    "bulk": (_l("是不是团购"), _l("是写 1，不是写 0 或空着")),
    "staff": (_l("是不是员工购房"), _l("是写 1，不是写 0 或空着")),
    "cancelled": (_l("合同是不是已注销"), _l("是写 1，不是写 0 或空着")),
    "voucher_paid": (_l("是不是用房票付款"), _l("是写 1，不是写 0 或空着")),
}
"""Name and content of each column, in the order people read them."""

OUTCOMES: Final = {
    "sold": _l("售出，退出房源库"),
    "conflict": _l("和锁定或别的合同有冲突"),
    "unmatched": _l("没有对应的房源"),
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
        (r"is no column of the contract", _l("不是要求的列名，请照上传页面上的写")),
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


def guide() -> list[list[str]]:
    """Return the columns that a file must have: heading, name, how to write it."""
    return [[column, str(name), str(how)] for column, (name, how) in COLUMNS.items()]


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
    name = (
        _("%(name)s（%(column)s）", name=COLUMNS[column][0], column=column) if column in COLUMNS else column
    )
    return _("“%(name)s”列，%(told)s", name=name, told=told)


def _told(reason: str) -> str:
    for pattern, words in REASONS:
        if found := pattern.fullmatch(reason):
            return str(_(str(words), **dict(zip("abc", found.groups(), strict=False))))
    return reason
