"""The voucher of somebody who died goes to the heirs.

Revision ID: 0055
Revises: 0054
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_COUNTED = "transfers_done >= 0 AND splits_done >= 0 AND merges_done >= 0 AND "
_CAME_WITH = (
    f"{_COUNTED}inheritances_done >= 0 AND extended_months >= 0 AND stood_still_days >= 0 AND "
    "(move_id IS NULL) = (transfers_done + splits_done + merges_done + inheritances_done = 0) AND "
    "(move_id IS NOT NULL OR earns_bonus AND extended_months = 0) AND "
    "(inheritances_done > 0 OR stood_still_days = 0)"
)
_CAME_WITH_BEFORE = (
    f"{_COUNTED}extended_months >= 0 AND "
    "(move_id IS NULL) = (transfers_done + splits_done + merges_done = 0) AND "
    "(move_id IS NOT NULL OR earns_bonus AND extended_months = 0)"
)
_ENDED = (
    "(ended_at IS NULL) = (ended_how IS NULL) AND ended_how IN ('lifted', 'rejected', 'fell', 'over'{more})"
)
_INHERITED = (
    "coalesce(ended_how = 'inherited', false) = (move_id IS NOT NULL) AND (move_id IS NULL OR kind = 'death')"
)

_STOPS_FROZEN = """
CREATE OR REPLACE FUNCTION voucher_stops_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['document', 'until_on', 'transfer_id', 'confirmed_at', 'wish', 'ended_at',
                           'ended_how', 'ended_why'{more}];
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

_HEIRS_FROZEN = """
CREATE OR REPLACE FUNCTION voucher_heirs_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['household_id', 'number', 'number_index'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.household_id IS NULL OR OLD.household_id = NEW.household_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_heirs_frozen: who inherits is kept as it was shown',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()

_MOVE_GUARD = """
CREATE OR REPLACE FUNCTION voucher_move_not_stopped() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stopped boolean;
BEGIN
    SELECT is_stopped INTO stopped FROM vouchers WHERE id = NEW.voucher_id FOR SHARE;
    IF stopped AND EXISTS (
        SELECT FROM voucher_stops s JOIN voucher_moves m ON m.id = NEW.move_id
        WHERE s.voucher_id = NEW.voucher_id AND s.ended_at IS NULL
              AND NOT (s.kind = 'death' AND m.kind = 'inherit'))
    THEN
        RAISE EXCEPTION USING
            MESSAGE = 'voucher_not_stopped: of a voucher that is stopped only heirs get something',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
""".strip()


def upgrade() -> None:
    """Let a move go to heirs, note who they are, and count for how long a term stood still."""
    _replace_check("voucher_moves", "kind", "kind IN ('transfer', 'split', 'merge', 'inherit')")
    _create_heirs()
    op.add_column("voucher_stops", sa.Column("move_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_voucher_stops_district_id_move_id"),
        "voucher_stops",
        "voucher_moves",
        ["district_id", "move_id"],
        ["district_id", "id"],
    )
    _replace_check("voucher_stops", "ended", _ENDED.format(more=", 'inherited'"))
    op.create_check_constraint(op.f("ck_voucher_stops_inherited"), "voucher_stops", _INHERITED)
    op.execute(_STOPS_FROZEN.format(more=", 'move_id'"))
    op.add_column(
        "vouchers",
        sa.Column("inheritances_done", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "vouchers", sa.Column("stood_still_days", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    _replace_check("vouchers", "came_with", _CAME_WITH)
    op.execute(_MOVE_GUARD)
    _guard_moves("voucher_move_not_stopped")


def _create_heirs() -> None:
    op.create_table(
        "voucher_heirs",
        sa.Column("move_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_index", sa.String(), nullable=False),
        sa.Column("kin", sa.String(), nullable=False),
        sa.Column("share_fen", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("move_id", "place", name=op.f("pk_voucher_heirs")),
        sa.UniqueConstraint("move_id", "number_index", name=op.f("uq_voucher_heirs_move_id_number_index")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_voucher_heirs_district_id")),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column],
                [f"{table}.district_id", f"{table}.id"],
                name=op.f(f"fk_voucher_heirs_district_id_{column}"),
            )
            for column, table in (("move_id", "voucher_moves"), ("household_id", "households"))
        ),
        *(
            sa.CheckConstraint(text, name=op.f(f"ck_voucher_heirs_{name}"))
            for name, text in (
                ("place", "place BETWEEN 1 AND 6"),
                ("name", "name <> ''"),
                ("share", "share_fen > 0"),
            )
        ),
    )
    op.create_index("ix_voucher_heirs_household_id", "voucher_heirs", ["household_id"])
    op.execute(_HEIRS_FROZEN)
    op.execute(
        "CREATE TRIGGER voucher_heirs_frozen BEFORE UPDATE OR DELETE ON voucher_heirs "
        "FOR EACH ROW EXECUTE FUNCTION voucher_heirs_frozen()"
    )


def _guard_moves(function: str) -> None:
    op.execute("DROP TRIGGER voucher_move_parts_not_stopped ON voucher_move_parts")
    op.execute(
        "CREATE TRIGGER voucher_move_parts_not_stopped BEFORE INSERT ON voucher_move_parts "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _replace_check(table: str, name: str, text: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, text)


def downgrade() -> None:
    """Forget heirs; refuses by the constraints where a voucher was inherited."""
    _guard_moves("voucher_not_stopped")
    op.execute("DROP FUNCTION voucher_move_not_stopped()")
    _replace_check("vouchers", "came_with", _CAME_WITH_BEFORE)
    for column in ("inheritances_done", "stood_still_days"):
        op.drop_column("vouchers", column)
    op.execute(_STOPS_FROZEN.format(more=""))
    op.drop_constraint(op.f("ck_voucher_stops_inherited"), "voucher_stops", type_="check")
    _replace_check("voucher_stops", "ended", _ENDED.format(more=""))
    op.drop_column("voucher_stops", "move_id")
    op.drop_table("voucher_heirs")
    op.execute("DROP FUNCTION voucher_heirs_frozen()")
    _replace_check("voucher_moves", "kind", "kind IN ('transfer', 'split', 'merge')")
