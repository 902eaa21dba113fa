"""A payment comes back once, and a batch sent back makes nobody the one who may pay anew.

Revision ID: 0085
Revises: 0062
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0085"
down_revision: str | None = "0062"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

RETURNED_FUNCTION = """
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
RETURNED_TRIGGER = (
    "CREATE TRIGGER bank_payments_returned_once BEFORE UPDATE OR DELETE ON bank_payments "
    "FOR EACH ROW EXECUTE FUNCTION bank_payments_returned_once()"
)
SECOND_PERSON = """
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
SECOND_PERSON_BEFORE = """
CREATE OR REPLACE FUNCTION settlement_payments_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT made_by_id FROM payment_batches WHERE id = NEW.batch_id) = (
        SELECT undone_by_id FROM settlement_payments WHERE claim_id = NEW.claim_id ORDER BY id DESC LIMIT 1
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


def upgrade() -> None:
    """Keep what came back as it was noted, and pass over batches that the bank never heard of."""
    op.execute(RETURNED_FUNCTION)
    op.execute(RETURNED_TRIGGER)
    op.execute(SECOND_PERSON)


def downgrade() -> None:
    """Keep both apart by their locks alone again."""
    op.execute(SECOND_PERSON_BEFORE)
    op.execute("DROP TRIGGER bank_payments_returned_once ON bank_payments")
    op.execute("DROP FUNCTION bank_payments_returned_once()")
