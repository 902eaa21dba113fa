"""Forms about what changes of a purchase after its contract."""

from typing import Final

from app.documents.rules import MOST_BYTES, Upload
from app.web.forms.authority import DecidingForm
from app.web.forms.base import Choice, Form
from app.web.forms.contracts import RedemptionContractForm
from app.web.forms.fields import (
    AreaField,
    ConfirmField,
    FileField,
    RadiosField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l

MOST_SENT: Final = MOST_BYTES
"""One paper."""
PAPERS: Final = "application/pdf,image/jpeg,image/png,image/webp"
_HINT: Final = _l("PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB")


class AskForm(Form):
    """What every wish has: a reason, and a paper where there is one."""

    reason = TextArea(_l("理由"), most=500, hint=_l("对方和征收办会看到，请写清楚"))
    papers = FileField(
        _l("双方签字的协议或证明"), accept=PAPERS, hint=_HINT, required=False, noun=_l("协议或证明")
    )

    @property
    def sent(self) -> list[Upload]:
        """The paper, if one was sent."""
        return [Upload(self.papers.stream, self.papers.filename)] if self.papers.data else []


class UndoForm(AskForm):
    """A household's wish to give the home back, once it has read what follows."""

    papers = FileField(
        _l("双方签字的协议或证明（没有可以不传）"),
        accept=PAPERS,
        hint=_HINT,
        required=False,
        noun=_l("协议或证明"),
    )
    seen = ConfirmField(
        _l("我看清了上面的金额和后果"),
        legend=_l("确认"),
        missing=_l("请看清上面的金额和后果，勾选以后再提交"),
    )


class AreaForm(AskForm):
    """What a home measures."""

    area = AreaField(_l("实测建筑面积"))
    price = YuanField(
        _l("合同另外约定的总价"),
        required=False,
        hint=_l("第一次实测不填，按规定算：误差 3% 以内据实结算，多出 3% 的由房企承担，少于 3% 的双倍退还"),
    )


class OfficeAskForm(AskForm):
    """What the authority finds by itself; nobody else signs what it goes by."""

    papers = FileField(
        _l("依据的材料（没有可以不传）"), accept=PAPERS, hint=_HINT, required=False, noun=_l("依据的材料")
    )


class PriceForm(OfficeAskForm):
    """A price that the authority corrects."""

    price = YuanField(_l("更正以后的总价"))
    source = TextField(
        _l("价格线索或案件的编号"), required=False, most=40, hint=_l("例如：JG-8K2M4-X。没有可以不填")
    )


class ChangedContractForm(RedemptionContractForm):
    """A contract as a supplementary agreement changed it, with the reason."""

    price = YuanField(_l("变更以后的总价"), hint=_l("没有变就照原来的填"))
    scan = FileField(_l("变更协议或新合同的扫描件"), accept=PAPERS, hint=_HINT)
    reason = TextArea(_l("变更的理由"), most=500, hint=_l("购房人和征收办会看到，请写清变了什么、为什么"))


class AnswerForm(Form):
    """Whether the other side agrees."""

    decision = RadiosField(
        _l("您同意吗"),
        noun=_l("答复"),
        choices=[Choice("agree", _l("同意")), Choice("object", _l("不同意"))],
    )
    reason = TextArea(_l("说明"), most=500, required=False, hint=_l("不同意的必须写理由，征收办会看到"))


class PrepareForm(Form):
    """An officer's word to the checker."""

    reason = TextArea(
        _l("核对意见"), most=500, required=False, hint=_l("对方没有同意或者没有答复的，必须写明为什么照办")
    )


class PrepareAgreedForm(PrepareForm):
    """The same of what developer and household agree on: whose doing it is."""

    whose = RadiosField(
        _l("房款退回是谁的原因"),
        noun=_l("是谁的原因"),
        choices=[
            Choice(
                "own",
                _l("双方商量好的，或者是购房人的原因"),
                hint=_l("按购房人自己退房算：过了期限的按逾期处理，已经办过余额的按那一次的规则付"),
            ),
            Choice(
                "others",
                _l("房企的原因，购房人没有办法"),
                hint=_l("例如交不了房、房屋不合格、房企违约，要有依据"),
            ),
        ],
    )
    evidence = TextArea(
        _l("依据"),
        most=500,
        required=False,
        hint=_l("选“房企的原因”的必须写：是什么事，哪份材料能证明，例如判决书、通报的文号"),
    )

    @property
    def found(self) -> str | None:
        """What shows that the household cannot help it; None where nobody finds so."""
        return (self.evidence.data or "") if self.whose.value == "others" else None


class ApproveChangeForm(DecidingForm):
    """The checker's word that sums and papers were compared."""

    checked = ConfirmField(_l("我已逐项核对上面的金额、理由和材料"), missing=_l("请逐项核对，勾选以后再通过"))


class RefuseForm(DecidingForm):
    """Why it is not approved."""

    reason = TextArea(_l("不批准的理由"), most=500, hint=_l("购房人和房企都会看到，请写清楚"))
