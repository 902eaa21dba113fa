"""Forms about favourites, saved searches and plans."""

from typing import Final

from app.following.rules import LONGEST_NAME, LONGEST_NOTE, Telling
from app.web.forms.base import Choice, Form
from app.web.forms.fields import CheckboxesField, RadiosField, TextArea, TextField
from app.web.language import lazy_gettext as _l

NO_VOUCHER: Final = "none"
NEW_PLAN: Final = "new"
"""What the radios call a plan that is not there yet; no reference looks so."""


class FavouriteNoteForm(Form):
    """One's own words about a favourite."""

    note = TextArea(
        _l("备注"), required=False, most=LONGEST_NOTE, rows=3, hint=_l("只有您家看得到，例如“离外孙学校近”。")
    )


class SavedSearchForm(Form):
    """What a saved search is called, and when the household hears of it."""

    name = TextField(_l("给这个搜索起个名字"), noun=_l("名字"), most=LONGEST_NAME)
    telling = RadiosField(
        _l("有变化的时候怎么告诉您"),
        noun=_l("怎么告诉您"),
        choices=(
            Choice(Telling.AT_ONCE, _l("马上发短信或邮件")),
            Choice(Telling.DAILY, _l("每天早上八点发一次")),
            Choice(
                Telling.PAPER,
                _l("打印在纸上"),
                _l("没有手机也行：征收办打印好送到家里，您也可以到窗口拿。"),
            ),
            Choice(Telling.NEVER, _l("不用发，我自己来看")),
        ),
    )


class PlanForm(Form):
    """What a plan is called, which voucher is to pay, and one's own words about it."""

    name = TextField(_l("给方案起个名字"), noun=_l("名字"), most=LONGEST_NAME)
    voucher = RadiosField(_l("用哪张房票"), noun=_l("房票"))
    note = TextArea(
        _l("备注"), required=False, most=LONGEST_NOTE, rows=3, hint=_l("只有您家看得到，分享时不给别人看。")
    )

    @property
    def voucher_ref(self) -> str | None:
        """The voucher chosen; None for none yet."""
        return self.voucher.value if self.voucher.value != NO_VOUCHER else None


class AddToPlanForm(Form):
    """Which plan some homes are put into."""

    plan = RadiosField(_l("放进哪个方案"), noun=_l("方案"))


class SharePlanForm(Form):
    """Whether a shared link shows sums, too."""

    sums = CheckboxesField(
        _l("链接里给看什么"),
        required=False,
        choices=(
            Choice(
                "yes",
                _l("也给看票面和每一笔金额"),
                _l("不勾选，只给看房源、价格和远近。姓名、房票编号和备注都不给看。"),
            ),
        ),
    )
