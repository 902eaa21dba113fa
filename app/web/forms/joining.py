"""Forms about merging with vouchers of other households, for as many vouchers as there are."""

from collections.abc import Sequence
from typing import Any, Final

from app.vouchers.joining import MOST_JOINED
from app.vouchers.move_rules import Join
from app.vouchers.parties import Other
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import CheckboxesField, ConfirmField, SelectField, TextField
from app.web.forms.moves import ConsentForm
from app.web.kin import KIN
from app.web.language import lazy_gettext as _l

PLACES: Final = range(1, MOST_JOINED + 1)
_RELATIONS: Final = [Choice(word, name) for word, name in KIN.items() if word != "self"]


class _Others(Form):
    """Which vouchers of whom; the same names whether they are typed or carried."""

    @property
    def places(self) -> list[int]:
        """The vouchers of others by number."""
        return [place for place in PLACES if f"voucher_{place}" in self]

    @property
    def joins(self) -> tuple[Join, ...]:
        """The vouchers of others, with what their holders are to who asks."""
        return tuple(
            Join(self[f"voucher_{place}"].value, self[f"kin_{place}"].value or "") for place in self.places
        )

    @property
    def owners(self) -> list[Other]:
        """Their holders as typed."""
        return [Other(self[f"name_{place}"].value, self[f"id_number_{place}"].value) for place in self.places]


class OthersForm(_Others):
    """Which own vouchers are merged with which of others; the view offers the household's own."""

    own = CheckboxesField(_l("您家的哪几张"), unticked=_l("请至少选一张自家的房票"))


class JoinForm(_Others):
    """Asks for what the page showed; carries what was typed before it."""

    own = CarriedField()
    understood = ConfirmField(
        _l("我看明白了：合并以后这一张归我家，其他各家都要自己同意，办结以前这些房票不能买房"),
        missing=_l("请看清上面的内容，勾选以后再提交"),
    )
    seen = CarriedField()

    def carry(self, typed: OthersForm, joins: Sequence[Join], seen: str) -> None:
        """Carry what was typed, the vouchers by their exact numbers, and the mark of what is shown."""
        self.own.data, self.seen.data = ",".join(typed.own.values), seen
        for place, join in zip(self.places, joins, strict=True):
            self[f"voucher_{place}"].data, self[f"kin_{place}"].data = join.ref, join.kin
            for name in (f"name_{place}", f"id_number_{place}"):
                self[name].data = typed[name].value


class JoinedConsentForm(ConsentForm):
    """An owner's word that its voucher goes into another's."""

    understood = ConfirmField(
        _l("我看明白了：合并以后这张房票归申请人，我家不能再用，也要不回来"),
        missing=_l("请看清上面的内容，勾选以后再同意"),
    )


def others_form(count: int) -> OthersForm:
    """Return the form that asks for so many vouchers of others."""
    fields: dict[str, Any] = {}
    for place in PLACES[:count]:
        fields[f"voucher_{place}"] = TextField(
            _l("房票编号"), most=40, width=20, hint=_l("在纸质房票上，FP 开头"), autocomplete="off"
        )
        fields[f"name_{place}"] = TextField(_l("持有人姓名"), most=60, width=20, hint=_l("和身份证上一样"))
        fields[f"id_number_{place}"] = TextField(
            _l("持有人身份证号码"), most=40, width=20, autocomplete="off"
        )
        fields[f"kin_{place}"] = SelectField(_l("持有人是您的什么人"), choices=_RELATIONS)
    form: OthersForm = type("OthersFormOfSome", (OthersForm,), fields)()
    return form


def join_form(count: int, *, fresh: bool = False) -> JoinForm:
    """Return the form that asks for the merge; ``fresh`` one that takes nothing from what was sent."""
    fields: dict[str, Any] = {
        f"{name}_{place}": CarriedField()
        for place in PLACES[:count]
        for name in ("voucher", "name", "id_number", "kin")
    }
    made = type("JoinFormOfSome", (JoinForm,), fields)
    form: JoinForm = made(formdata=None) if fresh else made()
    return form
