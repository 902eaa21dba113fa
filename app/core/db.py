"""The declarative base, column types and DDL that every model shares."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar, cast

from sqlalchemy import DDL, BigInteger, DateTime, FromClause, Identity, MetaData, Table, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

from app.core import failures as _failures  # noqa: F401  # no engine gives an error with values in it

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Id = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
"""An internal key: it never leaves the server (public references come from core.ids)."""

Fen = Annotated[int, mapped_column(BigInteger)]
"""Money, in integer fen."""

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
"""A moment in UTC. Business columns get theirs from core.clock, never from a database default."""

Json = Annotated[dict[str, Any], mapped_column(JSONB)]
"""A frozen snapshot with a ``schema`` number inside."""


class Base(DeclarativeBase):
    """Base of every model."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger, datetime: DateTime(timezone=True)}


FORBID_CHANGE_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()


def forbid_change_trigger(table: str) -> str:
    """Return the statement that makes a table append-only, even for whoever holds the app's password."""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )


APPEND_ONLY_TABLES: list[str] = []
"""Tables declared append-only; the migration writes the same triggers by hand."""


def append_only(table: FromClause) -> None:
    """Attach the append-only trigger to a model's table."""
    name = cast(Table, table).name
    APPEND_ONLY_TABLES.append(name)
    attach(table, forbid_change_trigger(name))


def never_emptied(*tables: FromClause) -> None:
    """Attach what forbids emptying tables at once: their rows may change, yet all of them are kept."""
    for table in tables:
        name = cast(Table, table).name
        attach(
            table,
            f"CREATE TRIGGER {name}_never_emptied BEFORE TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()",
        )


def attach(table: FromClause, *statements: str) -> None:
    """Have statements run right after a model's table is created; the migration writes them by hand."""
    for statement in statements:
        event.listen(cast(Table, table), "after_create", _ddl(statement))


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy left its constructor untyped


event.listen(Base.metadata, "before_create", _ddl(FORBID_CHANGE_FUNCTION))


@contextmanager
def unless_taken(session: Session, guards: str | Sequence[str], refusal: Exception) -> Iterator[None]:
    """Write in a savepoint: what a constraint called so refuses is undone and raises ``refusal``.

    Of two who write at the same moment the second hears the same as if it had come later.
    """
    with refused_by(guards, refusal), session.begin_nested():
        yield


@contextmanager
def refused_by(guards: str | Sequence[str], refusal: Exception) -> Iterator[None]:
    """Raise ``refusal`` for what a constraint called so refuses. The transaction is lost then.

    For a step after whose refusal everybody rolls back anyhow: it pays for no savepoint.
    """
    try:
        yield
    except IntegrityError as error:
        if any(guard in str(error.orig) for guard in ([guards] if isinstance(guards, str) else guards)):
            raise refusal from error
        raise
