"""A longer term for many vouchers at once.

Revision ID: 0037
Revises: 0029
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the batches, and let an extension belong to one."""
    op.create_table(
        "extension_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("months", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("earliest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension_batches")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_extension_batches_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_extension_batches_project_id")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_extension_batches_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_extension_batches_district_id_id")),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'done', 'returned')", name=op.f("ck_extension_batches_state")
        ),
        sa.CheckConstraint("months > 0 AND count > 0", name=op.f("ck_extension_batches_something")),
        sa.CheckConstraint("earliest_at <= latest_at", name=op.f("ck_extension_batches_days")),
        sa.CheckConstraint("reason <> '' AND evidence <> ''", name=op.f("ck_extension_batches_reasons")),
        sa.CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL)", name=op.f("ck_extension_batches_done")
        ),
    )
    op.create_index("ix_extension_batches_list", "extension_batches", ["district_id", "id"])
    op.create_index(op.f("ix_extension_batches_project_id"), "extension_batches", ["project_id"])
    op.add_column("voucher_extensions", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.add_column("voucher_extensions", sa.Column("obstacle", sa.String(), nullable=True))
    op.create_index(op.f("ix_voucher_extensions_batch_id"), "voucher_extensions", ["batch_id"])
    op.create_foreign_key(
        op.f("fk_voucher_extensions_district_id_batch_id"),
        "voucher_extensions",
        "extension_batches",
        ["district_id", "batch_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_voucher_extensions_obstacle"),
        "voucher_extensions",
        "obstacle IS NULL OR (state = 'returned' AND batch_id IS NOT NULL)",
    )


def downgrade() -> None:
    """Drop the batches; every extension stays by itself."""
    op.drop_constraint(op.f("ck_voucher_extensions_obstacle"), "voucher_extensions", type_="check")
    op.drop_constraint(
        op.f("fk_voucher_extensions_district_id_batch_id"), "voucher_extensions", type_="foreignkey"
    )
    op.drop_index(op.f("ix_voucher_extensions_batch_id"), "voucher_extensions")
    op.drop_column("voucher_extensions", "obstacle")
    op.drop_column("voucher_extensions", "batch_id")
    op.drop_table("extension_batches")
