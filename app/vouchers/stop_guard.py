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


def guard_trigger(table: str) -> str:
    """Return the statement that keeps rows of a table, each a promise, away from stopped vouchers."""
    return (
        f"CREATE TRIGGER {table}_not_stopped BEFORE INSERT ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION voucher_not_stopped()"
    )
