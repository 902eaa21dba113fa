"""Forms about giving the voucher of somebody who died to the heirs, for as many as there are."""

from typing import Any, Final

from app.vouchers.move_rules import MOST_HEIRS, Share
from app.vouchers.parties import Other
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import ConfirmField, SelectField, TextField, YuanField
from app.web.kin import KIN
from app.web.language import lazy_gettext as _l

PLACES: Final = range(1, MOST_HEIRS + 1)
_RELATIONS: Final = [Choice(word, name) for word, name in KIN.items() if word != "self"]


class SharesForm(QueryForm):
    """What each heir is to the holder, and gets; the address keeps it, and names nobody."""

    heirs = CarriedField()

    @property
    def places(self) -> list[int]:
        """The heirs by number."""
        return [place for place in PLACES if f"kin_{place}" in self]

    def shares(self, left_fen: int) -> tuple[Share, ...]:
        """Return what was typed; who inherits alone gets all that is left, in fen."""
        many = self.places
        return tuple(
            Share(self[f"share_{place}"].data if len(many) > 1 else left_fen, kin=self[f"kin_{place}"].value)
            for place in many
        )

    def propose(self, left_fen: int) -> None:
        """Put equal shares into the boxes; the fen that are left over go to the first."""
        many = [field for field in self if isinstance(field, YuanField)]
        for place, field in enumerate(many):
            field.data = left_fen // len(many) + (left_fen % len(many) if place == 0 else 0)
            field.raw_data = None


class HeirsForm(Form):
    """Who the heirs are, by what their ID cards say."""

    seen = CarriedField()

    @property
    def people(self) -> list[Other]:
        """The heirs as typed, in their order."""
        return [
            Other(self[f"name_{place}"].value, self[f"id_number_{place}"].value)
            for place in PLACES
            if f"name_{place}" in self
        ]


def shares_form(count: int) -> SharesForm:
    """Return the form that asks for the shares of so many heirs."""
    fields: dict[str, Any] = {}
    for place in PLACES[:count]:
        fields[f"kin_{place}"] = SelectField(_l("是持有人的什么人"), choices=_RELATIONS)
        if count > 1:
            fields[f"share_{place}"] = YuanField(_l("继承多少"))
    form: SharesForm = type("SharesFormOfSome", (SharesForm,), fields)()
    return form


def heirs_form(count: int) -> HeirsForm:
    """Return the form that asks for the names and ID numbers of so many heirs."""
    fields: dict[str, Any] = {}
    for place in PLACES[:count]:
        fields[f"name_{place}"] = TextField(_l("姓名"), most=60, width=20, hint=_l("和身份证上一样"))
        fields[f"id_number_{place}"] = TextField(_l("身份证号码"), most=40, width=20, autocomplete="off")
    fields["checked"] = ConfirmField(
        _l("我已当面核对每个继承人的身份证，对照了继承公证书或者法院文书"),
        missing=_l("请逐个核对，勾选以后再提交"),
    )
    form: HeirsForm = type("HeirsFormOfSome", (HeirsForm,), fields)()
    return form
