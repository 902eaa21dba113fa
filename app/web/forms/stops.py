"""Forms about stopping vouchers and freeing them."""

from typing import Final

from app.documents.rules import Upload
from app.vouchers.stop_rules import CourtOrder
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    ConfirmField,
    DateField,
    FileField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l
from app.web.stops import KINDS

_ACCEPT: Final = "image/jpeg,image/png,image/webp,application/pdf"


class ReportLossForm(Form):
    """A household's word that its paper is lost."""

    reason = TextArea(_l("怎么丢的"), most=300, hint=_l("例如：搬家时找不到了、被人拿走了"))
    understood = ConfirmField(
        _l("我知道挂失以后，原来的纸质房票马上作废，房票要到窗口补发以后才能再用"),
        missing=_l("请看清楚，勾选以后再挂失"),
    )


def scans() -> tuple[FileField, FileField]:
    """Return the fields for scans anew: a form shows its fields in the order in which they were made."""
    return (
        FileField(_l("材料扫描件"), accept=_ACCEPT, required=False, hint=_l("PDF 或者照片")),
        FileField(_l("第二份材料"), accept=_ACCEPT, required=False),
    )


class PapersForm(Form):
    """Scans of the papers that were looked at."""

    paper_1: FileField
    paper_2: FileField

    @property
    def papers(self) -> list[Upload]:
        """The scans that were sent."""
        fields = (self.paper_1, self.paper_2)
        return [Upload(field.stream, field.filename) for field in fields if field.data is not None]


class NoteLossForm(Form):
    """Who called or came, and lost the paper."""

    channel = RadiosField(
        _l("怎么报的"), choices=[Choice("phone", _l("打电话")), Choice("counter", _l("到窗口"))]
    )
    last_six = TextField(
        _l("报失人身份证号后六位"), most=6, width=10, autocomplete="off", hint=_l("问本人，和名册核对")
    )
    reason = TextArea(_l("怎么丢的"), most=300)
    checked = ConfirmField(_l("我已问过姓名和身份证号后六位"), missing=_l("请先问清楚是谁，勾选以后再提交"))


class SuspendForm(Form):
    """Why the authority has a doubt."""

    reason = TextArea(_l("为什么暂停"), most=300, hint=_l("住户会看到。写明哪里有疑问、怎么发现的"))


class FreezeForm(PapersForm):
    """What the court's paper says."""

    court = TextField(_l("法院全称"), most=60)
    document = TextField(_l("文书编号"), most=60, hint=_l("例如：（2018）苏1202执保15号"))
    decided_on = DateField(_l("文书日期"))
    until_on = DateField(_l("冻结到哪一天"), hint=_l("文书上写的最后一天，当天 24:00 自动结束"))
    sum = YuanField(_l("冻结多少"), required=False, hint=_l("不填就是整张房票"))
    reason = TextArea(_l("怎么送达的"), most=300, hint=_l("例如：两名执行人员当面送达，证件已核对"))
    paper_1, paper_2 = scans()
    checked = ConfirmField(
        _l("我已核对执行人员的证件和文书原件"), missing=_l("请核对证件和文书，勾选以后再提交")
    )

    @property
    def typed(self) -> CourtOrder:
        """What was typed of the court's paper."""
        return CourtOrder(
            self.court.value, self.document.value, self.decided_on.value, self.until_on.value, self.sum.data
        )


class DeathForm(PapersForm):
    """When the holder died."""

    died_on = DateField(_l("去世日期"))
    reason = TextArea(_l("怎么知道的"), most=300, hint=_l("例如：家属带死亡证明到窗口"))
    paper_1, paper_2 = scans()


class LiftForm(PapersForm):
    """Why a voucher is to be free again; of a loss, who stands at the counter."""

    last_six = TextField(
        _l("来人身份证号后六位"),
        required=False,
        most=6,
        width=10,
        autocomplete="off",
        hint=_l("当面核对身份证"),
    )
    reason = TextArea(_l("申请的理由"), most=300)
    paper_1, paper_2 = scans()


class RenewForm(PapersForm):
    """What the court's newer paper says."""

    document = TextField(_l("续封文书编号"), most=60)
    until_on = DateField(_l("续封到哪一天"))
    paper_1, paper_2 = scans()


class ApproveStopForm(Form):
    """The checker's word that the papers were looked at."""

    checked = ConfirmField(_l("我已看过材料，逐项核对"), missing=_l("请看过材料，勾选以后再通过"))
    seen = CarriedField()


class StopFilterForm(QueryForm):
    """Limits the list to one kind, and to stops that stand or ended."""

    kind = SelectField(
        _l("为什么止付"),
        required=False,
        blank=_l("全部"),
        choices=[Choice(kind, text) for kind, text in KINDS.items()],
    )
    ended = SelectField(
        _l("哪些"), required=False, blank=_l("正在止付的"), choices=[Choice("yes", _l("已经结束的"))]
    )
