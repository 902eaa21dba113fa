"""Who was stopped from guessing, or from asking too often, goes on record: once a window, without names."""

from app.core import sidelog
from app.core.rates import Full
from app.extensions import db
from app.identity import service


def note(full: Full, *, username: str | None = None, user_id: int | None = None) -> None:
    """Put the first refusal of a window on record, apart from the request, which is refused.

    ``username`` is what was typed: it is looked up, never kept. ``user_id`` is who is signed in. What the
    request did so far is undone: it gives its connection back before the note takes one.
    """
    if not full.first:
        return
    kind = full.bucket.key.partition(":")[0]
    db.session.rollback()
    sidelog.write_apart(
        db.session.session_factory,
        lambda session: service.note_lockout(session, username=username, user_id=user_id, kind=kind),
    )
