"""Forms about how developers are paid."""

from typing import Final

from app.documents.rules import MOST_BYTES, Upload
from app.web.forms.base import Choice, Form
from app.web.forms.fields import DateField, FileField, RadiosField, TextArea, TextField
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
    """An officer's word on a certificate."""

    decision = RadiosField(
        _l("核对结果"),
        choices=[
            Choice("confirm", _l("和登记机构的一致")),
            Choice("object", _l("退回")),
        ],
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，房企会看到"))
