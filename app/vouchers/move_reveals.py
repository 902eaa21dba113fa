"""Showing whose ID numbers a move names, whole: to the checker who compares them with scans, on record."""

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.projects.persons import holder_numbers
from app.vouchers import move_queries as queries
from app.vouchers.move_states import State
from app.vouchers.moves import note


def reveal_numbers(session: Session, *, actor: Actor, move_ref: str) -> list[str]:
    """Return the ID numbers of the other party, the heirs or the other households of a merge, in their order.

    As a checker, while the move waits for the decision; empty for a household whose roster has none.

    Raises Forbidden, NotFound where nobody else is named, Conflict in another state.
    """
    actor.demand(Role.CHECKER)
    move = queries.get_move(session, actor=actor, ref=move_ref)
    number = queries.number_of(move)
    numbers = [number] if number else [queries.number_of_heir(heir) for heir in move.heirs]
    if move.owners:
        known = holder_numbers(session, household_ids={one.household_id for one in move.owners})
        numbers = [known.get(one.household_id, "") for one in move.owners]
    if not numbers:
        raise NotFound("move_gone")
    if move.state != State.PREPARED:
        raise Conflict(f"move_{move.state}")
    note(session, actor, move, "reveal")
    return numbers
