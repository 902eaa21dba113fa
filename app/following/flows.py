"""Telling households what became of what they follow: one that cannot be told holds up no other."""

from functools import partial

from sqlalchemy.orm import Session

from app.core import apart
from app.following import watching
from app.following.rules import Telling


def tell(session: Session, *, telling: Telling) -> None:
    """Write messages of what was found since the last time, of all households together or of each alone."""
    act, due = partial(watching.tell, telling=telling), partial(watching.untold, telling=telling)
    task = "following.tell" if telling is Telling.AT_ONCE else "following.tell_daily"
    apart.sweep(session, task, act, due)
