"""pg_dump and pg_restore of PostgreSQL 18, those that came with the embedded server."""

import os
import subprocess
from pathlib import Path
from typing import Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.backup.errors import BackupError
from app.demo.postgres import binaries

_ONLY_OURS: Final = ("--no-owner", "--no-privileges", "--no-comments")
"""Owners and rights are those of where it is put back; extensions are there before."""


def dump(url: str, *, snapshot: str, to: Path) -> None:
    """Write what a snapshot sees of a database as an archive. Raises BackupError."""
    _run("pg_dump", url, "--format=custom", f"--snapshot={snapshot}", *_ONLY_OURS, f"--file={to}")


def put_back(url: str, *, archive: Path) -> None:
    """Fill an empty database from an archive, whole or not at all. Raises BackupError."""
    _run("pg_restore", url, "--single-transaction", "--exit-on-error", *_ONLY_OURS, str(archive))


def require_readable(archive: Path) -> None:
    """Raise BackupError unless pg_restore can list what the archive holds."""
    _run("pg_restore", None, "--list", str(archive))


def _run(program: str, url: str | None, *arguments: str) -> None:
    """Run a program on a database; its password goes by the environment, which no list of processes shows."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    where: list[str] = []
    if url is not None:
        given = conninfo_to_dict(url)
        if password := given.pop("password", None):
            environment["PGPASSWORD"] = str(password)
        where = [f"--dbname={make_conninfo(**given)}"]  # type: ignore[arg-type]  # its own words
    done = subprocess.run(
        [str(binaries() / program), *where, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{program} says: {done.stderr.strip()[-2000:]}")
