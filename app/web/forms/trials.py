"""The form that tries policies on a roster before anything is issued."""

import re
from decimal import Decimal
from typing import Any, Final

from app.web.forms.base import Form, TypedField
from app.web.forms.fields import CheckboxesField, DateField, FilesField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

MOST_MONTHS: Final = 24
_SHARE: Final = re.compile(r"\d{1,3}(?:\.\d{1,2})?", re.ASCII)


class SharesField(TypedField):
    """Percentages one after another, together at most 100; its value are ten-thousandths."""

    def parse(self, text: str) -> tuple[int, ...]:
        """Return the shares."""
        typed = [one.strip().rstrip("%％") for one in re.split(r"[,，、\s]+", text.strip()) if one.strip()]
        if len(typed) > MOST_MONTHS or not all(_SHARE.fullmatch(one) for one in typed):
            raise ValueError(
                _("请输入各月的百分数，用逗号隔开，最多 %(most)d 个月，例如 20, 20, 10", most=MOST_MONTHS)
            )
        shares = tuple(int(Decimal(one) * 100) for one in typed)
        if sum(shares) > 10_000:
            raise ValueError(_("各月加起来不能超过 100%%"))
        return shares

    def format(self, value: Any) -> str:
        """Return them as they are typed."""
        return ", ".join(f"{share / 100:g}" for share in value)

    @property
    def value(self) -> tuple[int, ...]:
        """The shares of a valid, required field."""
        return tuple(self.data)


class TrialForm(Form):
    """Which policies are tried, and what is assumed of the day of issue and of when people buy."""

    policies = CheckboxesField(
        _l("试算哪些政策"), noun=_l("政策"), required=False, hint=_l("可以选几份，并排比较。")
    )
    drafts = FilesField(
        _l("还没有采用的草案（可以不选）"),
        noun=_l("草案"),
        accept=".yaml,.yml",
        required=False,
        hint=_l("政策文件（YAML），可以一次选几份。只用来试算，不会采用，也不会保存；再试一次要重新选。"),
    )
    issued_on = DateField(_l("假设哪一天发放"))
    shares = SharesField(
        _l("假设各月使用票面金额的百分之几"),
        noun=_l("各月的百分数"),
        width=30,
        hint=_l("从发放当月起，用逗号隔开。加起来不到 100 的部分，当作没有用完。"),
    )
