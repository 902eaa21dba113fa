"""New passwords without help, staff's mail, lost second factors at the counter, sheets in batches

Revision ID: 0013
Revises: 0012
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("sheet_batches", "factor_clearings")
PURPOSES = "purpose IN ('sign_in', 'claim', 'act', 'reset', 'change', 'mail')"
EARLIER_PURPOSES = "purpose IN ('sign_in', 'claim', 'act')"


def upgrade() -> None:
    op.create_table(
        "user_mails",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_mails_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_mails")),
    )
    _widen_phone_codes()
    # What the demo sent so far stands there in plain words; only the app could seal it.
    op.execute("DELETE FROM outbox_messages")
    _rename_outbox_text("text", "sealed_text")
    _create_sheet_batches()
    _create_factor_clearings()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def _widen_phone_codes() -> None:
    op.add_column("phone_codes", sa.Column("way", sa.String(), server_default="sms", nullable=False))
    op.alter_column("phone_codes", "way", server_default=None)
    op.create_check_constraint(op.f("ck_phone_codes_way"), "phone_codes", "way IN ('sms', 'mail')")
    op.drop_constraint(op.f("ck_phone_codes_purpose"), "phone_codes", type_="check")
    op.create_check_constraint(op.f("ck_phone_codes_purpose"), "phone_codes", PURPOSES)


def _rename_outbox_text(old: str, new: str) -> None:
    op.alter_column("outbox_messages", old, new_column_name=new)
    # The name PostgreSQL gives to a NOT NULL does not follow its column.
    names = f"outbox_messages_{old}_not_null TO outbox_messages_{new}_not_null"
    op.execute(f"ALTER TABLE outbox_messages RENAME CONSTRAINT {names}")


def _create_sheet_batches() -> None:
    op.create_table(
        "sheet_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id", "project_id"],
            ["projects.district_id", "projects.id"],
            name=op.f("fk_sheet_batches_district_id_project_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_sheet_batches_district_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_sheet_batches_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_batches")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_sheet_batches_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_sheet_batches_ref")),
    )
    op.create_index(op.f("ix_sheet_batches_project_id"), "sheet_batches", ["project_id"], unique=False)
    op.add_column("claim_codes", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_claim_codes_batch_id"), "claim_codes", ["batch_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_claim_codes_district_id_batch_id"),
        "claim_codes",
        "sheet_batches",
        ["district_id", "batch_id"],
        ["district_id", "id"],
    )


def _create_factor_clearings() -> None:
    op.create_table(
        "factor_clearings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("cleared_by_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("cleared_by_id <> user_id", name=op.f("ck_factor_clearings_second_person")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_factor_clearings_reason")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_factor_clearings_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_factor_clearings_district_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_factor_clearings_user_id")),
        sa.ForeignKeyConstraint(
            ["cleared_by_id"], ["users.id"], name=op.f("fk_factor_clearings_cleared_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_clearings")),
        sa.UniqueConstraint("ref", name=op.f("uq_factor_clearings_ref")),
    )
    op.create_index(
        op.f("ix_factor_clearings_household_id"), "factor_clearings", ["household_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("factor_clearings")
    op.drop_column("claim_codes", "batch_id")
    op.drop_table("sheet_batches")
    op.execute("DELETE FROM outbox_messages")
    _rename_outbox_text("sealed_text", "text")
    op.execute("DELETE FROM phone_codes")
    op.drop_constraint(op.f("ck_phone_codes_purpose"), "phone_codes", type_="check")
    op.create_check_constraint(op.f("ck_phone_codes_purpose"), "phone_codes", EARLIER_PURPOSES)
    op.drop_column("phone_codes", "way")
    op.drop_table("user_mails")
