"""gunicorn's settings, for the demo and for real: `gunicorn 'app:create_app()'` reads this file by itself."""

import gc
import os
from pathlib import Path
from typing import Any

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
worker_class = "gthread"
limit_request_line = 8190  # the most it takes: a search of many filters in Chinese is long

# Each worker makes its own connections: an engine must never be shared across a fork.
preload_app = False

timeout = 30
graceful_timeout = 10
keepalive = 5
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # a heartbeat file: no disk
control_socket_disable = True
accesslog = None  # The app logs each request itself, with its id and without personal data.


def post_worker_init(_worker: Any) -> None:
    """Look for garbage only among what requests leave, and less often: the app itself stays as it is."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
