"""Price signals as a file for spreadsheets: one row each, in words."""

from app.cases.area_evidence import AreaEvidence
from app.cases.evidence import AnyEvidence, ContractEvidence, Evidence
from app.cases.queries import SignalView
from app.core.spreadsheet import Cell
from app.web import contract_signals, formatting, signals
from app.web import sales as sale_words
from app.web.language import gettext as _


def header() -> list[str]:
    """Return the names of the columns."""
    return [
        _("编号"),
        _("级别"),
        _("程度"),
        _("处理情况"),
        _("发现时间（北京时间）"),
        _("城区"),
        _("房企"),
        _("楼盘"),
        _("房号"),
        _("问题"),
        _("偏高的价格（元）"),
        _("偏高价格生效时间"),
        _("对照的价格"),
        _("对照价格（元）"),
        _("对照价格生效时间"),
        _("相差（元）"),
        _("相差比例"),
        _("退出房源库时间"),
        _("合同编号"),
        _("合同签订日期"),
        _("合同总价（元）"),
        _("付款方式"),
        _("计算的优惠"),
        _("由谁处理"),
        _("哪天再看"),
        _("合并到"),
        _("请房企答复的期限"),
        _("房企最近的答复"),
        _("处理时间"),
        _("处理人"),
        _("处理理由"),
    ]


def row(view: SignalView) -> list[Cell]:
    """Return a signal in the order of the columns."""
    found, decision = view.evidence, view.decision
    return [
        view.signal.ref,
        view.signal.grade,
        signals.LEVELS[view.signal.level],
        signals.STATES[view.standing][0],
        view.signal.opened_at,
        found.district,
        found.developer,
        *signals.address(found),
        signals.headline(found),
        *_prices(found),
        formatting.file_yuan(found.difference_fen),
        signals.rate(found),
        *_contract(found),
        *_work(view),
        decision.at if decision else None,
        (decision.by if decision else None) or "",
        (decision.reason if decision else None) or "",
    ]


def _work(view: SignalView) -> list[Cell]:
    signal, answers = view.signal, view.answers
    return [
        signal.assignee.display_name if signal.assignee else "",
        signal.watch_until,
        signal.merged_into.ref if signal.merged_into else "",
        signal.answer_due,
        (answers[-1].reason if answers else None) or "",
    ]


def _prices(found: AnyEvidence) -> list[Cell]:
    if isinstance(found, ContractEvidence):
        declared = _("签订当天的最低现金净价")
        return [
            "",
            "",
            declared,
            formatting.file_yuan(found.net_fen),
            found.lowest_at,
        ]
    if isinstance(found, AreaEvidence):
        return ["", "", _("同类现金成交"), "", ""]
    return [
        formatting.file_yuan(found.dearer.amount_fen),
        found.dearer.effective_from,
        signals.against_name(found),
        formatting.file_yuan(found.compared.amount_fen),
        found.compared.effective_from,
    ]


def _contract(found: AnyEvidence) -> list[Cell]:
    if not isinstance(found, ContractEvidence):
        left = found.left_pool_at if isinstance(found, Evidence) else None
        return [left, "", "", "", "", ""]
    contract = found.contract
    return [
        "",
        contract.number,
        contract.signed_on,
        formatting.file_yuan(contract.price_fen),
        sale_words.PAYMENTS[contract.payment] if contract.payment else "",
        contract_signals.promotions_told(found),
    ]
