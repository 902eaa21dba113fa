"""A district's books as often as wanted: every row that proofs read copied by set, under ids of its own.

A copy's id is the first one's with five digits appended, and so is everything that names a row in a text or
in JSON: appending keeps the order of ids within a copy, and needs no arithmetic inside texts.
"""

from typing import Any, Final

import psycopg
from psycopg import sql

MOST_COPIES: Final = 99_999
SHARED: Final = frozenset(
    {
        *("buildings", "counters", "developments", "districts", "memberships", "organisations"),
        *("policy_versions", "pool_memberships", "user_mails", "user_phones", "users"),
    }
)
"""Tables whose rows all copies have in common."""
UNREAD: Final = (
    "alembic",
    "audit_heads",
    "business_clock",
    "notice",
    "pool_",
    "price_",
    "procrastinate",
    "search",
)
"""How tables begin that no proof reads."""
_COMMON: Final = (
    "district",
    "user",
    "developer",
    "organisation",
    "development",
    "building",
    "policy_version",
)
"""What an id may be of that all copies have in common, where no foreign key says so."""
_NAMES: Final = frozenset(
    {"bank_ref", "bank_reference", "contract_number", "number", "owner", "ref", "serial"},
)
"""Texts that name a row, also where no index makes them unique."""
_KINDS: Final = frozenset({"code", "kind", "owner_kind", "sha256", "state"})
"""Texts that name none, also where a unique index has them."""

_TABLES: Final = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
_COLUMNS: Final = """
SELECT a.attname, format_type(a.atttypid, NULL),
       EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'f'
               AND a.attnum = ANY (c.conkey) AND c.confrelid::regclass::text = ANY (%(shared)s)),
       EXISTS (SELECT FROM pg_index i
               WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
FROM pg_attribute a
WHERE a.attrelid = %(table)s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum
"""


def multiply(connection: psycopg.Connection[Any], copies: int) -> None:
    """Add so many copies of what is there, as a superuser: triggers and foreign keys rest meanwhile.

    Control accounts stay the district's own: all copies move their money through them.
    """
    if not 0 < copies <= MOST_COPIES:
        raise ValueError(copies)
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        # The tests' server forgets on a crash; without this VACUUM would not call the rows visible to all.
        connection.execute("SET LOCAL synchronous_commit = on")
        for (table,) in connection.execute(_TABLES).fetchall():
            if table not in SHARED and not table.startswith(UNREAD):
                connection.execute(_copy(connection, table), {"copies": copies})
    connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection[Any], table: str) -> sql.Composed:
    columns = connection.execute(_COLUMNS, {"shared": sorted(SHARED), "table": table}).fetchall()
    own = "WHERE guarded" if table == "ledger_accounts" else ""
    return sql.SQL(
        "INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {table} AS first, "
        "(SELECT lpad(n::text, 5, '0') AS digits FROM generate_series(1, %(copies)s) n) AS copy {own}"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(sql.Identifier(name) for name, *_ in columns),
        values=sql.SQL(", ").join(_value(*column) for column in columns),
        own=sql.SQL(own),
    )


def _value(name: str, kind: str, is_shared: bool, is_unique: bool) -> sql.Composed:
    """Return what a copy has in a column."""
    column = sql.SQL("first.{}").format(sql.Identifier(name))
    if name in {"debit_account_id", "credit_account_id"}:
        control = sql.SQL("(SELECT id FROM ledger_accounts WHERE NOT guarded)")
        return sql.SQL(
            "CASE WHEN {column} IN {control} THEN {column} ELSE ({column}::text || digits)::bigint END"
        ).format(column=column, control=control)
    names_a_row = name in {"id", "seq"} or (name.endswith("_id") and not name.startswith(_COMMON))
    if kind == "bigint" and names_a_row and not is_shared:
        return sql.SQL("({}::text || digits)::bigint").format(column)
    if kind in {"text", "character varying"} and name not in _KINDS and (is_unique or name in _NAMES):
        return sql.SQL("{} || digits").format(column)
    if kind == "jsonb":
        pattern = rf'("(?!{"|".join(_COMMON)})[a-z_]*_id": )(\d+)'
        return sql.SQL("regexp_replace({}::text, {}, '\\1\\2' || digits, 'g')::jsonb").format(
            column, sql.Literal(pattern)
        )
    return sql.SQL("{}").format(column)
