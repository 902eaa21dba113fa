"""Find the homes of a development by their room, and those whose room is written in an odd way.

Revision ID: 0062
Revises: 0080
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0062"
down_revision: str | None = "0080"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Add the indexes; the one by development alone is the beginning of the first."""
    op.create_index("ix_homes_development_id_room", "homes", ["development_id", "room"])
    op.create_index(
        "ix_homes_odd_room", "homes", ["development_id"], postgresql_where=sa.text("room !~ '^[1-9][0-9]*$'")
    )
    op.drop_index("ix_homes_development_id", table_name="homes")


def downgrade() -> None:
    """Put the one by development back."""
    op.create_index("ix_homes_development_id", "homes", ["development_id"])
    op.drop_index("ix_homes_odd_room", table_name="homes")
    op.drop_index("ix_homes_development_id_room", table_name="homes")
