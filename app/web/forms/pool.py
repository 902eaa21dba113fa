"""Forms of joining a pool, and of deciding on it."""

from typing import Final

from app.documents.rules import Kind
from app.homes.service import Paper
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    ConfirmField,
    FileField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
)
from app.web.language import lazy_gettext as _l

_ACCEPT: Final = "image/jpeg,image/png,image/webp,application/pdf"
_HINT: Final = _l("扫描件或照片，JPEG、PNG、WebP 或 PDF，不超过 8 MB")


class PapersForm(Form):
    """The papers of an application, none of them required here."""

    licence = FileField(_l("营业执照"), accept=_ACCEPT, required=False, hint=_HINT)
    signed = FileField(_l("签字盖章的承诺书"), accept=_ACCEPT, required=False, hint=_HINT)
    other = FileField(_l("其他材料（可不传）"), noun=_l("其他材料"), accept=_ACCEPT, required=False)

    def papers(self) -> list[Paper]:
        """Return the files that were sent."""
        boxes = ((Kind.LICENCE, self.licence), (Kind.UNDERTAKING, self.signed), (Kind.OTHER, self.other))
        return [Paper(kind, box.stream, box.filename) for kind, box in boxes if box.data is not None]


class ApplyForm(PapersForm):
    """An application, the undertaking accepted by a named person."""

    accepted_by_name = TextField(
        _l("代表公司接受承诺书的人"), most=30, width=10, noun=_l("接受承诺的人的姓名"), autocomplete="name"
    )
    undertaking = ConfirmField(
        _l("我代表公司接受上面的同等待遇承诺书，并保证上传的材料真实"),
        legend=_l("接受承诺"),
        missing=_l("请看完承诺书，勾选接受后再提交"),
    )
    version = CarriedField()

    @property
    def accepted_version(self) -> int:
        """The version that the page showed; 0, which none has, when it was lost on the way."""
        return int(self.version.value) if self.version.value.isdecimal() else 0


class PoolFilterForm(QueryForm):
    """Limits the list of developers to one state; the view offers the states."""

    state = SelectField(_l("入库情况"), required=False, blank=_l("全部"))


class ProposeForm(Form):
    """What an officer asks a colleague to decide; the view offers the steps."""

    action = RadiosField(_l("要办理的事项"))
    reason = TextArea(
        _l("理由"),
        most=500,
        required=False,
        hint=_l("要求补正、暂停、退出时必须写。房企会看到这段话，请写清哪里不对、怎么改"),
    )


class DecideForm(Form):
    """A checker's decision on what an officer asked."""

    decision = RadiosField(
        _l("复核结果"),
        choices=[Choice("approve", _l("同意，照此办理")), Choice("reject", _l("退回经办人"))],
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，经办人会看到"))
    seen = CarriedField()
