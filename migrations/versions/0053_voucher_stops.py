"""Vouchers are stopped: lost, suspended, frozen by a court, or their holder died.

Revision ID: 0053
Revises: 0039
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0053"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GUARDED = ("allocations", "voucher_endings", "voucher_move_parts")
_GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_not_stopped() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stopped boolean;
BEGIN
    -- Shared, so that who stops the voucher meanwhile waits for this promise, or this waits for the stop.
    SELECT is_stopped INTO stopped FROM vouchers WHERE id = NEW.voucher_id FOR SHARE;
    IF stopped THEN
        RAISE EXCEPTION USING
            MESSAGE = 'voucher_not_stopped: nothing is promised of a voucher that is stopped',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
""".strip()

_FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_stops_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['document', 'until_on', 'transfer_id', 'confirmed_at', 'wish', 'ended_at',
                           'ended_how', 'ended_why'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.transfer_id IS NULL OR OLD.transfer_id = NEW.transfer_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_stops_frozen: how a stop began and ended is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_stops_frozen BEFORE UPDATE OR DELETE ON voucher_stops "
    "FOR EACH ROW EXECUTE FUNCTION voucher_stops_frozen()"
)

_CHECKS = (
    ("kind", "kind IN ('loss', 'suspended', 'court', 'death')"),
    (
        "loss",
        (
            "(kind = 'loss') = (channel IS NOT NULL) AND channel IN ('page', 'phone', 'counter') AND "
            "coalesce(channel IN ('phone', 'counter'), false) = (caller IS NOT NULL)"
        ),
    ),
    (
        "court",
        (
            "num_nonnulls(court, document, decided_on, until_on) = "
            "CASE kind WHEN 'court' THEN 4 ELSE 0 END AND until_on >= decided_on"
        ),
    ),
    (
        "sum",
        ("(sum_fen IS NULL) = (transfer_id IS NULL) AND (sum_fen IS NULL OR kind = 'court' AND sum_fen > 0)"),
    ),
    ("confirm", "(kind = 'suspended') = (confirm_by IS NOT NULL)"),
    ("confirmed", "confirmed_at IS NULL OR kind IN ('suspended', 'court')"),
    ("death", "(kind = 'death') = (died_on IS NOT NULL)"),
    ("reason", "reason <> ''"),
    ("wish", "wish IS NULL OR wish IN ('confirm', 'lift', 'renew') AND ended_at IS NULL"),
    (
        "ended",
        ("(ended_at IS NULL) = (ended_how IS NULL) AND ended_how IN ('lifted', 'rejected', 'fell', 'over')"),
    ),
)


def upgrade() -> None:
    """Make stops, let vouchers say that one holds them, and guard what promises their money."""
    op.add_column(
        "vouchers", sa.Column("is_stopped", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(op.f("ck_vouchers_stopped"), "vouchers", "NOT is_stopped OR state = 'issued'")
    _create_stops()
    op.execute(_FROZEN_FUNCTION)
    op.execute(_FROZEN_TRIGGER)
    op.execute(_GUARD_FUNCTION)
    for table in _GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_not_stopped BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION voucher_not_stopped()"
        )


def _create_stops() -> None:
    op.create_table(
        "voucher_stops",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("caller", sa.String(), nullable=True),
        sa.Column("court", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("sum_fen", sa.BigInteger(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("died_on", sa.Date(), nullable=True),
        sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wish", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_how", sa.String(), nullable=True),
        sa.Column("ended_why", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_stops")),
        sa.UniqueConstraint("ref", name=op.f("uq_voucher_stops_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_stops_district_id_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_voucher_stops_district_id")),
        sa.ForeignKeyConstraint(["began_by_id"], ["users.id"], name=op.f("fk_voucher_stops_began_by_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_voucher_stops_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_voucher_stops_district_id_transfer_id"),
        ),
        *(sa.CheckConstraint(text, name=op.f(f"ck_voucher_stops_{name}")) for name, text in _CHECKS),
    )
    op.create_index(op.f("ix_voucher_stops_voucher_id"), "voucher_stops", ["voucher_id"])
    op.create_index(
        "uq_voucher_stops_live",
        "voucher_stops",
        ["voucher_id", "kind"],
        unique=True,
        postgresql_where="ended_at IS NULL AND kind <> 'court'",
    )
    op.create_index(
        "ix_voucher_stops_live", "voucher_stops", ["district_id", "id"], postgresql_where="ended_at IS NULL"
    )


def downgrade() -> None:
    """Drop the stops: what they held is free."""
    for table in _GUARDED:
        op.execute(f"DROP TRIGGER {table}_not_stopped ON {table}")
    op.execute("DROP FUNCTION voucher_not_stopped()")
    op.drop_table("voucher_stops")
    op.execute("DROP FUNCTION voucher_stops_frozen()")
    op.drop_constraint(op.f("ck_vouchers_stopped"), "vouchers", type_="check")
    op.drop_column("vouchers", "is_stopped")
