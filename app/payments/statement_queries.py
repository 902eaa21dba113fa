"""Reading bank statements of a district, and the lines that each of them brought."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import NotFound
from app.identity import queries as identity
from app.payments.account_models import SupervisedAccount
from app.payments.models import StatementLine
from app.payments.statement_models import Statement


def list_statements(
    session: Session, *, actor: Actor, state: str | None = None, limit: int = 20, offset: int = 0
) -> Sequence[Statement]:
    """Return the statements of the actor's district, all or those in one state, the newest first."""
    wanted = select(Statement).where(Statement.district_id == actor.district)
    if state:
        wanted = wanted.where(Statement.state == state)
    return session.scalars(wanted.order_by(Statement.id.desc()).limit(limit).offset(offset)).all()


def count_statements(session: Session, *, actor: Actor, state: str | None = None) -> int:
    """Return how many statements ``list_statements`` would list without a limit."""
    wanted = select(func.count(Statement.id)).where(Statement.district_id == actor.district)
    return session.scalars(wanted.where(Statement.state == state) if state else wanted).one()


def get_statement(session: Session, *, actor: Actor, ref: str) -> Statement:
    """Return a statement of the actor's district. Raises NotFound."""
    wanted = select(Statement).where(Statement.ref == ref, Statement.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("statement_gone")
    return found


def list_lines(
    session: Session, *, statement: Statement, limit: int = 20, offset: int = 0
) -> Sequence[StatementLine]:
    """Return the lines that a statement brought, whether they count or not, as they stood in the file."""
    wanted = select(StatementLine).where(StatementLine.statement_id == statement.id)
    return session.scalars(wanted.order_by(StatementLine.id).limit(limit).offset(offset)).all()


def count_lines(session: Session, *, statement: Statement) -> int:
    """Return how many lines a statement brought that were not known."""
    wanted = select(func.count(StatementLine.id)).where(StatementLine.statement_id == statement.id)
    return session.scalars(wanted).one()


def accounts_of(session: Session, *, statement: Statement) -> Sequence[SupervisedAccount]:
    """Return into which accounts the sums of a statement came, as far as it says."""
    named = select(StatementLine.account_id).where(StatementLine.statement_id == statement.id)
    wanted = select(SupervisedAccount).where(SupervisedAccount.id.in_(named))
    return session.scalars(wanted.order_by(SupervisedAccount.id)).all()


def names_of(session: Session, statements: Sequence[Statement]) -> dict[int | None, str]:
    """Return the names of everybody who imported or decided on statements, by id."""
    people = (one for row in statements for one in (row.imported_by_id, row.decided_by_id))
    return identity.names_of(session, people)
