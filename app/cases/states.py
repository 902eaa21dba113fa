"""What a price signal may become: a table of (state, action) -> state, everything else refused."""

from typing import Final

from app.cases.errors import SignalDecided

STATES: Final = ("signal", "dismissed", "opened", "lapsed")
ACTIONS: Final = ("dismiss", "open", "lapse", "note")

SIGNAL: Final = {
    ("signal", "dismiss"): "dismissed",
    ("signal", "open"): "opened",
    ("signal", "lapse"): "lapsed",
    ("opened", "note"): "opened",
}
"""A person dismisses it with a reason, or opens a case (立案) on it.

What it rested on may end or change before: then the system lets it lapse, and notes the same in an open case.
"""


def after(state: str, action: str) -> str:
    """Return the state that an action leads to.

    Raises SignalDecided for a signal that was decided before, LookupError for a state or action there is not.
    """
    if (state, action) in SIGNAL:
        return SIGNAL[state, action]
    if state in STATES and action in ACTIONS:
        raise SignalDecided
    raise LookupError(f"{state} cannot {action}")
