"""The names that homes are found by, and what the search documents hold of them.

Revision ID: 0027
Revises: 0026
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DOCUMENTS = ("search_documents_blue", "search_documents_green")
TABLE = (
    """
    CREATE TABLE search_names (
        kind TEXT COLLATE "C" NOT NULL,
        name TEXT COLLATE "C" NOT NULL,
        key TEXT COLLATE "C" NOT NULL,
        spelt VARCHAR NOT NULL,
        starts TEXT[] NOT NULL,
        homes BIGINT NOT NULL,
        CONSTRAINT pk_search_names PRIMARY KEY (kind, name),
        CONSTRAINT ck_search_names_kind CHECK (kind IN ('development', 'district', 'street', 'developer')),
        CONSTRAINT ck_search_names_homes CHECK (homes > 0)
    ) WITH (toast_tuple_target = 256)
    """,
    "CREATE INDEX ix_search_names_starts ON search_names USING gin (starts) WITH (fastupdate = false)",
    "CREATE INDEX ix_search_names_spelt ON search_names USING gin (spelt gin_trgm_ops) WITH (fastupdate = false)",
)


def upgrade() -> None:
    """Make the table; documents get the new columns empty, until the index is built anew."""
    for statement in TABLE:
        op.execute(statement)
    for table in DOCUMENTS:
        op.execute(
            f"""
            ALTER TABLE {table}
                ADD COLUMN initials_key TEXT COLLATE "C" NOT NULL DEFAULT '',
                ADD COLUMN street TEXT COLLATE "C" NOT NULL DEFAULT ''
            """
        )


def downgrade() -> None:
    """Drop both; nothing in them is not elsewhere."""
    for table in DOCUMENTS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN initials_key, DROP COLUMN street")
    op.execute("DROP TABLE search_names")
