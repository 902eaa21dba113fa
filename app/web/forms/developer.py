"""Forms of /developer: developments, buildings, homes, prices, the pool."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.core.errors import DomainError
from app.documents.rules import Kind
from app.homes.doubts import Doubt, doubt_areas
from app.homes.models import Building, Development, Home
from app.web.forms.asking import AgreeingForm, AskingForm
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import (
    AreaField,
    DateField,
    DegreeField,
    FileField,
    IntegerField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l
from app.web.signals import PRICES
from app.web.stock import FINISHES, LIFTS, ORIENTATIONS, STAGES

LARGEST_HOME_M2 = Decimal(2000)

FIRST_DELIVERY = date(2000, 1, 1)
LAST_DELIVERY = date(2100, 1, 1)
"""Days of delivery outside these are slips of the hand, such as 0207 for 2017."""


DEVELOPMENT_FACTS: Final = (
    "name",
    "address",
    "stage",
    "presale_permit",
    "delivery_on",
    "sales_phone",
    "lat",
    "lon",
)
BUILDING_FACTS: Final = ("name", "storeys", "units", "has_lift")
HOME_FACTS: Final = (
    "unit",
    "storey",
    "room",
    "rooms",
    "area_m2",
    "inner_area_m2",
    "orientation",
    "finish",
)


def typed_facts(form: Form, names: Iterable[str], kept: object | None) -> dict[str, Any]:
    """Return the facts that a form asks for, as typed, and those it does not ask for as they are."""
    return {name: form[name].data if name in form else getattr(kept, name) for name in names}


class SeenForm(Form):
    """A form about a thing as the page showed it: carries the version that was shown."""

    seen = CarriedField()

    def show(self, version: int) -> None:
        """Carry the version that the page is about to show."""
        self.seen.data = str(version)

    @property
    def seen_version(self) -> int:
        """The version that was shown; 0, which nothing has, when it was lost on the way."""
        return int(self.seen.value) if self.seen.value.isdecimal() else 0


class DevelopmentForm(SeenForm):
    """A development; the view offers the districts, or takes the choice away where it stands already."""

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
    presale_permit = TextField(
        _l("预售许可证编号"), most=60, required=False, hint=_l("期房必填，现房可以不填")
    )
    delivery_on = DateField(
        _l("交房日期"),
        first=FIRST_DELIVERY,
        last=LAST_DELIVERY,
        required=False,
        hint=_l("期房必填，现房可以不填"),
    )
    sales_phone = TextField(
        _l("售楼电话"),
        most=30,
        width=20,
        autocomplete="tel",
        hint=_l("购房人会看到这个电话。手机、带区号的座机或 400 电话，例如 0556-5550188"),
    )
    lat = DegreeField(
        _l("纬度"),
        required=False,
        hint=_l(
            "楼盘大门的位置，写成小数，例如 30.5172。用 GPS 坐标（WGS-84）；从手机地图上抄的可能偏几百米"
        ),
    )
    lon = DegreeField(_l("经度"), required=False, hint=_l("例如 117.0661。不清楚的，经纬度都不填"))

    def facts(self, kept: Development | None = None) -> dict[str, Any]:
        """Return what was typed, by the names of the service; ``kept`` gives what the page did not ask."""
        return typed_facts(self, DEVELOPMENT_FACTS, kept)


class BuildingForm(SeenForm):
    """A building of a development."""

    name = TextField(_l("楼栋名称"), most=20, width=10, hint=_l("例如：3幢，或 3号楼"))
    storeys = IntegerField(_l("地上共几层"), noun=_l("层数"), least=1, most=120, suffix=_l("层"))
    units = IntegerField(
        _l("共几个单元"), noun=_l("单元数"), least=1, most=50, suffix=_l("个"), hint=_l("不分单元的楼填 1")
    )
    has_lift = RadiosField(
        _l("有没有电梯"),
        noun=_l("有或没有电梯"),
        inline=True,
        choices=[Choice("yes", LIFTS[True]), Choice("no", LIFTS[False])],
    )

    def facts(self, kept: Building | None = None) -> dict[str, Any]:
        """Return what was typed, by the names of the service; ``kept`` gives what the page did not ask."""
        typed = typed_facts(self, BUILDING_FACTS, kept)
        return typed | {"has_lift": self.has_lift.value == "yes"} if "has_lift" in self else typed


class HomeFactsForm(AskingForm, SeenForm):
    """What a home is."""

    unit = TextField(
        _l("单元"), most=10, width=5, suffix=_l("单元"), default="1", hint=_l("不分单元的楼填 1")
    )
    storey = IntegerField(_l("楼层"), least=1, most=120, suffix=_l("层"))
    room = TextField(_l("室号"), most=10, width=5, suffix=_l("室"), hint=_l("例如：1101"))
    rooms = IntegerField(_l("几室"), noun=_l("室数"), least=0, most=20, suffix=_l("室"))
    area_m2 = AreaField(_l("建筑面积"), most=LARGEST_HOME_M2)
    inner_area_m2 = AreaField(
        _l("套内面积"), most=LARGEST_HOME_M2, required=False, hint=_l("自家墙内的面积，不大于建筑面积")
    )
    orientation = SelectField(
        _l("朝向"),
        required=False,
        blank=_l("不填"),
        choices=[Choice(one.value, name) for one, name in ORIENTATIONS.items()],
    )
    finish = SelectField(
        _l("毛坯还是精装"),
        noun=_l("毛坯或精装"),
        required=False,
        blank=_l("不填"),
        choices=[Choice(one.value, name) for one, name in FINISHES.items()],
    )

    def facts(self, kept: Home | None = None) -> dict[str, Any]:
        """Return what was typed, by the names of the service; ``kept`` gives what the page did not ask."""
        return typed_facts(self, HOME_FACTS, kept)

    def doubts(self, kept: Home | None = None) -> list[Doubt]:
        """Return what is unlikely about the areas that were typed."""
        facts = self.facts(kept)
        return doubt_areas(facts["area_m2"], facts["inner_area_m2"])


class SpaceFactsForm(AskingForm, SeenForm):
    """What a parking space or a store room is."""

    unit = rooms = inner_area_m2 = orientation = finish = None
    storey = IntegerField(
        _l("楼层"), least=-9, most=120, suffix=_l("层"), hint=_l("地下写负数，例如地下一层写 -1")
    )
    room = TextField(_l("编号"), most=12, width=10, hint=_l("例如：B-023。“车位”两个字不用写"))
    area_m2 = AreaField(_l("建筑面积"), most=LARGEST_HOME_M2, hint=_l("不动产登记或预测绘的面积"))

    def facts(self, kept: Home | None = None) -> dict[str, Any]:
        """Return what was typed, by the names of the service; ``kept`` gives what the page did not ask."""
        return typed_facts(self, HOME_FACTS, kept)


class SpaceForm(SpaceFactsForm):
    """A new space with its three prices; the view offers the buildings."""

    kind = RadiosField(
        _l("是什么"),
        noun=_l("车位或储藏室"),
        inline=True,
        choices=[Choice("parking", _l("车位")), Choice("storage", _l("储藏室"))],
    )
    building = SelectField(_l("在哪栋楼或哪个车库"), noun=_l("楼栋"))
    filed_price = YuanField(_l("备案价"), hint=_l("整个的总价。可以写 8万，也可以写 80,000"))
    filing_number = TextField(_l("备案编号"), most=60, hint=_l("登记备案价时得到的编号"))
    cash_price = YuanField(_l("现金价"), required=False, hint=_l("不用房票时的总价，不能高于备案价"))
    voucher_price = YuanField(_l("房票价"), required=False, hint=_l("用房票买的总价，不能高于现金价"))


class HomeForm(HomeFactsForm):
    """A new home with its three prices; the view offers the buildings."""

    building = SelectField(_l("楼栋"))
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


class PriceForm(AgreeingForm, SeenForm):
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


class PublishManyForm(Form):
    """Only a button: the homes that the page names go into the pool."""

    seen = CarriedField()

    def show(self, mark: str) -> None:
        """Carry the mark of what the page is about to show."""
        self.seen.data = mark


class WithdrawForm(AgreeingForm):
    """Only a button: the home leaves the pool, once its effect on people who are buying was read."""


class DeleteForm(SeenForm):
    """Only a button: what was typed by mistake goes."""


class PictureForm(Form):
    """Another picture of a home or a development."""

    file = FileField(
        _l("图片"),
        accept="image/jpeg,image/png,image/webp",
        hint=_l("JPEG、PNG 或 WebP，不超过 8 MB。照片里的拍摄地点会自动去掉"),
    )
    kind = RadiosField(
        _l("这是什么图"),
        noun=_l("图片的种类"),
        inline=True,
        choices=[Choice(Kind.FLOOR_PLAN.value, _l("户型图")), Choice(Kind.PHOTO.value, _l("照片"))],
    )
    caption = TextField(
        _l("图片说明"),
        most=60,
        hint=_l("写图上有什么，例如：三室户型图，客厅朝南。看不清图片的人会听到这句话"),
    )


class RemovePictureForm(Form):
    """Only a button: the picture goes."""
