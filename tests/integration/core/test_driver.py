"""What the driver tells of a result's columns."""

import pytest
from flask import Flask
from sqlalchemy import text

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
