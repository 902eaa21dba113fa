"""A purchase may change after its contract, and be undone.

Revision ID: 0043
Revises: 0046
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0043"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OPEN = "state IN ('asked', 'answered', 'prepared')"
REVERSING = "kind IN ('withdraw', 'cancel', 'reject')"
USERS = ("asked_by_id", "answered_by_id", "prepared_by_id", "ended_by_id")
CONDITIONS = {
    "kind": "kind IN ('contract', 'area', 'price', 'withdraw', 'cancel', 'reject')",
    "state": "state IN ('asked', 'answered', 'prepared', 'done', 'refused', 'withdrawn', 'lapsed')",
    "from_state": "from_state IN ('contracted', 'checked', 'redeemed')",
    "price": f"({REVERSING}) = (price_fen IS NULL)",
    "figures": "price_fen > 0 AND area_m2 > 0",
    "area": "(kind IN ('contract', 'area')) = (area_m2 IS NOT NULL)",
    "entry": "(kind = 'contract') = (entry_id IS NOT NULL)",
    "reason": "reason <> ''",
    "answer": "num_nulls(agrees, answered_by_id, answered_at) IN (0, 3)",
    "prepared_whole": "num_nulls(prepared_by_id, prepared_at, shown) IN (0, 3)",
    "prepared": "state NOT IN ('prepared', 'done') OR prepared_at IS NOT NULL",
    "ended": f"({OPEN}) = (ended_at IS NULL)",
    "second_person": "state <> 'done' OR ended_by_id <> prepared_by_id",
}


def upgrade() -> None:
    """Make changes with their parts, and count beside each sum what went back of it."""
    _widen("redemptions", ["adjusted_fen", "own_adjusted_fen"])
    _widen("allocations", ["back_fen", "bonus_back_fen"])
    _widen("top_ups", ["adjusted_fen"])
    _check(
        "redemptions",
        "state",
        "state IN ('locked', 'contracted', 'checked', 'redeemed', 'reversed', 'cancelled', 'refused', "
        "'expired')",
    )
    _check(
        "redemptions",
        "contract_entered",
        "state NOT IN ('contracted', 'checked', 'redeemed', 'reversed') OR contract_number IS NOT NULL",
    )
    op.create_check_constraint(
        op.f("ck_redemptions_adjusted"),
        "redemptions",
        "price_fen + adjusted_fen > 0 AND top_up_fen + own_adjusted_fen >= 0",
    )
    op.create_check_constraint(
        op.f("ck_allocations_back"),
        "allocations",
        "back_fen BETWEEN 0 AND spent_fen AND bonus_back_fen BETWEEN 0 AND bonus_fen",
    )
    _check("top_ups", "amount", "amount_fen > 0 AND amount_fen + adjusted_fen >= 0")
    _make_changes()
    _make_parts()
    _let_endings_be_several()


def _make_changes() -> None:
    table = "purchase_changes"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=True),
        sa.Column("area_m2", sa.Numeric(8, 2), nullable=True),
        sa.Column("entry_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prepared_by_id", sa.BigInteger(), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("shown", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f(f"fk_{table}_district_id")),
        *(sa.ForeignKeyConstraint([one], ["users.id"], name=op.f(f"fk_{table}_{one}")) for one in USERS),
        _within(table, "redemption_id", "redemptions"),
        _within(table, "entry_id", "contract_entries"),
        sa.UniqueConstraint("ref", name=op.f(f"uq_{table}_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f(f"uq_{table}_district_id_id")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in CONDITIONS.items()),
    )
    op.create_index(op.f(f"ix_{table}_redemption_id"), table, ["redemption_id"])
    op.create_index(f"ix_{table}_state", table, ["district_id", "state", "id"])
    op.create_index(f"uq_{table}_open", table, ["redemption_id"], unique=True, postgresql_where=sa.text(OPEN))
    op.create_index(
        f"uq_{table}_reversed",
        table,
        ["redemption_id"],
        unique=True,
        postgresql_where=sa.text(f"state = 'done' AND {REVERSING}"),
    )


def _make_parts() -> None:
    table = "change_parts"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("change_id", sa.BigInteger(), nullable=False),
        sa.Column("allocation_id", sa.BigInteger(), nullable=False),
        sa.Column("back_fen", sa.BigInteger(), nullable=False),
        sa.Column("bonus_back_fen", sa.BigInteger(), nullable=False),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("bonus_transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _within(table, "change_id", "purchase_changes"),
        _within(table, "transfer_id", "ledger_transfers"),
        _within(table, "bonus_transfer_id", "ledger_transfers"),
        sa.ForeignKeyConstraint(
            ["allocation_id"], ["allocations.id"], name=op.f(f"fk_{table}_allocation_id")
        ),
        sa.UniqueConstraint("change_id", "allocation_id", name=op.f(f"uq_{table}_change_id_allocation_id")),
        sa.UniqueConstraint("transfer_id", name=op.f(f"uq_{table}_transfer_id")),
        sa.UniqueConstraint("bonus_transfer_id", name=op.f(f"uq_{table}_bonus_transfer_id")),
        sa.CheckConstraint(
            "back_fen >= 0 AND bonus_back_fen >= 0 AND back_fen + bonus_back_fen > 0",
            name=op.f(f"ck_{table}_sums"),
        ),
        sa.CheckConstraint("(back_fen > 0) = (transfer_id IS NOT NULL)", name=op.f(f"ck_{table}_transfer")),
        sa.CheckConstraint(
            "(bonus_back_fen > 0) = (bonus_transfer_id IS NOT NULL)", name=op.f(f"ck_{table}_bonus")
        ),
    )
    op.create_index(op.f(f"ix_{table}_change_id"), table, ["change_id"])
    op.create_index(op.f(f"ix_{table}_allocation_id"), table, ["allocation_id"])
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )


def _let_endings_be_several() -> None:
    """Let money that came back to a voucher that had ended leave it by an ending of its own."""
    _check("voucher_endings", "kind", "kind IN ('payout', 'lapse', 'give_up', 'back')")
    op.drop_index("uq_voucher_endings_live", "voucher_endings")
    op.create_index(
        "uq_voucher_endings_live",
        "voucher_endings",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('refused', 'withdrawn') AND kind <> 'back'"),
    )
    op.create_index(
        "uq_voucher_endings_back",
        "voucher_endings",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'back' AND state NOT IN ('paid', 'closed')"),
    )


def downgrade() -> None:
    """Drop the changes; nothing may have changed or been undone by then."""
    op.drop_index("uq_voucher_endings_back", "voucher_endings")
    op.drop_index("uq_voucher_endings_live", "voucher_endings")
    op.create_index(
        "uq_voucher_endings_live",
        "voucher_endings",
        ["voucher_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('refused', 'withdrawn')"),
    )
    _check("voucher_endings", "kind", "kind IN ('payout', 'lapse', 'give_up')")
    op.drop_table("change_parts")
    op.drop_table("purchase_changes")
    _check("top_ups", "amount", "amount_fen > 0")
    op.drop_constraint(op.f("ck_allocations_back"), "allocations", type_="check")
    op.drop_constraint(op.f("ck_redemptions_adjusted"), "redemptions", type_="check")
    _check(
        "redemptions",
        "contract_entered",
        "state NOT IN ('contracted', 'checked', 'redeemed') OR contract_number IS NOT NULL",
    )
    _check(
        "redemptions",
        "state",
        "state IN ('locked', 'contracted', 'checked', 'redeemed', 'cancelled', 'refused', 'expired')",
    )
    op.drop_column("top_ups", "adjusted_fen")
    for column in ("bonus_back_fen", "back_fen"):
        op.drop_column("allocations", column)
    for column in ("own_adjusted_fen", "adjusted_fen"):
        op.drop_column("redemptions", column)


def _widen(table: str, columns: Sequence[str]) -> None:
    for column in columns:
        op.add_column(table, sa.Column(column, sa.BigInteger(), server_default=sa.text("0"), nullable=False))


def _within(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """Return a foreign key that stays within a district."""
    return sa.ForeignKeyConstraint(
        ["district_id", column],
        [f"{target}.district_id", f"{target}.id"],
        name=op.f(f"fk_{table}_district_id_{column}"),
    )


def _check(table: str, name: str, condition: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, condition)
