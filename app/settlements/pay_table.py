"""What the bank is asked to pay of a list: what it has not answered about, and nothing that is held since."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Conflict
from app.settlements import household_sums
from app.settlements import pay_list_queries as queries
from app.settlements.pay_list_models import PayLine, PayList


def left_out(session: Session, lines: Sequence[PayLine]) -> dict[int, str]:
    """Return the lines, by id, that the bank is not to be asked for although it has not answered, and why.

    As ``household_sums.Owed.held``, and ``sum``: it comes to another sum, for the day on which the bank was
    to pay has gone by. What the bank paid all the same is noted like any payment.
    """
    waiting = [line for line in lines if line.state == "listed"]
    found: dict[int, str] = {}
    for day in sorted({max(line.pay_list.pay_on, clock.today()) for line in waiting}):
        due = [line for line in waiting if max(line.pay_list.pay_on, clock.today()) == day]
        owed = household_sums.look(session, [queries.owner_of(line) for line in due], day)
        for line, one in zip(due, owed, strict=True):
            why = one.held or (None if one.fen == line.amount_fen else "sum")
            if why:
                found[line.id] = why
    return found


def for_bank(session: Session, found: PayList) -> list[PayLine]:
    """Return the lines that the bank is to be asked for.

    Raises Conflict for a list that was given up, and when nothing is left to ask for.
    """
    if found.state != "open":
        raise Conflict("pay_list_given_up")
    lines = queries.lines_of(session, found)
    out = left_out(session, lines)
    asked = [line for line in lines if line.state == "listed" and line.id not in out]
    if not asked:
        raise Conflict("pay_list_nothing_left")
    return asked
