"""One at a time of a household: what it has at most is counted before it is added to."""

from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor


def hold_household(session: Session, actor: Actor) -> None:
    """Let others who add for the acting household wait until this commits, so that a count stays true."""
    locks.hold_names(session, [f"following:{actor.household}"])
