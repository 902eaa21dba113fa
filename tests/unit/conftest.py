"""Unit tests reach no database, no network and no wall clock: whoever tries fails, with the reason."""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NoReturn

import psycopg
import pytest

from app.core import clock as business_clock


class NoClock:
    """A business clock that must not be asked."""

    def now(self) -> datetime:
        """Fail the test."""
        pytest.fail("A unit test asked for the time: give the moment as an argument.")


def _refuse(*_: Any, **__: Any) -> NoReturn:
    pytest.fail("A unit test reached for the network, the database or the machine's clock.")


@pytest.fixture(autouse=True)
def clock() -> Iterator[NoClock]:
    """In place of the clock of the other suites."""
    business_clock.use(NoClock())
    yield NoClock()
    business_clock.use(business_clock.SystemClock())


@pytest.fixture(autouse=True)
def _sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, _refuse)
    monkeypatch.setattr(psycopg, "connect", _refuse)
    monkeypatch.setattr(psycopg.Connection, "connect", _refuse)
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", _refuse)
    monkeypatch.setattr(business_clock, "system_now", _refuse)


@pytest.fixture(scope="session")
def cluster() -> NoReturn:
    """No server for unit tests."""
    pytest.fail("A unit test asked for a database: it belongs in tests/integration.")
