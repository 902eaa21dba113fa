"""Use cases of redemptions in several transactions."""

from sqlalchemy.orm import Session

from app.redemptions import service


def carry_out(session: Session, *, batch_id: int) -> int:
    """Write off the cases of an approved batch, each in its own transaction; return how many were decided.

    Begun again after a kill it goes on where it stopped.
    """
    decided = 0
    while service.decide_case(session, batch_id=batch_id):
        session.commit()
        decided += 1
    session.commit()
    return decided
