"""Two roles: the owner, who migrates, and the app, which can neither alter tables nor skip triggers."""

from dataclasses import dataclass
from typing import Final, Protocol

import psycopg
from psycopg import sql

from app.demo.errors import CannotStart
from app.demo.postgres import PostgresServer

OWNER: Final = "anju_owner"
APP: Final = "anju_app"
EXTENSIONS: Final = ("pg_trgm", "btree_gin")
NAME: Final = "anju"
DEMO_COMMENT: Final = "Anju demo: may be emptied"
"""The comment on a given database that a demo filled from nothing, and so may empty again."""


@dataclass(frozen=True)
class Addresses:
    """The two ways into one database."""

    app: str
    owner: str


class DemoDatabase(Protocol):
    """Where a demo keeps its rows."""

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever kept here."""

    def open(self) -> None:
        """Make it ready for migrations."""

    def forget(self) -> None:
        """Delete what earlier runs kept."""

    def keep_up(self) -> bool:
        """Start it again if it ended; return whether it had."""

    def close(self) -> None:
        """Stop what ``open`` started."""


class EmbeddedDatabase:
    """The database on the embedded server."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server

    @property
    def is_new(self) -> bool:
        """Whether there is no data folder."""
        return not self._server.data.exists()

    def open(self) -> None:
        """Start the server, and create the roles and the database."""
        self._server.start()
        create(self._server, NAME)

    def forget(self) -> None:
        """Stop the server and delete its data folder."""
        self._server.remove()

    def keep_up(self) -> bool:
        """Start the server if it was killed."""
        if self._server.process() is not None:
            return False
        self._server.start()
        return True

    def close(self) -> None:
        """Stop the server."""
        self._server.stop()


class GivenDatabase:
    """A database on somebody's own server, which is neither started nor stopped here."""

    is_new = False

    def __init__(self, given: Addresses) -> None:
        self._given = given

    def open(self) -> None:
        """Check the connection and equip the database; mark it as the demo's when it is empty."""
        equip(self._given)
        with psycopg.connect(self._given.owner, autocommit=True) as connection:
            tables = connection.execute(
                "SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1"
            ).fetchone()
            if tables is None:
                self._comment(connection)

    def forget(self) -> None:
        """Empty the database. Raises CannotStart unless a demo had filled it from nothing."""
        query = (
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        with psycopg.connect(self._given.owner, autocommit=True) as connection:
            found = connection.execute(query).fetchone()
            if found != (DEMO_COMMENT,):
                name = connection.info.dbname
                raise CannotStart(f"No demo made the database {name}, so RESET=1 does not empty it.")
            for extension in EXTENSIONS:
                connection.execute(
                    sql.SQL("DROP EXTENSION IF EXISTS {} CASCADE").format(sql.Identifier(extension))
                )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")

    def keep_up(self) -> bool:
        """Leave the server to its own keepers."""
        return False

    def close(self) -> None:
        """Leave the server running."""

    def _comment(self, connection: psycopg.Connection) -> None:
        command = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(command.format(sql.Identifier(connection.info.dbname), sql.Literal(DEMO_COMMENT)))


def addresses(server: PostgresServer, database: str) -> Addresses:
    """Return the addresses of a database on an embedded server."""
    return Addresses(app=server.url(database, user=APP), owner=server.url(database, user=OWNER))


def create(server: PostgresServer, database: str) -> Addresses:
    """Create the roles and the empty database where they are missing; return its addresses."""
    with server.connect() as connection:
        for role in (OWNER, APP):
            if not _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", database):
            command = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(command.format(sql.Identifier(database), sql.Identifier(OWNER)))
    found = addresses(server, database)
    equip(found)
    return found


def equip(database: Addresses) -> None:
    """Give an existing database the extensions. Safe to repeat. Raises CannotStart when refused.

    What the app's role may do is granted after the migrations (``app.rights``).
    """
    try:
        with psycopg.connect(database.owner, autocommit=True) as connection:
            for extension in EXTENSIONS:
                command = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(command.format(sql.Identifier(extension)))
    except psycopg.Error as error:
        raise CannotStart(f"The database cannot be prepared: {error}") from error


def _exists(connection: psycopg.Connection, query: str, value: str) -> bool:
    return connection.execute(query, [value]).fetchone() is not None
