"""A space may be bought alone where every policy that pays says so.

Revision ID: 0088
Revises: 0082
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0088"
down_revision: str | None = "0082"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STANDS_BESIDE = """
CREATE OR REPLACE FUNCTION redemption_stands_beside() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    steps CONSTANT text[] := '{locked,contracted,checked,redeemed}';
    home_state text;
BEGIN
    IF NEW.beside_id IS NULL AND (
           (SELECT kind = 'home' FROM homes WHERE id = NEW.home_id)
           OR NOT EXISTS (
               SELECT FROM quotes q
               CROSS JOIN LATERAL jsonb_array_elements(q.snapshot -> 'parts') AS parts (one)
               JOIN policy_versions p ON p.id = (one ->> 'policy_version_id')::bigint
               WHERE q.id = NEW.quote_id AND (one ->> 'spent_fen')::bigint > 0
                     AND p.body ->> 'spaces' IS DISTINCT FROM 'alone')) THEN
        RETURN NEW;
    END IF;
    IF NEW.beside_id IS NULL OR (SELECT kind = 'home' FROM homes WHERE id = NEW.home_id) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemption_stands_beside: a space is bought beside a home, a home beside nothing',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- Shared, so that whoever ends the home's purchase waits for this step, or this waits for the end.
    SELECT bought.state INTO home_state
    FROM redemptions bought
    JOIN homes home ON home.id = bought.home_id AND home.kind = 'home'
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
_ALWAYS_BESIDE = """
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


def upgrade() -> None:
    """Let a space stand beside nothing by its policies."""
    op.execute(_STANDS_BESIDE)


def downgrade() -> None:
    """Want a home beside every space; those that were bought alone stay, and take no step that asks."""
    op.execute(_ALWAYS_BESIDE)
