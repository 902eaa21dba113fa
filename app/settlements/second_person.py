"""Has whoever noted that a payment failed or came back not pay its claim anew: the database's own word."""

FUNCTION = """
CREATE OR REPLACE FUNCTION settlement_payments_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_by_id FROM payment_batches WHERE id = NEW.batch_id) = (
        SELECT undone_by_id FROM settlement_payments
        WHERE claim_id = NEW.claim_id AND batch_state <> 'refused' ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'whoever noted that a payment failed or came back does not pay the claim anew',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
""".strip()
TRIGGER = (
    "CREATE TRIGGER settlement_payments_second_person BEFORE INSERT ON settlement_payments "
    "FOR EACH ROW EXECUTE FUNCTION settlement_payments_second_person()"
)
