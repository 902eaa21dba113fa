"""Where the homes of the search index stand.

Revision ID: 0031
Revises: 0028
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0031"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

DOCUMENTS = ("search_documents_blue", "search_documents_green")
FACETS = "status, district_code, development_ref, developer, rooms, floor, stage, kind, voucher_fen, area_hundredths"


def upgrade() -> None:
    """Documents get the new columns empty, until the index is built anew; counts by them need no rows."""
    for table in DOCUMENTS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN lat INTEGER, ADD COLUMN lon INTEGER")
        op.execute(f"DROP INDEX ix_{table}_facets")
        op.execute(f"CREATE INDEX ix_{table}_facets ON {table} ({FACETS}, lat, lon)")


def downgrade() -> None:
    """Drop both; nothing in them is not elsewhere."""
    for table in DOCUMENTS:
        op.execute(f"DROP INDEX ix_{table}_facets")
        op.execute(f"CREATE INDEX ix_{table}_facets ON {table} ({FACETS})")
        op.execute(f"ALTER TABLE {table} DROP COLUMN lat, DROP COLUMN lon")
