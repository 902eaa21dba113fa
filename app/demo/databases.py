"""Two roles: the owner, who migrates, and the app, which can neither alter tables nor skip triggers."""

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

from app.demo.errors import CannotStart
from app.demo.postgres import PostgresServer

OWNER: Final = "anju_owner"
APP: Final = "anju_app"
EXTENSIONS: Final = ("pg_trgm", "btree_gin")
DEMO_MARK: Final = "Anju demo data"
"""The comment on a database that a demo may delete again."""


@dataclass(frozen=True)
class Addresses:
    """The two ways into one database."""

    app: str
    owner: str


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
    """Give an existing database the extensions, and the app's role its rights on tables made from now on.

    Safe to repeat. Where one role does both, there is nothing to grant. Raises CannotStart when refused.
    """
    app_role = psycopg.conninfo.conninfo_to_dict(database.app).get("user")
    try:
        with psycopg.connect(database.owner, autocommit=True) as connection:
            for extension in EXTENSIONS:
                command = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
                connection.execute(command.format(sql.Identifier(extension)))
            if app_role and app_role != connection.info.user:
                _grant(connection, sql.Identifier(str(app_role)))
    except psycopg.Error as error:
        raise CannotStart(f"The database cannot be prepared: {error}") from error


def _grant(connection: psycopg.Connection, role: sql.Identifier) -> None:
    for rights, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
        for command in (
            "GRANT {} ON ALL {} IN SCHEMA public TO {}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} ON {} TO {}",
        ):
            connection.execute(sql.SQL(command).format(sql.SQL(rights), sql.SQL(kind), role))


def _exists(connection: psycopg.Connection, query: str, value: str) -> bool:
    return connection.execute(query, [value]).fetchone() is not None
