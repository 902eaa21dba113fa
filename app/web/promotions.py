"""The words for promotions: what each is for, what it is worth, how it changes a price."""

from dataclasses import dataclass
from typing import Any, Final

from app.core.errors import DomainError
from app.homes.pricing_models import PlannedPrice, Promotion
from app.homes.promotions import Deal, Net, PaymentMode, PromotionKind, net_price
from app.homes.rules import Amounts
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of

KINDS: Final[dict[PromotionKind, Any]] = {
    PromotionKind.FULL: _l("一次性付款"),
    PromotionKind.MORTGAGE: _l("按揭"),
    PromotionKind.REFERRAL: _l("老业主介绍（老带新）"),
    PromotionKind.SPECIAL: _l("特价房"),
    PromotionKind.PARKING: _l("车位"),
    PromotionKind.FIT_OUT: _l("装修"),
}

MODES: Final[dict[PaymentMode, Any]] = {"full": _l("一次性付款"), "mortgage": _l("按揭")}


STANDINGS: Final = {
    "coming": (_l("还没开始"), "wait"),
    "holding": (_l("进行中"), "good"),
    "stopped": (_l("已停止"), "plain"),
    "over": (_l("已结束"), "plain"),
}
"""The words of how a promotion stands, and the tone of its tag."""

PLAN_STATES: Final = {
    "waiting": (_l("等待生效"), "wait"),
    "applied": (_l("已生效"), "good"),
    "refused": (_l("没有通过"), "bad"),
    "cancelled": (_l("已取消"), "plain"),
}


def figure_of(promotion: Promotion) -> str:
    """Return what a promotion is worth, in words."""
    return figure(off_fen=promotion.off_fen, rate_bp=promotion.rate_bp, worth_fen=promotion.worth_fen)


def scope_of(promotion: Promotion) -> str:
    """Return which homes a promotion is for."""
    if promotion.building:
        return promotion.building.name
    return _("指定的房源") if promotion.scope == "homes" else _("整个楼盘")


def kind_of(promotion: Promotion) -> str:
    """Return which kind of promotion it is."""
    return str(KINDS[PromotionKind(promotion.kind)])


def refusal_of(plan: PlannedPrice) -> str:
    """Return why a planned price was not applied, in the words of the rule."""
    stored = dict(plan.refusal or {})
    return message_of(DomainError(stored.pop("code"), None, **stored)) if stored else ""


@dataclass(frozen=True, slots=True)
class Nets:
    """What buyers of a home pay and get with the promotions of now; None where no promotion holds."""

    rows: list[list[str]]
    """Who buys, what is paid, the worth of the extras, the net price."""
    deals: list[list[str]]
    """Each promotion: what, how much, until when is told elsewhere, and who has it."""
    extras: list[str]
    """What voucher buyers get beyond the price."""


def nets(amounts: Amounts) -> Nets | None:
    """Return the net prices of a home in words."""
    if not amounts.deals or amounts.cash_fen is None or amounts.voucher_net is None:
        return None
    rows = []
    for mode in MODES:
        net = net_price(amounts.cash_fen, amounts.deals, mode)
        rows.append(_row(_("现金购房，%(mode)s", mode=MODES[mode]), net))
    rows.append(_row(_("房票购房"), amounts.voucher_net))
    deals = [
        [
            f"{KINDS[deal.kind]}：{deal.title}",
            figure(off_fen=deal.off_fen, rate_bp=deal.rate_bp, worth_fen=deal.worth_fen),
            _who(deal),
        ]
        for deal in amounts.deals
    ]
    extras = [
        _("%(title)s（价值 %(worth)s）", title=deal.title, worth=formatting.yuan(deal.worth_fen))
        for deal in amounts.voucher_net.deals
        if deal.worth_fen
    ]
    return Nets(rows, deals, extras)


def title_of(deal: Deal) -> str:
    """Return a promotion's name as buyers read it, with what it takes to get it."""
    if deal.kind is PromotionKind.REFERRAL:
        return _("%(title)s（有人介绍时）", title=deal.title)
    return deal.title


def _who(deal: Deal) -> str:
    who = _("现金和房票购房人都有") if deal.open_to_vouchers else _("只有现金购房人有")
    return _("有人介绍时，%(who)s", who=who) if deal.kind is PromotionKind.REFERRAL else who


def _row(buyer: str, net: Net) -> list[str]:
    if any(deal.kind is PromotionKind.REFERRAL for deal in net.deals):
        buyer = _("%(buyer)s，有人介绍时", buyer=buyer)
    extras = formatting.yuan(net.extras_fen) if net.extras_fen else _("没有")
    return [buyer, formatting.yuan(net.payable_fen), extras, formatting.yuan(net.fen)]


def figure(*, off_fen: int, rate_bp: int, worth_fen: int) -> str:
    """Return what a promotion is worth, in words."""
    if worth_fen:
        return _("价值 %(worth)s", worth=formatting.yuan(worth_fen))
    if rate_bp:
        return _("减总价的 %(rate)s", rate=formatting.percent(rate_bp))
    return _("减 %(off)s", off=formatting.yuan(off_fen))
