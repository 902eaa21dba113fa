"""Showing whose ID numbers a move names, whole: to the checker who compares them with scans, on record."""

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.vouchers import move_queries as queries
from app.vouchers.move_states import State
from app.vouchers.moves import note


def reveal_numbers(session: Session, *, actor: Actor, move_ref: str) -> list[str]:
    """Return the other party's or the heirs' ID numbers as a checker, while it waits for the decision.

    Raises Forbidden, NotFound where nobody else is named, Conflict in another state.
    """
    actor.demand(Role.CHECKER)
    move = queries.get_move(session, actor=actor, ref=move_ref)
    number = queries.number_of(move)
    numbers = [number] if number else [queries.number_of_heir(heir) for heir in move.heirs]
    if not numbers:
        raise NotFound("move_gone")
    if move.state != State.PREPARED:
        raise Conflict(f"move_{move.state}")
    note(session, actor, move, "reveal")
    return numbers
