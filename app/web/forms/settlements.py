"""Forms about how developers are paid."""

from typing import ClassVar, Final

from flask import request

from app.documents.rules import MOST_BYTES, Upload
from app.settlements.accounts import Typed as AccountTyped
from app.settlements.bank_file import DEFAULT_COLUMNS
from app.web.forms.authority import DecidingForm
from app.web.forms.base import Choice, Form, QueryForm
from app.web.forms.fields import (
    CheckboxesField,
    ConfirmField,
    DateField,
    FileField,
    IntegerField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l

MOST_SENT: Final = MOST_BYTES
"""One paper."""
PAPERS: Final = "application/pdf,image/jpeg,image/png,image/webp"


class HandoverForm(Form):
    """A developer's word that a home was handed over."""

    happened_on = DateField(_l("交房日期"))
    file = FileField(
        _l("双方签字的交房单"),
        noun=_l("交房单"),
        accept=PAPERS,
        hint=_l("PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB"),
    )

    @property
    def paper(self) -> Upload:
        """The paper that shows it."""
        return Upload(self.file.stream, self.file.filename)


class ProgressForm(HandoverForm):
    """A developer's word on how far a building is."""

    happened_on = DateField(_l("达到这一步的日期"))
    file = FileField(
        _l("工程进度证明"),
        accept=PAPERS,
        hint=_l("监理或者主管部门盖章的，PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB"),
    )


class RegistrationForm(HandoverForm):
    """A developer's word that the building is in the register for the first time."""

    happened_on = DateField(_l("首次登记的日期"))
    file = FileField(
        _l("首次登记的证明"),
        accept=PAPERS,
        hint=_l("登记机构出具的，PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB"),
    )


class CertificateForm(HandoverForm):
    """A developer's word that the household has its certificate."""

    happened_on = DateField(_l("不动产权证的登记日期"))
    number = TextField(_l("不动产权证号"), most=60, hint=_l("例如：皖（2016）安庆市不动产权第 0012345 号"))
    file = FileField(
        _l("不动产权证扫描件"), accept=PAPERS, hint=_l("PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB")
    )


class AnswerHandoverForm(Form):
    """The household's word on a handover."""

    decision = RadiosField(
        _l("房子交给您了吗"),
        noun=_l("答复"),
        choices=[
            Choice("confirm", _l("交了，日期也对")),
            Choice("object", _l("没有交，或者有问题")),
        ],
    )
    reason = TextArea(_l("哪里不对"), most=500, required=False, hint=_l("有问题时必须写，房企会看到"))


class AnswerCertificateForm(AnswerHandoverForm):
    """An officer's word on a certificate, or on how far a building is."""

    decision = RadiosField(
        _l("核对结果"),
        choices=[
            Choice("confirm", _l("核对一致")),
            Choice("object", _l("退回")),
        ],
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，房企和住户都会看到"))


class ReportLateForm(Form):
    """What a household says that did not get its home as agreed."""

    kind = RadiosField(
        _l("房子怎么样"),
        noun=_l("房子的情况"),
        choices=[
            Choice("late", _l("还没有交房")),
            Choice("unlike", _l("要交的房和约定的不一样")),
        ],
    )
    reason = TextArea(_l("具体情况"), most=500, hint=_l("例如：约好的日子去了，说还没有通水电。房企会看到"))


class AnswerLateForm(Form):
    """A developer's word on a home that was not handed over in time."""

    promised_on = DateField(_l("最迟哪一天交房"), noun=_l("交房日期"))
    reason = TextArea(_l("为什么晚了，怎么办"), noun=_l("原因"), most=500, hint=_l("住户和征收办会看到"))


class CloseLateForm(Form):
    """Why an officer ends a report."""

    reason = TextArea(_l("了结的理由"), most=500, hint=_l("住户会看到，例如：双方书面约定了新的交房日期"))


class LateFilterForm(QueryForm):
    """Limits the list of late handovers; the view offers what there is."""

    state = SelectField(_l("办理情况"), required=False, blank=_l("没有了结的"))
    age = SelectField(_l("反映了多久"), required=False, blank=_l("全部"))


class AddingForm(Form):
    """A form whose ticked sums are shown together before it is sent."""

    ONLY: ClassVar[str] = "only"
    """Name of the buttons that send nothing: ``total`` adds up what is ticked, ``all`` and ``none`` tick."""

    @property
    def only_adds_up(self) -> bool:
        """Whether the sum is asked for, and nothing else."""
        return self.ONLY in request.form

    def tick(self, boxes: CheckboxesField) -> None:
        """Tick all boxes, or none, where that was asked for; one that is ticked alone stays as it is."""
        asked, by_hand = request.form.get(self.ONLY), set(boxes.values)
        if asked == "all":
            boxes.data = [one.value for one in boxes.choices if not one.alone or one.value in by_hand]
        elif asked == "none":
            boxes.data = []


class ClaimForm(AddingForm):
    """Which parts a developer claims; the view offers them, all ticked."""

    lines = CheckboxesField(
        _l("申请哪几笔"), noun=_l("要申请的款项"), unticked=_l("请至少勾选一笔"), small=True
    )
    file = FileField(
        _l("拨付申请书（盖章）"),
        noun=_l("拨付申请书"),
        accept=PAPERS,
        hint=_l("PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB"),
    )

    @property
    def paper(self) -> Upload:
        """The paper that asks for it."""
        return Upload(self.file.stream, self.file.filename)


class DeveloperAccountForm(Form):
    """A developer's own account, typed off the bank's paper."""

    holder_name = TextField(_l("户名"), most=100, hint=_l("和营业执照上的公司名称一致"))
    bank = TextField(_l("开户银行"), most=100, hint=_l("写到支行，例如：工商银行菱湖支行"))
    number = TextField(_l("账号"), most=60, width=20, hint=_l("照开户许可证逐位填写，可以带空格"))

    @property
    def typed(self) -> AccountTyped:
        """What was typed."""
        return AccountTyped(self.holder_name.value, self.bank.value, self.number.value)


class DecideForm(Form):
    """A second person's word."""

    decision = RadiosField(
        _l("复核结果"), choices=[Choice("approve", _l("通过")), Choice("reject", _l("退回"))]
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写"))

    @property
    def agrees(self) -> bool:
        """Whether it was approved."""
        return bool(self.decision.data == "approve")


class DecideDeveloperAccountForm(DecideForm):
    """A second person's word on a developer's account: its number typed anew, or why not."""

    number = TextField(
        _l("照银行的证明再输入一次账号"),
        noun=_l("账号"),
        most=60,
        width=20,
        required=False,
        hint=_l("通过时必须填。请看着纸质证明输入，不要照抄屏幕。"),
    )


class DecideReceiptForm(DecideForm):
    """A second person's word on money that came in: its sum typed anew, or why not."""

    amount = YuanField(
        _l("照银行的到账通知再输入一次金额"),
        noun=_l("金额"),
        required=False,
        hint=_l("通过时必须填。请看着纸质通知输入。"),
    )


class FundForm(Form):
    """A source of money."""

    name = TextField(
        _l("资金来源的名称"), most=100, hint=_l("例如：2016 年棚改专项债券、区级预算 2120803 科目")
    )
    document = TextField(_l("依据的文件"), most=200, hint=_l("例如：菱财预〔2016〕12 号"))


class FundReceiptForm(Form):
    """Money that came in from a source."""

    amount = YuanField(_l("到账金额"))
    received_on = DateField(_l("到账日期"))
    reference = TextField(_l("银行流水号"), most=60, width=20)


class BatchForm(AddingForm):
    """Which approved claims are paid out of which source; the view offers both."""

    source = RadiosField(_l("用哪个资金来源"), noun=_l("资金来源"))
    claims = CheckboxesField(
        _l("付哪几个申请"), noun=_l("要付的申请"), unticked=_l("请至少勾选一个申请"), small=True
    )


class DecideBatchForm(DecidingForm, DecideForm):
    """A second person's word on a batch."""

    decision = RadiosField(
        _l("这一批可以送银行付款吗"),
        noun=_l("复核结果"),
        choices=[
            Choice("approve", _l("放行，可以送银行")),
            Choice("reject", _l("退回，不付")),
        ],
    )


class BankReceiptForm(Form):
    """The bank's receipt about a batch."""

    file = FileField(
        _l("银行回单（CSV 或 Excel）"),
        noun=_l("银行回单文件"),
        accept=".csv,.xlsx,.xls,text/csv",
        hint=_l("有一行对不上，整个文件都不登记"),
    )


class FailedForm(Form):
    """Why a payment was not made."""

    reason = TextArea(_l("没有付成的原因"), most=500, hint=_l("例如：没有送银行、银行拒付"))


class TermsForm(Form):
    """What holds where a policy is silent, and what the bank calls its columns."""

    payee = RadiosField(
        _l("付到哪里"),
        choices=[Choice("developer", _l("房企账户")), Choice("escrow", _l("楼盘的监管账户"))],
    )
    event = RadiosField(
        _l("等什么条件"),
        choices=[
            Choice("contract", _l("签合同")),
            Choice("filed", _l("网签备案")),
            Choice("verified", _l("核销")),
            Choice("handover", _l("交房")),
            Choice("certificate", _l("不动产权证")),
        ],
    )
    within = IntegerField(_l("条件到了以后多久付清"), noun=_l("付款期限"), most=3650)
    unit = RadiosField(
        _l("期限的单位"),
        choices=[
            Choice("days", _l("天")),
            Choice("working_days", _l("工作日")),
            Choice("months", _l("月")),
        ],
        inline=True,
    )
    columns = TextArea(
        _l("银行表格的列名"),
        most=500,
        required=False,
        hint=_l("和银行的不一样的才写，一行一个，例如：付款编号=业务编号"),
    )

    @property
    def names(self) -> dict[str, str]:
        """What the bank calls its columns, by our own words for them."""
        pairs = [line.partition("=") for line in self.columns.value.replace("＝", "=").splitlines()]
        ours = {name: key for key, name in DEFAULT_COLUMNS.items()}
        return {ours.get(left.strip(), left.strip()): right.strip() for left, _sign, right in pairs if left}


class PartFilterForm(QueryForm):
    """Limits the list of parts; the view offers what there is."""

    show = SelectField(_l("情况"), required=False, blank=_l("全部"))


class CheckedClaimForm(Form):
    """An officer's word that a claim was compared with its papers."""

    checked = ConfirmField(
        _l("我已对照申请书，逐笔核对房源、金额和收款账户"), missing=_l("请逐笔核对，勾选以后再提交")
    )


class ApproveClaimForm(DecidingForm, CheckedClaimForm):
    """A checker's word of the same."""
