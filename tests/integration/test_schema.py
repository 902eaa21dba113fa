"""The migrations and the models describe one schema, and every migration can be taken back.

Compared by pg_dump, because Alembic's own comparison misses CHECKs, index predicates and triggers.
"""

import difflib
import itertools
import re
import subprocess
from collections.abc import Iterator

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import create_engine

from app.core.db import Base
from app.core.queue import LEANER
from app.demo.databases import Addresses
from app.demo.postgres import binaries
from tests.database import ROOT, Cluster, downgrade, migrate

ENTRY = re.compile(r"^-- Name: (?P<name>.*); Type: (?P<type>.*); Schema: .*$", re.MULTILINE)


@pytest.fixture
def blank(cluster: Cluster) -> Iterator[Addresses]:
    name = cluster.new_name()
    yield cluster.empty(name)
    cluster.drop(name)


@pytest.fixture
def modelled(cluster: Cluster) -> Iterator[Addresses]:
    """A database made from the models, with the queue's tables from the queue's own SQL, made leaner."""
    name = cluster.new_name()
    addresses = cluster.empty(name)
    engine = create_engine(addresses.owner.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.connection.driver_connection.execute(SchemaManager.get_schema())
        for command in LEANER:
            connection.exec_driver_sql(command)
    engine.dispose()
    yield addresses
    cluster.drop(name)


def dump(addresses: Addresses) -> list[str]:
    """Return the schema as sorted lines, in which the order of columns and of objects makes no difference."""
    command = [
        binaries() / "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--exclude-table=alembic_version",
    ]
    text = subprocess.run([*command, addresses.owner], check=True, capture_output=True, text=True).stdout
    starts = [match.start() for match in ENTRY.finditer(text)] + [len(text)]
    entries = [text[start:stop] for start, stop in itertools.pairwise(starts)]
    return sorted(line for entry in entries for line in _lines(entry))


def _lines(entry: str) -> list[str]:
    header, _, body = entry.partition("\n")
    match = ENTRY.match(header)
    assert match
    label = f"{match['type']} {match['name']}"
    lines = [
        line.strip().removesuffix(",")
        for line in body.splitlines()
        if line.strip() and not line.startswith(("--", "\\", "SET "))
    ]
    # A function's or view's lines mean something in their order; a table's columns do not.
    return (
        [f"{label}: {line}" for line in lines]
        if match["type"] == "TABLE"
        else [f"{label}: {' '.join(lines)}"]
    )


def difference(left: list[str], right: list[str]) -> str:
    return "\n".join(
        line for line in difflib.unified_diff(left, right, lineterm="", n=0) if not line.startswith("@@")
    )


def test_the_migrations_build_what_the_models_say(blank: Addresses, modelled: Addresses) -> None:
    migrate(blank)

    assert difference(dump(blank), dump(modelled)) == ""


def test_every_migration_can_be_taken_back_and_made_again(blank: Addresses) -> None:
    before = dump(blank)
    migrate(blank)
    built = dump(blank)

    downgrade(blank, "base")
    assert difference(before, dump(blank)) == ""

    migrate(blank)
    assert difference(built, dump(blank)) == ""


def test_the_revisions_form_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_a_dump_sees_a_check_a_predicate_and_a_trigger(blank: Addresses, modelled: Addresses) -> None:
    """The comparison itself can fail: each of these is invisible to Alembic's own."""
    engine = create_engine(modelled.owner.replace("postgresql://", "postgresql+psycopg://"))
    whole = dump(modelled)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE business_clock DROP CONSTRAINT ck_business_clock_one_row")
        connection.exec_driver_sql("DROP TRIGGER audit_rows_append_only ON audit_rows")
        connection.exec_driver_sql("DROP INDEX uq_memberships_live")
        connection.exec_driver_sql("CREATE UNIQUE INDEX uq_memberships_live ON memberships (user_id, role)")
    engine.dispose()

    changed = difference(whole, dump(modelled))

    for name in ("ck_business_clock_one_row", "audit_rows_append_only", "uq_memberships_live"):
        assert name in changed
