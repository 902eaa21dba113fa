"""Keeps a payment batch as it was made, and what a second person said of it: the database's own word."""

FUNCTION = """
CREATE OR REPLACE FUNCTION payment_batches_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deciding text[] := ARRAY['state', 'decided_by_id', 'decided_at', 'reason'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'made' AND to_jsonb(OLD) - deciding = to_jsonb(NEW) - deciding THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'payment_batches_decided_once: a batch is kept as it was made, and decided on once',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
TRIGGER = (
    "CREATE TRIGGER payment_batches_decided_once BEFORE UPDATE OR DELETE ON payment_batches "
    "FOR EACH ROW EXECUTE FUNCTION payment_batches_decided_once()"
)
