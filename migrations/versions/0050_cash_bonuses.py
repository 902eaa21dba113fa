"""Bonus that is paid in cash after a purchase.

Revision ID: 0050
Revises: 0045
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0050"
down_revision: str | None = "0045"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Keep what households are owed for purchases that are written off."""
    op.create_table(
        "cash_bonuses",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payee_name", sa.String(), nullable=True),
        sa.Column("bank", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("prepared_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("back_transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("fen > 0", name=op.f("ck_cash_bonuses_sum")),
        sa.CheckConstraint(
            "state IN ('owed', 'prepared', 'approved', 'paid', 'taken_back')",
            name=op.f("ck_cash_bonuses_state"),
        ),
        sa.CheckConstraint(
            "num_nulls(payee_name, bank, account, prepared_by_id) IN (0, 4)",
            name=op.f("ck_cash_bonuses_account"),
        ),
        sa.CheckConstraint(
            "state IN ('owed', 'taken_back') OR account IS NOT NULL",
            name=op.f("ck_cash_bonuses_payable"),
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'paid')) = (approved_by_id IS NOT NULL)",
            name=op.f("ck_cash_bonuses_approved"),
        ),
        sa.CheckConstraint("approved_by_id <> prepared_by_id", name=op.f("ck_cash_bonuses_second_person")),
        sa.CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name=op.f("ck_cash_bonuses_paid")),
        sa.CheckConstraint(
            "(state = 'taken_back') = (back_transfer_id IS NOT NULL)", name=op.f("ck_cash_bonuses_taken_back")
        ),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f("fk_cash_bonuses_allocation_id")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["users.id"], name=op.f("fk_cash_bonuses_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_cash_bonuses_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "back_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_cash_bonuses_district_id_back_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_cash_bonuses_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by_id"], ["users.id"], name=op.f("fk_cash_bonuses_prepared_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_bonuses")),
        sa.UniqueConstraint("allocation_id", name=op.f("uq_cash_bonuses_allocation_id")),
        sa.UniqueConstraint("back_transfer_id", name=op.f("uq_cash_bonuses_back_transfer_id")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_cash_bonuses_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_cash_bonuses_ref")),
    )
    op.create_index(op.f("ix_cash_bonuses_household_id"), "cash_bonuses", ["household_id"])
    op.create_index("ix_cash_bonuses_state", "cash_bonuses", ["district_id", "state", "id"])


def downgrade() -> None:
    """Forget what was owed; the ledger keeps what moved."""
    op.drop_table("cash_bonuses")
