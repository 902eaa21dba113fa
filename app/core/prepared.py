"""Statements that many requests ask: put together once, and asked through the driver.

SQLAlchemy takes as long to find such a statement in its cache and to describe its columns as PostgreSQL takes
to answer it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Generic, NoReturn, TypeVar, cast

import psycopg
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Table,
    any_,
    bindparam,
    insert,
    inspect,
    select,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import DeclarativeBase, Mapper, Session
from sqlalchemy.orm.attributes import instance_state, manager_of_class, set_committed_value
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import NullType

from app.core.driver import KeptCursor

T = TypeVar("T", bound=DeclarativeBase)
_Written = tuple[str, dict[str, Any], list[tuple[str, Callable[[Any], Any]]]]
"""A statement's text, the values that it has itself, and what packs those of its JSON columns; the driver
packs all others."""


class Prepared:
    """A statement, put together when it is first asked. Its rows are the driver's, of plain values.

    Errors are SQLAlchemy's, as for any other statement. It knows no lists of values (``IN``): take an array.
    Numbers and words that are always the same stand in its text: as parameters they would hide from
    PostgreSQL what a plan for all values costs, a limit of one row most of all, and nearly each time it would
    plan anew.
    """

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        """Take a statement; of an INSERT or UPDATE without values also what ``columns`` it writes."""
        self._statement: Final = statement
        self._columns: Final = None if columns is None else list(columns)
        self._written: _Written | None = None

    def rows(self, session: Session, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these values of the statement's parameters."""
        rows: list[tuple[Any, ...]] = self._ask(_flushed(session), given).fetchall()
        return rows

    def rows_of_many(self, session: Session, **given: Any) -> list[tuple[Any, ...]]:
        """Return the same, planned for these very values: for arrays of hundreds, at a few milliseconds more.

        The plan that a connection keeps is for ten, and for the tables as they were when it was made.
        """
        rows: list[tuple[Any, ...]] = self._ask(_flushed(session), given, prepare=False).fetchall()
        return rows

    def first(self, session: Session, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row, or None without any."""
        row: tuple[Any, ...] | None = self._ask(_flushed(session), given).fetchone()
        return row

    def run(self, session: Session, **given: Any) -> None:
        """Have done what is no question."""
        self._ask(_flushed(session), given)

    def first_on(self, connection: Connection, **given: Any) -> tuple[Any, ...] | None:
        """Return the first row as ``first`` does, on a connection that is no session's."""
        row: tuple[Any, ...] | None = self._ask(connection, given).fetchone()
        return row

    def _ask(self, connection: Connection, given: dict[str, Any], *, prepare: bool | None = None) -> Any:
        text, constants, packers = self._written or self._write(connection.dialect)
        values = {**constants, **given}
        for name, pack in packers:
            values[name] = pack(values[name])
        cursor = _cursor_of(connection)
        try:
            return cursor.execute(text, values, prepare=prepare)
        except psycopg.Error as error:
            _raise_as_ours(connection, text, error)

    def _write(self, dialect: Dialect) -> _Written:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._columns)
        bound: dict[str, BindParameter[Any]] = {name: one for one, name in compiled.bind_names.items()}
        constants = {name: one.effective_value for name, one in bound.items() if not one.required}
        text = str(compiled)
        for name in [name for name in constants if _is_plain(bound[name])]:
            text = text.replace(f"%({name})s", _literal(bound.pop(name), constants.pop(name), dialect))
        packers: list[tuple[str, Any]] = [
            (name, one.type.dialect_impl(dialect).bind_processor(dialect))
            for name, one in bound.items()
            if isinstance(one.type, JSON)
        ]
        self._written = text, constants, packers
        return self._written


def _is_plain(bound: BindParameter[Any]) -> bool:
    """Tell whether a parameter is a number or a word of the statement's own, which nobody gives it."""
    is_known = isinstance(bound.effective_value, str | int) and not isinstance(bound.type, NullType)
    return bound.unique and is_known


