"""Finding and telling what became of what households follow: one that cannot be told holds up no other."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from app.core import apart
from app.core.apart import Left
from app.following import watching
from app.following.rules import Telling
from app.search import service as search
from app.search.engine import OwnEngine


def look(session: Session, *, engine: OwnEngine, home_ids: Sequence[int]) -> None:
    """Write down what these homes' changes mean to whoever follows them.

    Raises apart.Left when that was not possible for some: what they were before stays remembered.
    """

    def find(some: Sequence[int]) -> None:
        watching.look(session, engine=engine, home_ids=some)

    Left.demand_none(apart.several(session, "following.look", home_ids, find, named=search.named))


def tell(session: Session, *, telling: Telling) -> None:
    """Write messages of what was found since the last time, of all households together or of each alone."""
    act, due = partial(watching.tell, telling=telling), partial(watching.untold, telling=telling)
    task = "following.tell" if telling is Telling.AT_ONCE else "following.tell_daily"
    apart.sweep(session, task, act, due)
