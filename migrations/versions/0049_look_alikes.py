"""Addresses are compared by more signs that look alike.

Revision ID: 0049
Revises: 0043
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.homes.keys import address_key

revision: str = "0049"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Write the keys of contracts on record anew where they differ: a key is what the code compares by."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, development_name, building_name, unit, room, match_key FROM cash_sales")
    )
    changed = [
        {"id": row.id, "key": key}
        for row in rows
        if row.match_key
        != (
            key := address_key(
                development=row.development_name, building=row.building_name, unit=row.unit, room=row.room
            )
        )
    ]
    if changed:
        connection.execute(sa.text("UPDATE cash_sales SET match_key = :key WHERE id = :id"), changed)


def downgrade() -> None:
    """Leave the keys: the next file that names a contract writes its key anew."""
