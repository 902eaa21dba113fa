"""Vouchers of several households are merged: whose they are, and each one's consent.

Revision ID: 0069
Revises: 0068
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0069"
down_revision: str | None = "0068"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNERS_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_move_owners_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    consent text[] := ARRAY['consented_at', 'consented_by_id', 'consent_visit_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.consented_at IS NULL AND to_jsonb(OLD) - consent = to_jsonb(NEW) - consent
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_move_owners_frozen: whose is merged, and who consented, is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
OWNERS_TRIGGER = (
    "CREATE TRIGGER voucher_move_owners_frozen BEFORE UPDATE OR DELETE ON voucher_move_owners "
    "FOR EACH ROW EXECUTE FUNCTION voucher_move_owners_frozen()"
)
CONSENTS_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_move_consented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('ready', 'prepared', 'approved')
        AND (EXISTS (SELECT FROM voucher_move_owners WHERE move_id = NEW.id AND consented_at IS NULL)
             OR EXISTS (SELECT FROM voucher_move_parts WHERE move_id = NEW.id AND NOT is_taken))
    THEN
        RAISE EXCEPTION USING
            MESSAGE = 'voucher_move_consented: an owner of what is merged has not consented',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
""".strip()
CONSENTS_TRIGGER = (
    "CREATE TRIGGER voucher_move_consented BEFORE UPDATE OF state ON voucher_moves "
    "FOR EACH ROW EXECUTE FUNCTION voucher_move_consented()"
)
INDEX = "uq_voucher_move_parts_open"
GUARD = "voucher_move_parts_not_stopped"


def upgrade() -> None:
    op.create_table(
        "voucher_move_owners",
        sa.Column("move_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("household_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("kin", sa.String(), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_by_id", sa.BigInteger(), nullable=True),
        sa.Column("consent_visit_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("place BETWEEN 1 AND 5", name=op.f("ck_voucher_move_owners_place")),
        sa.CheckConstraint(
            "consented_at IS NOT NULL OR num_nonnulls(consented_by_id, consent_visit_id) = 0",
            name=op.f("ck_voucher_move_owners_consented"),
        ),
        sa.ForeignKeyConstraint(["consent_visit_id"], ["counter_visits.id"]),
        sa.ForeignKeyConstraint(["consented_by_id"], ["users.id"]),
        sa.ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        sa.ForeignKeyConstraint(
            ["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"]),
        sa.PrimaryKeyConstraint("move_id", "household_id"),
        sa.UniqueConstraint("move_id", "place"),
    )
    op.create_index("ix_voucher_move_owners_household_id", "voucher_move_owners", ["household_id"])
    for statement in (OWNERS_FUNCTION, OWNERS_TRIGGER, CONSENTS_FUNCTION, CONSENTS_TRIGGER):
        op.execute(statement)
    op.add_column(
        "voucher_move_parts",
        sa.Column("is_taken", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    _guard("INSERT OR UPDATE OF is_taken")
    op.drop_index(INDEX, "voucher_move_parts")
    op.create_index(
        INDEX,
        "voucher_move_parts",
        ["voucher_id"],
        unique=True,
        postgresql_where="dropped_at IS NULL AND is_taken",
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER voucher_move_consented ON voucher_moves")
    op.execute("DROP FUNCTION voucher_move_consented()")
    op.drop_index(INDEX, "voucher_move_parts")
    _guard("INSERT")
    op.drop_column("voucher_move_parts", "is_taken")
    op.create_index(
        INDEX, "voucher_move_parts", ["voucher_id"], unique=True, postgresql_where="dropped_at IS NULL"
    )
    op.drop_table("voucher_move_owners")
    op.execute("DROP FUNCTION voucher_move_owners_frozen()")


def _guard(acts: str) -> None:
    op.execute(f"DROP TRIGGER {GUARD} ON voucher_move_parts")
    op.execute(
        f"CREATE TRIGGER {GUARD} BEFORE {acts} ON voucher_move_parts "
        "FOR EACH ROW EXECUTE FUNCTION voucher_move_not_stopped()"
    )
