"""What households are paid goes to the bank in lists: a sum stands on one open list at most.

Revision ID: 0103
Revises: 0104
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0103"
down_revision: str | None = "0104"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = (
    """
    CREATE TABLE pay_lists (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        pay_on DATE NOT NULL,
        count BIGINT NOT NULL,
        total_fen BIGINT NOT NULL,
        state VARCHAR NOT NULL,
        made_by_id BIGINT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        given_up_by_id BIGINT,
        given_up_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_pay_lists PRIMARY KEY (id),
        CONSTRAINT uq_pay_lists_district_id_id UNIQUE (district_id, id),
        CONSTRAINT uq_pay_lists_district_id_id_state UNIQUE (district_id, id, state),
        CONSTRAINT ck_pay_lists_something CHECK (count > 0 AND total_fen > 0),
        CONSTRAINT ck_pay_lists_state CHECK (state IN ('open', 'given_up')),
        CONSTRAINT ck_pay_lists_given_up CHECK (num_nulls(given_up_by_id, given_up_at, reason) IN (0, 3)),
        CONSTRAINT ck_pay_lists_ended CHECK ((state = 'given_up') = (given_up_at IS NOT NULL)),
        CONSTRAINT ck_pay_lists_second_person CHECK (given_up_by_id <> made_by_id),
        CONSTRAINT ck_pay_lists_stated CHECK (reason <> ''),
        CONSTRAINT fk_pay_lists_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_pay_lists_ref UNIQUE (ref),
        CONSTRAINT fk_pay_lists_made_by_id FOREIGN KEY(made_by_id) REFERENCES users (id),
        CONSTRAINT fk_pay_lists_given_up_by_id FOREIGN KEY(given_up_by_id) REFERENCES users (id)
    )
    """,
    """
    CREATE TABLE pay_receipts (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        list_id BIGINT NOT NULL,
        sha256 VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        lines JSONB NOT NULL,
        read_by_id BIGINT NOT NULL,
        read_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_pay_receipts PRIMARY KEY (id),
        CONSTRAINT uq_pay_receipts_district_id_id UNIQUE (district_id, id),
        CONSTRAINT uq_pay_receipts_list_id_sha256 UNIQUE (list_id, sha256),
        CONSTRAINT fk_pay_receipts_district_id_list_id FOREIGN KEY(district_id, list_id) REFERENCES pay_lists (district_id, id),
        CONSTRAINT uq_pay_receipts_ref UNIQUE (ref),
        CONSTRAINT fk_pay_receipts_read_by_id FOREIGN KEY(read_by_id) REFERENCES users (id)
    )
    """,
    """
    CREATE TABLE pay_lines (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        list_id BIGINT NOT NULL,
        list_state VARCHAR NOT NULL,
        ending_id BIGINT,
        cash_bonus_id BIGINT,
        amount_fen BIGINT NOT NULL,
        approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
        state VARCHAR NOT NULL,
        reason VARCHAR,
        closed_by_id BIGINT,
        closed_at TIMESTAMP WITH TIME ZONE,
        bank_payment_id BIGINT,
        receipt_id BIGINT,
        CONSTRAINT pk_pay_lines PRIMARY KEY (id),
        CONSTRAINT uq_pay_lines_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_pay_lines_district_id_list_id_list_state FOREIGN KEY(district_id, list_id, list_state) REFERENCES pay_lists (district_id, id, state) ON UPDATE CASCADE,
        CONSTRAINT fk_pay_lines_district_id_ending_id FOREIGN KEY(district_id, ending_id) REFERENCES voucher_endings (district_id, id),
        CONSTRAINT fk_pay_lines_district_id_cash_bonus_id FOREIGN KEY(district_id, cash_bonus_id) REFERENCES cash_bonuses (district_id, id),
        CONSTRAINT fk_pay_lines_district_id_receipt_id FOREIGN KEY(district_id, receipt_id) REFERENCES pay_receipts (district_id, id),
        CONSTRAINT ck_pay_lines_owner CHECK (num_nonnulls(ending_id, cash_bonus_id) = 1),
        CONSTRAINT ck_pay_lines_amount CHECK (amount_fen > 0),
        CONSTRAINT ck_pay_lines_state CHECK (state IN ('listed', 'paid', 'failed', 'recalled', 'given_up')),
        CONSTRAINT ck_pay_lines_dissolved CHECK (state <> 'listed' OR list_state = 'open'),
        CONSTRAINT ck_pay_lines_closed CHECK ((state = 'listed') = (closed_at IS NULL)),
        CONSTRAINT ck_pay_lines_paid CHECK ((state = 'paid') = (bank_payment_id IS NOT NULL)),
        CONSTRAINT ck_pay_lines_failed CHECK ((state = 'failed') = (reason IS NOT NULL) AND (state <> 'failed' OR receipt_id IS NOT NULL)),
        CONSTRAINT ck_pay_lines_receipt CHECK (receipt_id IS NULL OR state IN ('listed', 'paid', 'failed')),
        CONSTRAINT uq_pay_lines_ref UNIQUE (ref),
        CONSTRAINT fk_pay_lines_closed_by_id FOREIGN KEY(closed_by_id) REFERENCES users (id),
        CONSTRAINT uq_pay_lines_bank_payment_id UNIQUE (bank_payment_id),
        CONSTRAINT fk_pay_lines_bank_payment_id FOREIGN KEY(bank_payment_id) REFERENCES bank_payments (id)
    )
    """,
    "CREATE INDEX ix_pay_lines_cash_bonus_id ON pay_lines (cash_bonus_id, id)",
    "CREATE INDEX ix_pay_lines_ending_id ON pay_lines (ending_id, id)",
    "CREATE INDEX ix_pay_lines_list_id ON pay_lines (list_id, id)",
    "CREATE UNIQUE INDEX uq_pay_lines_cash_bonus ON pay_lines (cash_bonus_id) WHERE state = 'listed'",
    "CREATE UNIQUE INDEX uq_pay_lines_ending ON pay_lines (ending_id) WHERE state = 'listed'",
)
_LIST_FUNCTION = """
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
"""
_LINE_FUNCTION = """
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
"""
_SECOND_FUNCTION = """
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
"""
_TRIGGERS = (
    (
        "CREATE TRIGGER pay_lists_given_up_once BEFORE UPDATE OR DELETE ON pay_lists "
        "FOR EACH ROW EXECUTE FUNCTION pay_lists_given_up_once()"
    ),
    (
        "CREATE TRIGGER pay_lines_answered_once BEFORE UPDATE OR DELETE ON pay_lines "
        "FOR EACH ROW EXECUTE FUNCTION pay_lines_answered_once()"
    ),
    (
        "CREATE TRIGGER pay_lines_second_person BEFORE INSERT ON pay_lines "
        "FOR EACH ROW EXECUTE FUNCTION pay_lines_second_person()"
    ),
    (
        "CREATE TRIGGER pay_receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pay_receipts "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    ),
    *(
        f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        for table in ("pay_lists", "pay_lines")
    ),
)


def upgrade() -> None:
    """Make the lists, their receipts and lines, and what keeps them as they were."""
    for statement in (*_TABLES, _LIST_FUNCTION, _LINE_FUNCTION, _SECOND_FUNCTION, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Forget them. What waits for the bank could go there on a second list then: refused."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM pay_lines WHERE state = 'listed') THEN
                RAISE EXCEPTION 'a list waits for the bank: note its answer or give it up first';
            END IF;
        END $$
        """
    )
    for table in ("pay_lines", "pay_receipts", "pay_lists"):
        op.drop_table(table)
    for function in ("pay_lines_second_person", "pay_lines_answered_once", "pay_lists_given_up_once"):
        op.execute(f"DROP FUNCTION {function}()")
