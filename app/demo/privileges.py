"""How root runs PostgreSQL, which refuses root: as somebody else, adding no user and opening no folder."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.demo.errors import CannotStart

NOBODY = 65534


@dataclass(frozen=True)
class RunAs:
    """A way to run a program: what stands before its command line, and who then owns its files."""

    prefix: tuple[str, ...]
    owner: int
    """The user id, as seen from outside."""


OURSELVES = RunAs((), os.geteuid())

NAMESPACE = RunAs(("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}"), 0)
"""A user namespace: inside, root is called nobody; outside nothing changes. Many containers refuse it."""

_DROP = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")

NOBODY_WITH_ACCESS = RunAs(
    (*_DROP, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"), NOBODY
)
"""The user nobody, who still reaches files below folders closed to others, such as /root."""

NOBODY_PLAIN = RunAs(_DROP, NOBODY)

FOR_ROOT = (NAMESPACE, NOBODY_WITH_ACCESS, NOBODY_PLAIN)


def choose(program: Path, folder: Path, *, ways: Sequence[RunAs] | None = None) -> RunAs:
    """Return the first way to run ``program`` with write access to ``folder``, which becomes its own.

    Raises CannotStart where root is offered none that works.
    """
    if ways is None:
        ways = FOR_ROOT if os.geteuid() == 0 else (OURSELVES,)
    for way in ways:
        give(folder, way)
        if _works(way, program, folder):
            return way
    raise CannotStart(
        "PostgreSQL does not run as root, and here root can neither make a user namespace nor become nobody "
        f"with access to {folder}. Run this as another user, or set DATABASE_URL to a PostgreSQL 18 server."
    )


def give(folder: Path, way: RunAs) -> None:
    """Make somebody the owner of a folder with all it holds; only root can, and only root needs to."""
    if os.geteuid() != 0 or folder.stat().st_uid == way.owner:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, way.owner, way.owner, follow_symlinks=False)


def _works(way: RunAs, program: Path, folder: Path) -> bool:
    check = 'test -w "$1" && exec "$0" --version'
    command = [*way.prefix, "/bin/sh", "-c", check, str(program), str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
