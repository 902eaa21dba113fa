"""Statements that every page asks: put together once, and asked through the driver.

SQLAlchemy takes as long to find such a statement in its cache and to describe its columns as PostgreSQL takes
to answer it.
"""

from functools import cached_property
from typing import Any

from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session
from sqlalchemy.sql import ClauseElement

from app.core.failures import redacted


class Prepared:
    """A select, put together when it is first asked. Its rows are the driver's, of plain values."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    def rows(self, session: Session, **given: object) -> list[tuple[Any, ...]]:
        """Return the rows for these values of the statement's parameters. Raises the driver's own errors."""
        session.flush()
        connection: Any = session.connection().connection.driver_connection
        text, constants = self._written
        with redacted():
            answer: list[tuple[Any, ...]] = connection.execute(text, {**constants, **given}).fetchall()
        return answer

    @cached_property
    def _written(self) -> tuple[str, dict[str, Any]]:
        compiled = self._statement.compile(dialect=psycopg.dialect())  # type: ignore[no-untyped-call]
        return str(compiled), compiled.params
