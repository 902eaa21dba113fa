"""What takes several transactions: issuing an approved batch, and ending what is over.

A batch is issued in one, then its households get the news, some at a time.

A worker killed anywhere leaves either nothing or everything issued, and some households told; the job runs
again and goes on from there.
"""

from sqlalchemy.orm import Session

from app.vouchers import batches, extension_batches, lapses, moves, stop_ends


def issue_batch(session: Session, *, batch_id: int) -> None:
    """Issue every voucher of an approved batch, then tell each household once."""
    batches.issue(session, batch_id=batch_id)
    session.commit()
    while batches.tell(session, batch_id=batch_id):
        session.commit()
    session.commit()


def extend_batch(session: Session, *, batch_id: int) -> None:
    """Lengthen the terms of an approved batch, some at a time; begun again it goes on where it stopped."""
    while extension_batches.carry_out(session, batch_id=batch_id):
        session.commit()
    session.commit()


def lapse(session: Session) -> None:
    """End stops that are over, then every voucher whose term is, some at a time.

    Begun again it goes on where it stopped.
    """
    while stop_ends.end_due(session):
        session.commit()
    while moves.expire_due(session):
        session.commit()
    while lapses.lapse_due(session):
        session.commit()
    session.commit()
