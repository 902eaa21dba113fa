"""The driver, leaner: what it tells of results, what it keeps prepared, when it tests a connection."""

import re
import select
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, Self

from psycopg import Connection, Cursor, Error, OperationalError
from psycopg._enums import PyFormat
from psycopg._preparing import Prepare, PrepareManager
from psycopg._queries import _query2pg_nocache
from psycopg.abc import PQGen, Query
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
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
    """Asks the same statements again and again, for as long as its connection lives.

    psycopg takes a statement's text apart each time (it remembers 128 texts, none of them long), forgets what
    it learned of types whenever the statement is another, and drives three generators for what is one call of
    PostgreSQL's client: two thirds of what a small statement takes of the processor.
    """

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, **more: Any) -> Self:
        """Have a statement done with named values; by one call of the client once it is prepared.

        That call waits for the server whatever happens here: a signal is heard when it is over, at the latest
        when the server's own limits of time end it.
        """
        if prepare is False or not self._is_done_prepared(query, params):
            super().execute(query, params, prepare=prepare, **more)
        return self

    def _is_done_prepared(self, query: str, values: Mapping[str, Any]) -> bool:
        """Have a statement done that the connection keeps prepared; tell whether it does."""
        text, formats, names = _taken_apart(query)
        status = self._pgconn.transaction_status
        if self._last_query is None or status not in _READY:
            return False
        try:
            given = [values[name] for name in names]
        except KeyError:  # psycopg tells which
            return False
        with self._conn.lock:
            sent = self._tx.dump_sequence(given, formats)
            kept, key = self._conn._prepared._names, (text, self._tx.types or ())
            if key not in kept:
                return False
            kept.move_to_end(key)
            if status == TransactionStatus.IDLE and not self._conn.autocommit:
                result = self._begin_with(kept[key], sent)
            else:
                result = self._pgconn.exec_prepared(kept[key], sent, self._tx.formats)  # type: ignore[arg-type]  # NULLs
        if self._pgconn.status == ConnStatus.BAD:
            raise OperationalError(self._pgconn.get_error_message())
        self._check_results([result])
        self._set_results([result])
        return True

    def _begin_with(self, name: bytes, sent: Sequence[Any]) -> PGresult:
        """Begin the transaction and have a prepared statement done in it, both sent at one go."""
        pgconn = self._pgconn
        try:
            pgconn.enter_pipeline_mode()
            pgconn.send_query_params(self._conn._get_tx_start_command(), None)
            pgconn.send_query_prepared(name, sent, self._tx.formats)
            pgconn.pipeline_sync()
            begun, result = self._answers()
            pgconn.exit_pipeline_mode()
        except BaseException:
            pgconn.finish()  # an answer may still be on its way: nobody can go on with this connection
            raise
        self._check_results([begun])
        return result

    def _answers(self) -> list[PGresult]:
        """Return what the server answers to all that was sent up to a mark, once it has."""
        pgconn, answers = self._pgconn, list[PGresult]()
        wire = select.poll()
        while True:
            unsent = pgconn.flush()
            wire.register(pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            wire.poll()
            pgconn.consume_input()
            while not pgconn.is_busy():
                answer = pgconn.get_result()
                if answer is None:  # the end of one statement's answers
                    continue
                if answer.status == ExecStatus.PIPELINE_SYNC:
                    return answers
                answers.append(answer)

    def _start_query(self, query: Query | None = None) -> PQGen[None]:
        """Begin a statement as if it were the last one again, unless there was none."""
        if self._last_query is not None:
            self._last_query = query
        return super()._start_query(query)


_READY: Final = frozenset({TransactionStatus.IDLE, TransactionStatus.INTRANS})
"""What a connection must be at: neither lost nor in a transaction that failed."""


@cache
def _taken_apart(query: str) -> tuple[bytes, list[PyFormat], list[str]]:
    """Return a statement as the server takes it, and its values' formats and names in their order."""
    text, formats, names, _parts = _query2pg_nocache(query.encode(), "utf-8")
    return text, formats, names or []


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
