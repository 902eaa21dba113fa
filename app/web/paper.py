"""The words of papers, and where their QR codes lead."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import url_for

from app.core import clock
from app.core.spreadsheet import Cell, text_of
from app.documents.papers import Column, List
from app.reports.checking import Verdict
from app.vouchers.paper_queries import Line
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

KINDS: Final[dict[str, Any]] = {
    "live": _l("有效"),
    "spoiled": _l("作废"),
    "unprinted": _l("还没有打印"),
}

REASONS: Final[dict[str, Any]] = {
    "misprint": _l("打坏、卡纸"),
    "damaged": _l("破损"),
    "lost": _l("遗失，挂失补发"),
    "corrected": _l("内容更正"),
    "extended": _l("使用期限有变，要换印"),
    "moved": _l("已经转让、拆分、合并或继承，换发新房票"),
}

VERDICTS: Final[dict[Verdict, tuple[Any, str, Any]]] = {
    Verdict.UNKNOWN: (
        _l("查不到"),
        "bad",
        _l("系统里没有这张纸。查验码输错了，或者这张纸是假的。请和征收办窗口核实，不要凭它交易。"),
    ),
    Verdict.GENUINE: (_l("真的，可以使用"), "good", _l("请核对纸上的编号和金额，和下面的一致才是真的。")),
    Verdict.HELD: (
        _l("真的，有金额正锁定着一套房"),
        "wait",
        _l("一部分或全部金额已经为一套房留出，不能再用到别的房上。请核对纸上的编号和金额。"),
    ),
    Verdict.SPENT: (_l("真的，已经用完"), "plain", _l("这张房票的金额已经全部用掉，不能再买房。")),
    Verdict.LAPSED: (_l("真的，已经过期"), "bad", _l("使用期限已过，不能再买房。余额怎么办，请到窗口问。")),
    Verdict.ENDING: (
        _l("真的，余额正在办理兑付"),
        "wait",
        _l("余额正在办理兑付或逾期手续，不能再买房。"),
    ),
    Verdict.ENDED: (_l("真的，已经办结"), "plain", _l("这张房票的余额已经兑付或办结，不能再买房。")),
    Verdict.MOVING: (
        _l("真的，正在办理转让、拆分、合并或继承"),
        "wait",
        _l("正在办理转让、拆分、合并或继承，不能用来买房，也不要凭它交易。"),
    ),
    Verdict.STOPPED: (
        _l("真的，已经止付"),
        "bad",
        _l("这张房票现在不能用，不要凭它交易。为什么，请持票人到征收办窗口问。"),
    ),
    Verdict.MOVED: (
        _l("作废，已经换发"),
        "bad",
        _l("这张房票已经转让、拆分、合并或继承，余额在换发的新房票上。这张纸不能再用。"),
    ),
    Verdict.VOID: (_l("作废"), "bad", _l("这张纸已经作废，不能使用。")),
    Verdict.REPLACED: (_l("作废，已换新纸"), "bad", _l("这张纸已经作废，换了新的一张。请看新纸上的二维码。")),
    Verdict.SHEET_HOLDS: (_l("明白纸，是最新的一版"), "good", _l("内容和系统里的一致。")),
    Verdict.SHEET_VOID: (
        _l("明白纸，已经作废"),
        "bad",
        _l("内容已经有变化。请到窗口或在“我的房票”里打印新的一版。"),
    ),
    Verdict.RECEIPT_HOLDS: (
        _l("购房凭单，真的"),
        "good",
        _l("这笔购房已经用房票买成。请核对纸上的编号和合同总价，和下面的一致才是真的。"),
    ),
    Verdict.RECEIPT_ADJUSTED: (
        _l("购房凭单，房款变更过"),
        "wait",
        _l("这笔购房有效，房款后来变更过。总价以下面的为准，纸上不同的请重新打印。"),
    ),
    Verdict.RECEIPT_REVERSED: (
        _l("购房凭单，已经作废"),
        "bad",
        _l("这笔购房已经撤销，房票金额已经退回，这张凭单不能再用。"),
    ),
}

REGISTER: Final = (
    "房票编号",
    "被征收人",
    "项目",
    "补偿协议",
    "票面金额(元)",
    "发放日期",
    "用到",
    "纸张编号",
    "打印时间",
    "作废时间",
    "作废原因",
)
"""The columns of the register as a file."""


def check_address(mark: str) -> str:
    """Return the whole address that a paper's QR code leads to."""
    return url_for("public.check_paper", mark=mark, _external=True)


def register_rows(lines: Iterable[Line]) -> list[list[Cell]]:
    """Return the register's lines in the columns of ``REGISTER``."""
    return [_register_row(line) for line in lines]


_WIDE: Final = {"被征收人", "项目", "补偿协议"}
_FIXED: Final = {"房票编号", "发放日期", "用到", "纸张编号", "打印时间", "作废时间"}


def register_list(lines: Sequence[Line], facts: Sequence[tuple[str, str]], *, printed: str) -> List:
    """Return the register as it is printed: sums with commas, a moment's day above its time."""
    columns = [
        Column(name, numeric="(元)" in name, wide=name in _WIDE, fixed=name in _FIXED) for name in REGISTER
    ]
    rows = [_printed_row(line) for line in lines]
    return List(_("房票发放登记簿"), facts, columns, rows, printed, wide=True)


def _printed_row(line: Line) -> list[str]:
    row = dict(zip(REGISTER, map(text_of, _register_row(line)), strict=True))
    row["票面金额(元)"] = formatting.typed_yuan(line.voucher.face_fen)
    for moment in ("打印时间", "作废时间"):
        row[moment] = row[moment].replace(" ", "\n")
    expires_at = line.voucher.expires_at
    row["用到"] = formatting.last_day(expires_at).replace("（", "\n（") if expires_at else ""
    return list(row.values())


def _register_row(line: Line) -> list[Cell]:
    voucher, sheet = line.voucher, line.sheet
    return [
        voucher.ref,
        voucher.household.holder_name,
        voucher.household.project.name,
        voucher.agreement.number,
        formatting.file_yuan(voucher.face_fen),
        clock.legal_day(voucher.issued_at) if voucher.issued_at else None,
        clock.last_day(voucher.expires_at) if voucher.expires_at else None,
        sheet.serial if sheet else "",
        sheet.printed_at if sheet else None,
        sheet.spoiled_at if sheet else None,
        str(REASONS[sheet.reason]) if sheet and sheet.reason else "",
    ]


def sheet_words(line: Line) -> str:
    """Return in a sentence what paper a voucher of the register is on."""
    sheet = line.sheet
    if sheet is None:
        return _("还没有打印")
    if sheet.spoiled_at is None:
        return _("纸张 %(serial)s，%(at)s 打印", serial=sheet.serial, at=formatting.moment(sheet.printed_at))
    return _(
        "纸张 %(serial)s，%(at)s 作废：%(reason)s",
        serial=sheet.serial,
        at=formatting.moment(sheet.spoiled_at),
        reason=REASONS[sheet.reason or ""],
    )
