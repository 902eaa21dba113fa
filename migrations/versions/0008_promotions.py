"""Promotions, prices planned for a later moment, and batches of new prices

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ONLY_STOPPED = """
CREATE OR REPLACE FUNCTION promotions_only_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.stopped_at IS NULL
        OR (NEW.stopped_at, NEW.stop_reason, NEW.stopped_by_id)
            = (OLD.stopped_at, OLD.stop_reason, OLD.stopped_by_id)
    ) AND to_jsonb(NEW) - ARRAY['stopped_at', 'stop_reason', 'stopped_by_id', 'settled_at']
        = to_jsonb(OLD) - ARRAY['stopped_at', 'stop_reason', 'stopped_by_id', 'settled_at'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a promotion stops once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

ONLY_STOPPED_TRIGGER = (
    "CREATE TRIGGER promotions_only_stop BEFORE UPDATE OR DELETE ON promotions "
    "FOR EACH ROW EXECUTE FUNCTION promotions_only_stop()"
)


REASONS = "'withdrawn', 'developer_suspended', 'developer_left', 'voucher_above_cash', 'voucher_above_filed'"
RULES = "'voucher_above_cash', 'voucher_above_filed'"
NET = ", 'voucher_above_net'"


def upgrade() -> None:
    _create_batches()
    _create_promotions()
    _create_planned_prices()
    _allow("pool_listings", "reason_kind", f"out_reason IN ({REASONS}{NET})")
    _allow("signals", "kind", f"kind IN ({RULES}{NET})")
    op.execute(ONLY_STOPPED)
    op.execute(ONLY_STOPPED_TRIGGER)
    for table in ("promotion_homes", "price_batches"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def downgrade() -> None:
    # The nearest reason that the schema before knew.
    op.execute(
        "UPDATE pool_listings SET out_reason = 'voucher_above_cash' WHERE out_reason = 'voucher_above_net'"
    )
    op.execute("UPDATE signals SET kind = 'voucher_above_cash' WHERE kind = 'voucher_above_net'")
    _allow("pool_listings", "reason_kind", f"out_reason IN ({REASONS})")
    _allow("signals", "kind", f"kind IN ({RULES})")
    op.drop_column("price_versions", "batch_id")
    for table in ("promotion_homes", "planned_prices", "promotions", "price_batches"):
        op.drop_table(table)
    op.execute("DROP FUNCTION promotions_only_stop()")


def _allow(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _create_batches() -> None:
    op.create_table(
        "price_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recipe", postgresql.JSONB(), nullable=False),
        sa.Column("homes", sa.BigInteger(), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=False),
        sa.Column("after_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undoes_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('cash', 'voucher')", name=op.f("ck_price_batches_kind")),
        sa.CheckConstraint("homes > 0", name=op.f("ck_price_batches_homes")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_price_batches_author_id")),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_price_batches_development_id")
        ),
        sa.ForeignKeyConstraint(["undoes_id"], ["price_batches.id"], name=op.f("fk_price_batches_undoes_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_batches")),
        sa.UniqueConstraint("ref", name=op.f("uq_price_batches_ref")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_price_batches_undoes_id")),
    )
    op.create_index(
        op.f("ix_price_batches_development_id"), "price_batches", ["development_id"], unique=False
    )
    op.add_column("price_versions", sa.Column("batch_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_price_versions_batch_id"), "price_versions", ["batch_id"], unique=False)
    op.create_foreign_key(
        op.f("fk_price_versions_batch_id"), "price_versions", "price_batches", ["batch_id"], ["id"]
    )


def _create_promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("building_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("off_fen", sa.BigInteger(), nullable=False),
        sa.Column("rate_bp", sa.SmallInteger(), nullable=False),
        sa.Column("worth_fen", sa.BigInteger(), nullable=False),
        sa.Column("stackable", sa.Boolean(), nullable=False),
        sa.Column("open_to_vouchers", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("stopped_by_id", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(scope = 'building') = (building_id IS NOT NULL)", name=op.f("ck_promotions_building")
        ),
        sa.CheckConstraint(
            "(worth_fen > 0) = (kind IN ('parking', 'fit_out'))", name=op.f("ck_promotions_worth")
        ),
        sa.CheckConstraint(
            "kind IN ('full', 'mortgage', 'referral', 'special', 'parking', 'fit_out')",
            name=op.f("ck_promotions_kind"),
        ),
        sa.CheckConstraint("scope IN ('development', 'building', 'homes')", name=op.f("ck_promotions_scope")),
        sa.CheckConstraint(
            "(off_fen > 0)::int + (rate_bp > 0)::int + (worth_fen > 0)::int = 1",
            name=op.f("ck_promotions_one_figure"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_promotions_period")),
        sa.CheckConstraint(
            "num_nonnulls(stopped_at, stop_reason, stopped_by_id) IN (0, 3)",
            name=op.f("ck_promotions_stopped"),
        ),
        sa.CheckConstraint(
            "off_fen >= 0 AND rate_bp >= 0 AND worth_fen >= 0", name=op.f("ck_promotions_figures")
        ),
        sa.CheckConstraint("rate_bp <= 5000", name=op.f("ck_promotions_rate")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_promotions_author_id")),
        sa.ForeignKeyConstraint(
            ["development_id", "building_id"],
            ["buildings.development_id", "buildings.id"],
            name=op.f("fk_promotions_development_id_building_id"),
        ),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_promotions_development_id")
        ),
        sa.ForeignKeyConstraint(["stopped_by_id"], ["users.id"], name=op.f("fk_promotions_stopped_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotions")),
        sa.UniqueConstraint("ref", name=op.f("uq_promotions_ref")),
    )
    op.create_index("ix_promotions_development", "promotions", ["development_id", "ends_at"], unique=False)
    op.create_table(
        "promotion_homes",
        sa.Column("promotion_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_promotion_homes_home_id")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_promotion_homes_promotion_id")
        ),
        sa.PrimaryKeyConstraint("promotion_id", "home_id", name=op.f("pk_promotion_homes")),
    )
    op.create_index(op.f("ix_promotion_homes_home_id"), "promotion_homes", ["home_id"], unique=False)


def _create_planned_prices() -> None:
    op.create_table(
        "planned_prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", postgresql.JSONB(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_planned_prices_refusal")
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_planned_prices_decided")
        ),
        sa.CheckConstraint("kind IN ('cash', 'voucher')", name=op.f("ck_planned_prices_kind")),
        sa.CheckConstraint("state = 'refused' OR read_at IS NULL", name=op.f("ck_planned_prices_read")),
        sa.CheckConstraint(
            "state IN ('waiting', 'applied', 'refused', 'cancelled')", name=op.f("ck_planned_prices_state")
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_planned_prices_amount")),
        sa.CheckConstraint("effective_at > planned_at", name=op.f("ck_planned_prices_later")),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_planned_prices_author_id")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_planned_prices_home_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_prices")),
        sa.UniqueConstraint("ref", name=op.f("uq_planned_prices_ref")),
    )
    op.create_index(
        "ix_planned_prices_due",
        "planned_prices",
        ["effective_at"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index("ix_planned_prices_home_id", "planned_prices", ["home_id"], unique=False)
    op.create_index(
        "uq_planned_prices_one_a_moment",
        "planned_prices",
        ["home_id", "kind", "effective_at"],
        unique=True,
        postgresql_where="state = 'waiting'",
    )
