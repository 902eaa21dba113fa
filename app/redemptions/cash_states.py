"""What may become of a bonus in cash, and by whom: tables that are tested as tables."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where a bonus in cash stands."""

    WAITING = "waiting"
    """By its policy it is paid only once the certificate (不动产权证) of the home is there."""
    OWED = "owed"
    """It waits for the household's account."""
    PREPARED = "prepared"
    """An officer typed the account; a checker compares."""
    APPROVED = "approved"
    """It waits for the bank."""
    PAID = "paid"
    TAKEN_BACK = "taken_back"
    """Its purchase was undone, or costs so much less that nothing is owed."""


class Action(StrEnum):
    """What can be done to it."""

    PREPARE = "prepare"
    PREPARE_HEIR = "prepare_heir"
    """The same of a holder who died, with the account of one whom the heirs sent."""
    APPROVE = "approve"
    SEND_BACK = "send_back"
    """The account is wrong; the bank has not paid it."""
    PAY = "pay"
    RETURN = "return"
    """The bank sent it back, or the household paid it back."""


STEPS: Final = {
    (State.OWED, Action.PREPARE): State.PREPARED,
    (State.OWED, Action.PREPARE_HEIR): State.PREPARED,
    (State.PREPARED, Action.APPROVE): State.APPROVED,
    (State.PREPARED, Action.SEND_BACK): State.OWED,
    (State.APPROVED, Action.SEND_BACK): State.OWED,
    (State.APPROVED, Action.PAY): State.PAID,
    (State.PAID, Action.RETURN): State.OWED,
}
WHO: Final = {
    Action.PREPARE: Role.OFFICER,
    Action.PREPARE_HEIR: Role.OFFICER,
    Action.APPROVE: Role.CHECKER,
    Action.SEND_BACK: Role.CHECKER,
    Action.PAY: Role.OFFICER,
    Action.RETURN: Role.OFFICER,
}
OPEN: Final = frozenset({State.OWED, State.PREPARED, State.APPROVED})
"""Somebody has to do something about it."""
UNPAID: Final = OPEN | {State.WAITING}
"""The district owes it still."""


def may(role: Role | None, state: str, action: Action) -> bool:
    """Tell whether a role may take this step; pages show their buttons by it."""
    return role == WHO[action] and (State(state), action) in STEPS


def after(role: Role | None, state: str, action: Action) -> State:
    """Return where a step leads. Raises Forbidden for another role, Conflict in another state."""
    if role != WHO[action]:
        raise Forbidden("wrong_role")
    if (State(state), action) not in STEPS:
        raise Conflict(f"cash_bonus_{state}")
    return STEPS[State(state), action]
