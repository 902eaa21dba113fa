"""The databases of the suites: what one test left behind takes none from the next."""

import os
import signal
import threading
import time

import psycopg

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
