"""Forms about transferring, splitting and merging vouchers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from app.documents.rules import Upload
from app.vouchers.move_rules import Share
from app.vouchers.parties import Other
from app.web.forms.authority import DecidingForm, StateFilterForm
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    AreaField,
    CheckboxesField,
    ConfirmField,
    FileField,
    IntegerField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.kin import KIN
from app.web.language import lazy_gettext as _l

_RELATIONS: Final = [Choice(word, name) for word, name in KIN.items() if word != "self"]
_ACCEPT: Final = "image/jpeg,image/png,image/webp,application/pdf"


class SplitForm(QueryForm):
    """Which sums are split off, and whether it is for a divorce; the address keeps it."""

    first = YuanField(_l("拆出第一张的金额"), hint=_l("单位是元，例如 300000"))
    second = YuanField(_l("拆出第二张的金额"), required=False, hint=_l("只拆一张就不填"))
    why = RadiosField(
        _l("为什么拆"),
        choices=[
            Choice("own", _l("自家用：拆出的房票还是自家的")),
            Choice("divorce", _l("离婚分割：拆出的第一张归对方"), _l("要有离婚协议或者法院的判决、调解书")),
        ],
    )

    @property
    def is_divorce(self) -> bool:
        """Whether the first part is the other's."""
        return bool(self.why.value == "divorce")

    def shares(self, residents: Sequence[int] = (0, 0)) -> tuple[Share, ...]:
        """Return the parts with who is to live by each; what was not typed yet is none."""
        sums = [(self.first.data, self.is_divorce), (self.second.data, False)]
        return tuple(
            Share(fen, count, is_others)
            for (fen, is_others), count in zip(sums, residents, strict=True)
            if fen is not None
        )


class MergeForm(QueryForm):
    """Which vouchers become one; the view offers the household's own."""

    vouchers = CheckboxesField(_l("选哪几张合成一张"), unticked=_l("请至少选两张房票"))


class MoveForm(Form):
    """Asks for what the page showed; the view takes out what this move does not ask for."""

    name = TextField(_l("对方姓名"), most=60, width=20, hint=_l("和身份证上一样"))
    id_number = TextField(_l("对方身份证号码"), most=40, width=20, autocomplete="off")
    kin = SelectField(_l("对方是房票持有人的什么人"), choices=_RELATIONS)
    residents = IntegerField(_l("您家一共有几个安置人口"), least=1, most=99, width=2)
    first_residents = IntegerField(_l("其中几个人靠拆出的第一张住"), most=99, width=2)
    second_residents = IntegerField(_l("其中几个人靠拆出的第二张住"), most=99, width=2)
    other_homes = AreaField(
        _l("您家另外的住房一共多少平方米"), required=False, hint=_l("不算用房票买的；没有就不填")
    )
    understood = ConfirmField(
        _l("我看明白了上面的办法和每张房票以后的样子，办结以前这些房票不能买房"),
        missing=_l("请看清上面的内容，勾选以后再提交"),
    )
    seen = CarriedField()

    def drop(self, *names: str) -> None:
        """Take fields out that are not asked."""
        for name in names:
            del self[name]

    @property
    def other(self) -> Other | None:
        """Who takes a voucher over, as typed, or None where nobody does."""
        return Other(self["name"].value, self["id_number"].value) if "name" in self else None

    def number(self, name: str) -> int | None:
        """Return a number that was asked, or None."""
        return self[name].data if name in self else None

    @property
    def area(self) -> Decimal | None:
        """The area that the household has otherwise, in ㎡; None where it was not asked."""
        return (self["other_homes"].data or Decimal(0)) if "other_homes" in self else None


class ConsentForm(Form):
    """The other party's word that it takes what the page shows."""

    understood = ConfirmField(
        _l("我看明白了，同意接受这张房票和它的条件"), missing=_l("请看清上面的内容，勾选以后再同意")
    )
    seen = CarriedField()


class ButtonForm(Form):
    """Only a button."""


class MoveFilterForm(StateFilterForm):
    """Limits the list to one state and one kind; the view offers them."""

    state = SelectField(_l("办理情况"), required=False, blank=_l("还没有办完的"))
    kind = SelectField(_l("办什么"), required=False, blank=_l("全部"))


class WitnessForm(Form):
    """What the ID card of somebody who signed at the counter says."""

    name = TextField(_l("身份证上的姓名"), most=60, width=20)
    id_number = TextField(_l("身份证号码"), most=40, width=20, autocomplete="off")
    checked = ConfirmField(
        _l("我已当面核对身份证，本人看过表上的内容并签了字"),
        missing=_l("请当面核对并请本人签字，勾选以后再提交"),
    )

    @property
    def typed(self) -> Other:
        """The person as typed."""
        return Other(self.name.value, self.id_number.value)


class PrepareMoveForm(Form):
    """Which papers the officer looked at, and their scans."""

    evidence = TextArea(
        _l("看了哪些材料"),
        most=300,
        hint=_l("写明名称、编号和日期，例如：转让协议 2018年3月2日；户口簿；继承公证书（2018）泰证字第5号"),
    )
    paper_1 = FileField(
        _l("材料扫描件"), accept=_ACCEPT, required=False, hint=_l("大家签好字的申请表一定要传；PDF 或者照片")
    )
    paper_2 = FileField(_l("第二份材料"), accept=_ACCEPT, required=False)
    paper_3 = FileField(_l("第三份材料"), accept=_ACCEPT, required=False)
    checked = ConfirmField(
        _l("我已核对每个人的身份证、亲属关系和签字"), missing=_l("请逐项核对，勾选以后再提交")
    )

    @property
    def papers(self) -> list[Upload]:
        """The scans that were sent."""
        fields = (self.paper_1, self.paper_2, self.paper_3)
        return [Upload(field.stream, field.filename) for field in fields if field.data is not None]


class ApproveMoveForm(DecidingForm):
    """The checker's word that everything was compared."""

    checked = ConfirmField(
        _l("我已看过材料，逐项核对了每个人和每张房票"), missing=_l("请看过材料，逐项核对，勾选以后再通过")
    )
    on = CarriedField()

    @property
    def day(self) -> date | None:
        """The day for which the page showed the terms; None where it was lost."""
        try:
            return date.fromisoformat(self.on.value)
        except ValueError:
            return None
