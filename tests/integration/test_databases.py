"""The databases of the suites: what one test left behind takes none from the next."""

import os
import signal
import threading
import time

import psycopg
import pytest

from app.demo.databases import Addresses
from tests.database import Cluster


def test_a_database_is_dropped_although_somebody_is_slow_to_leave(cluster: Cluster) -> None:
    name = cluster.new_name()
    cluster.empty(name)
    with psycopg.connect(cluster.server.url(name)) as held:
        os.kill(held.info.backend_pid, signal.SIGSTOP)
        woken = threading.Timer(8, os.kill, (held.info.backend_pid, signal.SIGCONT))
        woken.start()
        began = time.monotonic()
        try:
            cluster.drop(name)
        finally:
            woken.join()
        assert time.monotonic() - began > 5, "longer than the server waits by itself"
        with cluster.server.connect() as connection:
            assert connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None


def test_what_a_run_shares_is_made_once_and_anew_when_its_maker_failed(cluster: Cluster) -> None:
    made: list[str] = []

    def make(addresses: Addresses) -> str:
        made.append(addresses.app)
        with psycopg.connect(addresses.owner) as connection:
            connection.execute("CREATE TABLE made AS SELECT 1")
        if len(made) == 1:
            raise ZeroDivisionError
        return "it's made"

    with pytest.raises(ZeroDivisionError):
        cluster.shared("tried", make)
    name, said = cluster.shared("tried", make)
    try:
        assert cluster.shared("tried", make) == (name, said)
        assert (said, len(made)) == ("it's made", 2)
    finally:
        cluster.drop(name)
