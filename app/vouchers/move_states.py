"""What may become of a move (转让、拆分、合并), and by whom: tables that are tested as tables."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class Kind(StrEnum):
    """What a move does; also the end of its code in the ledger."""

    TRANSFER = "transfer"
    """A whole voucher to somebody else (转让)."""
    SPLIT = "split"
    """One voucher into several (拆分)."""
    MERGE = "merge"
    """Several vouchers into one (合并)."""
    INHERIT = "inherit"
    """The voucher of somebody who died to the heirs (继承)."""


class State(StrEnum):
    """Where a move stands."""

    ASKED = "asked"
    """The other party has not consented."""
    READY = "ready"
    """An officer looks at the papers."""
    PREPARED = "prepared"
    """A checker decides."""
    APPROVED = "approved"
    DECLINED = "declined"
    """The other party did not want it."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """A term ended before anybody had prepared it."""


class Action(StrEnum):
    """What can be done to a move; ``ask`` begins one."""

    ASK = "ask"
    CONSENT = "consent"
    DECLINE = "decline"
    WITNESS = "witness"
    """An officer sees the other party, who has no voucher yet, sign at the counter."""
    WITHDRAW = "withdraw"
    PREPARE = "prepare"
    REFUSE = "refuse"
    APPROVE = "approve"
    SEND_BACK = "send_back"


OPEN: Final = frozenset({State.ASKED, State.READY, State.PREPARED})
"""It is under way: its vouchers buy nothing."""

STEPS: Final = {
    (State.ASKED, Action.CONSENT): State.READY,
    (State.ASKED, Action.WITNESS): State.READY,
    (State.ASKED, Action.DECLINE): State.DECLINED,
    (State.ASKED, Action.WITHDRAW): State.WITHDRAWN,
    (State.ASKED, Action.REFUSE): State.REFUSED,
    (State.READY, Action.WITHDRAW): State.WITHDRAWN,
    (State.READY, Action.PREPARE): State.PREPARED,
    (State.READY, Action.REFUSE): State.REFUSED,
    (State.PREPARED, Action.APPROVE): State.APPROVED,
    (State.PREPARED, Action.SEND_BACK): State.READY,
}
"""Where each act leads; what needs nobody's consent is ready when it is asked."""

REFUSALS: Final = {
    State.ASKED: "move_asked",
    State.READY: "move_ready",
    State.PREPARED: "move_prepared",
    State.APPROVED: "move_approved",
    State.DECLINED: "move_declined",
    State.REFUSED: "move_refused",
    State.WITHDRAWN: "move_withdrawn",
    State.EXPIRED: "move_expired",
}
"""Why every other pair is refused: where it stands already."""

WHO: Final = {
    Action.ASK: Role.HOUSEHOLD,
    Action.CONSENT: Role.HOUSEHOLD,
    Action.DECLINE: Role.HOUSEHOLD,
    Action.WITHDRAW: Role.HOUSEHOLD,
    Action.WITNESS: Role.OFFICER,
    Action.PREPARE: Role.OFFICER,
    Action.REFUSE: Role.OFFICER,
    Action.APPROVE: Role.CHECKER,
    Action.SEND_BACK: Role.CHECKER,
}


def demand(role: Role | None, action: Action) -> None:
    """Raise Forbidden for a role that never does this."""
    if role != WHO[action]:
        raise Forbidden("wrong_role")


def may(role: Role | None, state: str, action: Action) -> bool:
    """Tell whether a role is one that takes this step; pages show their buttons by it."""
    return role == WHO[action] and (State(state), action) in STEPS


def after(role: Role | None, state: str, action: Action) -> State:
    """Return the state that an action leads to.

    Raises Forbidden for a role that does not do it, Conflict with where it stands otherwise.
    """
    demand(role, action)
    if not may(role, state, action):
        raise Conflict(REFUSALS[State(state)])
    return STEPS[State(state), action]
