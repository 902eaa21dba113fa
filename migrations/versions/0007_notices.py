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
        "counters",
        sa.Column("district_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_counters_district_id")),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_counters")),
    )
    op.create_table(
        "phone_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("sends", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('sign_in', 'claim', 'act')", name=op.f("ck_phone_codes_purpose")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_phone_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phone_codes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_phone_codes_token_hash")),
    )
    op.create_index("ix_phone_codes_made_at", "phone_codes", ["made_at"], unique=False)
    op.create_table(
        "user_phones",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_phones_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_phones")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_user_phones_phone_index")),
    )
    op.create_table(
        "household_persons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("id_index", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("mail", sa.String(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "relation IN ('holder', 'spouse', 'parent', 'child', 'other')",
            name=op.f("ck_household_persons_relation"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_household_persons_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_household_persons_district_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_household_persons_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_persons")),
        sa.UniqueConstraint(
            "household_id", "id_index", name=op.f("uq_household_persons_household_id_id_index")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_household_persons_ref")),
        sa.UniqueConstraint("user_id", name=op.f("uq_household_persons_user_id")),
    )
    op.create_index(
        op.f("ix_household_persons_household_id"), "household_persons", ["household_id"], unique=False
    )
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
    op.create_index(
        "ix_notices_mailed",
        "notices",
        ["written_at"],
        unique=False,
        postgresql_where="state = 'arrived' AND way = 'mail' AND must_see AND read_at IS NULL",
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
    op.create_table(
        "claim_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("code_index", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof_hash", sa.LargeBinary(), nullable=True),
        sa.Column("proof_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(used_at IS NULL) = (user_id IS NULL)", name=op.f("ck_claim_codes_used")),
        sa.CheckConstraint(
            "num_nonnulls(proof_hash, proof_ends_at, person_id) IN (0, 3)", name=op.f("ck_claim_codes_proof")
        ),
        sa.CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_claim_codes_one_end")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_claim_codes_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_claim_codes_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_claim_codes_district_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_claim_codes_made_by_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["household_persons.id"], name=op.f("fk_claim_codes_person_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_claim_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_codes")),
        sa.UniqueConstraint("proof_hash", name=op.f("uq_claim_codes_proof_hash")),
    )
    op.create_index(op.f("ix_claim_codes_household_id"), "claim_codes", ["household_id"], unique=False)
    op.create_index(
        "uq_claim_codes_open",
        "claim_codes",
        ["voucher_id"],
        unique=True,
        postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
    )
    op.create_table(
        "counter_visits",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("clerk_id", sa.BigInteger(), nullable=True),
        sa.Column("sign_in_id", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["clerk_id"], ["users.id"], name=op.f("fk_counter_visits_clerk_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_counter_visits_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_counter_visits_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["household_persons.id"], name=op.f("fk_counter_visits_person_id")
        ),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_ins.id"], name=op.f("fk_counter_visits_sign_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_visits")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_counter_visits_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_counter_visits_ref")),
    )
    op.create_index(op.f("ix_counter_visits_household_id"), "counter_visits", ["household_id"], unique=False)
    op.create_index(
        "uq_counter_visits_open",
        "counter_visits",
        ["sign_in_id"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.add_column("redemption_moves", sa.Column("visit_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_redemption_moves_visit_id"), "redemption_moves", ["visit_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_redemption_moves_visit_id"), "redemption_moves", "counter_visits", ["visit_id"], ["id"]
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_redemption_moves_visit_id"), "redemption_moves", type_="foreignkey")
    op.drop_index(op.f("ix_redemption_moves_visit_id"), table_name="redemption_moves")
    op.drop_column("redemption_moves", "visit_id")
    op.drop_index("uq_counter_visits_open", table_name="counter_visits", postgresql_where="ended_at IS NULL")
    op.drop_index(op.f("ix_counter_visits_household_id"), table_name="counter_visits")
    op.drop_table("counter_visits")
    op.drop_index(
        "uq_claim_codes_open",
        table_name="claim_codes",
        postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
    )
    op.drop_index(op.f("ix_claim_codes_household_id"), table_name="claim_codes")
    op.drop_table("claim_codes")
    op.drop_index(op.f("ix_notice_attempts_notice_id"), table_name="notice_attempts")
    op.drop_table("notice_attempts")
    op.drop_index("ix_notices_user", table_name="notices")
    op.drop_index("ix_notices_unread_user", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_unread_organisation", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_unread_household", table_name="notices", postgresql_where="read_at IS NULL")
    op.drop_index("ix_notices_sent", table_name="notices", postgresql_where="state = 'sent'")
    op.drop_index("ix_notices_organisation", table_name="notices")
    op.drop_index(
        "ix_notices_mailed",
        table_name="notices",
        postgresql_where="state = 'arrived' AND way = 'mail' AND must_see AND read_at IS NULL",
    )
    op.drop_index("ix_notices_letters", table_name="notices", postgresql_where="state = 'to_print'")
    op.drop_index("ix_notices_household", table_name="notices")
    op.drop_index("ix_notices_due", table_name="notices", postgresql_where="state = 'due'")
    op.drop_table("notices")
    op.drop_index(op.f("ix_household_persons_household_id"), table_name="household_persons")
    op.drop_table("household_persons")
    op.drop_table("user_phones")
    op.drop_index("ix_phone_codes_made_at", table_name="phone_codes")
    op.drop_table("phone_codes")
    op.drop_table("counters")
    op.drop_index(op.f("ix_outbox_messages_address"), table_name="outbox_messages")
    op.drop_table("outbox_messages")
