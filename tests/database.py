"""Test databases: one migrated template, cloned for each worker and each committing test.

Their server keeps its data between runs, without fsync: in memory where the machine has room, otherwise in
var/test-postgres. Test runs share it; the last one to leave stops it. Databases are named after the process
that uses them, so leftovers are found: what a whole run shares, after the process that began the run.
"""

import hashlib
import itertools
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from flask import Flask
from psycopg import sql

from app import create_app
from app.cli.rights import grant_from_settings
from app.core import audit, rates
from app.demo import databases
from app.demo.databases import Addresses
from app.demo.postgres import PostgresServer
from app.demo.processes import FileLock, Identity
from app.extensions import db, limiter
from app.gateways import files
from app.search import engine as search
from config import Settings

ROOT = Path(__file__).resolve().parent.parent
KEPT_TEMPLATES = 3
"""Those of other branches, so that switching back and forth migrates nothing."""

MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 * 1024**3
"""Bytes; a run uses a tenth of it."""
BEGAN = "ANJU_TESTS_BEGAN_BY"
"""The environment variable with the pid of who began the run: `python -m tests`, or pytest itself."""
LEAVE_SECONDS = 60
"""Within which whoever is connected has left a database that is dropped."""
_LINK = "link"
"""Where a folder in memory says which checkout's link leads to it."""


def quickest_folder() -> Path:
    """Return where the suites' server keeps its data: a folder in memory, or on disk where that has no room.

    A clone is 1,200 files: 0.06 s in memory, 0.07 to 1.5 s on a disk, which is slow when much was written
    before. ``var/in-memory`` leads to the folder, so that it is found again and ``make clean`` removes it.
    """
    link = ROOT / "var" / "in-memory"
    with FileLock(link.with_suffix(".lock")):
        if not link.exists():
            if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_NEEDED:
                return ROOT / "var" / "test-postgres"
            _remove_ownerless()
            folder = Path(tempfile.mkdtemp(prefix="anju-", dir=MEMORY))
            (folder / _LINK).write_text(str(link))
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        return link.resolve() / "test-postgres"


def _remove_ownerless() -> None:
    """Free the memory of checkouts that are gone: who deletes one forgets what it kept elsewhere."""
    for folder in MEMORY.glob("anju-*"):
        try:
            link = Path((folder / _LINK).read_text())
        except OSError:
            continue
        if link.resolve() != folder:
            PostgresServer(folder / "test-postgres").stop()
            shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """The server of the tests, with its template."""

    def __init__(self, folder: Path = ROOT / "var" / "test-postgres") -> None:
        self.server = PostgresServer(folder, durable=False)
        self._in_use = FileLock(folder.with_suffix(".lock"))
        self._building = FileLock(folder.with_suffix(".building"))
        self._sharing = FileLock(folder.with_suffix(".sharing"))
        self._numbers = itertools.count()

    def open(self) -> None:
        """Start the server if nobody has, and drop what killed runs left."""
        self._in_use.acquire(shared=True)
        with self._building:
            self.server.start()
            self._drop_leftovers()

    def close(self) -> None:
        """Leave; the last one stops the server."""
        if self._in_use.acquire(wait=False):
            self.server.stop()
        self._in_use.release()

    def clone(self, name: str | None = None) -> Addresses:
        """Create a migrated, empty database; return its addresses."""
        template = self._template()
        name = name or self.new_name()
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
        with self.server.connect() as connection:
            connection.execute(query.format(*map(sql.Identifier, (name, template, databases.OWNER))))
        return databases.addresses(self.server, name)

    def empty(self, name: str | None = None) -> Addresses:
        """Create a database with the extensions and without tables; return its addresses."""
        return databases.create(self.server, name or self.new_name())

    def drop(self, name: str) -> None:
        """Drop a database, whoever is connected."""
        with self.server.connect() as connection:
            _drop(connection, name)

    def new_name(self) -> str:
        """Return an unused name that tells whose the database is."""
        return _name_of(os.getpid(), next(self._numbers))

    def shared(self, what: str, make: Callable[[Addresses], str]) -> tuple[str, str]:
        """Return the name of a database to copy from, and what its maker said of it.

        It is made once a run, from a clone, by whichever process asks first, in whichever suite; nobody
        connects to it afterwards. It goes as a leftover, when a later run starts.
        """
        name = _name_of(int(os.environ.get(BEGAN, os.getpid())), what)
        with self._sharing, self.server.connect() as connection:
            made = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
                " WHERE datname = %s AND NOT datallowconn",
                [name],
            ).fetchone()
            if made:
                return name, made[0]
            _drop(connection, name)
            said = make(self.clone(name))
            for command in ("COMMENT ON DATABASE {} IS {}", "ALTER DATABASE {} ALLOW_CONNECTIONS false"):
                connection.execute(sql.SQL(command).format(sql.Identifier(name), sql.Literal(said)))
        return name, said

    def _template(self) -> str:
        name = f"template_{_fingerprint()}"
        with self._building, self.server.connect() as connection:
            ready = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s AND NOT datallowconn", [name]
            )
            if not ready.fetchone():
                _drop(connection, name)
                migrate(databases.create(self.server, name))
                connection.execute(
                    sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
                )
                self._drop_old_templates(connection)
        return name

    def _drop_old_templates(self, connection: psycopg.Connection) -> None:
        rows = connection.execute(
            r"SELECT datname FROM pg_database WHERE datname LIKE 'template\__%' ORDER BY oid DESC"
        )
        for (name,) in [row for row in rows if len(row[0]) > len("template_0")][KEPT_TEMPLATES:]:
            _drop(connection, name)

    def _drop_leftovers(self) -> None:
        with self.server.connect() as connection:
            for (name,) in connection.execute(
                r"SELECT datname FROM pg_database WHERE datname LIKE 't\_%'"
            ).fetchall():
                match = re.fullmatch(r"t_(\d+)_(\d+)_\w+", name)
                if match and not Identity(int(match[1]), float(match[2])).is_alive():
                    _drop(connection, name)


