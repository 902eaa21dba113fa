"""The words that developer, household and authority see of how developers are paid."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.core.spreadsheet import Cell, text_of
from app.documents.papers import Column, List
from app.policies.settling import ENDS
from app.redemptions.models import Redemption
from app.reports.words import KINDS, STAGES
from app.settlements.milestones import BY_OFFICERS
from app.settlements.money_models import SettlementClaim, SettlementLine
from app.settlements.payment_models import SettlementPayment
from app.settlements.reports import Row, Totals
from app.settlements.rules import Part
from app.settlements.shares import Share
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.redemptions import place

MILESTONES: Final[dict[str, Any]] = {
    "groundwork": _l("基础到正负零"),
    "part_built": _l("主体建到约定的部分"),
    "topped_out": _l("主体结构封顶"),
    "frame_checked": _l("主体结构验收"),
    "completed": _l("竣工验收备案"),
    "building_registered": _l("楼栋首次登记"),
    "handover": _l("交房"),
    "certificate": _l("不动产权证"),
}

_BY_OFFICERS: Final = {
    "reported": (_l("等征收办核对"), "wait"),
    "confirmed": (_l("征收办已核对"), "good"),
    "objected": (_l("征收办退回"), "bad"),
}
MILESTONE_STATES: Final[dict[str, dict[str, tuple[Any, str]]]] = {
    "handover": {
        "reported": (_l("等住户确认"), "wait"),
        "confirmed": (_l("住户已确认"), "good"),
        "objected": (_l("住户说不对"), "bad"),
    },
    **dict.fromkeys(BY_OFFICERS, _BY_OFFICERS),
}
"""The word and the tone of each state."""

EVENTS: Final[dict[str, Any]] = {
    "contract": _l("签合同"),
    "filed": _l("网签备案"),
    "verified": _l("核销"),
    **MILESTONES,
}
"""What a part of the money waits for."""

STANDINGS: Final[dict[str, Any]] = {
    "late30": _l("逾期 30 天以内"),
    "late60": _l("逾期 31 到 60 天"),
    "late90": _l("逾期 61 到 90 天"),
    "late": _l("逾期 90 天以上"),
    "coming": _l("已到条件，没有逾期"),
    "contract": _l("等签合同"),
    "filed": _l("等网签备案"),
    "verified": _l("等核销"),
    "groundwork": _l("等基础到正负零"),
    "part_built": _l("等主体建到约定的部分"),
    "topped_out": _l("等主体结构封顶"),
    "frame_checked": _l("等主体结构验收"),
    "completed": _l("等竣工验收备案"),
    "building_registered": _l("等楼栋首次登记"),
    "handover": _l("等交房"),
    "certificate": _l("等不动产权证"),
    "applied": _l("已到条件，等房企申请"),
    "back": _l("多付，要房企退回"),
    "paid": _l("已付清"),
}
"""How a part stands."""

RUNNING: Final[dict[str, Any]] = {
    "bonus": _l("购房后另发的持票利息"),
    "ending": _l("余额兑付等退款的利息"),
}
"""What bears interest that is owed to households once it is paid."""

UNITS: Final[dict[str, Any]] = {
    "days": _l("天"),
    "working_days": _l("个工作日"),
    "months": _l("个月"),
    "month_ends": _l("月末"),
    "quarter_ends": _l("季度末"),
    "half_year_ends": _l("半年末"),
}

CLAIM_STATES: Final[dict[str, tuple[Any, str]]] = {
    "submitted": (_l("等经办人核对"), "wait"),
    "checked": (_l("等复核"), "wait"),
    "approved": (_l("已批准，等付款"), "info"),
    "paid": (_l("已付款"), "good"),
    "refused": (_l("已退回"), "bad"),
}

_NEXT: Final[dict[str, Any]] = {
    "submitted": _l("征收办经办人正在核对，再由复核人决定。现在不用贵公司办什么。"),
    "checked": _l("经办人已经核对，等复核人决定。现在不用贵公司办什么。"),
    "approved": _l("已经批准，等征收办付款。付出以后会通知贵公司。"),
    "unpaid": _l(
        "上一次没有付成，这个申请仍然有效，不用重新申请，征收办会重新付。"
        "请先核对收款账户：账户不对的，现在就换，复核通过以后付到新账户。"
    ),
    "homeless": _l("还没有复核过的收款账户，征收办付不了。请先填报，复核通过以后再付。"),
    "paid": _l("已经付到贵公司的收款账户，请查收。"),
    "refused": _l("请看退回的理由。里面的款项没有付，改好以后可以重新申请。"),
}
"""What happens next with a claim, told to its company."""

PAYMENT_STATES: Final[dict[str, tuple[Any, str]]] = {
    "sent": (_l("等银行回单"), "wait"),
    "paid": (_l("已付款"), "good"),
    "failed": (_l("没有付成"), "bad"),
    "returned": (_l("银行退回"), "bad"),
}

BATCH_STATES: Final[dict[str, tuple[Any, str]]] = {
    "made": (_l("等复核人放行"), "wait"),
    "released": (_l("已放行"), "good"),
    "refused": (_l("已退回，没有付"), "bad"),
}

OUTDATED: Final[dict[str, tuple[Any, Any]]] = {
    "overtaken": (
        _l("做成批次以后应付金额变了，不要付这一笔。"),
        _l(
            "给银行的表里已经去掉它。银行没有付的，登记没有付成，请房企重新申请；"
            "银行已经付出的，照回单登记，多付的从下一次拨付里扣回。"
        ),
    ),
    "account": (
        _l("做成批次以后收款账户换过了，不要付到上面的账户。"),
        _l(
            "给银行的表里已经去掉它。银行没有付的，登记没有付成，由另一位同事做批次付到新账户；"
            "银行已经付出的，照回单登记。"
        ),
    ),
}
"""Why a payment is not asked for, and what to do about it."""

DECIDED: Final[dict[str, tuple[Any, str]]] = {
    "proposed": (_l("等复核"), "wait"),
    "current": (_l("已生效"), "good"),
    "replaced": (_l("已换掉"), "plain"),
    "refused": (_l("没有通过"), "bad"),
}
"""Of accounts, terms and sums that came in."""

PAYEES: Final[dict[str, Any]] = {"developer": _l("房企账户"), "escrow": _l("楼盘的监管账户")}

LINE_KINDS: Final[dict[str, Any]] = {"tranche": _l("房款"), "interest": _l("利息")}

CODES: Final[dict[str, Any]] = {
    "redemption.spend": _l("核销：房票支付"),
    "redemption.bonus": _l("核销：政府奖励"),
    "redemption.back": _l("更正或撤销：退回房票"),
    "redemption.bonus_back": _l("更正或撤销：收回奖励"),
    "settlement.accept": _l("批准拨付"),
    "settlement.deduct": _l("扣回多付"),
    "settlement.recall": _l("取消批准"),
}
"""What a transfer of a purchase did."""

MISFITS: Final[dict[str, Any]] = {
    "unknown": _l("这一批没有这个付款编号"),
    "double": _l("同一个付款编号出现两次"),
    "sum": _l("金额不一样"),
    "account": _l("收款账号不一样"),
    "answered": _l("已经登记过另一个结果"),
}
"""Why a line of a receipt does not fit."""

COLUMNS: Final[dict[str, Any]] = {
    "reference": _l("付款编号"),
    "holder_name": _l("收款户名"),
    "bank": _l("收款银行"),
    "number": _l("收款账号"),
    "amount": _l("金额"),
    "memo": _l("用途"),
    "serial": _l("银行流水号"),
    "paid_on": _l("付款日期"),
    "result": _l("处理结果"),
}
"""What the columns of the bank's table hold."""


