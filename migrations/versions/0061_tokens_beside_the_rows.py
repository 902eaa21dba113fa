"""The tokens of search documents are kept beside the rows, as they are; a rebuild moves those that are there.

Revision ID: 0061
Revises: 0060
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0061"
down_revision: str | None = "0060"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _store("EXTERNAL")


def downgrade() -> None:
    _store("EXTENDED")


def _store(way: str) -> None:
    for side in ("blue", "green"):
        op.execute(f"ALTER TABLE search_documents_{side} ALTER COLUMN tokens SET STORAGE {way}")
