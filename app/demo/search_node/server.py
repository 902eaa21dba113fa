"""One Elasticsearch node: installed, started, found again, stopped.

Production names a cluster of its own. This one listens on the loopback address alone, without a password.
"""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from typing import Final

import psutil

from app.demo.errors import CannotStart
from app.demo.processes import FileLock, Identity

START_SECONDS: Final = 90
STOP_SECONDS: Final = 20
ROOT: Final = Path(__file__).resolve().parents[3]
JARS: Final = ROOT / "var" / "elasticsearch-jars"
"""What all nodes of this source tree run."""
_JAVA_MODULE: Final = "app.demo.search_node.java"
_JARS_MODULE: Final = "app.demo.search_node.jars"


class ElasticsearchNode:
    """One node on one home folder. Whoever starts it leaves it running until someone calls ``stop``.

    ``fellows`` are the nodes of its cluster, itself among them, by name with the ports on which they speak to
    each other; without any it is a cluster by itself. A node is called as its home folder is.
    """

    def __init__(self, home: Path, fellows: Mapping[str, int] | None = None) -> None:
        self.home = home.absolute()
        self._fellows = dict(fellows or {})
        self.log = self.home / "node.log"
        self._command = [sys.executable, "-m", _JAVA_MODULE, str(JARS), str(self.home)]
        self._seen: Identity | None = None

    @property
    def url(self) -> str:
        """The node's address. Raises FileNotFoundError before it was started the first time."""
        return f"http://127.0.0.1:{self._port_file.read_text().strip()}"

    @property
    def _port_file(self) -> Path:
        return self.home / "port"

    def process(self) -> psutil.Process | None:
        """Return the running node, recognised by its command line."""
        for process in psutil.process_iter():
            try:
                ours = process.cmdline()[1:] == self._command[1:]
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    return process
            except psutil.Error:
                continue  # Gone meanwhile, or another user's.
        return None

    def start(self) -> None:
        """Install the jars if they are missing, start the node unless it runs, return when it answers.

        Raises CannotStart with the end of the node's log.
        """
        self.launch()
        self.await_answer()

    def launch(self) -> None:
        """Install the jars if they are missing, and start the node unless it runs; it answers later.

        Raises CannotStart when the jars cannot be had.
        """
        if self.process() is None:
            self._install()
            self._configure()
            self._launch()

    def await_answer(self) -> None:
        """Return when the launched node answers: one of three does once two of them found each other.

        Raises CannotStart with the end of the node's log.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process() is None or time.monotonic() > deadline:
                raise CannotStart(f"Elasticsearch does not answer:\n{self._log_tail()}")
            time.sleep(0.1)
        process = self.process()
        self._seen = Identity.of(process.pid) if process else None

    def keep_up(self) -> bool:
        """Start the node again if it ended since ``start``; return whether it had."""
        if self._seen is None or self._seen.is_alive():
            return False
        self.start()
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the node if it runs; SIGKILL ends it as a power cut would."""
        process = self.process()
        if process is None:
            return
        process.send_signal(how)
        deadline = time.monotonic() + STOP_SECONDS
        while self.process() is not None:
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(0.05)

    def forget(self) -> None:
        """Delete what the stopped node kept: every index."""
        shutil.rmtree(self.home / "data", ignore_errors=True)

    def _install(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", _JARS_MODULE, str(JARS)]
        with FileLock(JARS.with_suffix(".lock")):
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if result.returncode:
            raise CannotStart(f"Elasticsearch could not be installed:\n{result.stderr.strip()[-2000:]}")

    def _configure(self) -> None:
        port, transport = _ports(self._port_file)
        config = self.home / "config"
        config.mkdir(exist_ok=True)
        settings = {
            "cluster.name": "anju",
            "node.name": self.home.name,
            "network.host": "127.0.0.1",
            "http.port": port,
            **self._discovery(transport),
            "path.data": str(self.home / "data"),
            "path.logs": str(self.home / "logs"),
            "cluster.routing.allocation.disk.threshold_enabled": False,
            "action.auto_create_index": False,
        }
        lines = (f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
        (config / "elasticsearch.yml").write_text("".join(lines))
        self._port_file.write_text(str(port))

    def _discovery(self, free_port: int) -> dict[str, object]:
        """Return how the node finds those it works with."""
        if not self._fellows:
            return {"transport.port": free_port, "discovery.type": "single-node"}
        return {
            "transport.port": self._fellows[self.home.name],
            "discovery.seed_hosts": [f"127.0.0.1:{port}" for port in self._fellows.values()],
            "cluster.initial_master_nodes": list(self._fellows),
        }

    def _launch(self) -> None:
        """Start the process in a session of its own; ``process`` finds it, whoever its parent is by then.

        Between two programs a process has no command line: until it has one, or died, it is waited for.
        """
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        with self.log.open("wb") as output, Path(os.devnull).open() as nothing:
            copies = [(os.POSIX_SPAWN_DUP2, nothing.fileno(), 0)]
            copies += [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
            pid = os.posix_spawn(sys.executable, self._command, environment, file_actions=copies, setsid=True)
        launched = Identity.of(pid)
        while launched is not None and launched.is_alive() and self.process() is None:
            time.sleep(0.01)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", int(self._port_file.read_text()), timeout=2)
        try:
            connection.request("GET", "/_cluster/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])


def _ports(recorded: Path) -> list[int]:
    """Return two free ports; the first is the one used before, if it is free: clients know it."""
    before = int(recorded.read_text()) if recorded.exists() else 0
    return free_ports(before, 0)


def free_ports(*wanted: int) -> list[int]:
    """Return as many free ports, the wanted ones where they are free; 0 wants any."""
    with ExitStack() as held:
        return [_bound(held, port) for port in wanted]


def _bound(held: ExitStack, wanted: int) -> int:
    """Return the port, or another where it is taken, and keep it from being given out twice meanwhile."""
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", wanted))
    except OSError:
        probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])
