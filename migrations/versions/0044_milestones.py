"""Handovers and certificates, on which a part of a developer's money waits.

Revision ID: 0044
Revises: 0040
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0040"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the table of what developers report of homes that were bought."""
    op.create_table(
        "settlement_milestones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("reported_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint("kind IN ('handover', 'certificate')", name=op.f("ck_settlement_milestones_kind")),
        sa.CheckConstraint(
            "state IN ('reported', 'confirmed', 'objected')", name=op.f("ck_settlement_milestones_state")
        ),
        sa.CheckConstraint(
            "(kind = 'certificate') = (number IS NOT NULL)", name=op.f("ck_settlement_milestones_number")
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (answered_at IS NULL)", name=op.f("ck_settlement_milestones_answered")
        ),
        sa.CheckConstraint(
            "(state = 'objected') = (reason IS NOT NULL)", name=op.f("ck_settlement_milestones_reason")
        ),
        sa.CheckConstraint(
            "answered_by_id <> reported_by_id", name=op.f("ck_settlement_milestones_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_settlement_milestones_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_settlement_milestones_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["users.id"], name=op.f("fk_settlement_milestones_reported_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_settlement_milestones_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["counter_visits.id"], name=op.f("fk_settlement_milestones_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_milestones")),
        sa.UniqueConstraint("ref", name=op.f("uq_settlement_milestones_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_settlement_milestones_district_id_id")),
    )
    op.create_index(
        "uq_settlement_milestones_standing",
        "settlement_milestones",
        ["redemption_id", "kind"],
        unique=True,
        postgresql_where="state <> 'objected'",
    )
    op.create_index("ix_settlement_milestones_list", "settlement_milestones", ["district_id", "state", "id"])
    op.create_index(
        op.f("ix_settlement_milestones_redemption_id"), "settlement_milestones", ["redemption_id"]
    )
    op.create_index(op.f("ix_settlement_milestones_visit_id"), "settlement_milestones", ["visit_id"])


def downgrade() -> None:
    """Drop it: nobody is paid by these days any more."""
    op.drop_table("settlement_milestones")
