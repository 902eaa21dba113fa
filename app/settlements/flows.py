"""Late handovers, each morning: what one of them cannot be told holds up no other."""

from sqlalchemy.orm import Session

from app.core import apart
from app.settlements import late


def look_after(session: Session) -> None:
    """Note promised days that passed, remind silent developers, and ask households whose day came.

    The second time on a day it does nothing more.
    """
    apart.sweep(session, "settlements.break_promises", late.break_promises, late.broken)
    apart.sweep(session, "settlements.remind", late.remind, late.unanswered)
    apart.sweep(session, "settlements.ask_households", late.ask_households, late.agreed_passed)