WAITING: Final[dict[str, tuple[Any, str]]] = {
    "late": (_l("没有了结的逾期交房"), "authority.late_handovers"),
    "certificate": (_l("等核对的不动产权证和工程进度"), "authority.milestones"),
    "submitted": (_l("等核对的拨付申请"), "authority.claims"),
    "payable": (_l("已批准、等付款的拨付申请"), "authority.payment_batches"),
    "checked": (_l("等复核的拨付申请"), "authority.claims"),
    "overtaken": (_l("批准以后金额变了、要退回的拨付申请"), "authority.claims"),
    "made": (_l("等放行的拨付批次"), "authority.payment_batches"),
    "receipt": (_l("等复核的资金到账"), "authority.funds"),
    "account": (_l("等复核的房企账户"), "authority.developer_accounts"),
}
"""What of developers' money waits for somebody, in words, and where it is done."""


def payment_state(payment: SettlementPayment) -> tuple[Any, str]:
    """Return where a payment stands, in a word with its tone: before its release the bank knows nothing."""
    if payment.state == "sent" and payment.batch_state == "made":
        return BATCH_STATES["made"]
    if payment.batch_state == "refused":
        return BATCH_STATES["refused"]
    return PAYMENT_STATES[payment.state]


def next_of(claim: SettlementClaim, payments: Sequence[SettlementPayment], *, has_account: bool) -> Any:
    """Return in a sentence what happens next with a claim, and what its company does.

    ``payments`` are its own, the oldest first; ``has_account``: its payee has one in use.
    """
    if claim.state != "approved":
        return _NEXT[claim.state]
    if not has_account:
        return _NEXT["homeless"]
    return _NEXT["unpaid" if is_unpaid(claim, payments) else "approved"]


