"""Forms of /regulator."""

from app.web.forms.base import Choice, Form, QueryForm
from app.web.forms.fields import RadiosField, SearchField, SelectField, TextArea
from app.web.language import lazy_gettext as _l
from app.web.signals import GRADES


class SignalFilterForm(QueryForm):
    """Which signals to list; the view offers the states with their numbers, and the companies."""

    words = SearchField(_l("编号、楼盘、房号或房企"))
    state = RadiosField(_l("处理情况"), required=False, small=True)
    grade = SelectField(
        _l("级别"),
        required=False,
        blank=_l("全部级别"),
        choices=[Choice(grade, words) for grade, words in GRADES.items()],
    )
    developer = SelectField(_l("房企"), required=False, blank=_l("全部房企"))
    sort = SelectField(
        _l("排序"),
        required=False,
        blank=None,
        choices=[
            Choice("waiting", _l("待处理在前")),
            Choice("new", _l("最新发现在前")),
            Choice("old", _l("最早发现在前")),
            Choice("gap", _l("高出金额大的在前")),
            Choice("rate", _l("高出比例大的在前")),
        ],
    )


class DismissForm(Form):
    """Why a signal is dismissed."""

    reason = TextArea(
        _l("排除的理由"),
        most=500,
        hint=_l("房企会看到这段话。请写清依据，例如：现金价录入有误，已核对合同并更正。"),
    )


class OpenCaseForm(Form):
    """Why a case is opened."""

    reason = TextArea(
        _l("立案的理由"),
        most=500,
        hint=_l("只有监管和审计人员能看到。请写清要核查什么。"),
    )
