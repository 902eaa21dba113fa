"""The words of rosters and batches."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from app.projects.models import Election
from app.projects.roster import Entry
from app.vouchers.batch_queries import Checked
from app.vouchers.batch_rules import LeftOut
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    "submitted": (_l("等待复核"), "wait"),
    "approved": (_l("复核通过，正在发放"), "wait"),
    "issued": (_l("已发放"), "good"),
    "returned": (_l("已退回"), "bad"),
}

ELECTIONS: Final[dict[Election, Any]] = {Election.VOUCHER: _l("房票"), Election.CASH: _l("货币补偿")}

LEFT_OUT: Final[dict[LeftOut, Any]] = {
    LeftOut.DISPUTE: _l("有未了的争议"),
    LeftOut.CASH: _l("选择货币补偿"),
    LeftOut.NO_AGREEMENT: _l("还没有补偿协议"),
    LeftOut.ISSUED: _l("已经发放"),
    LeftOut.WAITING: _l("已提交，等待复核"),
    LeftOut.BATCHED: _l("这一户已在别的批次里，补签的协议请单独发放"),
    LeftOut.NOTHING_IN_FACE: _l("计入票面的补偿一分也没有，按政策全部以货币支付；确实如此的请改为货币补偿"),
    LeftOut.NOT_VACATED: _l("还没有登记交房腾空的日期"),
    LeftOut.PARTS_MISSING: _l("还没有录入补偿明细"),
    LeftOut.ENTITLED_MISSING: _l("还没有登记应安置面积"),
    LeftOut.RESIDENTS_MISSING: _l("还没有登记安置人口"),
}

FAULTS: Final[dict[str, Any]] = {
    "sum": _l("协议总额变了"),
    "cash": _l("这一户改选了货币补偿"),
    "dispute": _l("这一户有未了的争议"),
}


def household_link(ref: str, name: str) -> Markup:
    """Return a link to a household by its holder's name."""
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(
        url_for("authority.household", ref=ref), name
    )


def left_out_counts(left_out: Sequence[tuple[Entry, LeftOut]]) -> list[tuple[str, str]]:
    """Return how many lines of a roster are left out for each reason, in words."""
    counts = Counter(reason for _, reason in left_out)
    return [(str(LEFT_OUT[reason]), _("%(count)d 户", count=counts[reason])) for reason in counts]


def left_out_rows(left_out: Sequence[tuple[Entry, LeftOut]]) -> list[list[Any]]:
    """Return the rows of the table of those left out."""
    return [
        [
            household_link(entry.household_ref, entry.holder_name),
            entry.agreement_number or _("没有"),
            _left_out_words(entry, reason),
            formatting.yuan(entry.sum_fen) if entry.agreement_id else "",
        ]
        for entry, reason in left_out
    ]


def _left_out_words(entry: Entry, reason: LeftOut) -> str:
    if reason is LeftOut.DISPUTE:
        return _("有未了的争议：%(about)s", about=entry.dispute)
    return str(LEFT_OUT[reason])


def entry_rows(entries: Sequence[Entry]) -> list[list[Any]]:
    """Return the rows of the table of those who get a voucher."""
    return [
        [
            household_link(entry.household_ref, entry.holder_name),
            entry.agreement_number,
            _("没有录入") if entry.lines_fen is None else formatting.yuan(entry.lines_fen),
            formatting.yuan(entry.sum_fen),
        ]
        for entry in entries
    ]


def checked_rows(rows: Sequence[Checked]) -> list[list[Any]]:
    """Return the rows of a batch's table: each voucher beside its agreement, and what does not fit."""
    return [
        [
            Markup('<a class="govuk-link" href="{}">{}</a>').format(
                url_for("authority.voucher", ref=row.voucher.ref), row.voucher.ref
            ),
            row.voucher.household.holder_name,
            formatting.yuan(row.entry.sum_fen) if row.entry else "",
            formatting.yuan(row.voucher.face_fen),
            "；".join(str(FAULTS[fault]) for fault in row.faults) or _("一致"),
        ]
        for row in rows
    ]
