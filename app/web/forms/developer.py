"""Forms of /developer: developments, buildings, homes, prices, the pool."""

from datetime import date
from decimal import Decimal

from app.core.errors import DomainError
from app.homes.models import Home
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import (
    AreaField,
    DateField,
    IntegerField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l
from app.web.signals import PRICES
from app.web.stock import STAGES

LARGEST_HOME_M2 = Decimal(2000)

FIRST_DELIVERY = date(2000, 1, 1)
LAST_DELIVERY = date(2100, 1, 1)
"""Days of delivery outside these are slips of the hand, such as 0207 for 2017."""


class DevelopmentForm(Form):
    """A new development; the view offers the districts."""

    name = TextField(_l("楼盘名称"), most=40, hint=_l("按销售时用的名称填写，例如：滨江花园"))
    district = SelectField(_l("所在城区"))
    address = TextField(_l("地址"), most=100, hint=_l("写到路名和门牌号"))
    stage = RadiosField(
        _l("现房还是期房"),
        noun=_l("现房或期房"),
        choices=[
            Choice("finished", STAGES["finished"], hint=_l("已经竣工，可以直接交房")),
            Choice("presale", STAGES["presale"], hint=_l("还没有竣工，要填许可证编号和交房日期")),
        ],
    )
    presale_permit = TextField(_l("预售许可证编号"), most=60, required=False, hint=_l("期房必填，现房不用填"))
    delivery_on = DateField(
        _l("交房日期"),
        first=FIRST_DELIVERY,
        last=LAST_DELIVERY,
        required=False,
        hint=_l("期房必填，例如 2017-06-30；现房不用填"),
    )
    sales_phone = TextField(
        _l("售楼电话"), most=30, width=20, autocomplete="tel", hint=_l("购房人会看到这个电话")
    )


class BuildingForm(Form):
    """A new building of a development."""

    name = TextField(_l("楼栋名称"), most=20, width=10, hint=_l("例如：3幢，或 3号楼"))
    storeys = IntegerField(_l("地上共几层"), noun=_l("层数"), least=1, most=120, suffix=_l("层"))


class HomeForm(Form):
    """A new home with its three prices; the view offers the buildings."""

    building = SelectField(_l("楼栋"))
    unit = TextField(
        _l("单元"), most=10, width=5, suffix=_l("单元"), default="1", hint=_l("不分单元的楼填 1")
    )
    storey = IntegerField(_l("楼层"), least=1, most=120, suffix=_l("层"))
    room = TextField(_l("室号"), most=10, width=5, suffix=_l("室"), hint=_l("例如：1101"))
    rooms = IntegerField(_l("几室"), noun=_l("室数"), least=0, most=20, suffix=_l("室"))
    area_m2 = AreaField(_l("建筑面积"), most=LARGEST_HOME_M2)
    filed_price = YuanField(
        _l("备案价"), hint=_l("在主管部门登记的最高价，整套的总价。可以写 60万，也可以写 600,000")
    )
    filing_number = TextField(_l("备案编号"), most=60, hint=_l("登记备案价时得到的编号"))
    cash_price = YuanField(
        _l("现金价"), required=False, hint=_l("不用房票时的总价，不能高于备案价。还没有定可以以后再填")
    )
    voucher_price = YuanField(
        _l("房票价"), required=False, hint=_l("用房票购房的总价，不能高于现金价。还没有定可以以后再填")
    )


class SeenForm(Form):
    """A form about a home as the page showed it: carries the version that was shown."""

    seen = CarriedField()

    def show(self, home: Home) -> None:
        """Carry the version that the page is about to show."""
        self.seen.data = str(home.doc_version)

    @property
    def seen_version(self) -> int:
        """The version that was shown; 0, which no home has, when it was lost on the way."""
        return int(self.seen.value) if self.seen.value.isdecimal() else 0


class PriceForm(SeenForm):
    """A new price of a home."""

    kind = RadiosField(
        _l("改哪个价格"),
        noun=_l("要改的价格"),
        choices=[
            Choice("voucher", PRICES["voucher"], hint=_l("用房票购房的总价，不能高于现金价和备案价")),
            Choice("cash", PRICES["cash"], hint=_l("不用房票时的总价，不能高于备案价")),
            Choice("filed", PRICES["filed"], hint=_l("在主管部门登记的最高价，要填新的备案编号")),
        ],
    )
    amount = YuanField(_l("新的价格"), hint=_l("整套的总价。可以写 60万，也可以写 600,000"))
    filing_number = TextField(_l("备案编号"), most=60, required=False, hint=_l("只有改备案价时才填"))
    reason = TextArea(_l("调价原因"), most=300, rows=3, hint=_l("会和价格一起留档，监管部门可以看到"))

    def apply(self, error: DomainError) -> None:
        """Put the refusals of each of the three prices at the one box for the new price."""
        field = "amount" if (error.field or "").endswith("_price") else error.field
        super().apply(DomainError(error.code, field, **error.params))


class PublishForm(SeenForm):
    """Only a button: the home goes into the pool as the page showed it."""


class WithdrawForm(Form):
    """Only a button: the home leaves the pool."""
