"""What a run may become: a table of (state, action) -> state, everything else refused."""

from typing import Final

from app.imports.errors import ImportMoved

RUN: Final = {
    ("looking", "show"): "planning",
    ("planning", "plan"): "reading",
    ("ready", "plan"): "reading",
    ("reading", "preview"): "ready",
    ("ready", "order"): "applying",
    ("applying", "finish"): "applied",
    ("applying", "compare_again"): "reading",
    ("looking", "fail"): "failed",
    ("reading", "fail"): "failed",
    ("applying", "fail"): "failed",
    ("planning", "discard"): "discarded",
    ("ready", "discard"): "discarded",
}
"""A run waits for a worker while looking, reading and applying, for a person while planning and ready."""

WORKING: Final = ("looking", "reading", "applying")
"""A worker has the word."""


def after(state: str, action: str) -> str:
    """Return the state that an action leads to. Raises ImportMoved for every other pair."""
    if (state, action) not in RUN:
        raise ImportMoved
    return RUN[state, action]
