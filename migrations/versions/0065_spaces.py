"""Parking spaces and store rooms are stock, bought beside a home; the database knows what stands beside what.

Revision ID: 0065
Revises: 0064
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0065"
down_revision: str | None = "0064"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BUYING = "state IN ('locked', 'contracted', 'checked', 'redeemed')"

_STANDS_FUNCTION = """
CREATE OR REPLACE FUNCTION redemption_stands_beside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    steps CONSTANT text[] := '{locked,contracted,checked,redeemed}';
    home_state text;
BEGIN
    IF (SELECT kind = 'home' FROM homes WHERE id = NEW.home_id) <> (NEW.beside_id IS NULL) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemption_stands_beside: a space is bought beside a home, a home beside nothing',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.beside_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- Shared, so that whoever ends the home's purchase waits for this step, or this waits for the end.
    SELECT bought.state INTO home_state
    FROM redemptions bought
    JOIN homes home ON home.id = bought.home_id
    JOIN homes space ON space.id = NEW.home_id AND space.development_id = home.development_id
    WHERE bought.id = NEW.beside_id AND bought.beside_id IS NULL
          AND bought.household_id = NEW.household_id
    FOR SHARE OF bought;
    IF (array_position(steps, NEW.state) <= array_position(steps, home_state)) IS NOT TRUE THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemption_stands_beside: a space is never ahead of its home',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""
_BEGUN_TRIGGER = """
CREATE TRIGGER redemptions_stand_beside BEFORE INSERT ON redemptions
FOR EACH ROW EXECUTE FUNCTION redemption_stands_beside()
"""
_STEP_TRIGGER = """
CREATE TRIGGER redemptions_step_beside BEFORE UPDATE ON redemptions
FOR EACH ROW WHEN (
    NEW.beside_id IS DISTINCT FROM OLD.beside_id OR NEW.home_id <> OLD.home_id
    OR (NEW.beside_id IS NOT NULL AND NEW.state <> OLD.state
        AND NEW.state IN ('locked', 'contracted', 'checked', 'redeemed'))
) EXECUTE FUNCTION redemption_stands_beside()
"""
_LEAVES_FUNCTION = """
CREATE OR REPLACE FUNCTION redemption_leaves_no_space() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM redemptions WHERE beside_id = NEW.id AND state = 'redeemed') THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemption_leaves_no_space: a space beside it is written off',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""
_LEAVES_TRIGGER = """
CREATE TRIGGER redemptions_leave_no_space BEFORE UPDATE ON redemptions
FOR EACH ROW WHEN (OLD.state = 'redeemed' AND NEW.state <> 'redeemed')
EXECUTE FUNCTION redemption_leaves_no_space()
"""


def upgrade() -> None:
    """Let stock be a space, and a redemption stand beside another."""
    op.drop_constraint(op.f("ck_homes_kind"), "homes", type_="check")
    op.create_check_constraint(op.f("ck_homes_kind"), "homes", "kind IN ('home', 'parking', 'storage')")
    op.create_check_constraint(op.f("ck_homes_space"), "homes", "kind = 'home' OR (unit = '' AND rooms = 0)")
    op.add_column("basket_homes", sa.Column("beside_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_basket_homes_beside_id"), "basket_homes", "homes", ["beside_id"], ["id"])
    op.create_index(op.f("ix_basket_homes_beside_id"), "basket_homes", ["beside_id"])
    op.create_check_constraint(op.f("ck_basket_homes_beside"), "basket_homes", "beside_id <> home_id")
    op.add_column("redemptions", sa.Column("beside_id", sa.BigInteger(), nullable=True))
    op.add_column("redemptions", sa.Column("beside_place", sa.SmallInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_redemptions_district_id_beside_id"),
        "redemptions",
        "redemptions",
        ["district_id", "beside_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_redemptions_beside"), "redemptions", "num_nulls(beside_id, beside_place) IN (0, 2)"
    )
    op.create_check_constraint(
        op.f("ck_redemptions_beside_place"), "redemptions", "beside_place BETWEEN 1 AND 99"
    )
    op.create_index(
        "uq_redemptions_beside",
        "redemptions",
        ["beside_id", "beside_place"],
        unique=True,
        postgresql_where=_BUYING,
    )
    op.create_index(
        "ix_redemptions_beside", "redemptions", ["beside_id"], postgresql_where="beside_id IS NOT NULL"
    )
    for statement in (_STANDS_FUNCTION, _BEGUN_TRIGGER, _STEP_TRIGGER, _LEAVES_FUNCTION, _LEAVES_TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    """Take it back; stock that is a space has to be gone before."""
    for trigger in ("redemptions_stand_beside", "redemptions_step_beside", "redemptions_leave_no_space"):
        op.execute(f"DROP TRIGGER {trigger} ON redemptions")
    op.execute("DROP FUNCTION redemption_stands_beside()")
    op.execute("DROP FUNCTION redemption_leaves_no_space()")
    op.drop_index("ix_redemptions_beside", "redemptions")
    op.drop_index("uq_redemptions_beside", "redemptions")
    op.drop_constraint(op.f("ck_redemptions_beside_place"), "redemptions", type_="check")
    op.drop_constraint(op.f("ck_redemptions_beside"), "redemptions", type_="check")
    op.drop_constraint(op.f("fk_redemptions_district_id_beside_id"), "redemptions", type_="foreignkey")
    op.drop_column("redemptions", "beside_place")
    op.drop_column("redemptions", "beside_id")
    op.drop_constraint(op.f("ck_basket_homes_beside"), "basket_homes", type_="check")
    op.drop_index(op.f("ix_basket_homes_beside_id"), "basket_homes")
    op.drop_constraint(op.f("fk_basket_homes_beside_id"), "basket_homes", type_="foreignkey")
    op.drop_column("basket_homes", "beside_id")
    op.drop_constraint(op.f("ck_homes_space"), "homes", type_="check")
    op.drop_constraint(op.f("ck_homes_kind"), "homes", type_="check")
    op.create_check_constraint(op.f("ck_homes_kind"), "homes", "kind IN ('home')")
