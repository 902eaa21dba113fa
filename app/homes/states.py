"""What a home and its listing may become: tables of (state, action) -> state, everything else refused."""

from typing import Final

from app.core.errors import Conflict

HOME: Final = {
    ("free", "lock"): "locked",
    ("locked", "release"): "free",
    ("locked", "sell"): "sold",
    ("sold", "undo"): "free",
    ("free", "sell_offline"): "sold",
    ("sold", "take_back"): "free",
}
"""The dwelling itself: locked by a redemption, released by its end, sold when the voucher is written off,
free again when that purchase is undone.

A cash buyer's contract sells it outside the platform; when that contract falls away it is free again.
"""

LISTING: Final = {
    ("new", "publish"): "listed",
    ("out", "publish"): "listed",
    ("listed", "withdraw"): "out",
    ("listed", "break_rule"): "out",
    ("listed", "sell_offline"): "out",
    ("out", "sell_offline"): "out",
    ("out", "take_back"): "out",
    ("out", "restore"): "listed",
    ("listed", "suspend"): "out",
    ("listed", "leave"): "out",
    ("out", "lift"): "listed",
}
"""Its place in a pool; ``new`` is a home that was never listed there."""

POOL: Final = {
    ("new", "apply"): "submitted",
    ("left", "apply"): "submitted",
    ("submitted", "ask_changes"): "changes_asked",
    ("changes_asked", "send_again"): "submitted",
    ("submitted", "admit"): "admitted",
    ("admitted", "suspend"): "suspended",
    ("suspended", "lift"): "admitted",
    ("admitted", "leave"): "left",
    ("suspended", "leave"): "left",
}
"""A developer's place in the pool of a district; ``new`` is a developer that never applied there."""

AUTHORITY_ACTIONS: Final = ("admit", "ask_changes", "suspend", "lift", "leave")
"""What an officer prepares and a checker decides."""

_POOL_REFUSALS: Final = {
    "submitted": "application_waits",
    "changes_asked": "changes_still_asked",
    "admitted": "already_admitted",
    "suspended": "membership_suspended",
    "left": "membership_left",
}
"""What a person is told who asks for a step that does not lead on from where the developer stands."""

_REFUSALS: Final = {
    ("locked", "lock"): "home_locked",
    ("sold", "lock"): "home_sold",
    ("locked", "sell_offline"): "home_locked",
    ("sold", "sell_offline"): "home_sold",
    ("listed", "publish"): "already_listed",
    ("out", "withdraw"): "not_listed",
}
"""What a person is told; the pairs in neither table are mistakes of the caller."""


def after_pool(state: str, action: str) -> str:
    """Return where a developer stands after an action.

    Raises Conflict where it stands elsewhere than somebody thought, LookupError for an unknown action.
    """
    if (state, action) in POOL:
        return POOL[state, action]
    if state in _POOL_REFUSALS and action in {known for _state, known in POOL}:
        raise Conflict(_POOL_REFUSALS[state])
    raise LookupError(f"{state} cannot {action}")


def possible(state: str) -> tuple[str, ...]:
    """Return what the authority may do with a developer that stands there."""
    return tuple(action for action in AUTHORITY_ACTIONS if (state, action) in POOL)


def after(table: dict[tuple[str, str], str], state: str, action: str) -> str:
    """Return the state that an action leads to.

    Raises Conflict where a person may run into it, and LookupError for a step no caller should ask for.
    """
    if (state, action) in table:
        return table[state, action]
    if (state, action) in _REFUSALS:
        raise Conflict(_REFUSALS[state, action])
    raise LookupError(f"{state} cannot {action}")
