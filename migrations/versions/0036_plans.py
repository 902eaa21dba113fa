"""Plans: several homes for one voucher, and the links by which a family reads them.

Revision ID: 0036
Revises: 0037
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make both tables; nothing existing is touched."""
    op.create_table(
        "buying_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("ref", "name", "note")),
        sa.Column("voucher_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("share_token", sa.String(), nullable=True),
        sa.Column("shared_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shares_sums", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buying_plans")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_buying_plans_district_id")),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", f"{one}_id"],
                [f"{one}s.district_id", f"{one}s.id"],
                name=op.f(f"fk_buying_plans_district_id_{one}_id"),
            )
            for one in ("household", "voucher")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_buying_plans_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_buying_plans_ref")),
        sa.UniqueConstraint("share_token", name=op.f("uq_buying_plans_share_token")),
        sa.CheckConstraint(
            "(share_token IS NULL) = (shared_until IS NULL)", name=op.f("ck_buying_plans_share")
        ),
        sa.CheckConstraint(
            "NOT shares_sums OR share_token IS NOT NULL", name=op.f("ck_buying_plans_shared_sums")
        ),
    )
    op.create_index(op.f("ix_buying_plans_household_id"), "buying_plans", ["household_id"])
    op.create_table(
        "planned_homes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("district_id", "plan_id", "home_id")),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("seen_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_homes")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_planned_homes_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "plan_id"],
            ["buying_plans.district_id", "buying_plans.id"],
            name=op.f("fk_planned_homes_district_id_plan_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_planned_homes_home_id")),
        sa.UniqueConstraint("plan_id", "home_id", name=op.f("uq_planned_homes_plan_id_home_id")),
        sa.CheckConstraint("place > 0", name=op.f("ck_planned_homes_place")),
        sa.CheckConstraint("seen_fen > 0", name=op.f("ck_planned_homes_seen")),
    )
    op.create_index(op.f("ix_planned_homes_home_id"), "planned_homes", ["home_id"])


def downgrade() -> None:
    """Forget the plans; they hold nothing."""
    op.drop_table("planned_homes")
    op.drop_table("buying_plans")
