"""The rules of a policy in words: which rule made a sum, and what a tier pays."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from app.policies.rules import Rule, Tier
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

BASES: Final = {
    "spent": _l("使用金额"),
    "face": _l("票面金额"),
    "price": _l("房价"),
}
"""What a rate is applied to; a bonus of the old home's area has an amount a ㎡ instead."""


def tier_worth(base: str, rate_bp: int, fen_per_m2: int = 0) -> str:
    """Return what a tier pays, such as 使用金额的 20%."""
    if base == "old_area":
        return _("原房屋面积每平方米 %(sum)s", sum=formatting.yuan(fen_per_m2))
    return _("%(base)s的 %(rate)s", base=BASES[base], rate=formatting.percent(rate_bp))


def worth_of(base: str, tier: Tier) -> str:
    """Return what a tier pays, in words."""
    return tier_worth(base, tier.rate_bp, tier.fen_per_m2)


def rule_text(rule: Rule) -> str:
    """Return in a sentence what a rule did to a bonus, with its figures."""
    return _TEXTS[rule.code](rule.figures)


def _yuan(figures: Mapping[str, Any], name: str) -> str:
    return formatting.yuan(int(figures[name]))


def _once(base: str) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        worth = tier_worth(base, int(figures["rate_bp"]), int(figures["fen_per_m2"]))
        told = _("%(worth)s，即 %(whole)s，不足一分的舍去", worth=worth, whole=_yuan(figures, "whole_fen"))
        if not figures["before_fen"]:
            return told
        return told + _("；其中 %(before)s 已经算给前面的购房或房票", before=_yuan(figures, "before_fen"))

    return text


def _cap(whose: Any) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        told = _("%(whose)s的奖励最多 %(limit)s", whose=whose, limit=_yuan(figures, "limit_fen"))
        if not figures["before_fen"]:
            return told
        return told + _("，前面已经算了 %(before)s", before=_yuan(figures, "before_fen"))

    return text


_TEXTS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "no_bonus": lambda _figures: _("现在锁定没有奖励"),
    "spent": lambda figures: _(
        "使用金额的 %(rate)s，不足一分的舍去", rate=formatting.percent(int(figures["rate_bp"]))
    ),
    "face": _once("face"),
    "price": _once("price"),
    "old_area": _once("old_area"),
    "least_spent": lambda figures: _(
        "这次要用满 %(least)s 才有奖励，现在还没有用满", least=_yuan(figures, "least_fen")
    ),
    "cap_voucher": _cap(_l("这张房票")),
    "cap_household": _cap(_l("一户")),
    "cap_home": _cap(_l("一套房")),
    "not_above_spent": lambda _figures: _("一套房的奖励不超过这套房用掉的房票金额"),
    "price_reached": lambda _figures: _("房款已经付足，多出的不再算"),
}
