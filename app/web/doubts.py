"""The words of doubts: what is odd about a figure, and what was probably meant."""

from typing import Any, Final

from app.homes.doubts import Doubt
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_NOUNS: Final[dict[str, Any]] = {
    "filed_price": _l("备案价"),
    "cash_price": _l("现金价"),
    "voucher_price": _l("房票价"),
}


def question(doubt: Doubt) -> str:
    """Return a doubt as a question, with what was probably meant where something nearby is likelier."""
    if doubt.unit_fen is not None:
        told, meant = _price_told(doubt), doubt.meant and formatting.yuan(doubt.meant)
    else:
        told, meant = _area_told(doubt), doubt.meant and formatting.area(doubt.meant)
    if meant:
        return _("%(told)s您是说 %(meant)s 吗？", told=told, meant=meant)
    return _("%(told)s请看看是不是多写或少写了数字。", told=told)


def _price_told(doubt: Doubt) -> str:
    low = doubt.code == "price_low"
    shown = {
        "price": _NOUNS[doubt.field],
        "typed": formatting.yuan(doubt.typed),
        "unit": formatting.yuan(doubt.unit_fen or 0),
    }
    if doubt.median_fen is not None:
        median = formatting.yuan(doubt.median_fen)
        if low:
            return _(
                "%(price)s %(typed)s，每平方米只有 %(unit)s，不到这个楼盘通常价 %(median)s 的三分之一。",
                median=median,
                **shown,
            )
        return _(
            "%(price)s %(typed)s，每平方米要 %(unit)s，是这个楼盘通常价 %(median)s 的三倍以上。",
            median=median,
            **shown,
        )
    if low:
        return _("%(price)s %(typed)s，每平方米只有 %(unit)s，太便宜了。", **shown)
    return _("%(price)s %(typed)s，每平方米要 %(unit)s，太贵了。", **shown)


def _area_told(doubt: Doubt) -> str:
    typed = formatting.area(doubt.typed)
    words = {
        "area_small": _("建筑面积 %(typed)s，比一间房还小。", typed=typed),
        "area_large": _("建筑面积 %(typed)s，比一般住宅大得多。", typed=typed),
        "inner_area_small": _("套内面积 %(typed)s，不到建筑面积的一半。", typed=typed),
    }
    return words[doubt.code]
