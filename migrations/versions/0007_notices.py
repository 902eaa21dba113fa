"""Notices, claim codes and helpers

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

APPEND_ONLY = ("notice_attempts",)


def upgrade() -> None:
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_messages_key")),
    )
    op.create_index(op.f("ix_outbox_messages_address"), "outbox_messages", ["address"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("about_type", sa.String(), nullable=False),
        sa.Column("about_ref", sa.String(), nullable=True),
        sa.Column("must_see", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_by_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gateway_id", sa.String(), nullable=True),
        sa.CheckConstraint("(state = 'due') = (due_at IS NOT NULL)", name=op.f("ck_notices_due")),
        sa.CheckConstraint("(state = 'inbox') = (way IS NULL)", name=op.f("ck_notices_way_out")),
        sa.CheckConstraint(
            "NOT (must_see AND household_id IS NOT NULL AND state = 'failed')",
            name=op.f("ck_notices_never_lost"),
        ),
        sa.CheckConstraint(
            "state IN ('inbox', 'due', 'sent', 'arrived', 'to_print', 'printed', 'failed')",
            name=op.f("ck_notices_state"),
        ),
        sa.CheckConstraint("way IS NULL OR way IN ('sms', 'mail', 'print')", name=op.f("ck_notices_way")),
        sa.CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name=op.f("ck_notices_read")),
        sa.CheckConstraint(
            "household_id IS NULL OR district_id IS NOT NULL", name=op.f("ck_notices_household_district")
        ),
        sa.CheckConstraint(
            "num_nonnulls(user_id, household_id, organisation_id) = 1", name=op.f("ck_notices_one_recipient")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_notices_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_notices_district_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_notices_organisation_id")
        ),
        sa.ForeignKeyConstraint(["read_by_id"], ["users.id"], name=op.f("fk_notices_read_by_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("once", name=op.f("uq_notices_once")),
        sa.UniqueConstraint("ref", name=op.f("uq_notices_ref")),
    )
    op.create_index("ix_notices_due", "notices", ["due_at"], unique=False, postgresql_where="state = 'due'")
    op.create_index("ix_notices_household", "notices", ["household_id", "id"], unique=False)
    op.create_index(
        "ix_notices_letters",
        "notices",
        ["district_id", "id"],
        unique=False,
        postgresql_where="state = 'to_print'",
    )
    op.create_index("ix_notices_organisation", "notices", ["organisation_id", "id"], unique=False)
    op.create_index(
        "ix_notices_sent", "notices", ["sent_at"], unique=False, postgresql_where="state = 'sent'"
    )
    op.create_index(
        "ix_notices_unread_household",
        "notices",
        ["household_id"],
        unique=False,
        postgresql_where="read_at IS NULL",
    )
    op.create_index(
        "ix_notices_unread_organisation",
        "notices",
        ["organisation_id"],
        unique=False,
        postgresql_where="read_at IS NULL",
    )
    op.create_index(
        "ix_notices_unread_user", "notices", ["user_id"], unique=False, postgresql_where="read_at IS NULL"
    )
    op.create_index("ix_notices_user", "notices", ["user_id", "id"], unique=False)
    op.create_table(
        "notice_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('sms', 'mail', 'print')", name=op.f("ck_notice_attempts_way")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_notice_attempts_notice_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notice_attempts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_attempts")),
    )
    op.create_index(op.f("ix_notice_attempts_notice_id"), "notice_attempts", ["notice_id"], unique=False)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_notice_attempts_notice_id"), table_name="notice_attempts")
    op.drop_table("notice_attempts")
    op.drop_index("ix_notices_user", table_name="notices")
    op.drop_index("ix_notices_unread_user", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_unread_organisation", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_unread_household", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_sent", table_name="notices", postgresql_where="state = 'sent'")
    op.drop_index("ix_notices_organisation", table_name="notices")
    op.drop_index("ix_notices_letters", table_name="notices", postgresql_where="state = 'to_print'")
    op.drop_index("ix_notices_household", table_name="notices")
    op.drop_index("ix_notices_due", table_name="notices", postgresql_where="state = 'due'")
    op.drop_table("notices")
    op.drop_index(op.f("ix_outbox_messages_address"), table_name="outbox_messages")
    op.drop_table("outbox_messages")
