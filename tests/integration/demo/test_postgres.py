"""The embedded server survives whatever is done to it."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.demo import databases, privileges
from app.demo.errors import CannotStart
from app.demo.postgres import PostgresServer, binaries, require_space


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres")
    yield server
    server.remove()


def write_row(server: PostgresServer) -> None:
    with server.connect() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")


def has_row(server: PostgresServer) -> bool:
    with server.connect() as connection:
        return connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_chinese_has_trigrams(server: PostgresServer) -> None:
    server.start()
    addresses = databases.create(server, "anju")

    with psycopg.connect(addresses.app) as connection:
        assert connection.execute("SELECT cardinality(show_trgm('房票'))").fetchone() == (3,)


def test_the_apps_role_is_neither_owner_nor_superuser(server: PostgresServer) -> None:
    server.start()
    addresses = databases.create(server, "anju")
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
        connection.execute(f"GRANT SELECT, INSERT ON things TO {databases.APP}")

    with psycopg.connect(addresses.app, autocommit=True) as connection:
        connection.execute("INSERT INTO things (name) VALUES ('a')")
        for forbidden in (
            "ALTER TABLE things ADD more int",
            "DROP TABLE things",
            "TRUNCATE things",
            "CREATE TABLE more ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
        assert connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False,)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])
def test_data_is_kept_however_the_server_ends(server: PostgresServer, how: signal.Signals) -> None:
    server.start()
    write_row(server)
    process = server.process()
    assert process is not None
    process.send_signal(how)

    server.start()

    assert has_row(server)


def test_a_pid_file_whose_number_belongs_to_another_program_is_ignored(server: PostgresServer) -> None:
    server.start()
    write_row(server)
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")

    assert server.process() is None
    server.start()

    assert has_row(server)


def test_a_cluster_cut_off_while_it_was_made_is_made_again(server: PostgresServer) -> None:
    unfinished = server.data.parent / "postgres.new-cut"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")

    server.start()

    assert server.process() is not None
    assert not unfinished.exists()


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / ("long" * 30) / "postgres", durable=False)
    try:
        server.start()
        write_row(server)
        assert has_row(server)
    finally:
        server.remove()
    assert not server.socket_folder.exists()


def test_the_reason_is_told_when_the_server_cannot_start(server: PostgresServer) -> None:
    server.start()
    server.stop()
    shutil.rmtree(server.data / "global")

    with pytest.raises(CannotStart, match="PostgreSQL did not start"):
        server.start()


def test_every_way_open_to_us_runs_the_server_and_keeps_its_data(server: PostgresServer) -> None:
    """As root there are several; the last needs folders that are open to all, which these are not."""
    ways = privileges.FOR_ROOT[:-1] if os.geteuid() == 0 else (privileges.OURSELVES,)
    server.start()
    write_row(server)
    server.stop()

    for way in ways:
        assert privileges.choose(binaries() / "pg_ctl", server.data, ways=[way]) == way
        assert server.data.stat().st_uid == way.owner

    server.start()
    assert has_row(server)


def test_no_way_is_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="as another user, or set DATABASE_URL"):
        privileges.choose(
            binaries() / "pg_ctl", tmp_path, ways=[privileges.RunAs(("no-such-program",), os.geteuid())]
        )


def test_a_full_disk_is_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"The disk is full: \d+ MB are free"):
        require_space(tmp_path / "not" / "made" / "yet", megabytes=10**9)