def _literal(bound: BindParameter[Any], value: Any, dialect: Dialect) -> str:
    """Return a constant as it stands in a statement that the driver looks through for parameters."""
    process = bound.type.dialect_impl(dialect).literal_processor(dialect)
    return str(process(value)) if process else str(value)


CURSOR: Final = "prepared"
"""Under which name a connection keeps its cursor."""


def _cursor_of(connection: Connection) -> Any:
    """Return the cursor that asks such statements on a connection: the same as long as the connection lives.

    What it learned of the types of values and columns is kept with it, a third of what a statement takes of
    the processor. Whoever asks has taken all rows before anybody asks again.
    """
    kept = connection.connection
    if CURSOR not in kept.info:
        kept.info[CURSOR] = KeptCursor(cast(Any, kept.driver_connection))
    return kept.info[CURSOR]


def _flushed(session: Session) -> Connection:
    """Return the connection of a session, with all that the session has to write written.

    A transaction that has begun knows it; a session looks for its engine, which takes ten times as long. A
    savepoint that nobody asked in yet has none: there the session must begin it.
    """
    session.flush()
    begun = session.get_nested_transaction() or session.get_transaction()
    if begun is not None and begun.is_active and begun._connections:
        return next(iter(begun._connections.values()))[0]
    return session.connection()


def hidden(name: str, type_: Any) -> ScalarSelect[Any]:
    """Return a parameter whose value no plan is made for.

    Where some values are cheaper than most, PostgreSQL else plans anew at every use.
    """
    return select(bindparam(name, type_=type_)).scalar_subquery()


FEW: Final = 20
"""So many ids at most are asked for by the plan that a connection keeps, which is for ten."""


