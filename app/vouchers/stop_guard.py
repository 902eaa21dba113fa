"""What the database itself refuses while a stop holds a voucher: a new promise of any of its money."""

from typing import Final

GUARD_FUNCTION: Final = """
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

MOVE_GUARD_FUNCTION: Final = """
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
"""The same for a move: an inheritance is what the stop for its holder's death waits for."""
MOVE_GUARD_TRIGGER: Final = (
    "CREATE TRIGGER voucher_move_parts_not_stopped BEFORE INSERT OR UPDATE OF is_taken ON voucher_move_parts "
    "FOR EACH ROW EXECUTE FUNCTION voucher_move_not_stopped()"
)


def guard_trigger(table: str) -> str:
    """Return the statement that keeps rows of a table, each a promise, away from stopped vouchers."""
    return (
        f"CREATE TRIGGER {table}_not_stopped BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION voucher_not_stopped()"
    )
