"""The default engine: PostgreSQL, with arrays of tokens and trigrams, on the caller's own session."""

import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, Final, cast

from psycopg.errors import QueryCanceled, UniqueViolation
from psycopg.pq import TransactionStatus
from sqlalchemy import Executable, Row, Table, exists, func, select, update
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core import clock
from app.search import statements, text
from app.search.cursor import Position
from app.search.documents import Document
from app.search.engine import NOTHING, FacetCount, Hits, Stamp, uncounted
from app.search.errors import BuildIncomplete, BuildOvertaken, NoIndexBefore
from app.search.models import BlueDocument, GreenDocument, SearchIndex
from app.search.places import Place, Places
from app.search.request import LISTS, SearchRequest

_TABLES: Final = {
    "blue": cast(Table, BlueDocument.__table__),
    "green": cast(Table, GreenDocument.__table__),
}
_OTHER: Final = {"blue": "green", "green": "blue"}
_ROW: Final = 1
_LIMIT: Final = sql("SELECT set_config('statement_timeout', :limit, false)")
_NO_OWN_LIMIT: Final = sql("RESET statement_timeout")
"""Back to the limit that the connection was opened with."""

_BUILD_BEGINS: Final = sql("SELECT search_build_begins()")
_BUILD_ENDS: Final = sql("SELECT search_build_ends()")
_PATIENCE: Final = sql("SET LOCAL statement_timeout = '1h'")
"""A million homes take a minute to be put into the indexes."""