def settings_for(addresses: Addresses, **others: Any) -> Settings:
    """Return the settings of an app under test on that database: without limits, unless told otherwise."""
    given: dict[str, Any] = {"limits": False, **others}
    return Settings(
        mode="test",
        DATABASE_URL=addresses.app,
        DATABASE_OWNER_URL=addresses.owner,
        SECRET_KEY="only-for-tests-only-for-tests-only",
        audit_keys={"test": "only-for-tests-only-for-tests-only"},
        audit_key_id="test",
        data_dir=ROOT / "var" / "test-data",
        secure_cookies=False,
        **given,
    )


def migrate(addresses: Addresses, revision: str = "head") -> None:
    """Bring a database up to a revision by the real migrations; at the head, with the audit chains begun."""
    app = create_app(settings_for(addresses))
    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), revision)
        if revision == "head":
            grant_from_settings()
            audit.initialise(db.session())
            db.session.commit()
    disconnect(app)


def downgrade(addresses: Addresses, revision: str) -> None:
    """Take a database down to a revision by the real migrations."""
    app = create_app(settings_for(addresses))
    with app.app_context():
        command.downgrade(app.extensions["migrate"].migrate.get_config(), revision)
    disconnect(app)


@contextmanager
def beside(app: Flask, **changes: Any) -> Iterator[Flask]:
    """Open another app on the same database, with other settings, in the same process.

    What a process has once, the limiter, the store of files, the engines of the search and that of the
    counters, is given back: an engine that is left to the counters connects anew after it was closed, and
    leaks that connection.
    """
    counters = rates.PostgresCounters.engine
    own, remote, answering, store = search.own(), search.remote(), search.current(), files.current()
    other = create_app(app.config["ANJU"].model_copy(update=changes))
    try:
        yield other
    finally:
        limiter.enabled = False
        rates.PostgresCounters.engine = counters
        search.use(own, remote=remote, answering=answering)
        files.use(store)
        disconnect(other)


def disconnect(app: Flask) -> None:
    """Close every connection that the app keeps."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _name_of(pid: int, what: str | int) -> str:
    """Return a database's name that tells which process it belongs to."""
    owner = Identity.of(pid)
    assert owner is not None
    return f"t_{owner.pid}_{int(owner.started)}_{what}"


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Drop a database, whoever is connected, also who is slow to leave: the server waits five seconds.

    On a busy machine what a failed test left there takes longer, and the next test would have no database.
    """
    query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    end = time.monotonic() + LEAVE_SECONDS
    while True:
        try:
            connection.execute(query)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > end:
                raise
        else:
            return


@cache
def _fingerprint() -> str:
    """Name the schema that this process was started with, whatever becomes of the files meanwhile."""
    total = hashlib.sha256(version("procrastinate").encode())
    for path in _schema_sources():
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _schema_sources() -> Iterator[Path]:
    yield from sorted((ROOT / "migrations").rglob("*.py"))
    yield from sorted((ROOT / "migrations").rglob("*.sql"))
    yield ROOT / "app" / "demo" / "databases.py"
    yield ROOT / "app" / "rights.py"
