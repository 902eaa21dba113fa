"""What may become of a household's report that its home was not handed over: tables, tested as tables."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where a report of a late handover (逾期交房) stands."""

    REPORTED = "reported"
    """It waits for the developer's word; also anew, once the day that the developer named has passed."""
    ANSWERED = "answered"
    """The developer named a day and a reason; that day is still to come."""
    HANDED_OVER = "handed_over"
    """The household confirmed the handover."""
    CLOSED = "closed"
    """The authority ended it and said why."""
    WITHDRAWN = "withdrawn"
    """The household took it back."""
    UNDONE = "undone"
    """The purchase itself was undone."""


class Action(StrEnum):
    """What can be done to it; ``report`` begins one."""

    REPORT = "report"
    ANSWER = "answer"
    """The developer names a day and a reason; again, where that changes."""
    BREAK = "break"
    """The day that the developer named has passed."""
    HAND_OVER = "hand_over"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    UNDO = "undo"


OPEN: Final = frozenset({State.REPORTED, State.ANSWERED})

STEPS: Final = {
    (State.REPORTED, Action.ANSWER): State.ANSWERED,
    (State.ANSWERED, Action.ANSWER): State.ANSWERED,
    (State.ANSWERED, Action.BREAK): State.REPORTED,
    **{
        (state, action): after
        for state in (State.REPORTED, State.ANSWERED)
        for action, after in (
            (Action.HAND_OVER, State.HANDED_OVER),
            (Action.CLOSE, State.CLOSED),
            (Action.WITHDRAW, State.WITHDRAWN),
            (Action.UNDO, State.UNDONE),
        )
    },
}

WHO: Final[dict[Action, frozenset[Role | None]]] = {
    Action.REPORT: frozenset({Role.HOUSEHOLD, Role.OFFICER}),
    Action.ANSWER: frozenset({Role.DEVELOPER}),
    Action.BREAK: frozenset({None}),
    Action.HAND_OVER: frozenset({Role.HOUSEHOLD}),
    Action.CLOSE: frozenset({Role.OFFICER}),
    Action.WITHDRAW: frozenset({Role.HOUSEHOLD}),
    Action.UNDO: frozenset({None}),
}
"""Who does it; None is the system. An officer reports for a household that telephoned."""


def may(role: Role | None, state: str, action: Action) -> bool:
    """Tell whether a role may take this step now; pages show their buttons by it."""
    return role in WHO[action] and (State(state), action) in STEPS


def after(role: Role | None, state: str, action: Action) -> State:
    """Return where a step leads. Raises Forbidden for another role, Conflict in another state."""
    if role not in WHO[action]:
        raise Forbidden("wrong_role")
    if (State(state), action) not in STEPS:
        raise Conflict("late_not_waiting" if state in OPEN else "late_over")
    return STEPS[State(state), action]
