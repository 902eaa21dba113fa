"""Forms about price signals: filters of the list, steps of the regulator, the developer's answer."""

from datetime import date
from typing import Any, BinaryIO, ClassVar, Final

from app.cases.triage import MOST
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    CheckboxesField,
    DateField,
    FileField,
    RadiosField,
    SearchField,
    SelectField,
    TextArea,
)
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.signals import ACTS, ANSWERS, ASSIGNED, GRADES, KINDS, LEVELS

_FILES: Final = "application/pdf,image/jpeg,image/png,image/webp"

NOBODY: Final = "-"
"""What the form sends for giving a signal to nobody."""


def _choices(words: dict[str, Any]) -> list[Choice]:
    return [Choice(value, str(text)) for value, text in words.items()]


class SignalFilterForm(QueryForm):
    """Which signals to list; the view offers states, companies and developments with their numbers."""

    words = SearchField(_l("编号、楼盘、房号或房企"))
    state = RadiosField(_l("处理情况"), required=False, small=True)
    assigned = SelectField(_l("由谁处理"), required=False, blank=_l("不限"), choices=_choices(ASSIGNED))
    answer = SelectField(_l("房企答复"), required=False, blank=_l("不限"), choices=_choices(ANSWERS))
    developer = SelectField(_l("房企"), required=False, blank=_l("全部房企"))
    development = SelectField(_l("楼盘"), required=False, blank=_l("全部楼盘"))
    grade = SelectField(_l("级别"), required=False, blank=_l("全部级别"), choices=_choices(GRADES))
    level = SelectField(_l("程度"), required=False, blank=_l("全部程度"), choices=_choices(LEVELS))
    kind = SelectField(_l("哪种问题"), required=False, blank=_l("全部"), choices=_choices(KINDS))
    first = DateField(_l("发现日期从"), required=False)
    last = DateField(_l("到"), required=False, noun=_l("发现日期的截止日"))
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
            Choice("level", _l("程度高的在前")),
        ],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a span that ends before it begins."""
        good = super().validate(extra_validators)
        first, last = self.first.data, self.last.data
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.last.errors = [*self.last.errors, _("截止日不能早于开始的日期")]
            return False
        return bool(good)


class ChosenForm(QueryForm):
    """Which signals were chosen from the list, and what shall be done with them."""

    ref = CheckboxesField(_l("线索"), required=False, unticked=_l("请先在列表里选择线索"))
    act = SelectField(_l("要做的事"), choices=_choices(ACTS))

    def refs(self) -> list[str]:
        """Return the references chosen, each once, in their order; at most one more than may be chosen."""
        return list(dict.fromkeys(self.ref.values))[: MOST + 1]


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


class ChosenActForm(Form):
    """A step for the chosen signals; ``seen`` is how they stood when the page was shown."""

    seen = CarriedField()


class DismissChosenForm(ChosenActForm, DismissForm):
    """Why several signals are dismissed."""


class WatchForm(ChosenActForm):
    """Until when signals are set aside, and why."""

    until = DateField(_l("哪天再看"), hint=_l("到这一天，线索回到“待处理”"))
    reason = TextArea(
        _l("为什么先关注"), most=500, hint=_l("只有监管和审计人员能看到，例如：等下一批网签成交再比较。")
    )


class AssignForm(ChosenActForm):
    """Who works on signals from now on; the view offers the colleagues."""

    assignee = RadiosField(_l("交给谁处理"), noun=_l("同事"))


class MergeForm(ChosenActForm):
    """Which signal the others go with; the view offers the chosen ones."""

    main = RadiosField(_l("以哪一条为主"), noun=_l("主线索"))
    reason = TextArea(_l("合并的理由"), most=500, hint=_l("例如：同一次改价、同一个楼盘的同一个问题。"))


class AskForm(Form):
    """What the company is asked, and by when it answers."""

    question = TextArea(
        _l("请房企说明什么"),
        most=1000,
        hint=_l("房企会看到这段话。请写清要说明的事和要附的材料。"),
    )
    due = DateField(_l("答复期限"), hint=_l("到这一天的 24:00 为止"))


class RemarkForm(Form):
    """A note for colleagues and auditors."""

    reason = TextArea(_l("备注"), most=1000, hint=_l("只有监管和审计人员能看到，写上以后不能修改。"))


class SplitForm(Form):
    """Why a signal is taken out of the one it was merged into."""

    reason = TextArea(_l("拆出的理由"), most=500)


class AnswerForm(Form):
    """What the company answers, with up to three files."""

    text = TextArea(
        _l("答复"),
        most=2000,
        rows=8,
        hint=_l("监管部门会看到这段话。提交以后不能修改，要补充的，可以再答复一次。"),
    )
    file_1 = FileField(
        _l("附件一"),
        required=False,
        accept=_FILES,
        hint=_l("可以不附。PDF、JPEG、PNG 或 WebP，每个不超过 8 MB"),
    )
    file_2 = FileField(_l("附件二"), required=False, accept=_FILES)
    file_3 = FileField(_l("附件三"), required=False, accept=_FILES)

    MOST_FILES: ClassVar[int] = 3

    def sent(self) -> dict[str, tuple[BinaryIO, str]]:
        """Return the files that were sent, each with its name, by the name of its field."""
        fields = (self.file_1, self.file_2, self.file_3)
        return {field.name: (field.stream, field.filename) for field in fields if field.data}
