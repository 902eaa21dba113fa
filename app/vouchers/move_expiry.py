"""Moves that nobody had prepared when a term of theirs ended are dropped."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import system_actor
from app.core.apart import Due
from app.vouchers import moves
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart, VoucherMove
from app.vouchers.move_states import Kind, State


def due(session: Session) -> list[Due[int]]:
    """Return the moves that ``expire_due`` would drop."""
    wanted = select(VoucherMove.id, VoucherMove.district_id, VoucherMove.ref)
    found = session.execute(wanted.where(VoucherMove.id.in_(_expired())).order_by(VoucherMove.id))
    return [Due(*one) for one in found]


def _expired() -> Select[int]:
    return (
        select(VoucherMove.id)
        .join(MovePart, MovePart.move_id == VoucherMove.id)
        .join(Voucher, Voucher.id == MovePart.voucher_id)
        .where(
            VoucherMove.state.in_([State.ASKED, State.READY]),
            VoucherMove.kind != Kind.INHERIT,
            Voucher.expires_at <= clock.now(),
        )
        .group_by(VoucherMove.id)
    )


def expire_due(session: Session, *, limit: int = 100, only: int | None = None) -> int:
    """Drop moves that nobody had prepared when a term of theirs ended, the oldest first; return how many.

    What an officer prepared in time waits for its checker, who can only send it back: then it is found here.
    A term may stand still for heirs: what became of theirs an officer says. ``only`` drops one, if it is due.
    """
    due = _expired().order_by(VoucherMove.id).limit(limit)
    if only is not None:
        due = due.where(VoucherMove.id == only)
    taken = select(MovePart.voucher_id).where(MovePart.move_id.in_(session.scalars(due).all()))
    locks.lock_all(session, Voucher, session.scalars(taken))
    # Only now: whatever happened while this waited for the locks counts.
    found = session.scalars(select(VoucherMove).where(VoucherMove.id.in_(due))).all()
    for move in found:
        moves.drop(session, system_actor(move.district_id), move, State.EXPIRED, "expire")
    return len(found)
