"""How a voucher ends: leftovers, lapse, extension.

Revision ID: 0023
Revises: 0022
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id'];
BEGIN
    -- What the authority decides where the policy is silent is frozen with the first promise.
    IF TG_OP = 'UPDATE' AND num_nonnulls(OLD.paid_transfer_id, OLD.returned_transfer_id,
                                         OLD.forfeited_transfer_id) = 0 THEN
        moving := moving || ARRAY['effect', 'paid_fen', 'returned_fen', 'forfeited_fen'];
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('paid', 'closed', 'refused', 'withdrawn')
        AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.paid_transfer_id IS NULL OR OLD.paid_transfer_id = NEW.paid_transfer_id)
        AND (OLD.returned_transfer_id IS NULL OR OLD.returned_transfer_id = NEW.returned_transfer_id)
        AND (OLD.forfeited_transfer_id IS NULL OR OLD.forfeited_transfer_id = NEW.forfeited_transfer_id)
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'account' = to_jsonb(NEW) - 'account'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_endings_frozen: what was shown of an ending is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_endings_frozen BEFORE UPDATE OR DELETE ON voucher_endings "
    "FOR EACH ROW EXECUTE FUNCTION voucher_endings_frozen()"
)
_KINDS = "'voucher', 'issue', 'bonus', 'developer_payable', 'top_up', 'supervised'"
_NEW_KINDS = "'household_payable', 'agreement', 'bank'"
_REASONS = "'misprint', 'damaged', 'lost', 'corrected'"


def upgrade() -> None:
    """Create endings and extensions, the accounts that leftovers go to, and a reason to void a sheet."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _let_accounts_be(f"{_KINDS}, {_NEW_KINDS}")
    _let_sheets_be_void_for(f"{_REASONS}, 'extended'")
    _create_endings()
    _create_extensions()


