"""Issuing an approved batch: the money in one transaction, then the news to its households, some at a time.

A worker killed anywhere leaves either nothing or everything issued, and some households told; the job runs
again and goes on from there.
"""

from sqlalchemy.orm import Session

from app.vouchers import batches


def issue_batch(session: Session, *, batch_id: int) -> None:
    """Issue every voucher of an approved batch, then tell each household once."""
    batches.issue(session, batch_id=batch_id)
    session.commit()
    while batches.tell(session, batch_id=batch_id):
        session.commit()
    session.commit()
