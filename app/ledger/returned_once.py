"""Keeps a payment that left the bank as it was noted, and what came back of it: the database's own word."""

FUNCTION = """
CREATE OR REPLACE FUNCTION bank_payments_returned_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    returning_it text[] := ARRAY[
        'returned_reference', 'returned_on', 'reason', 'returned_at', 'returned_by_id', 'back_transfer_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.returned_on IS NULL
       AND to_jsonb(OLD) - returning_it = to_jsonb(NEW) - returning_it THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'bank_payments_returned_once: a payment is kept as it was noted, and comes back once',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
TRIGGER = (
    "CREATE TRIGGER bank_payments_returned_once BEFORE UPDATE OR DELETE ON bank_payments "
    "FOR EACH ROW EXECUTE FUNCTION bank_payments_returned_once()"
)
