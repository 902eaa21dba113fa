"""Forms about proofs of kinship: giving a paper, and an officer's word on it."""

from app.documents.rules import Upload
from app.redemptions.service.kinship import Paper
from app.web.forms.base import Choice, Form
from app.web.forms.fields import FileField, RadiosField, TextArea, TextField
from app.web.forms.settlements import PAPERS
from app.web.kinship import kind_choices
from app.web.language import lazy_gettext as _l


class GiveKinshipForm(Form):
    """A paper that shows what a buyer is to the voucher's holder."""

    kind = RadiosField(_l("是什么证明"), noun=_l("证明的种类"), choices=kind_choices())
    shows = TextField(
        _l("上面写着什么"), noun=_l("证明的内容"), most=200, hint=_l("例如：户主王秀英，长子王小明")
    )
    file = FileField(
        _l("扫描件或照片"),
        noun=_l("证明"),
        accept=PAPERS,
        hint=_l("PDF 或者照片（JPEG、PNG、WebP），不超过 8 MB"),
    )

    @property
    def paper(self) -> Paper:
        """What was given."""
        return Paper(self.kind.value, self.shows.value, Upload(self.file.stream, self.file.filename))


class DecideKinshipForm(Form):
    """An officer's word on a paper."""

    decision = RadiosField(
        _l("核对结果"),
        choices=[
            Choice("accept", _l("证明了这层亲属关系")),
            Choice("refuse", _l("退回，要重新交")),
        ],
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，购房人和房企会看到"))
