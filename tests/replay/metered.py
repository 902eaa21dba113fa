"""gunicorn's settings for the replay: the site's own, and each request's processor time by route.

Each process writes what it counted when it ends: ``REPLAY_METER`` names the folder.
"""

import json
import os
import runpy
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

globals().update(runpy.run_path(str(Path(__file__).resolve().parents[2] / "gunicorn.conf.py")))

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Meter:
    """An application, and what it takes of its thread for each request; the route is the browsers' word."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lock = threading.Lock()
        self.spent: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request; a page is made before this returns."""
        began = time.thread_time()
        answer = self._application(environ, start_response)
        took = time.thread_time() - began
        with self._lock:
            count = self.spent[environ.get("HTTP_X_REPLAY_ROUTE", "other")]
            count[0] += 1
            count[1] += took
        return answer


_settle = globals()["post_worker_init"]


def post_worker_init(worker: Any) -> None:
    """Do what the site does once the application is loaded, and put the meter around it."""
    _settle(worker)
    worker.wsgi = Meter(worker.wsgi)


def worker_exit(_server: Any, worker: Any) -> None:
    """Write down what was counted."""
    if isinstance(worker.wsgi, Meter):
        path = Path(os.environ["REPLAY_METER"]) / f"{worker.pid}.json"
        path.write_text(json.dumps(worker.wsgi.spent))
