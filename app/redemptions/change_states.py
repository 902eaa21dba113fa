"""What may change of a purchase after its contract, who asks, who answers, who decides: tables."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.redemptions.states import Action
from app.redemptions.states import State as Buying

CHANGE: Final = "purchase.change"
"""Kind of the approval: an officer asks, a checker decides."""


class Kind(StrEnum):
    """What is asked."""

    CONTRACT = "contract"
    """Buyers, area or price are others by a supplementary agreement (变更合同)."""
    AREA = "area"
    """The home was measured, and has another area than its contract (面积差异)."""
    PRICE = "price"
    """The authority corrects a price that broke a rule: the gap goes back (价格更正)."""
    WITHDRAW = "withdraw"
    """The household gives the home back (退房)."""
    CANCEL = "cancel"
    """The developer undoes the contract (解约), by agreement or because it cannot deliver the home."""
    REJECT = "reject"
    """The authority found that it should not have been written off (核销有误)."""


class State(StrEnum):
    """Where a change stands."""

    ASKED = "asked"
    """It waits for the other side's answer."""
    ANSWERED = "answered"
    """It waits for an officer."""
    PREPARED = "prepared"
    """It waits for a checker."""
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """The purchase ended otherwise before anybody decided."""


class Move(StrEnum):
    """What can be done to a change; ``ask`` begins one."""

    ASK = "ask"
    ANSWER = "answer"
    WITHDRAW = "withdraw"
    PREPARE = "prepare"
    REFUSE = "refuse"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Terms:
    """Who asks for a kind of change, who has to answer, and what it does to which purchases."""

    asks: Role
    answers: Role | None
    """None where the authority finds it by itself: then it is prepared at once."""
    reverses: bool
    """Whether it undoes the purchase; else it changes what the purchase costs or says."""
    faultless: bool
    """Whether the household cannot help it: then no term that ran out meanwhile is held against it."""
    agreed: bool = False
    """Whether developer and household agree on it: then two people may find that it cannot help it."""

    @property
    def of(self) -> frozenset[Buying]:
        """In which states of a purchase it may be asked."""
        if self.reverses and self.answers is not None:
            return frozenset({Buying.CONTRACTED, Buying.CHECKED, Buying.REDEEMED})
        return frozenset({Buying.REDEEMED})


TERMS: Final = {
    Kind.CONTRACT: Terms(Role.DEVELOPER, Role.HOUSEHOLD, reverses=False, faultless=False, agreed=True),
    Kind.AREA: Terms(Role.DEVELOPER, Role.HOUSEHOLD, reverses=False, faultless=True),
    Kind.PRICE: Terms(Role.OFFICER, None, reverses=False, faultless=True),
    Kind.WITHDRAW: Terms(Role.HOUSEHOLD, Role.DEVELOPER, reverses=True, faultless=False),
    Kind.CANCEL: Terms(Role.DEVELOPER, Role.HOUSEHOLD, reverses=True, faultless=False, agreed=True),
    Kind.REJECT: Terms(Role.OFFICER, None, reverses=True, faultless=True),
}

OPEN: Final = frozenset({State.ASKED, State.ANSWERED, State.PREPARED})
"""Somebody has to do something; a purchase has one such change at most."""

STEPS: Final = {
    (State.ASKED, Move.ANSWER): State.ANSWERED,
    (State.ASKED, Move.WITHDRAW): State.WITHDRAWN,
    (State.ASKED, Move.PREPARE): State.PREPARED,
    (State.ASKED, Move.REFUSE): State.REFUSED,
    (State.ANSWERED, Move.WITHDRAW): State.WITHDRAWN,
    (State.ANSWERED, Move.PREPARE): State.PREPARED,
    (State.ANSWERED, Move.REFUSE): State.REFUSED,
    (State.PREPARED, Move.REFUSE): State.REFUSED,
    (State.PREPARED, Move.APPROVE): State.DONE,
}
"""Where each act leads. Without an answer it is prepared once the time for one is over: see ``changes``."""

REFUSALS: Final = {
    State.ASKED: "change_unanswered",
    State.ANSWERED: "change_answered",
    State.PREPARED: "change_prepared",
    State.DONE: "change_done",
    State.REFUSED: "change_refused",
    State.WITHDRAWN: "change_withdrawn",
    State.LAPSED: "change_lapsed",
}
"""Why every other pair is refused: where it stands already."""

ACTION_OF: Final = {
    Move.ASK: Action.ASK_CHANGE,
    Move.ANSWER: Action.ANSWER_CHANGE,
    Move.WITHDRAW: Action.END_CHANGE,
    Move.PREPARE: Action.PREPARE_CHANGE,
    Move.REFUSE: Action.END_CHANGE,
}
"""What each act is on the purchase's timeline; an approval adjusts or reverses it."""


def may(role: Role | None, kind: str, state: str, move: Move) -> bool:
    """Tell whether a role is one that does this now; pages show their buttons by it."""
    terms = TERMS[Kind(kind)]
    if (State(state), move) not in STEPS:
        return False
    if move is Move.ANSWER:
        return role is terms.answers
    if move is Move.WITHDRAW:
        return role is terms.asks
    if move is Move.REFUSE:
        return role is (Role.CHECKER if state == State.PREPARED else Role.OFFICER)
    return role is (Role.CHECKER if move is Move.APPROVE else Role.OFFICER)


def after(role: Role | None, kind: str, state: str, move: Move) -> State:
    """Return the state that an act leads to.

    Raises Conflict with where it stands otherwise, Forbidden for a role that does not do it.
    """
    if (State(state), move) not in STEPS:
        raise Conflict(REFUSALS[State(state)])
    if not may(role, kind, state, move):
        raise Forbidden("wrong_role")
    return STEPS[State(state), move]
