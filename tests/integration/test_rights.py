"""The app's database role can do what the code does, and no more: tried as that role."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Table

from app import rights
from app.core.db import APPEND_ONLY_TABLES, Base
from app.demo import databases
from app.demo.databases import Addresses
from tests.database import ROOT, Cluster

TABLES = sorted(Base.metadata.tables)


@pytest.fixture
def app_role(database: Addresses) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app, autocommit=True) as connection:
        yield connection


@pytest.fixture
def owner(database: Addresses) -> Iterator[psycopg.Connection]:
    """The owner's connection; what it does is rolled back."""
    with psycopg.connect(database.owner) as connection:
        yield connection
        connection.rollback()


def refused(connection: psycopg.Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("table", sorted(set(TABLES) - rights.REMOVED))
def test_rows_that_the_code_keeps_cannot_be_deleted(app_role: psycopg.Connection, table: str) -> None:
    refused(app_role, f"DELETE FROM {table}")


def test_whatever_the_code_deletes_may_be_deleted() -> None:
    tables = {mapper.class_.__name__: mapper.local_table.name for mapper in Base.registry.mappers}
    deleted = {
        tables[name]
        for path in (ROOT / "app").rglob("*.py")
        for name in re.findall(r"\bdelete\((\w+)\)", path.read_text(encoding="utf-8"))
        if name in tables
    }
    assert "import_rows" in deleted
    assert deleted <= rights.REMOVED


def test_what_money_and_people_stand_on_is_among_the_rows_kept() -> None:
    kept = set(TABLES) - rights.REMOVED
    assert kept >= {
        *("ledger_transfers", "ledger_accounts", "audit_rows", "audit_heads", "redemptions", "allocations"),
        *("quotes", "vouchers", "agreements", "approval_requests", "users", "memberships", "policy_versions"),
    }


@pytest.mark.parametrize("table", [*TABLES, "procrastinate_jobs", "alembic_version"])
def test_nothing_can_be_emptied_at_once(app_role: psycopg.Connection, table: str) -> None:
    refused(app_role, f"TRUNCATE {table} CASCADE")


def holds_money(table: Table) -> bool:
    """Tell whether a table's rows say what somebody has, owes or decided: those with a sum, those that refer
    to the ledger, and those of which not every column may change."""
    sums = (column.name.endswith("_fen") for column in table.columns)
    accounts = (key.column.table.name.startswith("ledger_") for key in table.foreign_keys)
    return table.name in {*rights.COLUMNS, "approval_requests"} or any((*sums, *accounts))


def test_not_even_the_owner_empties_what_money_stands_on(owner: psycopg.Connection) -> None:
    kept = {
        name
        for name, table in Base.metadata.tables.items()
        if name not in rights.REMOVED and holds_money(table)
    }
    forbidden = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgtype & 32 <> 0 AND tgenabled = 'O'"
    assert kept >= {"payment_batches", "bank_payments", "vouchers", "allocations", "ledger_accounts"}
    assert kept <= {table for (table,) in owner.execute(forbidden)}
    for table in ("payment_batches", "bank_payments", "settlement_payments", "vouchers"):
        with pytest.raises(psycopg.errors.IntegrityError, match="never changed or removed"):
            owner.execute(f"TRUNCATE {table} CASCADE")
        owner.rollback()


@pytest.mark.parametrize("table", sorted(APPEND_ONLY_TABLES))
def test_append_only_rows_cannot_be_changed_by_the_app_nor_by_the_owner(
    app_role: psycopg.Connection, owner: psycopg.Connection, table: str
) -> None:
    (column,) = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_identity = 'NO'"
        " LIMIT 1",
        [table],
    ).fetchone() or ("",)
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
        refused(app_role, statement)
        with pytest.raises(psycopg.errors.IntegrityError, match="never changed or removed"):
            owner.execute(statement)
        owner.rollback()


def test_an_account_keeps_its_owner_kind_and_district(app_role: psycopg.Connection) -> None:
    for column in ("owner", "kind", "guarded", "district_id"):
        refused(app_role, f"UPDATE ledger_accounts SET {column} = {column}")
    app_role.execute("UPDATE ledger_accounts SET debits_posted = debits_posted")


def test_migrations_are_not_the_apps_to_write_down(app_role: psycopg.Connection) -> None:
    assert app_role.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
    refused(app_role, "UPDATE alembic_version SET version_num = version_num")


def test_a_grant_takes_away_what_an_earlier_one_gave(owner: psycopg.Connection) -> None:
    role = sql.Identifier(databases.APP)
    owner.execute("CREATE TABLE things ()")
    owner.execute(sql.SQL("GRANT ALL ON users, things TO {}").format(role))
    rights.grant(owner, databases.APP)
    query = (
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = %s AND table_name IN ('users', 'things') ORDER BY 2"
    )
    assert owner.execute(query, [databases.APP]).fetchall() == [
        ("users", "INSERT"),
        ("users", "SELECT"),
        ("users", "UPDATE"),
    ]


def test_a_table_made_later_is_closed_until_the_next_grant(cluster: Cluster) -> None:
    name = cluster.new_name()
    addresses = cluster.clone(name)
    try:
        with psycopg.connect(addresses.owner, autocommit=True) as owner:
            owner.execute("CREATE TABLE things ()")
        with psycopg.connect(addresses.app, autocommit=True) as app_role:
            refused(app_role, "SELECT FROM things")
    finally:
        cluster.drop(name)
