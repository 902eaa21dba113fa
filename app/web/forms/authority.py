"""Forms of /authority."""

from collections.abc import Iterable

from app.web.forms.base import CarriedField, Form, QueryForm
from app.web.forms.fields import ConfirmField, RadiosField, SearchField, SelectField, TextArea
from app.web.language import lazy_gettext as _l


class HouseholdSearchForm(QueryForm):
    """Finds a household."""

    words = SearchField(_l("姓名、原住址、户编号或协议编号"))


class StateFilterForm(QueryForm):
    """Limits a list to one state; the view offers the states."""

    state = SelectField(_l("办理情况"), required=False, blank=_l("全部"))

    def states(self, otherwise: Iterable[str]) -> list[str]:
        """Return the state that was chosen, or else these."""
        return [self.state.value] if self.state.value else [str(state) for state in otherwise]


class IssueForm(Form):
    """Under which policy a voucher is submitted; the view offers the versions."""

    policy_version = RadiosField(_l("按哪个政策发放"), noun=_l("政策"))


class ApproveForm(Form):
    """The checker's word that the figures were compared."""

    checked = ConfirmField(
        _l("我已把票面金额和纸质补偿协议逐项核对，两者一致"),
        missing=_l("请核对纸质协议，勾选确认后再通过"),
    )


class ReasonForm(Form):
    """Why something is sent back."""

    reason = TextArea(_l("退回的理由"), most=500, hint=_l("对方会看到这段话。请写清哪里不对、怎么改。"))


class DecidingForm(Form):
    """A checker's decision on what the page showed: carries the mark of what was asked."""

    seen = CarriedField()


class SendBackForm(DecidingForm, ReasonForm):
    """Why something is sent back, as the page showed it."""


class RestartForm(Form):
    """Why a batch is set going again whose job failed."""

    reason = TextArea(
        _l("为什么重新办理"), most=500, hint=_l("例如：网络已经恢复。您的姓名、时间和理由都记录在案。")
    )


class EndForm(Form):
    """Why an import is ended whose job failed."""

    reason = TextArea(
        _l("为什么结束"),
        most=500,
        hint=_l("上传的人会看到这段话。例如：文件损坏，请重新导出再传。您的姓名、时间和理由都记录在案。"),
    )


class TakeBackForm(Form):
    """The officer's word that what is taken back, whatever is not ticked, was brought to nobody."""

    checked = ConfirmField(
        _l("我核对过了：没有打勾的，确实都没有送到"),
        missing=_l("请先核对哪些没有送到，勾选确认后再收回"),
    )


class PrintedForm(Form):
    """The word that the letters of a page are printed."""
