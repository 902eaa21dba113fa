"""A second person releases a batch of payments to developers before the bank hears of it.

Revision ID: 0080
Revises: 0078
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0080"
down_revision: str | None = "0078"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

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
APPEND_ONLY = (
    "CREATE TRIGGER payment_batches_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_batches "
    "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
)
ADD = """
ALTER TABLE payment_batches
    ADD COLUMN state VARCHAR,
    ADD COLUMN decided_by_id BIGINT,
    ADD COLUMN decided_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN reason VARCHAR
"""
FILL = (
    "UPDATE payment_batches SET state = 'released', decided_at = made_at",
    """
    UPDATE payment_batches b
    SET state = CASE a.state WHEN 'approved' THEN 'released' ELSE 'refused' END,
        decided_by_id = a.decided_by_id, decided_at = a.decided_at, reason = a.reason
    FROM approval_requests a
    WHERE a.kind = 'settlement.batch' AND a.subject_id = b.id AND a.state IN ('approved', 'rejected')
    """,
)
KEEP = """
ALTER TABLE payment_batches
    ALTER COLUMN state SET NOT NULL,
    ADD CONSTRAINT uq_payment_batches_district_id_id_state UNIQUE (district_id, id, state),
    ADD CONSTRAINT fk_payment_batches_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES users (id),
    ADD CONSTRAINT ck_payment_batches_state CHECK (state IN ('made', 'released', 'refused')),
    ADD CONSTRAINT ck_payment_batches_decided CHECK ((state = 'made') = (decided_at IS NULL)),
    ADD CONSTRAINT ck_payment_batches_decided_by CHECK (
        (decided_at IS NULL) = (decided_by_id IS NULL) OR state = 'released' AND decided_at = made_at
    ),
    ADD CONSTRAINT ck_payment_batches_second_person CHECK (decided_by_id <> made_by_id),
    ADD CONSTRAINT ck_payment_batches_reason CHECK ((state = 'refused') = (reason IS NOT NULL))
"""
WAITING = "CREATE INDEX ix_payment_batches_made ON payment_batches (district_id) WHERE state = 'made'"
PAYMENTS = """
ALTER TABLE settlement_payments
    ALTER COLUMN batch_state SET NOT NULL,
    DROP CONSTRAINT fk_settlement_payments_district_id_batch_id,
    ADD CONSTRAINT fk_settlement_payments_district_id_batch_id_batch_state
        FOREIGN KEY (district_id, batch_id, batch_state)
        REFERENCES payment_batches (district_id, id, state) ON UPDATE CASCADE,
    ADD CONSTRAINT ck_settlement_payments_released
        CHECK (state IN ('sent', 'failed') OR batch_state = 'released'),
    ADD CONSTRAINT ck_settlement_payments_dissolved CHECK (state <> 'sent' OR batch_state <> 'refused')
"""


def upgrade() -> None:
    """Count every batch there is as released when it was made, by nobody: the bank has its table.

    What a downgrade made of one that was decided on is restored from its approval.
    """
    op.execute("DROP TRIGGER payment_batches_append_only ON payment_batches")
    for statement in (ADD, *FILL, KEEP, WAITING):
        op.execute(statement)
    op.execute("ALTER TABLE settlement_payments ADD COLUMN batch_state VARCHAR")
    op.execute(
        "UPDATE settlement_payments p SET batch_state = b.state FROM payment_batches b WHERE b.id = p.batch_id"
    )
    op.execute(PAYMENTS)
    op.execute(FUNCTION)
    op.execute(TRIGGER)


def downgrade() -> None:
    """Forget who released what. What waits for a second person could go to the bank without one: refused."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM payment_batches WHERE state = 'made') THEN
                RAISE EXCEPTION 'a batch waits for a second person: release it or send it back first';
            END IF;
        END $$
        """
    )
    op.execute("DROP TRIGGER payment_batches_decided_once ON payment_batches")
    op.execute("DROP FUNCTION payment_batches_decided_once()")
    op.execute(
        """
        ALTER TABLE settlement_payments
            DROP COLUMN batch_state,
            ADD CONSTRAINT fk_settlement_payments_district_id_batch_id
                FOREIGN KEY (district_id, batch_id) REFERENCES payment_batches (district_id, id)
        """
    )
    op.execute(
        """
        ALTER TABLE payment_batches
            DROP COLUMN state, DROP COLUMN decided_by_id, DROP COLUMN decided_at, DROP COLUMN reason
        """
    )
    op.execute(APPEND_ONLY)
