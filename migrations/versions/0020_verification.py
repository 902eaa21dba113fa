"""Who looks at which purchase, and what a checker approves together.

Revision ID: 0020
Revises: 0019
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create the leases of the desk, and the batches of the second person."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_leases()
    _create_batches()
    _create_cases()


def _create_leases() -> None:
    op.create_table(
        "case_leases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("turn", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.CheckConstraint("turn IN ('first', 'second')", name=op.f("ck_case_leases_turn")),
        sa.CheckConstraint("outcome IN ('verified', 'refused', 'left')", name=op.f("ck_case_leases_outcome")),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_case_leases_ended")),
        sa.CheckConstraint("until > began_at AND ended_at >= began_at", name=op.f("ck_case_leases_order")),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_case_leases_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_case_leases_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_leases")),
    )
    op.create_index("ix_case_leases_redemption_id", "case_leases", ["redemption_id"])
    op.create_index("ix_case_leases_ended", "case_leases", ["district_id", "ended_at"])
    op.create_index(
        "uq_case_leases_open",
        "case_leases",
        ["redemption_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_batches() -> None:
    op.create_table(
        "check_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("case_count", sa.BigInteger(), nullable=False),
        sa.Column("sample_count", sa.BigInteger(), nullable=False),
        sa.Column("looked_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'done', 'failed', 'dropped')", name=op.f("ck_check_batches_state")
        ),
        sa.CheckConstraint(
            "case_count > 0 AND sample_count BETWEEN 1 AND case_count "
            "AND looked_count BETWEEN 0 AND sample_count",
            name=op.f("ck_check_batches_counts"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'done') OR looked_count = sample_count",
            name=op.f("ck_check_batches_sample"),
        ),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_check_batches_decided")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_check_batches_district_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_check_batches_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_batches")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_check_batches_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_check_batches_ref")),
    )


def _create_cases() -> None:
    op.create_table(
        "check_batch_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("blanks", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint("opened_at IS NULL OR sampled", name=op.f("ck_check_batch_cases_opened")),
        sa.CheckConstraint(
            "looked_at IS NULL OR opened_at IS NOT NULL", name=op.f("ck_check_batch_cases_looked")
        ),
        sa.CheckConstraint(
            "outcome IN ('redeemed', 'left_out', 'returned')", name=op.f("ck_check_batch_cases_outcome")
        ),
        sa.CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'left_out') = (reason IS NOT NULL)",
            name=op.f("ck_check_batch_cases_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["check_batches.district_id", "check_batches.id"],
            name=op.f("fk_check_batch_cases_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_check_batch_cases_district_id_redemption_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_batch_cases")),
        sa.UniqueConstraint("batch_id", "place", name=op.f("uq_check_batch_cases_batch_id_place")),
        sa.UniqueConstraint(
            "batch_id", "redemption_id", name=op.f("uq_check_batch_cases_batch_id_redemption_id")
        ),
    )
    op.create_index("ix_check_batch_cases_redemption_id", "check_batch_cases", ["redemption_id"])
    op.create_index(
        "uq_check_batch_cases_open",
        "check_batch_cases",
        ["redemption_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    """Drop both; what was decided stays decided."""
    op.drop_table("check_batch_cases")
    op.drop_table("check_batches")
    op.drop_table("case_leases")
