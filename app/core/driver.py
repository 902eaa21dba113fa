"""The driver, leaner: what it tells of results, what it keeps prepared, when it tests a connection."""

import re
import select
import time
from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, Cursor, Error
from psycopg._preparing import Prepare, PrepareManager
from psycopg.abc import PQGen, Query
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

KEPT_PREPARED: Final = 600
"""Statements a connection keeps prepared. A process asks some 400 different ones; with room for fewer
one makes way for the other, and all are planned anew at every use."""

PREPARED_AFTER: Final = 1
"""Uses of a statement before a connection prepares it. What is not prepared PostgreSQL plans at each use, and
then five times more before it keeps a plan: with the driver's own five a connection planned each
eleven times."""

QUIET: Final = 30.0
"""Seconds after which an idle connection is asked whether it lives: a network may have dropped it unheard."""


_STALE: Final = frozenset({"0A000", "26000"})
"""SQLSTATEs of a prepared statement whose table changed under another connection, and of one that is gone."""


class LeanCursor(Cursor[Any]):
    """Tells of a result's columns what the standard demands, as plain tuples: name and type.

    SQLAlchemy asks after every statement, and psycopg makes an object of each column and looks its type up:
    with the columns of a home or a voucher a quarter of what reading one costs.
    """

    @property
    def description(self) -> list[Any] | None:
        """What columns the current result has; None when it is none of rows."""
        result = self.pgresult
        if result is None or not (result.nfields or result.status == ExecStatus.TUPLES_OK):
            return None
        return [
            ((result.fname(place) or b"").decode(), result.ftype(place), None, None, None, None, None)
            for place in range(result.nfields)
        ]


class KeptCursor(LeanCursor):
    """Keeps what it learned of types from one statement to the next, for as long as it lives.

    psycopg forgets it whenever the statement is another, and looks up anew how each value is written and each
    column read: a third of what a small statement takes of the processor.
    """

    def _start_query(self, query: Query | None = None) -> PQGen[None]:
        """Begin a statement as if it were the last one again, unless there was none."""
        if self._last_query is not None:
            self._last_query = query
        return super()._start_query(query)


class KeptStatements(PrepareManager):
    """The statements of a connection, which stay prepared when a transaction or a savepoint is undone.

    The server keeps them then. psycopg drops all, in case one names what was made in what was undone; here
    only migrations make anything, and whoever drops or alters something still drops them. A refused form, and
    each trial in a savepoint, made every other request of its connection plan all its statements anew.
    """

    prepare_threshold = PREPARED_AFTER
    prepared_max = KEPT_PREPARED

    def _should_discard(self, _prep: Prepare, results: Sequence[PGresult], *_standard: Any) -> bool:
        """Drop all that is prepared after a command that may change what it stands on."""
        for result in results:
            if result.status == ExecStatus.COMMAND_OK and _changes_tables(result.command_status or b""):
                return super().clear()
        return False

    def clear(self) -> bool:
        """Keep everything: a transaction was undone."""
        return False


_changes_tables: Final = re.compile(rb"(?:DROP|ALTER|DISCARD ALL|DEALLOCATE ALL)\b").match


def tend(engine: Engine) -> None:
    """Keep the statements of an engine's connections prepared, and test what may be lost before it is used.

    A server that ends or restarts closes its connections, which shows without asking it; only then, or after
    ``QUIET`` seconds unused, is one asked. A lost one is replaced, and with it all others of the pool; so is
    one with a statement that no longer fits its table, which no end of a transaction would drop.
    """

    def keep_prepared(connection: Connection[Any], _entry: ConnectionPoolEntry) -> None:
        connection._prepared = KeptStatements()

    def note_return(_connection: Connection[Any] | None, entry: ConnectionPoolEntry) -> None:
        entry.info["returned"] = time.monotonic()

    def test(connection: Connection[Any], entry: ConnectionPoolEntry, _proxy: Any) -> None:
        idle = time.monotonic() - entry.info.get("returned", time.monotonic())
        try:
            if idle > QUIET or _has_word(connection):
                engine.dialect.do_ping(connection)  # type: ignore[arg-type]  # the driver's own
        except Error as error:
            raise InvalidatePoolError from error

    def replace_stale(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) in _STALE:
            context.is_disconnect = True

    event.listen(engine, "connect", keep_prepared)
    event.listen(engine, "handle_error", replace_stale)
    event.listen(engine, "checkin", note_return)
    event.listen(engine, "checkout", test)


def _has_word(connection: Connection[Any]) -> bool:
    """Tell whether the server sent something unasked, such as its farewell. Raises Error for a closed one."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
