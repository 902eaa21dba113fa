"""What a failed statement was about stays out of every error, and so out of every log."""

import traceback

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import create_app
from app.core.failures import redacted
from app.web.access import public
from tests.database import disconnect

NUMBER = "320102195001011234"


def provoke(session: Session) -> None:
    """Break a unique constraint with an ID number as the key."""
    for _ in range(2):
        session.execute(
            text("INSERT INTO districts (code, name) VALUES (:code, :name)"),
            {"code": NUMBER, "name": f"区{NUMBER}"},
        )


def test_a_unique_violation_names_the_constraint_and_no_value(session: Session) -> None:
    with pytest.raises(DBAPIError) as caught:
        provoke(session)
    for error in (caught.value, caught.value.orig):
        line = structlog.processors.format_exc_info(None, "error", {"exc_info": error})
        assert NUMBER not in str(line)
        assert "uq_districts_code" in str(line)


def test_a_value_of_the_wrong_kind_is_not_repeated(session: Session) -> None:
    with pytest.raises(DBAPIError) as caught:
        session.execute(text("SELECT CAST(:value AS date)"), {"value": NUMBER + "X"})
    told = "".join(traceback.format_exception(caught.value))
    assert NUMBER not in told
    assert "22" in str(caught.value.orig)


def test_neither_does_a_driver_connection_used_by_itself(session: Session) -> None:
    driver = session.connection().connection.driver_connection
    assert driver
    statement = "COPY districts (id, code, name) FROM STDIN"
    with (
        pytest.raises(Exception, match="SQLSTATE 22") as caught,
        redacted(),
        driver.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(f"{NUMBER}X\tx\ty\n")
    assert NUMBER not in "".join(traceback.format_exception(caught.value))


def test_neither_the_log_of_a_request_nor_its_page(
    committed_app: Flask, capfd: pytest.CaptureFixture[str]
) -> None:
    """An app as it is deployed, whose page runs into a constraint that nobody foresaw."""
    earlier = structlog.get_config()
    app = create_app(committed_app.config["ANJU"].model_copy(update={"mode": "demo"}))

    @app.post("/break")
    @public
    def fail() -> str:
        with app.extensions["sqlalchemy"].session() as session:
            provoke(session)
        return ""

    app.config["WTF_CSRF_ENABLED"] = False
    try:
        answer = app.test_client().post("/break")
    finally:
        disconnect(app)
        structlog.configure(**earlier)
    logged = capfd.readouterr()
    assert answer.status_code == 500
    assert "uq_districts_code" in logged.err
    assert NUMBER not in answer.get_data(as_text=True) + logged.err + logged.out
