"""What may become of a voucher's ending, and by whom: tables that are tested as tables."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where an ending stands."""

    ASKED = "asked"
    """Its sums are fixed; an officer looks at it."""
    UNDECIDED = "undecided"
    """The term ended and the policy does not say what now: the authority decides."""
    CLAIMABLE = "claimable"
    """The term ended, and the household may claim what is left: it waits for that."""
    PREPARED = "prepared"
    """An officer looked at it; a checker decides."""
    APPROVED = "approved"
    """It waits for the bank."""
    PAID = "paid"
    RETURNED = "returned"
    """The bank sent it back, or its account was wrong: it waits for another account."""
    RENEWED = "renewed"
    """An officer looked at the other account; a checker decides."""
    CLOSED = "closed"
    """It ended without a payment: void, or back under the agreement."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """Why a voucher ends."""

    PAYOUT = "payout"
    """The household asks for its leftover within the term (余额兑付)."""
    LAPSE = "lapse"
    """The term is over (逾期)."""
    GIVE_UP = "give_up"
    """The household gives the voucher up within the term (放弃)."""
    BACK = "back"
    """Money of a purchase came back that the voucher can spend no more: the authority decides."""


class Action(StrEnum):
    """What can be done to an ending; ``ask`` begins one."""

    ASK = "ask"
    WITHDRAW = "withdraw"
    PREPARE = "prepare"
    DECIDE = "decide"
    """An officer says what becomes of a lapsed voucher whose policy does not."""
    REFUSE = "refuse"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    PAY = "pay"
    RETURN = "return"
    """The bank sent back what it had paid."""
    RECALL = "recall"
    """The account of an approved sum is wrong; the bank has not paid it."""
    CLAIM = "claim"
    """The household claims what is left after the term."""
    ENTER = "enter"
    """An officer enters a claim that came on paper, with its day."""
    PREPARE_HEIR = "prepare_heir"
    """The same as to prepare, of a holder who died, with the account of one whom the heirs sent."""
    DECIDE_HEIR = "decide_heir"
    """The same as to decide, in cash, with such an account."""
    DROP = "drop"
    """An officer ends what a holder asked for who has died: the heirs inherit instead."""


LIVE: Final = frozenset(State) - {State.REFUSED, State.WITHDRAWN}
"""In one of these it is the voucher's ending."""

OPEN: Final = frozenset(
    {
        *(State.ASKED, State.UNDECIDED, State.CLAIMABLE, State.PREPARED),
        *(State.APPROVED, State.RETURNED, State.RENEWED),
    }
)
"""Somebody has to do something about it."""

WAITING: Final = frozenset({State.ASKED, State.PREPARED})
"""Its sums are promised and may still go back into the voucher."""

GONE: Final = frozenset({State.APPROVED, State.PAID, State.CLOSED, State.RETURNED, State.RENEWED})
"""What was left has left the voucher."""

STEPS: Final = {
    (State.ASKED, Action.WITHDRAW): State.WITHDRAWN,
    (State.ASKED, Action.PREPARE): State.PREPARED,
    (State.ASKED, Action.REFUSE): State.REFUSED,
    (State.ASKED, Action.PREPARE_HEIR): State.PREPARED,
    (State.RETURNED, Action.PREPARE_HEIR): State.RENEWED,
    (State.UNDECIDED, Action.DECIDE_HEIR): State.PREPARED,
    (State.ASKED, Action.DROP): State.REFUSED,
    (State.PREPARED, Action.DROP): State.REFUSED,
    (State.UNDECIDED, Action.DECIDE): State.PREPARED,
    (State.CLAIMABLE, Action.CLAIM): State.ASKED,
    (State.CLAIMABLE, Action.ENTER): State.PREPARED,
    (State.PREPARED, Action.APPROVE): State.APPROVED,
    (State.PREPARED, Action.SEND_BACK): State.ASKED,
    (State.APPROVED, Action.PAY): State.PAID,
    (State.APPROVED, Action.RECALL): State.RETURNED,
    (State.PAID, Action.RETURN): State.RETURNED,
    (State.RETURNED, Action.PREPARE): State.RENEWED,
    (State.RENEWED, Action.APPROVE): State.APPROVED,
    (State.RENEWED, Action.SEND_BACK): State.RETURNED,
}
"""Where each act leads. What pays nothing is closed when it is approved, and what the authority decided goes
back to be decided anew, what an officer entered to be entered anew: see ``returned_to``."""

REFUSALS: Final = {
    State.ASKED: "ending_asked",
    State.UNDECIDED: "ending_undecided",
    State.CLAIMABLE: "ending_claimable",
    State.PREPARED: "ending_prepared",
    State.APPROVED: "ending_approved",
    State.PAID: "ending_paid",
    State.RETURNED: "ending_returned",
    State.RENEWED: "ending_prepared",
    State.CLOSED: "ending_closed",
    State.REFUSED: "ending_refused",
    State.WITHDRAWN: "ending_withdrawn",
}
"""Why every other pair is refused: where it stands already."""

WHO: Final = {
    Action.ASK: Role.HOUSEHOLD,
    Action.WITHDRAW: Role.HOUSEHOLD,
    Action.CLAIM: Role.HOUSEHOLD,
    Action.ENTER: Role.OFFICER,
    Action.PREPARE: Role.OFFICER,
    Action.DECIDE: Role.OFFICER,
    Action.REFUSE: Role.OFFICER,
    Action.PREPARE_HEIR: Role.OFFICER,
    Action.DECIDE_HEIR: Role.OFFICER,
    Action.DROP: Role.OFFICER,
    Action.PAY: Role.OFFICER,
    Action.RETURN: Role.OFFICER,
    Action.RECALL: Role.CHECKER,
    Action.APPROVE: Role.CHECKER,
    Action.SEND_BACK: Role.CHECKER,
}

OF_A_WISH: Final = frozenset({Action.WITHDRAW, Action.REFUSE, Action.DROP})
"""What can be done only to what the household wished for: a term that is over is over."""

UNASKED: Final = frozenset({Kind.LAPSE, Kind.BACK})
"""What nobody asked for."""


def returned_to(after: State, *, is_promised: bool, is_entered: bool) -> State:
    """Return where an ending stands that a checker sent back, which its step leads ``after``.

    What the authority decided promises nothing yet, and is decided anew; a claim that an officer entered is
    entered anew, for its day may be what is wrong.
    """
    if after != State.ASKED:
        return after
    if not is_promised:
        return State.UNDECIDED
    return State.CLAIMABLE if is_entered else State.ASKED


def demand(role: Role | None, action: Action) -> None:
    """Raise Forbidden for a role that never does this."""
    if role != WHO[action]:
        raise Forbidden("wrong_role")


def may(role: Role | None, kind: str, state: str, action: Action) -> bool:
    """Tell whether a role is one that takes this step; pages show their buttons by it."""
    if role != WHO[action] or (State(state), action) not in STEPS:
        return False
    return kind not in UNASKED or action not in OF_A_WISH


def after(role: Role | None, kind: str, state: str, action: Action) -> State:
    """Return the state that an action leads to.

    Raises Forbidden for a role that does not do it, Conflict with where it stands otherwise.
    """
    demand(role, action)
    if not may(role, kind, state, action):
        raise Conflict(REFUSALS[State(state)])
    return STEPS[State(state), action]
