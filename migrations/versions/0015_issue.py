"""Rosters and batches of vouchers

Revision ID: 0015
Revises: 0013
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0015"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("batch_openings",)


def upgrade() -> None:
    op.add_column("projects", sa.Column("roster_locked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("projects", sa.Column("roster_note", sa.String(), nullable=True))
    # Projects that issue vouchers already do so from a roster that nobody changes any more.
    op.execute(
        "UPDATE projects SET roster_locked_at = now() WHERE EXISTS (SELECT FROM vouchers v "
        "JOIN households h ON h.id = v.household_id WHERE h.project_id = projects.id)"
    )
    op.add_column("households", sa.Column("elects", sa.String(), server_default="voucher", nullable=False))
    op.add_column("households", sa.Column("dispute", sa.String(), nullable=True))
    op.create_check_constraint("elects", "households", "elects IN ('voucher', 'cash')")
    op.create_check_constraint("dispute", "households", "dispute <> ''")
    _batches()
    _paper()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def _batches() -> None:
    op.create_table(
        "voucher_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_version_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("largest_fen", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'approved', 'issued', 'returned')", name=op.f("ck_voucher_batches_state")
        ),
        sa.CheckConstraint(
            "count > 0 AND largest_fen > 0 AND sum_fen >= largest_fen",
            name=op.f("ck_voucher_batches_figures"),
        ),
        sa.CheckConstraint("told BETWEEN 0 AND count", name=op.f("ck_voucher_batches_told")),
        sa.CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL)", name=op.f("ck_voucher_batches_issued")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "project_id"],
            ["projects.district_id", "projects.id"],
            name=op.f("fk_voucher_batches_district_id_project_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_voucher_batches_district_id_policy_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_voucher_batches_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_batches")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_batches_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_voucher_batches_ref")),
    )
    op.create_index(op.f("ix_voucher_batches_project_id"), "voucher_batches", ["project_id"])
    op.create_table(
        "batch_households",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["voucher_batches.district_id", "voucher_batches.id"],
            name=op.f("fk_batch_households_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_batch_households_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_batch_households_district_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "household_id", name=op.f("pk_batch_households")),
    )
    op.create_index(
        "uq_batch_households_live",
        "batch_households",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("vouchers", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_vouchers_district_id_batch_id"),
        "vouchers",
        "voucher_batches",
        ["district_id", "batch_id"],
        ["district_id", "id"],
    )
    op.create_index(op.f("ix_vouchers_batch_id"), "vouchers", ["batch_id"])
    op.create_table(
        "batch_openings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "batch_id"],
            ["voucher_batches.district_id", "voucher_batches.id"],
            name=op.f("fk_batch_openings_district_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_batch_openings_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_batch_openings_district_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_batch_openings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_openings")),
        sa.UniqueConstraint("voucher_id", "user_id", name=op.f("uq_batch_openings_voucher_id_user_id")),
    )
    op.create_index(op.f("ix_batch_openings_batch_id"), "batch_openings", ["batch_id"])


def _paper() -> None:
    op.create_table(
        "voucher_sheets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("run_ref", sa.String(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("spoiled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('misprint', 'damaged', 'lost', 'corrected')", name=op.f("ck_voucher_sheets_reason")
        ),
        sa.CheckConstraint("(spoiled_at IS NULL) = (reason IS NULL)", name=op.f("ck_voucher_sheets_spoiled")),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_voucher_sheets_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "replaces_id"],
            ["voucher_sheets.district_id", "voucher_sheets.id"],
            name=op.f("fk_voucher_sheets_district_id_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_voucher_sheets_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["printed_by_id"], ["users.id"], name=op.f("fk_voucher_sheets_printed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_sheets")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_sheets_district_id_id")),
        sa.UniqueConstraint("district_id", "serial", name=op.f("uq_voucher_sheets_district_id_serial")),
        sa.UniqueConstraint("mark", name=op.f("uq_voucher_sheets_mark")),
    )
    op.create_index(op.f("ix_voucher_sheets_voucher_id"), "voucher_sheets", ["voucher_id"])
    op.create_index(op.f("ix_voucher_sheets_run_ref"), "voucher_sheets", ["run_ref"])
    op.create_index(
        "uq_voucher_sheets_live",
        "voucher_sheets",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("spoiled_at IS NULL"),
    )
    op.create_table(
        "clear_sheets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("run_ref", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_clear_sheets_version")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_clear_sheets_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_clear_sheets_district_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_clear_sheets_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clear_sheets")),
        sa.UniqueConstraint("household_id", "version", name=op.f("uq_clear_sheets_household_id_version")),
        sa.UniqueConstraint("mark", name=op.f("uq_clear_sheets_mark")),
    )
    op.create_index(op.f("ix_clear_sheets_run_ref"), "clear_sheets", ["run_ref"])
    op.create_index(
        "uq_clear_sheets_live",
        "clear_sheets",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("clear_sheets")
    op.drop_table("voucher_sheets")
    op.drop_table("batch_openings")
    op.drop_index(op.f("ix_vouchers_batch_id"), table_name="vouchers")
    op.drop_constraint(op.f("fk_vouchers_district_id_batch_id"), "vouchers", type_="foreignkey")
    op.drop_column("vouchers", "batch_id")
    op.drop_table("batch_households")
    op.drop_table("voucher_batches")
    op.drop_constraint("dispute", "households", type_="check")
    op.drop_constraint("elects", "households", type_="check")
    op.drop_column("households", "dispute")
    op.drop_column("households", "elects")
    op.drop_column("projects", "roster_note")
    op.drop_column("projects", "roster_locked_at")
