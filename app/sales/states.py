"""What may become of a cash sale, and by whom: a table; everything that is not in it is refused."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """What a contract does to its home."""

    STANDING = "standing"
    """The home is sold by it."""
    CONFLICT = "conflict"
    """Somebody else holds or has the home; nothing is sold until it is settled."""
    REJECTED = "rejected"
    """The authority decided against it."""
    WITHDRAWN = "withdrawn"
    """Whoever reported it took it back, or the registry put it right."""
    CANCELLED = "cancelled"
    """The registry cancelled the contract (合同注销)."""
    NOTED = "noted"
    """On record only: paid by voucher."""
    UNMATCHED = "unmatched"
    """No home of ours answers to its key."""
    DOUBTFUL = "doubtful"
    """It may have sold one of our homes: an officer has to say which, if any. All of them are set aside."""


class Action(StrEnum):
    """What can be done to a sale."""

    SELL = "sell"
    CLASH = "clash"
    NOTE = "note"
    MISS = "miss"
    CANCEL = "cancel"
    UNDO = "undo"
    REJECT = "reject"
    UPHOLD = "uphold"
    STAND = "stand"
    """What stood in its way has ended."""
    DOUBT = "doubt"
    """Several homes answer to its key."""
    REOPEN = "reopen"
    """It was rejected because a lock stood, and that lock ended without a sale."""
    CHOOSE = "choose"
    """An officer says which home it is; what follows from that is a step of its own."""
    CORRECT = "correct"
    AMEND = "amend"


NEW: Final = "new"
"""What is not on record yet."""

_RECORDED: Final = {
    Action.SELL: State.STANDING,
    Action.CLASH: State.CONFLICT,
    Action.NOTE: State.NOTED,
    Action.MISS: State.UNMATCHED,
    Action.CANCEL: State.CANCELLED,
    Action.DOUBT: State.DOUBTFUL,
}
"""Where a contract first lands, and where it lands again when the registry says something new about it."""

STEPS: Final[dict[tuple[str, Action], State]] = {
    **{
        (state, action): target
        for state in (NEW, State.UNMATCHED, State.NOTED, State.CANCELLED, State.DOUBTFUL)
        for action, target in _RECORDED.items()
        if state != target
    },
    **{(state, Action.AMEND): state for state in State if state != State.WITHDRAWN},
    **{(state, Action.CORRECT): State.WITHDRAWN for state in State if state != State.WITHDRAWN},
    (State.STANDING, Action.UNDO): State.WITHDRAWN,
    (State.STANDING, Action.CANCEL): State.CANCELLED,
    (State.STANDING, Action.NOTE): State.NOTED,
    (State.CONFLICT, Action.UNDO): State.WITHDRAWN,
    (State.CONFLICT, Action.REJECT): State.REJECTED,
    (State.CONFLICT, Action.UPHOLD): State.STANDING,
    (State.CONFLICT, Action.STAND): State.STANDING,
    (State.CONFLICT, Action.CANCEL): State.CANCELLED,
    (State.CONFLICT, Action.NOTE): State.NOTED,
    (State.REJECTED, Action.CANCEL): State.CANCELLED,
    (State.REJECTED, Action.NOTE): State.NOTED,
    (State.REJECTED, Action.REOPEN): State.DOUBTFUL,
    (State.DOUBTFUL, Action.CHOOSE): State.DOUBTFUL,
    (State.DOUBTFUL, Action.REJECT): State.REJECTED,
}

WHO: Final[dict[Action, frozenset[Role | None]]] = {
    Action.SELL: frozenset({Role.DEVELOPER, Role.REGULATOR, None}),
    Action.CLASH: frozenset({Role.DEVELOPER, Role.REGULATOR, None}),
    Action.NOTE: frozenset({Role.REGULATOR, None}),
    Action.MISS: frozenset({Role.REGULATOR, None}),
    Action.CANCEL: frozenset({Role.REGULATOR, None}),
    Action.CORRECT: frozenset({Role.REGULATOR, None}),
    Action.AMEND: frozenset({Role.REGULATOR, None}),
    Action.UNDO: frozenset({Role.DEVELOPER}),
    Action.REJECT: frozenset({Role.OFFICER}),
    Action.UPHOLD: frozenset({Role.OFFICER}),
    Action.STAND: frozenset({None}),
    Action.DOUBT: frozenset({Role.REGULATOR, None}),
    Action.REOPEN: frozenset({None}),
    Action.CHOOSE: frozenset({Role.OFFICER}),
}
"""Who may do it; None is the system: the nightly file, and the end of what stood in the way."""

_SETTLED: Final = {
    State.STANDING: "sale_standing",
    State.REJECTED: "sale_rejected",
    State.WITHDRAWN: "sale_withdrawn",
    State.CANCELLED: "sale_cancelled",
    State.NOTED: "sale_noted",
    State.DOUBTFUL: "sale_doubtful",
}
"""What a person is told who comes too late; the other pairs are mistakes of the caller."""


def demand(role: Role | None, action: Action) -> None:
    """Raise Forbidden for a role that never does this."""
    if role not in WHO[action]:
        raise Forbidden("wrong_role")


def after(role: Role | None, state: str, action: Action) -> State:
    """Return the state that an action leads to.

    Raises Forbidden for a role that does not do it, Conflict where a person may come too late, LookupError
    for a step that no caller should ask for.
    """
    demand(role, action)
    if (state, action) in STEPS:
        return STEPS[state, action]
    if state in _SETTLED:
        raise Conflict(_SETTLED[State(state)])
    raise LookupError(f"{state} cannot {action}")
