"""Forms of the verification desk."""

from typing import Final

from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import ConfirmField, DateField, RadiosField, SelectField, TextArea, TextField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

TURNS: Final = {"first": _l("等核验（经办人）"), "second": _l("等复核（复核人）")}
KINDS: Final = {"odd": _l("有例外的"), "plain": _l("没有例外的")}

REASONS: Final = {
    "buyer": _l("合同上的买受人与房票持有人不一致"),
    "sums": _l("合同上的面积或总价与报价不一致"),
    "number": _l("在网签系统里查不到这个合同编号"),
    "form": _l("合同不完整，缺少签字、盖章或页数"),
    "policy": _l("这套房不符合房票的使用条件"),
    "other": _l("其他原因"),
}
"""Why a purchase is refused; what is chosen is the first sentence that the household reads."""


class DeskForm(QueryForm):
    """Which part of the desk is shown; the view offers the developments."""

    turn = SelectField(_l("等谁办理"), required=False, blank=None)
    development = SelectField(_l("楼盘"), required=False, blank=_l("全部楼盘"))
    kind = SelectField(_l("有没有例外"), required=False, blank=_l("全部"))


class NextForm(Form):
    """From which development the next case is opened, and behind which one; empty for all, and the oldest."""

    queue = CarriedField()
    after = CarriedField()

    def for_queue(self, queue: str, after: str = "") -> "NextForm":
        """Return the form as it stands beside a queue, for a button of its own."""
        self.queue.data, self.after.data = queue, after
        return self


class CaseForm(Form):
    """A case at the desk: pressing the button says that it is as the contract says."""

    queue = CarriedField()
    contract = CarriedField()
    explanation = TextField(
        _l("为什么可以通过"),
        required=False,
        most=200,
        hint=_l("有不一致时必填。复核人、购房人和房企都会看到。"),
    )


class ApproveCheckBatchForm(Form):
    """The checker's word on a whole batch: what it writes off cannot be taken back."""

    checked = ConfirmField(
        _l("我看过抽中的每一笔，知道整批核销以后不能撤回"),
        missing=_l("请看清要核销多少笔，勾选确认后再整批通过"),
    )


class RefusalForm(Form):
    """Why a purchase is refused: from a list, and in words."""

    queue = CarriedField()
    contract = CarriedField()
    kind = RadiosField(_l("退回的原因"), choices=[Choice(key, text) for key, text in REASONS.items()])
    reason = TextArea(
        _l("补充说明"), required=False, most=400, hint=_l("对方会看到这段话。请写清哪里不对、怎么改。")
    )

    def accept(self) -> bool:
        """Return True when a reason is chosen, and another than those listed is in words."""
        accepted = super().accept()
        if accepted and self.kind.value == "other" and not self.reason.data:
            self.reason.errors = [_("请写明其他原因")]
            return False
        return accepted

    @property
    def told(self) -> str:
        """What the household and the developer read."""
        chosen = str(REASONS[self.kind.value]) if self.kind.value != "other" else ""
        return _("。").join(part for part in (chosen, self.reason.value if self.reason.data else "") if part)


class DecidedForm(QueryForm):
    """Between which days; without any, the week to today."""

    first = DateField(_l("从哪一天"), required=False)
    last = DateField(_l("到哪一天"), required=False)
