"""Forms of promotions and planned prices."""

from decimal import Decimal
from typing import Any

from app.core.errors import DomainError
from app.homes.promotions import MOST_RATE_BP, PromotionKind
from app.web import promotions
from app.web.forms import grammar
from app.web.forms.asking import AgreeingForm
from app.web.forms.base import Choice, Form, TypedField
from app.web.forms.developer import SeenForm
from app.web.forms.fields import (
    CheckboxesField,
    DateField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.signals import PRICES


class RateField(TypedField):
    """A rate typed in per cent, exact to two decimals; its value is in ten-thousandths."""

    input_mode = "decimal"

    def __init__(self, label: str, *, least: int = 1, most: int = MOST_RATE_BP, **kwargs: Any) -> None:
        super().__init__(label, **{"suffix": "%", "width": 5, **kwargs})
        self.least, self.most = least, most

    def parse(self, text: str) -> int:
        """Return ten-thousandths."""
        rate = grammar.parse_percent(text, self.noun)
        if not self.least <= rate <= self.most:
            bounds = {"least": Decimal(self.least) / 100, "most": Decimal(self.most) / 100}
            raise ValueError(_("%(noun)s要在 %(least)s 到 %(most)s 之间", noun=self.noun, **bounds))
        return rate

    def format(self, value: int) -> str:
        """Return per cent."""
        return f"{Decimal(value) / 100:f}"


class PromotionForm(AgreeingForm):
    """A new promotion; the view offers the buildings."""

    title = TextField(_l("优惠名称"), most=40, hint=_l("购房人会看到，例如：六月一次性付款优惠"))
    kind = RadiosField(
        _l("哪一种优惠"),
        noun=_l("优惠的种类"),
        choices=[
            Choice("full", promotions.KINDS[PromotionKind.FULL], hint=_l("一次付清房款的购房人才有")),
            Choice("mortgage", promotions.KINDS[PromotionKind.MORTGAGE], hint=_l("贷款的购房人才有")),
            Choice("referral", promotions.KINDS[PromotionKind.REFERRAL]),
            Choice("special", promotions.KINDS[PromotionKind.SPECIAL]),
            Choice("parking", promotions.KINDS[PromotionKind.PARKING], hint=_l("送车位或车位优惠，填价值")),
            Choice("fit_out", promotions.KINDS[PromotionKind.FIT_OUT], hint=_l("送装修或家电，填价值")),
        ],
    )
    amount = YuanField(_l("减多少元"), noun=_l("减价"), required=False, hint=_l("和下面的比例只填一个"))
    rate = RateField(_l("或者减总价的百分之几"), noun=_l("减价比例"), required=False, hint=_l("打九八折填 2"))
    worth = YuanField(
        _l("车位或装修值多少元"), noun=_l("价值"), required=False, hint=_l("只有车位和装修才填，写市场价")
    )
    scope = RadiosField(
        _l("哪些房源有"),
        noun=_l("房源范围"),
        choices=[
            Choice("development", _l("整个楼盘"), hint=_l("以后添加的房源也有")),
            Choice("building", _l("一栋楼")),
            Choice("homes", _l("指定的房源")),
        ],
    )
    building = SelectField(_l("楼栋"), required=False, hint=_l("选了“一栋楼”才填"))
    homes = TextArea(
        _l("房源编号"),
        required=False,
        most=20_000,
        rows=4,
        hint=_l("选了“指定的房源”才填，一行一个，例如 FY-7K2M9-QX4HT"),
    )
    first_day = DateField(_l("从哪一天起"), noun=_l("开始日期"), hint=_l("当天填报的，保存后马上开始"))
    last_day = DateField(_l("到哪一天为止"), noun=_l("结束日期"), hint=_l("到这一天 24:00 结束"))
    more = CheckboxesField(
        _l("还有什么规定"),
        required=False,
        choices=[
            Choice("stackable", _l("可以和别的优惠同时享受")),
            Choice(
                "open", _l("持房票的购房人也有"), hint=_l("承诺过同等待遇：不给持房票的人，房票价要相应降低")
            ),
        ],
    )
    reason = TextArea(_l("原因"), most=300, rows=3, hint=_l("会和优惠一起留档，监管部门可以看到"))

    def figures(self) -> dict[str, int]:
        """Return what was typed of the three figures; nothing counts as 0."""
        return {
            "off_fen": self.amount.data or 0,
            "rate_bp": self.rate.data or 0,
            "worth_fen": self.worth.data or 0,
        }


class PromotionReasonForm(AgreeingForm):
    """Why a promotion stops, or is opened."""

    reason = TextArea(_l("原因"), most=300, rows=3, hint=_l("会留档，监管部门可以看到"))


class PlanForm(AgreeingForm, SeenForm):
    """A price that begins at 00:00 of a later day."""

    kind = RadiosField(
        _l("改哪个价格"),
        noun=_l("要改的价格"),
        inline=True,
        choices=[Choice("voucher", PRICES["voucher"]), Choice("cash", PRICES["cash"])],
    )
    amount = YuanField(_l("新的价格"), hint=_l("整套的总价。可以写 60万，也可以写 600,000"))
    effective_on = DateField(_l("从哪一天起"), noun=_l("生效日期"), hint=_l("从这一天 0:00 起生效"))
    reason = TextArea(_l("调价原因"), most=300, rows=3, hint=_l("会和价格一起留档，监管部门可以看到"))

    def apply(self, error: DomainError) -> None:
        """Put the refusals of the prices at the one box for the new price."""
        field = "amount" if (error.field or "").endswith("_price") else error.field
        super().apply(DomainError(error.code, field, **error.params))


class ButtonForm(Form):
    """Only a button."""
