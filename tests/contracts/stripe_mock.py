"""Stripe's own mock of its API: built once from its source by the Go of a wheel, and kept in var/."""

import os
import subprocess
import time
from pathlib import Path
from typing import Final

import go
import requests

from app.demo.processes import FileLock
from tests.torture.site import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
HOME: Final = ROOT / "var" / "stripe-mock"
VERSION: Final = "v0.197.0"
_PATIENCE_SECONDS: Final = 300


def build() -> Path:
    """Return the program, built unless it is there: half a minute, and the network, the first time only."""
    program = HOME / VERSION / "stripe-mock"
    with FileLock(HOME.with_suffix(".lock")):
        if not program.exists():
            tools = Path(go.__file__).parent
            settings = {
                "GOROOT": str(tools),
                "GOPATH": str(HOME / "path"),
                "GOCACHE": str(HOME / "cache"),
                "GOBIN": str(program.parent),
                "GOTOOLCHAIN": "local",
                "GOFLAGS": "-modcacherw",
                "CGO_ENABLED": "0",
            }
            subprocess.run(
                [
                    *(tools / "bin" / "go", "install", "-ldflags=-s -w"),
                    f"github.com/stripe/stripe-mock@{VERSION}",
                ],
                env={**os.environ, **settings},
                check=True,
            )
    return program


class StripeMock:
    """The mock on a free port of this machine."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                build(),
                *("-http-addr", f"127.0.0.1:{port}"),
                *("-https-addr", f"127.0.0.1:{free_port()}"),  # else one of its own, on a port for all
                "-strict-version-check=false",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self) -> None:
        """Return once it answers. Raises TimeoutError, and ConnectionError where it has ended."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                requests.get(self.url, timeout=_PATIENCE_SECONDS)
            except requests.ConnectionError:
                if self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return
        raise TimeoutError(self.url)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
