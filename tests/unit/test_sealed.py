"""The seal around unit tests holds."""

import socket

import psycopg
import pytest

from app.core import clock


def test_the_network_is_out_of_reach() -> None:
    with (
        socket.socket() as unconnected,
        pytest.raises(pytest.fail.Exception, match="reached for the network"),
    ):
        unconnected.connect(("127.0.0.1", 9))


def test_the_database_is_out_of_reach() -> None:
    with pytest.raises(pytest.fail.Exception, match="the database"):
        psycopg.connect("postgresql://127.0.0.1:9/none")


@pytest.mark.parametrize("ask", [clock.now, clock.today])
def test_nobody_tells_the_business_time(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(pytest.fail.Exception, match="asked for the time"):
        ask()


def test_nobody_tells_the_machines_time() -> None:
    with pytest.raises(pytest.fail.Exception, match="the machine's clock"):
        clock.system_now()
