"""What a home and its listing may become: tables of (state, action) -> state, everything else refused."""

from typing import Final

from app.core.errors import Conflict

HOME: Final = {
    ("free", "lock"): "locked",
    ("locked", "release"): "free",
    ("locked", "sell"): "sold",
    ("free", "sell_offline"): "sold",
    ("sold", "take_back"): "free",
}
"""The dwelling itself: locked by a redemption, released by its end, sold when the voucher is written off.

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
}
"""Its place in a pool; ``new`` is a home that was never listed there."""

_REFUSALS: Final = {
    ("locked", "lock"): "home_locked",
    ("sold", "lock"): "home_sold",
    ("locked", "sell_offline"): "home_locked",
    ("sold", "sell_offline"): "home_sold",
    ("listed", "publish"): "already_listed",
    ("out", "withdraw"): "not_listed",
}
"""What a person is told; the pairs in neither table are mistakes of the caller."""


def after(table: dict[tuple[str, str], str], state: str, action: str) -> str:
    """Return the state that an action leads to.

    Raises Conflict where a person may run into it, and LookupError for a step no caller should ask for.
    """
    if (state, action) in table:
        return table[state, action]
    if (state, action) in _REFUSALS:
        raise Conflict(_REFUSALS[state, action])
    raise LookupError(f"{state} cannot {action}")
