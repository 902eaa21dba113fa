"""First schema.

Locks: the session gives up after 5 s (env.py). On a table with rows, add constraints as NOT VALID and validate them
in the next migration; build indexes concurrently, in a migration of their own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


ONLY_ENDED_FUNCTION = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL AND NEW.effective_to IS NOT NULL
        AND to_jsonb(NEW) - 'effective_to' = to_jsonb(OLD) - 'effective_to' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

ONLY_ENDED_TRIGGER = """
CREATE TRIGGER price_versions_only_end BEFORE UPDATE OR DELETE ON price_versions
FOR EACH ROW EXECUTE FUNCTION price_versions_only_end()
"""

FORBID_CHANGE = """
CREATE OR REPLACE FUNCTION anju_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

APPEND_ONLY = (
    "audit_rows",
    "ledger_transfers",
    "policy_versions",
    "quotes",
    "read_notes",
    "redemption_moves",
    "signal_moves",
)


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("last_mac", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("own_mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("chain >= 0 AND chain < 64", name=op.f("ck_audit_heads_chain_range")),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
    op.create_table(
        "audit_rows",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_type", sa.String(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_rows")),
    )
    op.create_index(op.f("ix_audit_rows_action"), "audit_rows", ["action"], unique=False)
    op.create_index(op.f("ix_audit_rows_district_id"), "audit_rows", ["district_id"], unique=False)
    op.create_table(
        "business_clock",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("business_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_business_clock_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "districts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("code", name=op.f("uq_districts_code")),
        sa.UniqueConstraint("name", name=op.f("uq_districts_name")),
    )
    op.create_table(
        "handled_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_handled_requests")),
    )
    op.create_index(op.f("ix_handled_requests_at"), "handled_requests", ["at"], unique=False)
    op.create_table(
        "rate_counters",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_counters")),
    )
    op.create_index(op.f("ix_rate_counters_expires_at"), "rate_counters", ["expires_at"], unique=False)
    op.create_table(
        "read_notes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_notes")),
    )
    op.create_index(op.f("ix_read_notes_user_id"), "read_notes", ["user_id"], unique=False)
    op.create_table(
        "search_documents_blue",
        sa.Column("home_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("ref", sa.Text(collation="C"), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("pinyin_key", sa.Text(collation="C"), nullable=False),
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("district_code", sa.Text(collation="C"), nullable=False),
        sa.Column("development", sa.Text(collation="C"), nullable=False),
        sa.Column("development_ref", sa.Text(collation="C"), nullable=False),
        sa.Column("developer", sa.Text(collation="C"), nullable=False),
        sa.Column("filed_fen", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("voucher_fen", sa.BigInteger(), nullable=False),
        sa.Column("area_hundredths", sa.BigInteger(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("rooms", sa.SmallInteger(), nullable=False),
        sa.Column("floor", sa.Text(collation="C"), nullable=False),
        sa.Column("stage", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.Column("tie", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("floor IN ('low', 'middle', 'high')", name=op.f("ck_search_documents_blue_floor")),
        sa.CheckConstraint("kind IN ('home')", name=op.f("ck_search_documents_blue_kind")),
        sa.CheckConstraint("stage IN ('finished', 'presale')", name=op.f("ck_search_documents_blue_stage")),
        sa.CheckConstraint(
            "status IN ('available', 'locked', 'sold', 'out')", name=op.f("ck_search_documents_blue_status")
        ),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_search_documents_blue")),
    )
    op.create_index(
        "ix_search_documents_blue_area_hundredths",
        "search_documents_blue",
        ["status", "area_hundredths", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_blue_development", "search_documents_blue", ["development_ref"], unique=False
    )
    op.create_index(
        "ix_search_documents_blue_facets",
        "search_documents_blue",
        [
            "status",
            "district_code",
            "development_ref",
            "developer",
            "rooms",
            "floor",
            "stage",
            "kind",
            "voucher_fen",
            "area_hundredths",
        ],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_blue_listed_at",
        "search_documents_blue",
        ["status", "listed_at", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_blue_names",
        "search_documents_blue",
        ["names"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"names": "gin_trgm_ops"},
    )
    op.create_index("ix_search_documents_blue_tie", "search_documents_blue", ["status", "tie"], unique=False)
    op.create_index(
        "ix_search_documents_blue_tokens",
        "search_documents_blue",
        ["tokens"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_search_documents_blue_unit_fen",
        "search_documents_blue",
        ["status", "unit_fen", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_blue_voucher_fen",
        "search_documents_blue",
        ["status", "voucher_fen", "tie"],
        unique=False,
    )
    op.create_table(
        "search_documents_green",
        sa.Column("home_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("ref", sa.Text(collation="C"), nullable=False),
        sa.Column("tokens", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("names", sa.String(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("pinyin_key", sa.Text(collation="C"), nullable=False),
        sa.Column("district", sa.Text(collation="C"), nullable=False),
        sa.Column("district_code", sa.Text(collation="C"), nullable=False),
        sa.Column("development", sa.Text(collation="C"), nullable=False),
        sa.Column("development_ref", sa.Text(collation="C"), nullable=False),
        sa.Column("developer", sa.Text(collation="C"), nullable=False),
        sa.Column("filed_fen", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("voucher_fen", sa.BigInteger(), nullable=False),
        sa.Column("area_hundredths", sa.BigInteger(), nullable=False),
        sa.Column("unit_fen", sa.BigInteger(), nullable=False),
        sa.Column("rooms", sa.SmallInteger(), nullable=False),
        sa.Column("floor", sa.Text(collation="C"), nullable=False),
        sa.Column("stage", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(collation="C"), nullable=False),
        sa.Column("listed_at", sa.BigInteger(), nullable=False),
        sa.Column("tie", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "floor IN ('low', 'middle', 'high')", name=op.f("ck_search_documents_green_floor")
        ),
        sa.CheckConstraint("kind IN ('home')", name=op.f("ck_search_documents_green_kind")),
        sa.CheckConstraint("stage IN ('finished', 'presale')", name=op.f("ck_search_documents_green_stage")),
        sa.CheckConstraint(
            "status IN ('available', 'locked', 'sold', 'out')", name=op.f("ck_search_documents_green_status")
        ),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_search_documents_green")),
    )
    op.create_index(
        "ix_search_documents_green_area_hundredths",
        "search_documents_green",
        ["status", "area_hundredths", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_green_development", "search_documents_green", ["development_ref"], unique=False
    )
    op.create_index(
        "ix_search_documents_green_facets",
        "search_documents_green",
        [
            "status",
            "district_code",
            "development_ref",
            "developer",
            "rooms",
            "floor",
            "stage",
            "kind",
            "voucher_fen",
            "area_hundredths",
        ],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_green_listed_at",
        "search_documents_green",
        ["status", "listed_at", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_green_names",
        "search_documents_green",
        ["names"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"names": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_search_documents_green_tie", "search_documents_green", ["status", "tie"], unique=False
    )
    op.create_index(
        "ix_search_documents_green_tokens",
        "search_documents_green",
        ["tokens"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_search_documents_green_unit_fen",
        "search_documents_green",
        ["status", "unit_fen", "tie"],
        unique=False,
    )
    op.create_index(
        "ix_search_documents_green_voucher_fen",
        "search_documents_green",
        ["status", "voucher_fen", "tie"],
        unique=False,
    )
    op.create_table(
        "search_index",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("answering", sa.String(), nullable=False),
        sa.Column("building", sa.String(), nullable=True),
        sa.Column("build", sa.String(), nullable=True),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answering IN ('blue', 'green')", name=op.f("ck_search_index_answering")),
        sa.CheckConstraint(
            "building IN ('blue', 'green') AND building <> answering", name=op.f("ck_search_index_building")
        ),
        sa.CheckConstraint("(building IS NULL) = (build IS NULL)", name=op.f("ck_search_index_build")),
        sa.CheckConstraint("id = 1", name=op.f("ck_search_index_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_index")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    op.create_table(
        "approval_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(state = 'pending') = (decided_by_id IS NULL)", name=op.f("ck_approval_requests_decided")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'rejected')", name=op.f("ck_approval_requests_state")
        ),
        sa.CheckConstraint(
            "decided_by_id <> requested_by_id", name=op.f("ck_approval_requests_second_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_approval_requests_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_approval_requests_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["users.id"], name=op.f("fk_approval_requests_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_requests")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_approval_requests_district_id_id")),
    )
    op.create_index(
        "uq_approval_requests_pending",
        "approval_requests",
        ["kind", "subject_id"],
        unique=True,
        postgresql_where="state = 'pending'",
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("guarded", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("debits_posted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("debits_pending", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credits_posted", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credits_pending", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("guarded = (kind = 'voucher')", name=op.f("ck_ledger_accounts_guarded_kinds")),
        sa.CheckConstraint("guarded = (owner <> '')", name=op.f("ck_ledger_accounts_owner")),
        sa.CheckConstraint(
            "kind IN ('voucher', 'issue', 'bonus', 'developer_payable')", name=op.f("ck_ledger_accounts_kind")
        ),
        sa.CheckConstraint(
            "NOT guarded OR debits_posted + debits_pending <= credits_posted",
            name=op.f("ck_ledger_accounts_never_overdrawn"),
        ),
        sa.CheckConstraint(
            "debits_posted >= 0 AND debits_pending >= 0 AND credits_posted >= 0 AND credits_pending >= 0",
            name=op.f("ck_ledger_accounts_not_negative"),
        ),
        sa.CheckConstraint(
            "guarded OR (debits_posted = 0 AND debits_pending = 0 AND credits_posted = 0 AND credits_pending = 0)",
            name=op.f("ck_ledger_accounts_control_stores_nothing"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_ledger_accounts_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_ledger_accounts_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "kind", "owner", name=op.f("uq_ledger_accounts_district_id_kind_owner")
        ),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'developer') = (district_id IS NULL)",
            name=op.f("ck_organisations_developers_are_global"),
        ),
        sa.CheckConstraint(
            "kind IN ('authority', 'regulator', 'audit', 'platform', 'developer')",
            name=op.f("ck_organisations_kind"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_organisations_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name", name=op.f("uq_organisations_name")),
    )
    op.create_table(
        "policy_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_policy_versions_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint(
            "district_id", "code", "version", name=op.f("uq_policy_versions_district_id_code_version")
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_policy_versions_district_id_id")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_projects_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_projects_district_id_id")),
        sa.UniqueConstraint("district_id", "name", name=op.f("uq_projects_district_id_name")),
    )
    op.create_table(
        "developments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("presale_permit", sa.String(), nullable=True),
        sa.Column("delivery_on", sa.Date(), nullable=True),
        sa.Column("sales_phone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage IN ('finished', 'presale')", name=op.f("ck_developments_stage")),
        sa.CheckConstraint("(lat IS NULL) = (lon IS NULL)", name=op.f("ck_developments_point")),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_developments_developer_id")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_developments_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_developments")),
        sa.UniqueConstraint("developer_id", "name", name=op.f("uq_developments_developer_id_name")),
        sa.UniqueConstraint("ref", name=op.f("uq_developments_ref")),
    )
    op.create_index(op.f("ix_developments_developer_id"), "developments", ["developer_id"], unique=False)
    op.create_index(op.f("ix_developments_district_id"), "developments", ["district_id"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("old_address", sa.String(), nullable=False),
        sa.Column("old_area_m2", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.CheckConstraint("old_area_m2 > 0", name=op.f("ck_households_old_area")),
        sa.ForeignKeyConstraint(
            ["district_id", "project_id"],
            ["projects.district_id", "projects.id"],
            name=op.f("fk_households_district_id_project_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_households_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_households_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_households_ref")),
    )
    op.create_index(op.f("ix_households_project_id"), "households", ["project_id"], unique=False)
    op.create_table(
        "ledger_transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("debit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("pending_id", sa.BigInteger(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('post', 'void')) = (pending_id IS NOT NULL)",
            name=op.f("ck_ledger_transfers_ends_a_pending"),
        ),
        sa.CheckConstraint(
            "kind IN ('single', 'pending', 'post', 'void')", name=op.f("ck_ledger_transfers_kind")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_ledger_transfers_amount")),
        sa.CheckConstraint(
            "debit_account_id <> credit_account_id", name=op.f("ck_ledger_transfers_two_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "credit_account_id"],
            ["ledger_accounts.district_id", "ledger_accounts.id"],
            name=op.f("fk_ledger_transfers_district_id_credit_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "debit_account_id"],
            ["ledger_accounts.district_id", "ledger_accounts.id"],
            name=op.f("fk_ledger_transfers_district_id_debit_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["pending_id", "debit_account_id", "credit_account_id", "amount_fen"],
            [
                "ledger_transfers.id",
                "ledger_transfers.debit_account_id",
                "ledger_transfers.credit_account_id",
                "ledger_transfers.amount_fen",
            ],
            name="fk_ledger_transfers_ends_as_promised",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transfers")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_ledger_transfers_district_id_id")),
        sa.UniqueConstraint(
            "district_id", "idempotency_key", name=op.f("uq_ledger_transfers_district_id_idempotency_key")
        ),
        sa.UniqueConstraint(
            "id",
            "debit_account_id",
            "credit_account_id",
            "amount_fen",
            name=op.f("uq_ledger_transfers_id_debit_account_id_credit_account_id_amount_fen"),
        ),
    )
    op.create_index(
        "ix_ledger_transfers_credit", "ledger_transfers", ["credit_account_id", "id"], unique=False
    )
    op.create_index("ix_ledger_transfers_debit", "ledger_transfers", ["debit_account_id", "id"], unique=False)
    op.create_index(
        "uq_ledger_transfers_one_end",
        "ledger_transfers",
        ["pending_id"],
        unique=True,
        postgresql_where="pending_id IS NOT NULL",
    )
    op.create_table(
        "pool_memberships",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_pool_memberships_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_pool_memberships_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "developer_id", name=op.f("pk_pool_memberships")),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("compensation_fen", sa.BigInteger(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("compensation_fen > 0", name=op.f("ck_agreements_compensation")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_agreements_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_agreements_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_agreements_district_id_id")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_agreements_district_id_number")),
    )
    op.create_index(op.f("ix_agreements_household_id"), "agreements", ["household_id"], unique=False)
    op.create_table(
        "buildings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("storeys", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("storeys BETWEEN 1 AND 120", name=op.f("ck_buildings_storeys")),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_buildings_development_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buildings")),
        sa.UniqueConstraint("development_id", "id", name=op.f("uq_buildings_development_id_id")),
        sa.UniqueConstraint("development_id", "name", name=op.f("uq_buildings_development_id_name")),
    )
    op.create_index(op.f("ix_buildings_development_id"), "buildings", ["development_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=True),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(role = 'developer') = (district_id IS NULL)", name=op.f("ck_memberships_district_scope")
        ),
        sa.CheckConstraint(
            "(role = 'household') = (household_id IS NOT NULL)", name=op.f("ck_memberships_household_scope")
        ),
        sa.CheckConstraint(
            "(role = 'household') = (organisation_id IS NULL)", name=op.f("ck_memberships_staff_scope")
        ),
        sa.CheckConstraint(
            "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'administrator')",
            name=op.f("ck_memberships_role"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_memberships_district_id")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_memberships_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_memberships_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_index(
        "uq_memberships_live",
        "memberships",
        ["user_id", "role"],
        unique=True,
        postgresql_where="ended_at IS NULL",
    )
    op.create_table(
        "homes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("storey", sa.SmallInteger(), nullable=False),
        sa.Column("room", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rooms", sa.SmallInteger(), nullable=False),
        sa.Column("area_m2", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("doc_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('home')", name=op.f("ck_homes_kind")),
        sa.CheckConstraint("status IN ('free', 'locked', 'sold')", name=op.f("ck_homes_status")),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_homes_area")),
        sa.CheckConstraint("rooms BETWEEN 0 AND 20", name=op.f("ck_homes_rooms")),
        sa.ForeignKeyConstraint(
            ["development_id", "building_id"],
            ["buildings.development_id", "buildings.id"],
            name=op.f("fk_homes_development_id_building_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_homes")),
        sa.UniqueConstraint(
            "building_id", "unit", "storey", "room", name=op.f("uq_homes_building_id_unit_storey_room")
        ),
        sa.UniqueConstraint("ref", name=op.f("uq_homes_ref")),
    )
    op.create_index(op.f("ix_homes_development_id"), "homes", ["development_id"], unique=False)
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_sign_ins_membership_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("ref", name=op.f("uq_sign_ins_ref")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_ins_token_hash")),
    )
    op.create_index(op.f("ix_sign_ins_user_id"), "sign_ins", ["user_id"], unique=False)
    op.create_table(
        "vouchers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("policy_version_id", sa.BigInteger(), nullable=False),
        sa.Column("face_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'issued') = (account_id IS NOT NULL)", name=op.f("ck_vouchers_account")),
        sa.CheckConstraint("(state = 'issued') = (expires_at IS NOT NULL)", name=op.f("ck_vouchers_expires")),
        sa.CheckConstraint("(state = 'issued') = (issued_at IS NOT NULL)", name=op.f("ck_vouchers_issued")),
        sa.CheckConstraint("state IN ('submitted', 'rejected', 'issued')", name=op.f("ck_vouchers_state")),
        sa.CheckConstraint("face_fen > 0", name=op.f("ck_vouchers_face")),
        sa.ForeignKeyConstraint(
            ["district_id", "account_id"],
            ["ledger_accounts.district_id", "ledger_accounts.id"],
            name=op.f("fk_vouchers_district_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "agreement_id"],
            ["agreements.district_id", "agreements.id"],
            name=op.f("fk_vouchers_district_id_agreement_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_vouchers_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "policy_version_id"],
            ["policy_versions.district_id", "policy_versions.id"],
            name=op.f("fk_vouchers_district_id_policy_version_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_vouchers_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_vouchers_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_vouchers_ref")),
    )
    op.create_index(op.f("ix_vouchers_household_id"), "vouchers", ["household_id"], unique=False)
    op.create_index(
        "uq_vouchers_agreement",
        "vouchers",
        ["agreement_id"],
        unique=True,
        postgresql_where="state <> 'rejected'",
    )
    op.create_table(
        "pool_listings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("out_reason", sa.String(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'out') = (out_reason IS NOT NULL)", name=op.f("ck_pool_listings_out_reason")
        ),
        sa.CheckConstraint(
            "out_reason IN ('withdrawn', 'voucher_above_cash', 'voucher_above_filed')",
            name=op.f("ck_pool_listings_reason_kind"),
        ),
        sa.CheckConstraint("state IN ('listed', 'out')", name=op.f("ck_pool_listings_state")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_pool_listings_district_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_pool_listings_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_listings")),
        sa.UniqueConstraint("district_id", "home_id", name=op.f("uq_pool_listings_district_id_home_id")),
    )
    op.create_index(op.f("ix_pool_listings_home_id"), "pool_listings", ["home_id"], unique=False)
    op.create_table(
        "price_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("filing_number", sa.String(), nullable=True),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind = 'filed' OR filing_number IS NULL", name=op.f("ck_price_versions_filing")),
        sa.CheckConstraint("kind IN ('filed', 'cash', 'voucher')", name=op.f("ck_price_versions_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_price_versions_amount")),
        sa.CheckConstraint("effective_to >= effective_from", name=op.f("ck_price_versions_period")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_price_versions_author_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_price_versions_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_versions")),
    )
    op.create_index(
        "ix_price_versions_history", "price_versions", ["home_id", "kind", "effective_from"], unique=False
    )
    op.create_index(
        "uq_price_versions_current",
        "price_versions",
        ["home_id", "kind"],
        unique=True,
        postgresql_where="effective_to IS NULL",
    )
    op.create_table(
        "quotes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_quotes_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_quotes_district_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_quotes_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_quotes_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_quotes_ref")),
    )
    op.create_index(op.f("ix_quotes_household_id"), "quotes", ["household_id"], unique=False)
    op.create_table(
        "signals",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("natural_key", sa.String(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name=op.f("ck_signals_grade")),
        sa.CheckConstraint(
            "kind IN ('voucher_above_cash', 'voucher_above_filed')", name=op.f("ck_signals_kind")
        ),
        sa.CheckConstraint("state IN ('signal', 'dismissed', 'opened')", name=op.f("ck_signals_state")),
        sa.ForeignKeyConstraint(["developer_id"], ["organisations.id"], name=op.f("fk_signals_developer_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_signals_district_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_signals_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signals")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_signals_district_id_id")),
        sa.UniqueConstraint("district_id", "natural_key", name=op.f("uq_signals_district_id_natural_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_signals_ref")),
    )
    op.create_index(op.f("ix_signals_developer_id"), "signals", ["developer_id"], unique=False)
    op.create_index(op.f("ix_signals_home_id"), "signals", ["home_id"], unique=False)
    op.create_index("ix_signals_triage", "signals", ["district_id", "state", "opened_at"], unique=False)
    op.create_table(
        "redemptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("quote_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("top_up_fen", sa.BigInteger(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract_number", sa.String(), nullable=True),
        sa.Column("contract_signed_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('locked', 'contracted', 'checked')) = (ended_at IS NULL)",
            name=op.f("ck_redemptions_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('locked', 'contracted', 'checked', 'redeemed', 'cancelled', 'refused', 'expired')",
            name=op.f("ck_redemptions_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('contracted', 'checked', 'redeemed') OR contract_number IS NOT NULL",
            name=op.f("ck_redemptions_contract_entered"),
        ),
        sa.CheckConstraint(
            "(contract_number IS NULL) = (contract_signed_on IS NULL)", name=op.f("ck_redemptions_contract")
        ),
        sa.CheckConstraint(
            "price_fen > 0 AND top_up_fen >= 0 AND top_up_fen <= price_fen", name=op.f("ck_redemptions_sums")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_redemptions_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_redemptions_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "quote_id"],
            ["quotes.district_id", "quotes.id"],
            name=op.f("fk_redemptions_district_id_quote_id"),
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_redemptions_district_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_redemptions_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_redemptions_district_id_id")),
        sa.UniqueConstraint("quote_id", name=op.f("uq_redemptions_quote_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_redemptions_ref")),
    )
    op.create_index(
        "ix_redemptions_deadline",
        "redemptions",
        ["deadline_at"],
        unique=False,
        postgresql_where="state = 'locked'",
    )
    op.create_index(op.f("ix_redemptions_developer_id"), "redemptions", ["developer_id"], unique=False)
    op.create_index(op.f("ix_redemptions_home_id"), "redemptions", ["home_id"], unique=False)
    op.create_index(op.f("ix_redemptions_household_id"), "redemptions", ["household_id"], unique=False)
    op.create_index(
        "uq_redemptions_contract",
        "redemptions",
        ["district_id", "contract_number"],
        unique=True,
        postgresql_where="state IN ('contracted', 'checked', 'redeemed')",
    )
    op.create_index(
        "uq_redemptions_one_buyer",
        "redemptions",
        ["home_id"],
        unique=True,
        postgresql_where="state IN ('locked', 'contracted', 'checked', 'redeemed')",
    )
    op.create_table(
        "signal_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("signal_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "from_state IS NULL OR coalesce(reason, '') <> ''", name=op.f("ck_signal_moves_reason")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "signal_id"],
            ["signals.district_id", "signals.id"],
            name=op.f("fk_signal_moves_district_id_signal_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_signal_moves_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_moves")),
    )
    op.create_index(op.f("ix_signal_moves_signal_id"), "signal_moves", ["signal_id"], unique=False)
    op.create_index(
        "uq_signal_moves_decision",
        "signal_moves",
        ["signal_id"],
        unique=True,
        postgresql_where="from_state = 'signal'",
    )
    op.create_table(
        "allocations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("bonus_fen", sa.BigInteger(), nullable=False),
        sa.Column("bonus_bp", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("bonus_transfer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(bonus_fen > 0) = (bonus_transfer_id IS NOT NULL)", name=op.f("ck_allocations_bonus")
        ),
        sa.CheckConstraint("spent_fen > 0 AND bonus_fen >= 0", name=op.f("ck_allocations_sums")),
        sa.ForeignKeyConstraint(
            ["district_id", "bonus_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_allocations_district_id_bonus_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_allocations_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_allocations_district_id_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_allocations_district_id_voucher_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocations")),
        sa.UniqueConstraint(
            "redemption_id", "voucher_id", name=op.f("uq_allocations_redemption_id_voucher_id")
        ),
    )
    op.create_index(op.f("ix_allocations_redemption_id"), "allocations", ["redemption_id"], unique=False)
    op.create_index(op.f("ix_allocations_voucher_id"), "allocations", ["voucher_id"], unique=False)
    op.create_table(
        "redemption_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_redemption_moves_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_redemption_moves_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption_moves")),
    )
    op.create_index(
        op.f("ix_redemption_moves_redemption_id"), "redemption_moves", ["redemption_id"], unique=False
    )
    op.execute(FORBID_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )
    op.execute(ONLY_ENDED_FUNCTION)
    op.execute(ONLY_ENDED_TRIGGER)


def downgrade() -> None:
    op.drop_table("redemption_moves")
    op.drop_table("allocations")
    op.drop_table("signal_moves")
    op.drop_table("redemptions")
    op.drop_table("signals")
    op.drop_table("quotes")
    op.drop_table("price_versions")
    op.drop_table("pool_listings")
    op.drop_table("vouchers")
    op.drop_table("sign_ins")
    op.drop_table("homes")
    op.drop_table("memberships")
    op.drop_table("buildings")
    op.drop_table("agreements")
    op.drop_table("pool_memberships")
    op.drop_table("ledger_transfers")
    op.drop_table("households")
    op.drop_table("developments")
    op.drop_table("projects")
    op.drop_table("policy_versions")
    op.drop_table("organisations")
    op.drop_table("ledger_accounts")
    op.drop_table("approval_requests")
    op.drop_table("users")
    op.drop_table("search_index")
    op.drop_table("search_documents_green")
    op.drop_table("search_documents_blue")
    op.drop_table("read_notes")
    op.drop_table("rate_counters")
    op.drop_table("handled_requests")
    op.drop_table("districts")
    op.drop_table("business_clock")
    op.drop_table("audit_rows")
    op.drop_table("audit_heads")
    op.execute("DROP FUNCTION anju_forbid_change()")
    op.execute("DROP FUNCTION price_versions_only_end()")