class PostgresEngine:
    """Works through the session that ``session`` returns: what a job writes is its own transaction's.

    A page whose counts are not there ``count_within`` seconds after it was asked for is shown without them.
    That is kept on connections which commit by themselves; a transaction would be spoilt by what is cut off.
    """

    name = "postgresql"
    silences: tuple[type[Exception], ...] = ()

    def __init__(self, session: Callable[[], Session], *, count_within: float | None = None) -> None:
        self._session = session
        self._count_within = count_within

    # --- answers
    # -----------------------------------------------------------------------------------------------

    def search(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for; uncounted where there was no time to count."""
        began = time.monotonic()
        terms = text.query_terms(request.q)
        if terms is None:
            return NOTHING
        table = self._answering()
        hits = self._page(table, request, terms)
        counts = self._counts_until(began, statements.facets(table, request, terms), terms)
        return hits if counts is None else _counted(hits, counts, request)

    def page(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for, with nothing counted."""
        terms = text.query_terms(request.q)
        return NOTHING if terms is None else self._page(self._answering(), request, terms)

    def count(self, request: SearchRequest) -> int:
        """Return how many homes match, whatever the page."""
        terms = text.query_terms(request.q)
        if terms is None:
            return 0
        statement = statements.count(self._answering(), request, terms)
        return int(self._rows(statement, terms)[0][0])

    def among(self, request: SearchRequest, home_ids: Sequence[int]) -> frozenset[int]:
        """Return which of these homes match, whatever the page."""
        terms = text.query_terms(request.q)
        if terms is None:
            return frozenset()
        statement = statements.among(self._answering(), request, terms, home_ids)
        return frozenset(home_id for (home_id,) in self._rows(statement))

    def places(self, request: SearchRequest) -> Places:
        """Return what is found of each development, whatever the page."""
        terms = text.query_terms(request.q)
        if terms is None:
            return Places(())
        table = self._answering()
        rows = self._rows(statements.places(table, request, terms), terms)
        return Places(map(Place._make, rows), down=statements.descends(table, request, terms))

    def firsts(self, request: SearchRequest, refs: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the ids of the first homes that match in each of these developments, in order."""
        terms = text.query_terms(request.q)
        if terms is None or not refs:
            return {}
        found: dict[str, tuple[int, ...]] = {}
        statement = statements.firsts(self._answering(), request, terms, refs)
        for ref, home_id in self._rows(statement, terms):
            found[ref] = (*found.get(ref, ()), home_id)
        return found

    def _page(self, table: Table, request: SearchRequest, terms: Sequence[text.Term]) -> Hits:
        rows = self._rows(statements.page(table, request, terms), terms)
        shown = rows[: request.size]
        further = Position(shown[-1].key, shown[-1].tie) if len(rows) > request.size else None
        return uncounted([row.home_id for row in shown], further)

    def _rows(
        self, statement: Executable, terms: Sequence[text.Term] = ()
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return what a statement finds, planned for its own values, its words looked up in an index.

        A plan that is kept for any values walks most indexes the wrong way.
        """
        session = self._session()
        connection: Any = session.connection().connection.driver_connection
        with _unprepared(connection), by_index(connection) if terms else nullcontext():
            return session.execute(statement).all()

    def _counts_until(
        self, began: float, statement: Executable, terms: Sequence[text.Term]
    ) -> Sequence[Row[*tuple[Any, ...]]] | None:
        """Return the rows of the statement that counts; None when they are not there in time."""
        session = self._session()
        if self._count_within is None or not _commits_by_itself(session):
            return self._rows(statement, terms)
        left = int(1000 * (began + self._count_within - time.monotonic()))
        if left <= 0:
            return None
        session.execute(_LIMIT, {"limit": f"{left}ms"})
        try:
            return self._rows(statement, terms)
        except OperationalError as error:
            if not isinstance(error.orig, QueryCanceled):
                raise
            return None
        finally:
            session.execute(_NO_OWN_LIMIT)

    # --- writing
    # -----------------------------------------------------------------------------------------------

    def write(self, documents: Sequence[Document]) -> None:
        """Put documents into the index, and into the one being built; older versions are dropped silently."""
        state = self._state()
        for side in (state.answering, state.building):
            if side is not None:
                self._upsert(_TABLES[side], documents)

    def stamps(self, home_ids: Sequence[int]) -> dict[int, Stamp]:
        """Return what the index holds of these homes; absent ones are not in the answer."""
        table = self._answering()
        columns = table.c.home_id, table.c.doc_version, table.c.digest
        rows = self._session().execute(select(*columns).where(table.c.home_id.in_(home_ids)))
        return {home_id: Stamp(version, digest) for home_id, version, digest in rows}

    def size(self) -> int:
        """Return how many documents the index holds."""
        return self._size(self._answering())

    # --- rebuilding
    # --------------------------------------------------------------------------------------------

    def begin_build(self) -> str:
        """Begin an empty index aside and return the build's name; an unfinished one is given up."""
        build, side = secrets.token_hex(8), _OTHER[self._state().answering]
        values = {"building": side, "build": build}
        statement = insert(SearchIndex).values(id=_ROW, answering=_OTHER[side], **values)
        self._session().execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
        self._session().execute(_BUILD_BEGINS)
        return build

    def write_build(self, build: str, documents: Sequence[Document]) -> None:
        """Put documents into the index being built. Raises BuildOvertaken when another build took over."""
        table = self._building(build)
        try:
            with self._session().begin_nested():
                _copy(self._session(), table, documents)
        except UniqueViolation:
            # A change of one of these homes came first; which of the two is newer their versions tell.
            self._upsert(table, documents)

    def finish_build(self, build: str, expected: int) -> None:
        """Let the new index answer from now on.

        Raises BuildIncomplete when it holds fewer documents than expected, BuildOvertaken when another took
        over.
        """
        found = self._size(self._building(build))
        if found < expected:
            raise BuildIncomplete(expected=expected, found=found)
        self._session().execute(_PATIENCE)
        self._session().execute(_BUILD_ENDS)
        statement = (
            update(SearchIndex)
            .where(SearchIndex.build == build)
            .values(answering=SearchIndex.building, building=None, build=None, built_at=clock.system_now())
            .returning(SearchIndex.id)
        )
        if self._session().execute(statement).first() is None:
            raise BuildOvertaken

    def go_back(self) -> None:
        """Let the index that answered before answer again, as it was then; this one is kept in its place.

        Raises NoIndexBefore when there is none, BuildOvertaken when a build changed them meanwhile.
        """
        state = self._state()
        other = _OTHER[state.answering]
        kept = exists().where(_TABLES[other].c.home_id.is_not(None))
        if state.building is not None or not self._session().scalar(select(kept)):
            raise NoIndexBefore
        statement = (
            update(SearchIndex)
            .where(SearchIndex.answering == state.answering, SearchIndex.building.is_(None))
            .values(answering=other)
            .returning(SearchIndex.id)
        )
        if self._session().execute(statement).first() is None:
            raise BuildOvertaken

    # --- tables
    # ------------------------------------------------------------------------------------------------

    def _state(self) -> SearchIndex:
        return _pointer(self._session())

    def _answering(self) -> Table:
        return answering(self._session())

    def _building(self, build: str) -> Table:
        state = self._state()
        if state.building is None or state.build != build:
            raise BuildOvertaken
        return _TABLES[state.building]

    def _size(self, table: Table) -> int:
        return int(self._session().scalars(select(func.count()).select_from(table)).one())

    def _upsert(self, table: Table, documents: Sequence[Document]) -> None:
        if documents:
            rows = [{**document._asdict(), "digest": document.digest} for document in documents]
            self._session().execute(statements.upsert(table), {"documents": rows})


def _copy(session: Session, table: Table, documents: Sequence[Document]) -> None:
    """Append documents to a table. Raises UniqueViolation when it holds one of the homes."""
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_COPY[table.name]) as copy:
        for one in documents:
            # Tokens hold nothing that an array would have to mark, but may read NULL. In their order their
            # index takes two thirds of the time: it sorts those of each home first.
            tokens = '{"' + '","'.join(sorted(one.tokens)) + '"}'
            copy.write_row((*one[:_TOKENS], tokens, *one[_TOKENS + 1 :], one.digest))


_TOKENS: Final = Document._fields.index("tokens")
_COPY: Final = {
    table.name: f"COPY {table.name} ({', '.join((*Document._fields, 'digest'))}) FROM STDIN"
    for table in _TABLES.values()
}


def answering(session: Session) -> Table:
    """Return the table of documents that answers now."""
    return _TABLES[session.scalar(select(SearchIndex.answering)) or "blue"]


def _pointer(session: Session) -> SearchIndex:
    """Return the pointer as it is now; a database that was never rebuilt answers from the blue side."""
    statement = select(SearchIndex).execution_options(populate_existing=True)
    return session.scalars(statement).first() or SearchIndex(id=_ROW, answering="blue")


@contextmanager
def _unprepared(connection: Any) -> Iterator[None]:
    """Let the driver prepare no statement on its connection meanwhile, however often it is sent."""
    before, connection.prepare_threshold = connection.prepare_threshold, None
    try:
        yield
    finally:
        connection.prepare_threshold = before


@contextmanager
def by_index(connection: Any) -> Iterator[None]:
    """Let no plan on the driver's connection read a whole table meanwhile, if an index can be asked.

    The planner does not know that tokens lie beside the rows: to fetch those of every home takes six times as
    long as to look up a word that half of them have.
    """
    connection.execute("SET enable_seqscan = off")
    try:
        yield
    finally:
        # A transaction that failed, or a connection that was lost, takes its settings with it.
        if connection.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            connection.execute("RESET enable_seqscan")


def _commits_by_itself(session: Session) -> bool:
    connection = session.connection().connection.driver_connection
    return bool(connection is not None and connection.autocommit)


def _counted(hits: Hits, counts: Iterable[Row[*tuple[Any, ...]]], request: SearchRequest) -> Hits:
    """Return the page with the total and the facets that the rows tell."""
    counted: dict[str, list[FacetCount]] = defaultdict(list)
    for facet, value, homes in counts:
        counted[facet].append(FacetCount(value, homes))
    total = counted.pop(statements.TOTAL)[0].homes
    for name, value in statements.counted_by_total(request).items() if total else ():
        counted[name].append(FacetCount(value, total))
    return replace(hits, total=total, facets={name: _ranked(counted[name], request, name) for name in LISTS})


def _ranked(counts: list[FacetCount], request: SearchRequest, name: str) -> tuple[FacetCount, ...]:
    """Return the values by number of homes, then by value; what was chosen is among them even with none."""
    ranked = sorted(counts, key=lambda count: (-count.homes, count.value))
    shown = ranked[: statements.MOST_FACET_VALUES]
    return (*shown, *_chosen_but_missing(shown, ranked, request, name))


def _chosen_but_missing(
    shown: list[FacetCount], counted: list[FacetCount], request: SearchRequest, name: str
) -> Iterator[FacetCount]:
    homes = {count.value: count.homes for count in counted}
    present = {count.value for count in shown}
    for value in map(str, getattr(request, name)):
        if value not in present:
            yield FacetCount(value, homes.get(value, 0))
