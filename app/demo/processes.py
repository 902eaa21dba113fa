"""Who is alive: processes told apart by pid and start time, children by a mark, locks freed by death.

A pid alone proves nothing after kill -9 or a reboot, because the system hands it out again.
"""

import errno
import fcntl
import os
import re
import signal
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

import psutil

from app.demo.errors import CannotStart

START_TIME_SLACK: Final = 2.0
"""Seconds by which two readings of one start time may differ: the boot time it counts from gets corrected."""

MARK: Final = "ANJU_CHILD_OF_DEMO"
"""The environment variable that each child of a demo carries from birth, with no moment before it."""

LAST_PORT: Final = 65535


@dataclass(frozen=True)
class Identity:
    """One process, for good: its pid, and the moment (Unix seconds) it was started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """Return the identity of the process that has this pid now, or None."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def is_alive(self) -> bool:
        """Tell whether this very process still runs (a zombie does not)."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < START_TIME_SLACK
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def waits_for_us(maker: int) -> bool:
    """Tell whether make still runs the target that began this process, and was not interrupted.

    Make answers INT by waiting for its children, INT blocked meanwhile, as if the terminal had told them
    too: whoever told make alone would wait for ever. Without /proc only its end is seen.
    """
    if os.getppid() != maker:
        return False
    try:
        status = Path(f"/proc/{maker}/status").read_text()
    except OSError:
        return True
    blocked = re.search(r"^SigBlk:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return blocked is None or not int(blocked[1], 16) & 1 << (signal.SIGINT - 1)


def marked(home: Path) -> list[psutil.Process]:
    """Return the live processes that carry the mark of that demo, whoever their parent is by now."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(MARK) == str(home)
            if ours and process.status() != psutil.STATUS_ZOMBIE and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue  # Gone meanwhile, or another user's.
    return found


def end(processes: Iterable[psutil.Process], *, seconds: float) -> None:
    """Ask processes to end, and kill those that still run after ``seconds``."""
    left = list(processes)
    for signal_number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10.0)):
        for process in left:
            try:
                process.send_signal(signal_number)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + patience
        while (left := [process for process in left if _runs(process)]) and time.monotonic() < deadline:
            time.sleep(0.05)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def require_free_port(port: int) -> None:
    """Raise CannotStart, saying who holds it, unless a server could listen on 127.0.0.1 at that port."""
    if not 0 < port <= LAST_PORT:
        raise CannotStart(
            f"{port} is no port: choose one from 1 to {LAST_PORT}, such as `make demo PORT=8001`."
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            text = f"Port {port} is for root only. Choose another, such as `make demo PORT=8001`."
            raise CannotStart(text) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            text = (
                f"Port {port} is in use{_listener(port)}. "
                f"Stop that program, or choose another port: `make demo PORT={port + 1}`."
            )
            raise CannotStart(text) from error


def _listener(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.Error:
        return ""
    for connection in connections:
        listens = (
            connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        )
        if listens and connection.pid:
            return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""


class FileLock:
    """An exclusive or shared lock on a file. The kernel frees it when the holder dies, kill -9 included."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock, or change a held one's kind; return whether it is held now as asked."""
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a")
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(self._file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
