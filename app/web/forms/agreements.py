"""Forms about what an agreement's sum is made of."""

from datetime import date

from app.projects.lines import KINDS
from app.projects.rules import MOST_RESIDENTS
from app.web.forms.base import CarriedField, Form
from app.web.forms.fields import AreaField, ConfirmField, DateField, IntegerField, TextArea, YuanField
from app.web.language import lazy_gettext as _l


def _box(label: str, hint: str = "") -> YuanField:
    return YuanField(label, required=False, least=0, hint=hint)


class LinesForm(Form):
    """The lines of an agreement, one box a kind; what is not in it is left empty."""

    home = _box(_l("房屋价值补偿"))
    decoration = _box(_l("装修补偿"))
    attachments = _box(_l("附属物补偿"))
    moving = _box(_l("搬迁费"))
    interim = _box(_l("临时安置费"))
    business = _box(_l("停产停业损失补偿"))
    area_aid = _box(_l("面积补助"))
    award = _box(_l("签约奖励"), _l("货币补偿奖励、一次性签约补助也填在这里"))
    moving_award = _box(_l("搬迁奖励"), _l("按时或提前搬走的奖励：提前搬迁奖励、限时搬迁奖励"))
    deduction = _box(_l("扣减"), _l("从补偿里减去的钱，照样写正数"))

    @property
    def boxes(self) -> list[YuanField]:
        """The boxes, in the order of the printed agreement."""
        return [self._fields[kind] for kind in KINDS]

    @property
    def amounts(self) -> dict[str, int]:
        """What was typed, fen by kind."""
        return {kind: self._fields[kind].data or 0 for kind in KINDS}


class ApproveLinesForm(Form):
    """The checker's word that the lines were compared with the paper."""

    checked = ConfirmField(
        _l("我已把每一项和纸质补偿协议核对，两者一致"), missing=_l("请核对纸质协议，勾选确认后再通过")
    )
    seen = CarriedField()


class EntitledForm(Form):
    """What an agreement entitles to; what it does not say is left empty."""

    entitled_m2 = AreaField(_l("应安置面积"), required=False)
    residents = IntegerField(
        _l("安置人口"), required=False, least=1, most=MOST_RESIDENTS, width=2, suffix=_l("人")
    )


class CorrectEntitledForm(EntitledForm):
    """Other figures, why those that were noted are wrong, and what shows it."""

    reason = TextArea(_l("理由"), most=300, hint=_l("例如：协议写的是 5 人，登记时看错了"))
    evidence = TextArea(
        _l("证明材料"), most=300, hint=_l("写明名称、编号和日期，例如：补偿协议第 3 页、户口簿")
    )


class ApproveEntitledForm(Form):
    """The checker's word that the figures were compared with the papers."""

    checked = ConfirmField(
        _l("我已把更正以后的数字和证明材料核对，两者一致"),
        missing=_l("请核对证明材料，勾选确认后再通过"),
    )
    seen = CarriedField()


class VacatedForm(Form):
    """The day on which the old home was handed over."""

    vacated_on = DateField(_l("交房腾空的日期"), first=date(2000, 1, 1))


class ApproveVacatedForm(Form):
    """The checker's word that the day was compared with the paper."""

    checked = ConfirmField(
        _l("我已把日期和交房验收单核对，两者一致"), missing=_l("请核对交房验收单，勾选确认后再通过")
    )
    seen = CarriedField()


class CorrectVacatedForm(VacatedForm):
    """Another day, and why the one that was noted is wrong."""

    reason = TextArea(_l("理由"), most=300, hint=_l("例如：交房验收单上是 3 月 12 日，登记时看错了"))
