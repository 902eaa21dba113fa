"""Leftovers are told from strangers; locks die with their holder."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from app.demo import processes
from app.demo.errors import CannotStart
from app.demo.processes import FileLock, Identity

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def test_a_pid_given_to_another_process_is_not_the_same_process() -> None:
    ourselves = Identity.of(os.getpid())

    assert ourselves is not None
    assert ourselves.is_alive()
    assert not Identity(ourselves.pid, ourselves.started - 60).is_alive()


def test_marked_children_are_found_after_their_parent_was_killed(tmp_path: Path) -> None:
    script = f"""
import os, subprocess
environment = {{**os.environ, {processes.MARK!r}: {str(tmp_path)!r}}}
print(subprocess.Popen({SLEEPER!r}, env=environment, stdout=subprocess.DEVNULL).pid, flush=True)
os.kill(os.getpid(), 9)
"""
    parent = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=False)
    assert parent.returncode == -signal.SIGKILL

    (orphan,) = processes.marked(tmp_path)
    assert orphan.pid == int(parent.stdout)
    processes.end([orphan], seconds=5)

    assert processes.marked(tmp_path) == []


def test_who_does_not_listen_is_killed() -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()

        processes.end([psutil.Process(process.pid)], seconds=0.2)

        assert process.wait(5) == -signal.SIGKILL


def test_a_lock_is_free_once_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = f"""
import time
from pathlib import Path
from app.demo.processes import FileLock
lock = FileLock(Path({str(path)!r}))
lock.acquire()
print(1, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        ours = FileLock(path)
        assert not ours.acquire(wait=False)

        holder.kill()
        holder.wait()

        assert ours.acquire(wait=False)
        ours.release()


def test_a_lock_is_held_by_one_or_shared_by_many(tmp_path: Path) -> None:
    one, two = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert one.acquire(wait=False)
    assert not two.acquire(wait=False)
    assert one.acquire(shared=True)
    assert two.acquire(shared=True, wait=False)
    assert not one.acquire(wait=False)

    one.release()
    assert two.acquire(wait=False)
    two.release()


def test_a_port_in_use_names_the_program_and_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(
            CannotStart, match=rf"Port {port} is in use by process {os.getpid()} .*PORT={port + 1}"
        ):
            processes.require_free_port(port)

    processes.require_free_port(port)


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(CannotStart, match="70000 is no port"):
        processes.require_free_port(70_000)


def test_ending_nobody_takes_no_time() -> None:
    began = time.monotonic()
    processes.end([], seconds=600)
    assert time.monotonic() - began < 300
