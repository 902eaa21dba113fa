"""Vouchers are transferred, split and merged.

Revision ID: 0041
Revises: 0049
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0041"
down_revision: str | None = "0049"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ISSUED = ("issued_at", "expires_at", "account_id")
_REASONS = "'misprint', 'damaged', 'lost', 'corrected', 'extended'"

_FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_moves_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'other_household_id', 'evidence', 'reason', 'consented_at',
                           'consented_by_id', 'consent_visit_id', 'ended_at'];
    sealed text[] := ARRAY['other_number', 'other_index'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - sealed = to_jsonb(NEW) - sealed
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_moves_frozen: what was shown of a move is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_moves_frozen BEFORE UPDATE OR DELETE ON voucher_moves "
    "FOR EACH ROW EXECUTE FUNCTION voucher_moves_frozen()"
)


def upgrade() -> None:
    """Make moves and what they take, and let vouchers come of them."""
    _create_moves()
    _create_parts()
    op.execute(_FROZEN_FUNCTION)
    op.execute(_FROZEN_TRIGGER)
    _change_vouchers()
    _set_reasons(f"{_REASONS}, 'moved'")
    _replace_check("households", "old_area", "old_area_m2 >= 0")


def _create_moves() -> None:
    op.create_table(
        "voucher_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("other_household_id", sa.BigInteger(), nullable=True),
        sa.Column("other_name", sa.String(), nullable=True),
        sa.Column("other_number", sa.String(), nullable=True),
        sa.Column("other_index", sa.String(), nullable=True),
        sa.Column("kin", sa.String(), nullable=True),
        sa.Column("is_divorce", sa.Boolean(), nullable=False),
        sa.Column("residents", sa.BigInteger(), nullable=True),
        sa.Column("other_homes_m2", sa.Numeric(8, 2), nullable=True),
        sa.Column("shown", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("consented_by_id", sa.BigInteger(), nullable=True),
        sa.Column("consent_visit_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_moves")),
        sa.UniqueConstraint("ref", name=op.f("uq_voucher_moves_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_voucher_moves_district_id_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_voucher_moves_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_voucher_moves_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "other_household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_voucher_moves_district_id_other_household_id"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_voucher_moves_{column}"))
            for column, table in (
                ("asked_by_id", "users"),
                ("visit_id", "counter_visits"),
                ("consented_by_id", "users"),
                ("consent_visit_id", "counter_visits"),
            )
        ),
        *(
            sa.CheckConstraint(text, name=op.f(f"ck_voucher_moves_{name}"))
            for name, text in (
                ("kind", "kind IN ('transfer', 'split', 'merge')"),
                (
                    "state",
                    (
                        "state IN ('asked', 'ready', 'prepared', 'approved', "
                        "'declined', 'refused', 'withdrawn', 'expired')"
                    ),
                ),
                ("other", "num_nulls(other_name, other_number, other_index, kin) IN (0, 4)"),
                (
                    "parties",
                    (
                        "CASE kind WHEN 'transfer' THEN NOT is_divorce AND other_name IS NOT NULL "
                        "WHEN 'split' THEN is_divorce = (other_name IS NOT NULL) "
                        "ELSE NOT is_divorce AND other_name IS NULL END"
                    ),
                ),
                ("two_households", "other_household_id <> household_id"),
                (
                    "consented",
                    (
                        "state NOT IN ('ready', 'prepared', 'approved') OR "
                        "(other_name IS NULL) = (consented_at IS NULL)"
                    ),
                ),
                (
                    "holder",
                    "state <> 'approved' OR (other_name IS NULL) = (other_household_id IS NULL)",
                ),
                ("evidence", "state NOT IN ('prepared', 'approved') OR evidence IS NOT NULL"),
                ("ended", "(state IN ('asked', 'ready', 'prepared')) = (ended_at IS NULL)"),
                ("refused", "state <> 'refused' OR reason IS NOT NULL"),
            )
        ),
    )
    op.create_index("ix_voucher_moves_state", "voucher_moves", ["district_id", "state", "id"])
    for column in ("household_id", "other_household_id", "visit_id"):
        op.create_index(op.f(f"ix_voucher_moves_{column}"), "voucher_moves", [column])


def _create_parts() -> None:
    op.create_table(
        "voucher_move_parts",
        sa.Column("move_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("move_id", "voucher_id", name=op.f("pk_voucher_move_parts")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_voucher_move_parts_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "move_id"],
            ["voucher_moves.district_id", "voucher_moves.id"],
            name=op.f("fk_voucher_move_parts_district_id_move_id"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "voucher_id"],
            ["vouchers.district_id", "vouchers.id"],
            name=op.f("fk_voucher_move_parts_district_id_voucher_id"),
        ),
        sa.CheckConstraint("left_fen > 0", name=op.f("ck_voucher_move_parts_left")),
    )
    op.create_index(op.f("ix_voucher_move_parts_voucher_id"), "voucher_move_parts", ["voucher_id"])
    op.create_index(
        "uq_voucher_move_parts_open",
        "voucher_move_parts",
        ["voucher_id"],
        unique=True,
        postgresql_where="dropped_at IS NULL",
    )


def _change_vouchers() -> None:
    op.add_column(
        "vouchers", sa.Column("is_moving", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("vouchers", sa.Column("move_id", sa.BigInteger(), nullable=True))
    op.add_column("vouchers", sa.Column("successor_id", sa.BigInteger(), nullable=True))
    for name in ("transfers_done", "splits_done", "merges_done", "extended_months"):
        op.add_column(
            "vouchers", sa.Column(name, sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
        )
    op.add_column(
        "vouchers", sa.Column("earns_bonus", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.create_foreign_key(
        op.f("fk_vouchers_district_id_move_id"),
        "vouchers",
        "voucher_moves",
        ["district_id", "move_id"],
        ["district_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_vouchers_district_id_successor_id"),
        "vouchers",
        "vouchers",
        ["district_id", "successor_id"],
        ["district_id", "id"],
    )
    _replace_check("vouchers", "state", "state IN ('submitted', 'rejected', 'issued', 'moved')")
    for name, column in zip(("issued", "expires", "account"), _ISSUED, strict=True):
        _replace_check("vouchers", name, f"(state IN ('issued', 'moved')) = ({column} IS NOT NULL)")
    for name, text in (
        ("successor", "(state = 'moved') = (successor_id IS NOT NULL)"),
        ("moving", "NOT is_moving OR state = 'issued'"),
        (
            "came_with",
            (
                "transfers_done >= 0 AND splits_done >= 0 AND merges_done >= 0 AND extended_months >= 0 AND "
                "(move_id IS NULL) = (transfers_done + splits_done + merges_done = 0) AND "
                "(move_id IS NOT NULL OR earns_bonus AND extended_months = 0)"
            ),
        ),
    ):
        op.create_check_constraint(op.f(f"ck_vouchers_{name}"), "vouchers", text)
    _index_agreements("state <> 'rejected' AND move_id IS NULL")
    for column in ("move_id", "successor_id"):
        op.create_index(
            f"ix_vouchers_{column}", "vouchers", [column], postgresql_where=f"{column} IS NOT NULL"
        )


def _index_agreements(where: str) -> None:
    op.drop_index("uq_vouchers_agreement", "vouchers", if_exists=True)
    op.create_index(
        "uq_vouchers_agreement", "vouchers", ["agreement_id"], unique=True, postgresql_where=where
    )


def _set_reasons(reasons: str) -> None:
    _replace_check("voucher_sheets", "reason", f"reason IN ({reasons})")


def _replace_check(table: str, name: str, text: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)


def downgrade() -> None:
    """Drop the moves; refuses by the constraints where one was carried out."""
    _replace_check("households", "old_area", "old_area_m2 > 0")
    _set_reasons(_REASONS)
    _index_agreements("state <> 'rejected'")
    for name in ("successor", "moving", "came_with"):
        op.drop_constraint(op.f(f"ck_vouchers_{name}"), "vouchers", type_="check")
    for column in (
        *("is_moving", "move_id", "successor_id", "transfers_done", "splits_done", "merges_done"),
        *("extended_months", "earns_bonus"),
    ):
        op.drop_column("vouchers", column)
    _replace_check("vouchers", "state", "state IN ('submitted', 'rejected', 'issued')")
    for name, column in zip(("issued", "expires", "account"), _ISSUED, strict=True):
        _replace_check("vouchers", name, f"(state = 'issued') = ({column} IS NOT NULL)")
    op.drop_table("voucher_move_parts")
    op.drop_table("voucher_moves")
    op.execute("DROP FUNCTION voucher_moves_frozen()")
