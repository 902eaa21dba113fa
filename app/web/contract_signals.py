"""The words of a signal that a home was sold for less than its declared cash price, for either side."""

from typing import Any, Final

from app.cases.evidence import ContractEvidence
from app.cases.queries import SignalView
from app.homes.promotions import PromotionKind
from app.web import formatting, promotions, signal_steps
from app.web import sales as sale_words
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

PAYERS: Final = {
    "full": _l("一次性付款的购房人"),
    "mortgage": _l("贷款的购房人（按揭、公积金或组合）"),
    "instalment": _l("分期付款的购房人，一次性付款和按揭的优惠都不算"),
    "any": _l("合同没有写付款方式，取各种付款方式里最低的"),
}

RULE: Final = _l(
    "同一套房的现金合同价，不得低于签订当天申报的最低现金净价，即现金价减去当时各种优惠。"
    "低于它，说明申报的现金价不是实际成交价，平等对待要按实际成交价核查。"
)

LEFT_OUT: Final = _l("团购、员工购房、已注销和房票付款的合同不作比较。")

CONSEQUENCE: Final = _l("这条线索不自动改变任何住户的购房、价格或房票，由监管人员核查后决定。")


def rate(evidence: ContractEvidence) -> str:
    """Return the gap in per cent of the declared price."""
    return formatting.percent(evidence.difference_bp) if evidence.difference_bp else _("不到 0.01%")


def headline(evidence: ContractEvidence) -> str:
    """Return the signal in a sentence."""
    return _(
        "成交价低于申报现金价 %(rate)s（%(gap)s 元）",
        rate=rate(evidence),
        gap=formatting.typed_yuan(evidence.difference_fen),
    )


def promotion_rows(evidence: ContractEvidence) -> list[list[str]]:
    """Return the promotions that were counted, as rows: what, and how much."""
    return [[told, how_much] for told, how_much in map(_promotion, evidence.promotions)]


def promotions_told(evidence: ContractEvidence) -> str:
    """Return the promotions that were counted, in a line."""
    told = [f"{told} {how_much}" for told, how_much in map(_promotion, evidence.promotions)]
    return _("、").join(told) or _("没有优惠")


def _promotion(one: Any) -> tuple[str, str]:
    how_much = promotions.figure(off_fen=one.off_fen, rate_bp=one.rate_bp, worth_fen=one.worth_fen)
    return f"{promotions.KINDS[PromotionKind(one.kind)]}：{one.title}", str(how_much)


def contract_rows(evidence: ContractEvidence) -> list[tuple[Any, ...]]:
    """Return what the contract said when the signal was found."""
    contract = evidence.contract
    return [
        (_("合同编号"), contract.number),
        (_("签订日期"), formatting.day(contract.signed_on)),
        (_("合同总价"), formatting.yuan(contract.price_fen)),
        (_("付款方式"), sale_words.PAYMENTS[contract.payment] if contract.payment else _("没有写")),
        (_("来源"), sale_words.SOURCES[contract.source]),
    ]


def timeline(view: SignalView, evidence: ContractEvidence) -> list[dict[str, object]]:
    """Return what happened, newest first: the declared price, then the steps of the signal."""
    cash = evidence.cash
    words = _("现金价定为 %(amount)s", amount=formatting.yuan(cash.amount_fen))
    declared = (cash.effective_from, words, evidence.developer, cash.reason)
    return signal_steps.timeline(view.steps, [declared])