def _create_endings() -> None:
    op.create_table(
        "voucher_endings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("face_fen", sa.BigInteger(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("bonus_fen", sa.BigInteger(), nullable=False),
        sa.Column("leftover_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("returned_fen", sa.BigInteger(), nullable=False),
        sa.Column("forfeited_fen", sa.BigInteger(), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("paid_transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("returned_transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("forfeited_transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("payee_name", sa.String(), nullable=True),
        sa.Column("bank", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("bank_reference", sa.String(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(effect IS NULL) = (state = 'undecided')", name=op.f("ck_voucher_endings_decided")
        ),
        sa.CheckConstraint(
            "(state = 'paid') = (bank_reference IS NOT NULL)", name=op.f("ck_voucher_endings_paid")
        ),
        sa.CheckConstraint(
            "(state = 'refused') <= (reason IS NOT NULL)", name=op.f("ck_voucher_endings_refused")
        ),
        sa.CheckConstraint(
            "effect <> 'void' OR paid_fen = 0", name=op.f("ck_voucher_endings_void_pays_nothing")
        ),
        sa.CheckConstraint("effect IN ('cash', 'void', 'agreement')", name=op.f("ck_voucher_endings_effect")),
        sa.CheckConstraint("kind IN ('payout', 'lapse', 'give_up')", name=op.f("ck_voucher_endings_kind")),
        sa.CheckConstraint(
            "state IN ('asked', 'undecided', 'prepared', 'approved', 'paid', 'closed', 'refused', 'withdrawn')",
            name=op.f("ck_voucher_endings_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paid') OR effect = 'cash' AND paid_fen > 0 AND account IS NOT NULL",
            name=op.f("ck_voucher_endings_payable"),
        ),
        sa.CheckConstraint(
            "leftover_fen > 0 AND spent_fen >= 0 AND bonus_fen >= 0 AND face_fen = spent_fen + leftover_fen",
            name=op.f("ck_voucher_endings_face"),
        ),
        sa.CheckConstraint(
            "num_nulls(bank_reference, paid_on, paid_at) IN (0, 3)", name=op.f("ck_voucher_endings_payment")
        ),
        sa.CheckConstraint(
            "num_nulls(payee_name, bank, account) IN (0, 3)", name=op.f("ck_voucher_endings_account")
        ),
        sa.CheckConstraint(
            "paid_fen >= 0 AND returned_fen >= 0 AND forfeited_fen >= 0 AND (effect IS NULL OR paid_fen + returned_fen + forfeited_fen = leftover_fen)",
            name=op.f("ck_voucher_endings_parts"),
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_voucher_endings_asked_by_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "forfeited_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_voucher_endings_district_id_forfeited_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "paid_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_voucher_endings_district_id_paid_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "returned_transfer_id"],
            ["ledger_transfers.district_id", "ledger_transfers.id"],
            name=op.f("fk_voucher_endings_district_id_returned_transfer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_voucher_endings_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_voucher_endings_district_id")
        ),
        sa.ForeignKeyConstraint(["paid_by_id"], ["users.id"], name=op.f("fk_voucher_endings_paid_by_id")),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["counter_visits.id"], name=op.f("fk_voucher_endings_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_endings")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_endings_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_voucher_endings_ref")),
    )
    op.create_index(
        "ix_voucher_endings_state", "voucher_endings", ["district_id", "state", "id"], unique=False
    )
    op.create_index(op.f("ix_voucher_endings_visit_id"), "voucher_endings", ["visit_id"], unique=False)
    op.create_index(op.f("ix_voucher_endings_voucher_id"), "voucher_endings", ["voucher_id"], unique=False)
    op.create_index(
        "uq_voucher_endings_bank_reference", "voucher_endings", ["district_id", "bank_reference"], unique=True
    )
    op.create_index(
        "uq_voucher_endings_live",
        "voucher_endings",
        ["voucher_id"],
        unique=True,
        postgresql_where="state NOT IN ('refused', 'withdrawn')",
    )
    op.execute(_FROZEN_FUNCTION)
    op.execute(_FROZEN_TRIGGER)


def _create_extensions() -> None:
    op.create_table(
        "voucher_extensions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("months", sa.SmallInteger(), nullable=False),
        sa.Column("before_months", sa.SmallInteger(), nullable=False),
        sa.Column("most_months", sa.SmallInteger(), nullable=False),
        sa.Column("from_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason <> '' AND evidence <> ''", name=op.f("ck_voucher_extensions_reasons")),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'returned')", name=op.f("ck_voucher_extensions_state")
        ),
        sa.CheckConstraint(
            "months > 0 AND before_months >= 0 AND before_months + months <= most_months",
            name=op.f("ck_voucher_extensions_months"),
        ),
        sa.CheckConstraint("to_expires_at > from_expires_at", name=op.f("ck_voucher_extensions_longer")),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_voucher_extensions_district_id_voucher_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_voucher_extensions_district_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_extensions")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_extensions_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_voucher_extensions_ref")),
    )
    op.create_index(
        op.f("ix_voucher_extensions_voucher_id"), "voucher_extensions", ["voucher_id"], unique=False
    )
    op.create_index(
        "uq_voucher_extensions_step",
        "voucher_extensions",
        ["voucher_id", "before_months"],
        unique=True,
        postgresql_where="state <> 'returned'",
    )


def _let_accounts_be(kinds: str) -> None:
    """Say which kinds of accounts there are."""
    op.drop_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", type_="check")
    op.create_check_constraint(op.f("ck_ledger_accounts_kind"), "ledger_accounts", f"kind IN ({kinds})")


def _let_sheets_be_void_for(reasons: str) -> None:
    """Say why a sheet may be void."""
    op.drop_constraint(op.f("ck_voucher_sheets_reason"), "voucher_sheets", type_="check")
    op.create_check_constraint(op.f("ck_voucher_sheets_reason"), "voucher_sheets", f"reason IN ({reasons})")


def downgrade() -> None:
    """Forget how vouchers ended. Refused by the ledger's foreign keys once money went to the new accounts."""
    op.drop_table("voucher_extensions")
    op.drop_table("voucher_endings")
    op.execute("DROP FUNCTION voucher_endings_frozen()")
    op.execute("UPDATE voucher_sheets SET reason = 'corrected' WHERE reason = 'extended'")
    _let_sheets_be_void_for(_REASONS)
    op.execute("DELETE FROM ledger_accounts WHERE kind IN ('household_payable', 'agreement', 'bank')")
    _let_accounts_be(_KINDS)
