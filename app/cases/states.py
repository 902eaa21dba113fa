"""What a price signal may become: a table of (state, action) -> state, everything else refused."""

from typing import Final

from app.cases.errors import SignalDecided, SignalMerged

STATES: Final = ("signal", "watched", "merged", "dismissed", "opened", "lapsed")
UNDECIDED: Final = ("signal", "watched")
"""What a person has still to decide; a merged one waits for its main signal."""

ACTIONS: Final = (
    *("dismiss", "open", "watch", "merge", "split", "dismiss_along", "open_along"),
    *("assign", "remark", "ask", "answer", "lapse", "note"),
)
ALONG: Final = {"dismiss": "dismiss_along", "open": "open_along"}
"""What becomes of merged signals by a decision on their main one."""

SIGNAL: Final = {
    **{(state, "dismiss"): "dismissed" for state in UNDECIDED},
    **{(state, "open"): "opened" for state in UNDECIDED},
    **{(state, "watch"): "watched" for state in UNDECIDED},
    **{(state, "merge"): "merged" for state in UNDECIDED},
    ("merged", "split"): "signal",
    ("merged", "dismiss_along"): "dismissed",
    ("merged", "open_along"): "opened",
    **{(state, "assign"): state for state in (*UNDECIDED, "opened")},
    **{(state, "ask"): state for state in (*UNDECIDED, "opened")},
    **{
        (state, action): state
        for state in (*UNDECIDED, "merged", "opened")
        for action in ("remark", "answer")
    },
    **{(state, "lapse"): "lapsed" for state in (*UNDECIDED, "merged")},
    ("opened", "note"): "opened",
}
"""A person dismisses it with a reason, opens a case (立案) on it, or watches it (关注) until a day.

Merged into another one of the same company, it follows that one's decision, and can be taken out while there
is none. Who works on it, what they note, what the company is asked and answers change no state. What it
rested on may end or change before it is decided: then the system lets it lapse, and notes the same in an open
case.
"""


def after(state: str, action: str) -> str:
    """Return the state that an action leads to.

    Raises SignalMerged for one that goes with another, SignalDecided for one that was decided before,
    LookupError for a state or action there is not.
    """
    if (state, action) in SIGNAL:
        return SIGNAL[state, action]
    if state in STATES and action in ACTIONS:
        raise SignalMerged if state == "merged" else SignalDecided
    raise LookupError(f"{state} cannot {action}")
