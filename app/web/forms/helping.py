"""Forms of helping a household."""

from typing import Any

from app.projects.helping import MONTHS
from app.web.forms.base import Choice, Form
from app.web.forms.claims import PhoneCodeField, PhoneField
from app.web.forms.fields import ConfirmField, RadiosField, SelectField, TextArea, TextField
from app.web.helping import LEVELS, RELATIONS
from app.web.language import lazy_gettext as _l

_TERMS = {1: _l("1 个月"), 3: _l("3 个月"), 6: _l("半年"), 12: _l("1 年")}


class _MonthsField(RadiosField):
    """One of the terms on offer."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(
            label,
            noun=_l("期限"),
            hint=_l("到期自动结束，您随时可以提前结束。"),
            choices=[Choice(str(months), _TERMS[months]) for months in MONTHS],
            **kwargs,
        )

    @property
    def months(self) -> int:
        """The term in months."""
        return int(self.value)


class InviteHelperForm(Form):
    """Whom a household lets help, how far and how long."""

    name = TextField(_l("帮办人姓名"), most=50, autocomplete="off")
    phone = PhoneField(
        _l("帮办人的手机号"),
        noun=_l("帮办人的手机号"),
        hint=_l("我们会给这个号码发短信，对方用它登录、确认。"),
        autocomplete="off",
    )
    relation = SelectField(
        _l("和您的关系"), noun=_l("关系"), choices=[Choice(key, text) for key, text in RELATIONS.items()]
    )
    level = RadiosField(
        _l("让对方做到哪一步"),
        noun=_l("做到哪一步"),
        choices=[Choice(level.value, name, hint) for level, (name, hint) in LEVELS.items()],
    )
    months = _MonthsField(_l("帮多久"))


class ExtendHelpForm(Form):
    """How much longer, from today."""

    months = _MonthsField(_l("从今天起，再帮多久"))


class EndHelpForm(Form):
    """The button that ends help, and those that begin, leave or decline it."""


class ClerkEndHelpForm(Form):
    """Why a clerk ends it."""

    reason = TextArea(
        _l("结束的理由"), most=200, rows=3, hint=_l("例如：权利人本人来电要求结束，已核对身份。")
    )


class AcceptHelpForm(Form):
    """What a helper confirms."""

    sure = ConfirmField(
        _l("我认识这一户，愿意按本人的意思帮忙；我不是征收办的工作人员，也不在房企工作"),
        missing=_l("请看清楚，勾选确认后再继续"),
    )


class HolderCodeForm(Form):
    """The code that the holder read out."""

    phone_code = PhoneCodeField(
        _l("权利人手机上的验证码"),
        hint=_l("6 位数字，10 分钟内有效。请打电话问本人，不要替本人做主。"),
        autocomplete="off",
    )
