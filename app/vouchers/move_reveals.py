"""Showing whose ID number a move names, whole: to the checker who compares it with the scans, on record."""

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.vouchers import move_queries as queries
from app.vouchers.move_states import State
from app.vouchers.moves import note


def reveal_number(session: Session, *, actor: Actor, move_ref: str) -> str:
    """Return the other party's ID number as a checker, while the move waits for the decision, on record.

    Raises Forbidden, NotFound where nobody else is named, Conflict in another state.
    """
    actor.demand(Role.CHECKER)
    move = queries.get_move(session, actor=actor, ref=move_ref)
    number = queries.number_of(move)
    if number is None:
        raise NotFound("move_gone")
    if move.state != State.PREPARED:
        raise Conflict(f"move_{move.state}")
    note(session, actor, move, "reveal")
    return number