class Among:
    """A statement about rows by id: one of its own for a single id, which is what is asked nearly always.

    PostgreSQL plans an array of ids anew each time, unless it does not see how many there are.
    """

    def __init__(self, key: Any, build: Callable[[ColumnElement[bool]], ClauseElement]) -> None:
        """Take the column of ids, and what makes the statement of the condition on it."""
        ids = ARRAY(BigInteger)
        self._of_one: Final = Prepared(build(key == bindparam("row_id", type_=BigInteger)))
        self._of_few: Final = Prepared(build(key == any_(cast_to(hidden("ids", ids), ids))))
        self._of_many: Final = Prepared(build(key == any_(bindparam("ids", type_=ids))))

    def rows(self, session: Session, ids: Collection[int], **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows for these ids, without any none."""
        if len(ids) == 1:
            return self._of_one.rows(session, row_id=next(iter(ids)), **given)
        statement = self._of_few if len(ids) <= FEW else self._of_many
        return statement.rows(session, ids=list(ids), **given) if ids else []


class Insert(Generic[T]):
    """Writes rows of a model whose keys the database gives, past the unit of work, which takes far longer."""

    def __init__(self, model: type[T], columns: Iterable[str]) -> None:
        """Take a model, and what columns are written; all others get the database's defaults."""
        table = cast(Table, model.__table__)
        self._model: Final = model
        self._statement: Final = Prepared(insert(table).returning(table.c.id), columns)

    def key(self, session: Session, **values: Any) -> int:
        """Write a row and return its key."""
        ((key,),) = self._statement.rows(session, **values)
        return int(key)

    def made(self, session: Session, **values: Any) -> T:
        """Write a row and return it as the session's; what was not written is read when asked for."""
        return held(session, self._model, {"id": self.key(session, **values), **values})


class Whole(Generic[T]):
    """A question for one whole row of a model, which becomes the session's object as the row is now.

    That is what ``populate_existing`` does, in a third of the time; for many rows SQLAlchemy is quicker.
    Columns are of types that the driver gives as they are; related objects are read when asked for.
    """

    def __init__(self, model: type[T], wanted: Select[T], *beside: SQLColumnExpression[Any]) -> None:
        """Take a model, what selects its row, and what else is asked ``beside`` it."""
        columns = {one.key: one.columns[0] for one in inspect(model).column_attrs}
        self._model: Final = model
        self._names: Final = list(columns)
        self._statement: Final = Prepared(wanted.with_only_columns(*columns.values(), *beside))

    def first(self, session: Session, **given: Any) -> T | None:
        """Return the object of the first row for these values of the statement's parameters, if any."""
        found = self.first_beside(session, **given)
        return None if found is None else found[0]

    def first_beside(self, session: Session, **given: Any) -> tuple[T, tuple[Any, ...]] | None:
        """Return the same, with what was asked beside it."""
        row = self._statement.first(session, **given)
        if row is None:
            return None
        return held(session, self._model, dict(zip(self._names, row, strict=False))), row[len(self._names) :]


class Together(Generic[T]):
    """A question for whole rows of a model and for rows that each leads to, which all become the session's.

    As ``Whole`` for one row. What they lead to is what ``joinedload`` would load of it: one row each, always.
    """

    def __init__(self, model: type[T], wanted: Select[T], *ways: Any) -> None:
        """Take a model, what selects its rows, and the relationships from it on, those nearer first."""
        self._model: Final = model
        self._names: Final = [one.key for one in inspect(model).column_attrs]
        self._led: Final[list[tuple[type[Any], str, type[Any], list[str]]]] = []
        columns = [one.columns[0] for one in inspect(model).column_attrs]
        for way in ways:
            mapper = way.property.mapper
            wanted = wanted.join(way)
            columns += [one.columns[0] for one in mapper.column_attrs]
            names = [one.key for one in mapper.column_attrs]
            self._led.append((way.class_, way.key, mapper.class_, names))
        self._statement: Final = Prepared(wanted.with_only_columns(*columns, maintain_column_froms=True))

    def rows(self, session: Session, **given: Any) -> list[T]:
        """Return the objects of the rows for these values of the statement's parameters."""
        return [self._row(session, row) for row in self._statement.rows(session, **given)]

    def _row(self, session: Session, row: tuple[Any, ...]) -> T:
        values = iter(row)
        # Names first: at their end ``zip`` has not yet taken a value of the next.
        made: dict[type[Any], Any] = {
            self._model: held(session, self._model, dict(zip(self._names, values, strict=False)))
        }
        for owner, name, model, names in self._led:
            made[model] = held(session, model, dict(zip(names, values, strict=False)))
            set_committed_value(made[owner], name, made[model])
        return cast(T, made[self._model])


def held(session: Session, model: type[T], values: Mapping[str, Any]) -> T:
    """Return a row, of which a statement read or wrote these columns, as the session's object.

    What else the session knew of it is forgotten, and read again when asked for.
    """
    mapper = manager_of_class(model).mapper
    key = mapper.identity_key_from_primary_key((values["id"],))
    row: T | None = session.identity_map.get(key)
    if row is None:
        return _taken_in(session, mapper, key, values)
    session.expire(row)
    # What ``set_committed_value`` does for one column, for all at once.
    state = instance_state(row)
    state.dict.update(values)
    state._commit(state.dict, values)
    return row


def _taken_in(session: Session, mapper: Mapper[T], key: Any, values: Mapping[str, Any]) -> T:
    """Make an object of a row that the session does not know, as SQLAlchemy does of one it reads itself.

    Its public way, by a detached object that is added, goes through all that hangs on it: twice the time.
    """
    row: T = mapper.class_manager.new_instance()
    state = instance_state(row)
    state.dict.update(values)
    state.key, state.session_id = key, session.hash_key
    session.identity_map._add_unpresent(state, key)
    if missing := {*mapper.column_attrs.keys()} - values.keys():
        state._expire_attributes(state.dict, missing)
    return row


def _raise_as_ours(connection: Connection, text: str, error: psycopg.Error) -> NoReturn:
    """Raise an error of the driver as SQLAlchemy does: wrapped, heard by all who listen, without the values.

    A connection that is lost is taken from the pool.
    """
    connection._handle_dbapi_exception(error, text, None, None, None)
