"""The form of the bureau's filed prices: one filing, and a box for each home of a building."""

from typing import ClassVar

from app.homes.filings import FiledHome
from app.web.forms.asking import AskingForm
from app.web.forms.base import CarriedField
from app.web.forms.fields import DateField, TextField, YuanField
from app.web.language import lazy_gettext as _l


class FilingForm(AskingForm):
    """One filing with its number and day; ``filing_form`` adds the boxes."""

    filing_number = TextField(_l("备案编号"), most=60, hint=_l("价格备案表上的编号"))
    filed_on = DateField(_l("备案日期"))
    seen = CarriedField()
    boxes: ClassVar[dict[str, str]] = {}
    """The name of each home's box, by the home's reference."""

    def amounts(self) -> dict[str, int]:
        """Return what was typed in fen, by the home's reference; empty boxes are left out."""
        typed = {ref: self[name].data for ref, name in self.boxes.items()}
        return {ref: fen for ref, fen in typed.items() if fen is not None}


def filing_form(rows: list[FiledHome], names: dict[str, str]) -> FilingForm:
    """Return the form with a box for each home that is not sold, named by ``names`` (by reference)."""
    boxes = {
        row.home.ref: f"price_{row.home.ref.replace('-', '_')}" for row in rows if row.home.status != "sold"
    }
    fields = {name: YuanField(names[ref], required=False) for ref, name in boxes.items()}
    made: type[FilingForm] = type("BuildingFilingForm", (FilingForm,), {**fields, "boxes": boxes})
    return made()
