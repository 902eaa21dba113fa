"""What is done one by one, each in its own transaction: what cannot be done holds up nothing behind it."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import apart
from app.core.actor import Actor
from app.core.errors import DomainError, Forbidden, NotFound
from app.core.failures import is_busy
from app.settlements import late, pay_receipts


def look_after(session: Session) -> None:
    """Note promised days that passed, remind silent developers, and ask households whose day came.

    The second time on a day it does nothing more.
    """
    apart.sweep(session, "settlements.break_promises", late.break_promises, late.broken)
    apart.sweep(session, "settlements.remind", late.remind, late.unanswered)
    apart.sweep(session, "settlements.ask_households", late.ask_households, late.agreed_passed)


@dataclass(frozen=True, slots=True)
class Marked:
    """How many lines of a receipt were marked, and how many that fitted could not be just now."""

    done: int
    left: int


def mark_receipt(session: Session, *, actor: Actor, receipt_ref: str) -> Marked:
    """Mark as an officer every line of a receipt that fits, each as if it were noted by itself.

    What was marked stays so, whatever becomes of the next; done again it goes on with what is left. Raises
    NotFound, Forbidden.
    """
    rows = pay_receipts.rows_that_fit(session, actor=actor, receipt_ref=receipt_ref)
    session.commit()
    done = 0
    for row in rows:
        try:
            pay_receipts.mark(session, actor=actor, receipt_ref=receipt_ref, row=row)
            session.commit()
            done += 1
        except (Forbidden, NotFound):
            raise
        except DomainError:
            session.rollback()
        except DBAPIError as error:
            session.rollback()
            if not is_busy(error):
                raise
    return Marked(done, len(rows) - done)
