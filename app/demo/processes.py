"""Who is alive: processes told apart by pid and start time, groups ended whole, locks freed by death.

A pid alone proves nothing after kill -9 or a reboot, because the system hands it out again.
"""

import fcntl
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Self

import psutil

START_TIME_SLACK = 2.0
"""Seconds by which two readings of one start time may differ: the boot time it counts from gets corrected."""


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


class PidFile:
    """Remembers the leader of a process group across the death of whoever started it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, identity: Identity) -> None:
        """Record the leader."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(asdict(identity)))

    def read(self) -> Identity | None:
        """Return the recorded leader, or None if there is none or the file was cut short."""
        try:
            return Identity(**json.loads(self.path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def end_leftovers(self, seconds: float) -> bool:
        """End the recorded group, leader or orphans, and forget it; return whether anything was there."""
        leader = self.read()
        members = group_of(leader) if leader else []
        if leader and members:
            end_group(leader, seconds)
        self.path.unlink(missing_ok=True)
        return bool(members)


def group_of(leader: Identity) -> list[psutil.Process]:
    """Return the live processes of the group that ``leader`` led, even when the leader itself is gone."""
    holder = Identity.of(leader.pid)
    if holder and abs(holder.started - leader.started) >= START_TIME_SLACK:
        return []  # The number was given to a stranger, which happens only after the whole group had gone.
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) != leader.pid or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.create_time() > leader.started - START_TIME_SLACK and process.cwd() == str(Path.cwd()):
                members.append(process)
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    return members


def end_group(leader: Identity, seconds: float) -> None:
    """Ask a process group to end; after ``seconds`` kill what is left of it."""
    for signal_number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 10.0)):
        if not group_of(leader):
            return
        try:
            os.killpg(leader.pid, signal_number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while group_of(leader) and time.monotonic() < deadline:
            time.sleep(0.05)


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
