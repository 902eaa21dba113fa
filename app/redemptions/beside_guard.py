"""What the database itself refuses of spaces: one alone that a policy wants beside a home, or ahead of it."""

from typing import Final

STANDS_FUNCTION: Final = """
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
""".strip()
BEGUN_TRIGGER: Final = """
CREATE TRIGGER redemptions_stand_beside BEFORE INSERT ON redemptions
FOR EACH ROW EXECUTE FUNCTION redemption_stands_beside()
""".strip()
STEP_TRIGGER: Final = """
CREATE TRIGGER redemptions_step_beside BEFORE UPDATE ON redemptions
FOR EACH ROW WHEN (
    NEW.beside_id IS DISTINCT FROM OLD.beside_id OR NEW.home_id <> OLD.home_id
    OR (NEW.beside_id IS NOT NULL AND NEW.state <> OLD.state
        AND NEW.state IN ('locked', 'contracted', 'checked', 'redeemed'))
) EXECUTE FUNCTION redemption_stands_beside()
""".strip()

LEAVES_FUNCTION: Final = """
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
""".strip()
LEAVES_TRIGGER: Final = """
CREATE TRIGGER redemptions_leave_no_space BEFORE UPDATE ON redemptions
FOR EACH ROW WHEN (OLD.state = 'redeemed' AND NEW.state <> 'redeemed')
EXECUTE FUNCTION redemption_leaves_no_space()
""".strip()
"""A space that is not written off falls with its home: ``flows.let_spaces_go``."""