def is_unpaid(claim: SettlementClaim, payments: Sequence[SettlementPayment]) -> bool:
    """Tell whether the last payment of a claim that stands approved was not made, or came back."""
    return claim.state == "approved" and bool(payments) and payments[-1].state in {"failed", "returned"}


def within(part: Part) -> str:
    """Return in words how soon after its event a part is to be paid."""
    one = part.tranche.within
    event = _("房企申请") if part.tranche.is_from_application else EVENTS[part.tranche.event]
    if one.unit in ENDS and one.day is not None:
        till = _("%(end)s的次月 %(day)d 日", end=UNITS[one.unit], day=one.day)
        return _("%(event)s后第 %(count)d 个%(end)s", event=event, count=one.count, end=till)
    if one.unit in ENDS:
        return _("%(event)s后第 %(count)d 个%(end)s", event=event, count=one.count, end=UNITS[one.unit])
    return _("%(event)s后 %(count)d %(unit)s", event=event, count=one.count, unit=UNITS[one.unit])


def rule_text(share: Share) -> str:
    """Return in a sentence by which rule a share is paid."""
    if share.rule is None:
        return _("政策没有写怎么付，征收办也还没有定，现在不能申请。")
    payee = PAYEES[share.rule.to]
    if share.by_default:
        return _("政策没有写怎么付，按征收办定的办法付到%(payee)s。", payee=payee)
    of = [STAGES[share.rule.stage]] if share.rule.stage else []
    of += [name for kind, name in KINDS.items() if kind in (share.rule.kinds or ())]
    if of:
        return _("按房票的政策（%(of)s）付到%(payee)s。", of="、".join(of), payee=payee)
    return _("按房票的政策付到%(payee)s。", payee=payee)


def part_name(part: Part) -> str:
    """Return what a part is called: which one, and its share."""
    share = formatting.percent(part.tranche.share_bp)
    return _("第 %(place)d 笔（%(share)s）", place=part.place + 1, share=share)


def month_name(month: date) -> str:
    """Return a month as people read it."""
    return _("%(year)d 年 %(month)d 月", year=month.year, month=month.month)


def total_rows(totals: Totals) -> list[tuple[Any, str]]:
    """Return the sums over shares for a summary list."""
    rows = [
        (_("应付房款"), totals.owed_fen),
        (_("已付"), totals.paid_fen),
        (_("未付"), totals.outstanding_fen),
        (_("其中正在申请拨付"), totals.claimed_fen),
        (_("多付，要退回"), totals.back_fen),
        (_("已付利息"), totals.interest_paid_fen),
        (_("未付利息（到今天）"), totals.interest_fen),
        (_("多付的利息，要退回"), totals.interest_back_fen),
        (_("没有约定怎么付"), totals.unruled_fen),
    ]
    return [(label, formatting.yuan(fen)) for place, (label, fen) in enumerate(rows) if fen or place < 3]


STATEMENT: Final = (
    *("购房编号", "楼盘房号", "被征收人", "房票编号", "应付(元)", "笔次", "条件", "条件日期", "最迟付款日"),
    *("本笔(元)", "已付(元)", "未付(元)", "利息(元)", "情况"),
)
"""The columns of a statement as a file."""


