"""What is said of whose doing it is that money comes back by what developer and household agree on."""

from typing import Final

from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import TERMS, Kind
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

AGREED: Final = _l(
    "双方商量好的，退回的钱按购房人自己退房算：房票过了期限的，按逾期办；余额已经办过的，按那一次的规则付。是房企的原因的（例如交不了房），请把材料交给征收办，"
    "两个人核实以后不按自己退房算。"
)
"""What counts as the household's own doing."""


def gives_back_by_agreement(change: PurchaseChange) -> bool:
    """Tell whether money comes back by what both agree on: then an officer says whose doing it is."""
    before_fen = change.redemption.present_price_fen
    if change.shown is not None:
        before_fen = int(change.shown["now"]["price_fen"])
    return TERMS[Kind(change.kind)].agreed and (change.price_fen is None or change.price_fen < before_fen)


def told(change: PurchaseChange) -> str | None:
    """Return as whose doing it counts, once an officer said so; None where nobody has to."""
    if change.prepared_at is None or not gives_back_by_agreement(change):
        return None
    if change.is_own:
        return _("双方商量好的，按购房人自己退房算")
    said = change.evidence
    return _("房企的原因，不怪购房人。依据：%(said)s", said=said) if said else _("房企的原因，不怪购房人")
