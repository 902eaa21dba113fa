"""What the database itself refuses of lists of payments to households."""

from typing import Final

LIST_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION pay_lists_given_up_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['state', 'given_up_by_id', 'given_up_at', 'reason'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND to_jsonb(OLD) - ending = to_jsonb(NEW) - ending THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'pay_lists_given_up_once: a list is kept as it was made, and given up once',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
LIST_TRIGGER: Final = (
    "CREATE TRIGGER pay_lists_given_up_once BEFORE UPDATE OR DELETE ON pay_lists "
    "FOR EACH ROW EXECUTE FUNCTION pay_lists_given_up_once()"
)

LINE_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION pay_lines_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['list_state', 'state', 'reason', 'closed_by_id', 'closed_at', 'bank_payment_id',
                           'receipt_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - answer = to_jsonb(NEW) - answer
        AND (OLD.state = 'listed' OR to_jsonb(OLD) - 'list_state' = to_jsonb(NEW) - 'list_state')
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'pay_lines_answered_once: a line is kept as it was listed, and answered once',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
LINE_TRIGGER: Final = (
    "CREATE TRIGGER pay_lines_answered_once BEFORE UPDATE OR DELETE ON pay_lines "
    "FOR EACH ROW EXECUTE FUNCTION pay_lines_answered_once()"
)

SECOND_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION pay_lines_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_by_id FROM pay_lists WHERE id = NEW.list_id) = (
        SELECT CASE WHEN state <> 'paid' THEN closed_by_id END FROM pay_lines
        WHERE ending_id = NEW.ending_id OR cash_bonus_id = NEW.cash_bonus_id ORDER BY id DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'whoever noted that a sum was not paid does not list it anew',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
""".strip()
SECOND_TRIGGER: Final = (
    "CREATE TRIGGER pay_lines_second_person BEFORE INSERT ON pay_lines "
    "FOR EACH ROW EXECUTE FUNCTION pay_lines_second_person()"
)
