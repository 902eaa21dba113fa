"""What takes several transactions: issuing an approved batch, and ending what is over.

A batch is issued in one, then its households get the news, some at a time.

A worker killed anywhere leaves either nothing or everything issued, and some households told; the job runs
again and goes on from there.
"""

from functools import partial
from typing import Protocol

from sqlalchemy.orm import Session

from app.core import apart
from app.core.apart import Left
from app.vouchers import (
    batch_queries,
    batches,
    claim_reminders,
    extension_batches,
    extension_queries,
    lapse_claims,
    lapses,
    move_expiry,
    moving_on,
    reminders,
    stop_ends,
)


def issue_batch(session: Session, *, batch_id: int) -> None:
    """Issue every voucher of an approved batch, then tell each household once.

    Raises apart.Left when some could not be told.
    """
    batches.issue(session, batch_id=batch_id)
    session.commit()
    untold = batches.list_untold(session, batch_id=batch_id)
    waiting, left = sum(map(len, untold)), list[int]()
    for some in untold:
        tell = partial(batches.tell, session)
        left += apart.several(session, "vouchers.issue_batch", some, tell, named=batch_queries.named)
        waiting -= len(some)
        if not left:
            batches.note_told(session, batch_id=batch_id, left=waiting)
            session.commit()
    Left.demand_none(left)


def extend_batch(session: Session, *, batch_id: int) -> None:
    """Lengthen the terms of an approved batch, some at a time; begun again it goes on where it stopped.

    Raises apart.Left when some could not be; the batch is done when they are.
    """
    left: list[int] = []
    carry_out = partial(extension_batches.carry_out, session, batch_id)
    while some := extension_batches.list_waiting(session, batch_id=batch_id, but=left):
        left += apart.several(
            session, "vouchers.extend_batch", some, carry_out, named=extension_queries.named
        )
    extension_batches.end(session, batch_id=batch_id)
    session.commit()
    Left.demand_none(left)


def lapse(session: Session) -> None:
    """End stops that are over, then every voucher whose term is, some at a time.

    Before that terms move on that would end on no working day, also those of moves that end with the old one.

    Begun again it goes on where it stopped; one that cannot be ended holds up no other.
    """
    for task, act, due in (
        ("vouchers.end_stops", stop_ends.end_due, stop_ends.due),
        ("vouchers.expire_moves", move_expiry.expire_due, move_expiry.due),
        ("vouchers.move_on", moving_on.move_due, moving_on.due),
        ("vouchers.lapse", lapses.lapse_due, lapses.due),
        ("vouchers.end_claims", lapse_claims.end_due, lapse_claims.due),
    ):
        each = partial(_one, session, act)
        apart.together(session, task, partial(_all, session, act), partial(due, session), each)


def remind(session: Session) -> None:
    """Tell households what of their vouchers ends soon; each is told once for each of the days."""
    apart.sweep(session, "vouchers.remind", reminders.remind, reminders.lasting)
    apart.sweep(session, "vouchers.remind_of_claims", claim_reminders.remind, claim_reminders.waiting)


class _Ends(Protocol):
    def __call__(self, session: Session, *, only: int | None = None) -> int: ...


def _all(session: Session, act: _Ends) -> None:
    while act(session):
        session.commit()


def _one(session: Session, act: _Ends, row_id: int) -> None:
    act(session, only=row_id)
