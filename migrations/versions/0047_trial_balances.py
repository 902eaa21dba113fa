"""Each closed day's trial balance is written down.

Revision ID: 0047
Revises: 0051
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.db import forbid_change_trigger

revision: str = "0047"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = "trial_balances"


def upgrade() -> None:
    """Make the table; the job closes the days there were so far."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("opening_fen", "debits_fen", "credits_fen", "closing_fen")
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "debits_fen >= 0 AND credits_fen >= 0", name=op.f("ck_trial_balances_not_negative")
        ),
        sa.CheckConstraint(
            "closing_fen = opening_fen + credits_fen - debits_fen", name=op.f("ck_trial_balances_adds_up")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_trial_balances_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_balances")),
        sa.UniqueConstraint(
            "district_id", "day", "kind", name=op.f("uq_trial_balances_district_id_day_kind")
        ),
    )
    op.execute(forbid_change_trigger(TABLE))


def downgrade() -> None:
    """Drop the table: every day can be worked out again."""
    op.drop_table(TABLE)
