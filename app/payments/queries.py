"""Reading top-ups and statement lines of a district."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import NotFound
from app.payments.models import StatementLine, TopUp
from app.payments.rules import Waiting


def find_top_up(session: Session, *, district_id: int, owner: str) -> TopUp | None:
    """Return what is expected for an owner, its lines loaded on demand, or None."""
    return session.scalars(
        select(TopUp).where(TopUp.district_id == district_id, TopUp.owner == owner)
    ).first()


def arrived_fen(session: Session, top_up: TopUp) -> int:
    """Return what has arrived of a top-up, in fen."""
    lines = select(func.coalesce(func.sum(StatementLine.amount_fen), 0))
    return int(session.scalars(lines.where(StatementLine.top_up_id == top_up.id)).one())


def missing_fen(session: Session, *, district_id: int, owner: str) -> int:
    """Return what has not arrived of what is expected for an owner, in fen; 0 where nothing is expected."""
    top_up = find_top_up(session, district_id=district_id, owner=owner)
    return top_up.amount_fen - arrived_fen(session, top_up) if top_up else 0


def list_waiting(session: Session, *, actor: Actor, owners: Collection[str]) -> list[Waiting]:
    """Return the top-ups of these owners that have not arrived whole, the oldest first."""
    arrived = (
        select(func.coalesce(func.sum(StatementLine.amount_fen), 0))
        .where(StatementLine.top_up_id == TopUp.id)
        .scalar_subquery()
    )
    wanted = select(TopUp, arrived).where(
        TopUp.district_id == actor.district, TopUp.owner.in_(owners), TopUp.amount_fen > arrived
    )
    return [
        Waiting(one.ref, one.payer_name, one.amount_fen - int(so_far))
        for one, so_far in session.execute(wanted.order_by(TopUp.id))
    ]


def list_lines(session: Session, *, actor: Actor, limit: int = 100) -> Sequence[StatementLine]:
    """Return the lines that nobody has matched, the oldest first: they stay until somebody does."""
    wanted = select(StatementLine).where(
        StatementLine.district_id == actor.district, StatementLine.top_up_id.is_(None)
    )
    return session.scalars(wanted.order_by(StatementLine.id).limit(limit)).all()


def count_lines(session: Session, *, actor: Actor) -> int:
    """Return how many lines of the actor's district nobody has matched."""
    waiting = select(func.count(StatementLine.id)).where(
        StatementLine.district_id == actor.district, StatementLine.top_up_id.is_(None)
    )
    return session.scalars(waiting).one()


def get_line(session: Session, *, actor: Actor, ref: str) -> StatementLine:
    """Return a line of the actor's district. Raises NotFound."""
    wanted = select(StatementLine).where(
        StatementLine.ref == ref, StatementLine.district_id == actor.district
    )
    line = session.scalars(wanted).first()
    if line is None:
        raise NotFound("statement_line_gone")
    return line
