"""The search's boxes. They tidy what people type; what may be asked at all is ``search.request``'s to say."""

from collections.abc import Iterator
from decimal import Decimal

from flask import request

from app.search.request import SearchRequest
from app.web.forms.base import QueryForm
from app.web.forms.fields import AreaField, SearchField, YuanField
from app.web.language import lazy_gettext as _l


class SearchForm(QueryForm):
    """Words, and bounds of price and area; ticks and the order stay in the address as they are."""

    q = SearchField(
        _l("找什么房"), noun=_l("查找的文字"), hint=_l("楼盘、地段、房企，也可以写“60万以内 两室”")
    )
    price_min = YuanField(_l("最低价"), noun=_l("价格"), required=False, least=0)
    price_max = YuanField(_l("最高价"), noun=_l("价格"), required=False, least=0)
    area_min = AreaField(_l("最小"), noun=_l("面积"), required=False)
    area_max = AreaField(_l("最大"), noun=_l("面积"), required=False)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Return the address as ``search.request`` reads it: ``45.6万`` has become ``456000``."""
        yield from self.other_pairs()
        yield "q", self.q.value
        for bound in (self.price_min, self.price_max):
            if bound.data is not None:
                yield bound.name, f"{Decimal(bound.value) / 100:f}"
        for area in (self.area_min, self.area_max):
            if area.data is not None:
                yield area.name, f"{area.value:f}"

    def show_bounds(self, understood: SearchRequest) -> None:
        """Have the boxes hold the bounds in force, of which the words may have said some."""
        for field in (self.price_min, self.price_max, self.area_min, self.area_max):
            bound = getattr(understood, field.name)
            if field.data != bound:
                field.raw_data, field.data = None, bound

    def other_pairs(self) -> Iterator[tuple[str, str]]:
        """Return what the address carries besides the boxes."""
        for name, value in request.args.items(multi=True):
            if name not in self._fields:
                yield name, value


class CheckForm(QueryForm):
    """The code below a paper's QR code, for who cannot scan it."""

    mark = SearchField(_l("纸上二维码下面的查验码"), hint=_l("20 个字母和数字，空格可以不输。"))