def statement_rows(rows: Iterable[Row], purchases: dict[int, Redemption]) -> list[list[Cell]]:
    """Return the rows of a statement in the columns of ``STATEMENT``."""
    return [_statement_row(row, purchases[row.share.redemption_id]) for row in rows]


def _statement_row(row: Row, purchase: Redemption) -> list[Cell]:
    share, part = row.share, row.part
    return [
        purchase.ref,
        place(purchase.home),
        purchase.household.holder_name,
        share.voucher_ref,
        formatting.file_yuan(share.owed_fen),
        part.place + 1,
        str(EVENTS[part.tranche.event]),
        part.reached_on,
        part.due_on,
        formatting.file_yuan(part.amount_fen),
        formatting.file_yuan(part.paid_fen),
        formatting.file_yuan(part.outstanding_fen),
        formatting.file_yuan(part.interest_owed_fen - part.interest_back_fen),
        str(STANDINGS[row.standing]),
    ]


def statement_list(
    title: str, facts: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]], *, printed: str
) -> List:
    """Return a statement as it is printed."""
    left_out = {"应付(元)", "条件日期"}
    whole = {"购房编号", "房票编号", "笔次", "最迟付款日"}
    kept = [place for place, name in enumerate(STATEMENT) if name not in left_out]
    columns = [
        Column(name, numeric="(元)" in name, wide=name == "楼盘房号", fixed=name in whole)
        for name in (STATEMENT[place] for place in kept)
    ]
    lines = [[_printed_cell(row[place]) for place in kept] for row in rows]
    return List(title, facts, columns, lines, printed, wide=True)


def _printed_cell(cell: Cell) -> str:
    """Return a cell as it is printed, where a sum has its commas: people read it, no program does."""
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else text_of(cell)


def _line_name(line: SettlementLine) -> str:
    """Return what a line of a claim is for."""
    kind, event = LINE_KINDS[line.kind], EVENTS[line.event]
    return _("%(kind)s，第 %(place)d 笔，%(event)s", kind=kind, place=line.place + 1, event=event)


def line_rows(lines: Iterable[SettlementLine], link: Callable[[Redemption], Any]) -> list[list[Any]]:
    """Return the rows of a claim's table, numbered as on its printed list."""
    return [
        [
            str(number),
            link(line.redemption),
            formatting.unbroken(line.voucher.ref),
            _line_name(line),
            formatting.time_element(line.due_on),
            formatting.yuan(line.upto_fen),
            formatting.yuan(line.before_fen),
            formatting.yuan(line.amount_fen),
        ]
        for number, line in enumerate(lines, 1)
    ]


CLAIM: Final = (
    *("序号", "购房编号", "楼盘房号", "被征收人", "房票编号", "款项", "最迟付款日"),
    *("应付到(元)", "以前已申请(元)", "本次(元)"),
)
"""The columns of a claim's lines as a file."""


def claim_cells(lines: Iterable[SettlementLine]) -> list[list[Cell]]:
    """Return a claim's lines in the columns of ``CLAIM``, the last row their sum."""
    kept = list(lines)
    rows: list[list[Cell]] = [
        [
            number,
            line.redemption.ref,
            place(line.redemption.home),
            line.redemption.household.holder_name,
            line.voucher.ref,
            _line_name(line),
            line.due_on,
            formatting.file_yuan(line.upto_fen),
            formatting.file_yuan(line.before_fen),
            formatting.file_yuan(line.amount_fen),
        ]
        for number, line in enumerate(kept, 1)
    ]
    total = formatting.file_yuan(sum(line.amount_fen for line in kept))
    return [*rows, [_("合计"), *[""] * (len(CLAIM) - 2), total]]


def claim_list(
    claim: SettlementClaim, facts: Sequence[tuple[str, str]], rows: Sequence[Sequence[Cell]], *, printed: str
) -> List:
    """Return a claim's lines as they are printed and stamped."""
    whole = {"序号", "购房编号", "房票编号", "最迟付款日"}
    wide = {"楼盘房号", "款项"}
    columns = [Column(name, numeric="(元)" in name, wide=name in wide, fixed=name in whole) for name in CLAIM]
    lines = [[_printed_cell(cell) for cell in row] for row in rows]
    return List(_("拨付申请明细 %(ref)s", ref=claim.ref), facts, columns, lines, printed, wide=True)
