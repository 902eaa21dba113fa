"""The words that all sides see of proofs of kinship: which papers, how they stand, who acts now."""

from collections.abc import Sequence
from typing import Any, Final

from app.redemptions.contracts import BuyerSeen, EntrySeen
from app.redemptions.kinship_states import State
from app.web.forms.base import Choice
from app.web.language import lazy_gettext as _l

KINDS: Final[dict[str, Any]] = {
    "household_register": _l("户口簿"),
    "marriage": _l("结婚证"),
    "birth": _l("出生医学证明"),
    "notarised": _l("公证书"),
    "other": _l("其他证明"),
}
"""What paper it is."""

STATES: Final[dict[str, tuple[Any, str]]] = {
    State.MISSING: (_l("还没有交证明"), "bad"),
    State.GIVEN: (_l("证明等征收办核对"), "wait"),
    State.ACCEPTED: (_l("亲属关系已核对"), "good"),
    State.REFUSED: (_l("证明被退回，要重新交"), "bad"),
}
"""The word and the tone of each state."""

GIVERS: Final[dict[str, Any]] = {"developer": _l("房企交的"), "household": _l("购房人交的")}


def kind_choices() -> list[Choice]:
    """Return the kinds of paper for a form."""
    return [Choice(kind, word) for kind, word in KINDS.items()]


def wanting(contract: EntrySeen | None) -> Sequence[BuyerSeen]:
    """Return the buyers of a contract whose proof is still to be given, or given anew."""
    buyers = contract.buyers if contract is not None else ()
    return [one for one in buyers if one.kinship_state in {State.MISSING, State.REFUSED}]


def standing(contract: EntrySeen | None) -> State | None:
    """Return what holds a contract up: a proof that is missing, else one that waits; None for nothing."""
    if wanting(contract):
        return State.MISSING
    buyers = contract.buyers if contract is not None else ()
    return State.GIVEN if any(one.kinship_state == State.GIVEN for one in buyers) else None
