"""What a database error may say of the row it was about: nothing.

PostgreSQL puts values into its errors: the DETAIL of a unique violation holds the key, the CONTEXT of a COPY
the line, and a value of the wrong kind stands in the message itself. Errors end in logs and in the records of
whoever watches them, and the values are people's numbers and names. So every error loses them where it is
raised; the name of the constraint and the error's code stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

_BUSY_STATES: Final = frozenset({"55P03", "40P01", "57014", "40001"})
"""lock_not_available, deadlock_detected, query_canceled (statement timeout), serialization_failure."""

_DATA_CLASS: Final = "22"
"""Errors about a value itself (SQLSTATE class 22): their message repeats it."""


def is_busy(error: DBAPIError) -> bool:
    """Tell whether the database refused only because somebody else held what we wanted."""
    return getattr(error.orig, "sqlstate", None) in _BUSY_STATES


@contextmanager
def redacted() -> Iterator[None]:
    """Take the values out of errors of a driver connection that is used past SQLAlchemy."""
    try:
        yield
    except psycopg.Error as error:
        _redact(error)
        raise


@event.listens_for(Engine, "handle_error")
def _redact_any(context: ExceptionContext) -> None:
    error = context.original_exception
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        _redact(error)
        if context.sqlalchemy_exception is not None:
            kind = f"{type(error).__module__}.{type(error).__name__}"
            context.sqlalchemy_exception.args = (f"({kind}) {error}",)


def _redact(error: psycopg.Error) -> None:
    state, said = error.sqlstate, error.diag.message_primary
    if state is None or said is None:
        return
    if state.startswith(_DATA_CLASS):
        said = f"a value is not what its column takes (SQLSTATE {state})"
    error.args = (said,)
