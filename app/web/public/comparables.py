"""What cash buyers paid for homes like this one, in plain words, on a home's own page."""

from collections.abc import Sequence
from decimal import Decimal

from app.monitor.comparison import ComparedSale
from app.web import formatting
from app.web.language import gettext as _


def heads(sales: Sequence[ComparedSale]) -> list[str]:
    """Return the columns of the table."""
    own = [_("签合同的日子"), _("楼盘"), _("面积"), _("楼层"), _("每平方米")]
    return [*own, _("折算成这套房，每平方米")] if _adjusted(sales) else own


def rows(sales: Sequence[ComparedSale], area_m2: Decimal) -> list[list[str]]:
    """Return a row a sale; adjusted prices are those of a home of ``area_m2``."""
    shown = []
    for sale in sales:
        day = sale.signed_on
        row = [
            _("%(year)d年%(month)d月%(day)d日", year=day.year, month=day.month, day=day.day),
            sale.development,
            formatting.area(sale.area_m2),
            _("第 %(storey)d 层", storey=sale.storey),
            formatting.yuan(_a_m2(sale.price_fen, sale.area_m2)),
        ]
        if _adjusted(sales):
            row.append(formatting.yuan(_a_m2(sale.adjusted_fen or sale.price_fen, area_m2)))
        shown.append(row)
    return shown


def note(sales: Sequence[ComparedSale]) -> str:
    """Return what the figures mean."""
    if _adjusted(sales):
        return _(
            "“折算成这套房”是把面积、楼层、户型、位置和签合同的早晚算进去以后的价格。"
            "装修、景观这些登记里没有的，算不进去，所以只供参考。"
        )
    return _("这些是同一个楼盘最近的现金成交，面积和楼层不一样，价格也会不一样，只供参考。")


def _adjusted(sales: Sequence[ComparedSale]) -> bool:
    return any(sale.adjusted_fen is not None for sale in sales)


def _a_m2(fen: int, area_m2: Decimal) -> int:
    """Return fen a ㎡ in whole yuan: finer would feign an exactness that a comparison has not."""
    return round(fen / float(area_m2) / 100) * 100
