"""What the driver tells of results and keeps prepared, and that a lost connection is replaced."""

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.core import driver
from app.core.driver import LeanCursor
from app.extensions import BESIDE, READER, db

BIGINT, TEXT = 20, 25


@pytest.mark.parametrize("bind", [None, READER, BESIDE])
def test_columns_are_told_by_name_and_type(app: Flask, bind: str | None) -> None:
    with app.app_context():
        engine = db.engines[bind]
    with engine.connect() as connection:
        cursor = connection.execute(text("SELECT CAST(1 AS bigint) AS number, '甲' AS 名")).cursor
    assert isinstance(cursor, LeanCursor)
    assert [column[:2] for column in cursor.description or ()] == [("number", BIGINT), ("名", TEXT)]


@pytest.mark.parametrize(
    ("statement", "columns"), [("SELECT FROM districts", []), ("SET LOCAL lock_timeout = '1s'", None)]
)
def test_rows_without_columns_are_rows_and_a_command_has_none(
    app: Flask, statement: str, columns: list[object] | None
) -> None:
    with app.app_context(), db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.execute(statement).description == columns


@pytest.mark.parametrize("bind", [None, READER, BESIDE])
def test_orders_of_many_joins_are_not_all_tried_and_a_second_use_is_prepared(
    app: Flask, bind: str | None
) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT 1 AS twice'")
    with app.app_context(), db.engines[bind].connect() as connection:
        assert connection.scalar(text("SHOW join_collapse_limit")) == "6"
        for uses in (0, 1):
            connection.execute(text("SELECT 1 AS twice"))
            assert connection.scalar(prepared) == uses


def pid_of(engine: Engine) -> int:
    """Take a connection, give it back, and return the server's process of it."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def ask(app: Flask, bind: str | None) -> Engine:
    with app.app_context():
        return db.engines[bind]


@pytest.mark.parametrize("bind", [None, READER, BESIDE])
def test_a_connection_that_the_server_ended_is_replaced_before_it_is_used(
    committed_app: Flask, bind: str | None
) -> None:
    engine = ask(committed_app, bind)
    ended = pid_of(engine)
    assert pid_of(engine) == ended, "the one that was used last is used next"
    with ask(committed_app, BESIDE if bind is None else None).connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ended})
    assert pid_of(engine) != ended


def test_a_connection_that_lay_idle_for_long_is_asked_first(
    committed_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ask(committed_app, None)
    pid = pid_of(engine)
    asked = []
    real = engine.dialect.do_ping
    monkeypatch.setattr(engine.dialect, "do_ping", lambda connection: asked.append(1) or real(connection))
    assert (pid_of(engine), asked) == (pid, [])
    monkeypatch.setattr(driver, "QUIET", -1.0)
    assert (pid_of(engine), asked) == (pid, [1])


def test_all_statements_of_a_process_stay_prepared(committed_app: Flask) -> None:
    many = 300
    with ask(committed_app, READER).connect() as connection:
        for _ in range(6):
            for number in range(many):
                connection.exec_driver_sql(f"SELECT {number} + %s", (1,))
        kept = connection.execute(
            text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT % + $1'")
        ).scalar_one()
    assert kept == many


def test_statements_stay_prepared_when_something_is_undone(committed_app: Flask) -> None:
    with ask(committed_app, None).connect() as connection:

        def plans() -> tuple[int, int]:
            """How many statements like this are prepared, and how often one was carried out so."""
            query = text(
                "SELECT count(*), coalesce(sum(generic_plans + custom_plans), 0) FROM pg_prepared_statements "
                "WHERE statement LIKE 'SELECT 7 +%'"
            )
            count, uses = connection.execute(query).one()
            return count, int(uses)

        def use(times: int) -> None:
            for _ in range(times):
                connection.exec_driver_sql("SELECT 7 + %s", (1,))

        use(8)
        assert plans() == (1, 7)
        connection.rollback()
        use(1)
        savepoint = connection.begin_nested()
        use(1)
        savepoint.rollback()
        use(1)
        assert plans() == (1, 10)


def test_statements_are_dropped_when_a_table_changed(committed_app: Flask) -> None:
    with ask(committed_app, None).connect() as connection:

        def prepared() -> int:
            query = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 8 +%'"
            return int(connection.execute(text(query)).scalar_one())

        for _ in range(8):
            connection.exec_driver_sql("SELECT 8 + %s", (1,))
        assert prepared() == 1
        connection.execute(text("CREATE TEMPORARY TABLE changing (one integer)"))
        assert prepared() == 1
        connection.execute(text("ALTER TABLE changing ADD COLUMN two integer"))
        assert prepared() == 0
        connection.rollback()


def test_a_connection_whose_statement_no_longer_fits_its_table_is_replaced(committed_app: Flask) -> None:
    engine = ask(committed_app, None)
    with engine.connect() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE altered (one integer)"))
        for _ in range(8):
            connection.exec_driver_sql("SELECT one FROM altered WHERE 9 = %s", (9,))
        # As a migration does, unseen by this connection's driver.
        changed = connection.connection.driver_connection.pgconn  # type: ignore[union-attr]
        changed.exec_(b"ALTER TABLE altered ALTER one TYPE text")
        with pytest.raises(DBAPIError, match="cached plan"):
            connection.exec_driver_sql("SELECT one FROM altered WHERE 9 = %s", (9,))
        assert connection.invalidated
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
