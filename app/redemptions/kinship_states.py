"""What may become of a proof of kinship, and by whom: tables that are tested as tables."""

from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where the proof of one buyer stands."""

    MISSING = "missing"
    """No paper was given; no row stands for it."""
    GIVEN = "given"
    """An officer looks at it."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """An officer said what is wrong; another paper is wanted."""


class Action(StrEnum):
    """What can be done."""

    GIVE = "give"
    ACCEPT = "accept"
    REFUSE = "refuse"


STEPS: Final = {
    (State.MISSING, Action.GIVE): State.GIVEN,
    (State.GIVEN, Action.GIVE): State.GIVEN,
    (State.REFUSED, Action.GIVE): State.GIVEN,
    (State.GIVEN, Action.ACCEPT): State.ACCEPTED,
    (State.GIVEN, Action.REFUSE): State.REFUSED,
}
WHO: Final = {
    Action.GIVE: frozenset({Role.DEVELOPER, Role.HOUSEHOLD}),
    Action.ACCEPT: frozenset({Role.OFFICER}),
    Action.REFUSE: frozenset({Role.OFFICER}),
}


def may(role: Role | None, state: str, action: Action) -> bool:
    """Tell whether a role may take this step; pages show their buttons by it."""
    return role in WHO[action] and (State(state), action) in STEPS


def after(role: Role | None, state: str, action: Action) -> State:
    """Return where a step leads. Raises Forbidden for another role, Conflict in another state."""
    if role not in WHO[action]:
        raise Forbidden("wrong_role")
    if (State(state), action) not in STEPS:
        raise Conflict(f"kinship_{state}")
    return STEPS[State(state), action]
