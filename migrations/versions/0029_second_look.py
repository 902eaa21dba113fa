"""What the bank says: a second person confirms statements, and its references pay once in a district.

Revision ID: 0029
Revises: 0033
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.ids import new_ref

revision: str = "0029"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATEMENTS = """
    CREATE TABLE bank_statements (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        file_sha256 VARCHAR NOT NULL,
        count BIGINT NOT NULL,
        sum_fen BIGINT NOT NULL,
        first_on DATE NOT NULL,
        last_on DATE NOT NULL,
        state VARCHAR NOT NULL,
        imported_by_id BIGINT,
        imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_by_id BIGINT,
        decided_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_bank_statements PRIMARY KEY (id),
        CONSTRAINT uq_bank_statements_ref UNIQUE (ref),
        CONSTRAINT uq_bank_statements_district_id_id_state UNIQUE (district_id, id, state),
        CONSTRAINT fk_bank_statements_district_id FOREIGN KEY (district_id) REFERENCES districts (id),
        CONSTRAINT fk_bank_statements_imported_by_id FOREIGN KEY (imported_by_id) REFERENCES users (id),
        CONSTRAINT fk_bank_statements_decided_by_id FOREIGN KEY (decided_by_id) REFERENCES users (id),
        CONSTRAINT ck_bank_statements_state CHECK (state IN ('waiting', 'confirmed', 'rejected')),
        CONSTRAINT ck_bank_statements_sums CHECK (count > 0 AND sum_fen > 0 AND first_on <= last_on),
        CONSTRAINT ck_bank_statements_decided CHECK ((state = 'waiting') = (decided_at IS NULL)),
        CONSTRAINT ck_bank_statements_decided_by CHECK (
            imported_by_id IS NULL OR (decided_at IS NULL) = (decided_by_id IS NULL)
        ),
        CONSTRAINT ck_bank_statements_second_person CHECK (decided_by_id <> imported_by_id),
        CONSTRAINT ck_bank_statements_reason CHECK ((state = 'rejected') = (reason IS NOT NULL))
    )
"""
WAITING = (
    "CREATE INDEX ix_bank_statements_waiting ON bank_statements (district_id, id) WHERE state = 'waiting'"
)
LINES = (
    "ALTER TABLE statement_lines ADD COLUMN statement_id BIGINT, ADD COLUMN statement_state VARCHAR",
    """
    UPDATE statement_lines l SET statement_id = s.id, statement_state = s.state
    FROM bank_statements s
    WHERE s.district_id = l.district_id AND s.file_sha256 = l.file_sha256
    """,
    """
    ALTER TABLE statement_lines
        ALTER COLUMN statement_id SET NOT NULL,
        ALTER COLUMN statement_state SET NOT NULL,
        DROP COLUMN file_sha256,
        DROP COLUMN imported_at,
        DROP CONSTRAINT uq_statement_lines_once,
        ADD CONSTRAINT ck_statement_lines_confirmed CHECK (state = 'open' OR statement_state = 'confirmed'),
        ADD CONSTRAINT fk_statement_lines_district_id_statement_id_statement_state
            FOREIGN KEY (district_id, statement_id, statement_state)
            REFERENCES bank_statements (district_id, id, state) ON UPDATE CASCADE
    """,
    "CREATE INDEX ix_statement_lines_statement_id ON statement_lines (statement_id)",
    """
    CREATE UNIQUE INDEX uq_statement_lines_once
        ON statement_lines (district_id, account_id, serial, received_on, amount_fen)
        NULLS NOT DISTINCT WHERE statement_state <> 'rejected'
    """,
)


PAYMENTS = (
    """
    CREATE TABLE bank_payments (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        owner VARCHAR NOT NULL,
        reference VARCHAR NOT NULL,
        paid_on DATE NOT NULL,
        transfer_id BIGINT NOT NULL,
        noted_by_id BIGINT,
        noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
        returned_reference VARCHAR,
        returned_on DATE,
        reason VARCHAR,
        returned_by_id BIGINT,
        returned_at TIMESTAMP WITH TIME ZONE,
        back_transfer_id BIGINT,
        CONSTRAINT pk_bank_payments PRIMARY KEY (id),
        CONSTRAINT uq_bank_payments_district_id_reference UNIQUE (district_id, reference),
        CONSTRAINT uq_bank_payments_district_id_returned_reference UNIQUE (district_id, returned_reference),
        CONSTRAINT uq_bank_payments_transfer_id UNIQUE (transfer_id),
        CONSTRAINT uq_bank_payments_back_transfer_id UNIQUE (back_transfer_id),
        CONSTRAINT fk_bank_payments_district_id FOREIGN KEY (district_id) REFERENCES districts (id),
        CONSTRAINT fk_bank_payments_noted_by_id FOREIGN KEY (noted_by_id) REFERENCES users (id),
        CONSTRAINT fk_bank_payments_returned_by_id FOREIGN KEY (returned_by_id) REFERENCES users (id),
        CONSTRAINT fk_bank_payments_district_id_transfer_id FOREIGN KEY (district_id, transfer_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT fk_bank_payments_district_id_back_transfer_id FOREIGN KEY (district_id, back_transfer_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT ck_bank_payments_reference CHECK (reference <> ''),
        CONSTRAINT ck_bank_payments_returned CHECK (
            num_nulls(returned_reference, returned_on, reason, returned_at, returned_by_id,
                      back_transfer_id) IN (0, 6)
        ),
        CONSTRAINT ck_bank_payments_returned_later CHECK (returned_on >= paid_on),
        CONSTRAINT ck_bank_payments_stated CHECK (returned_reference <> '' AND reason <> '')
    )
    """,
    """
    CREATE UNIQUE INDEX uq_bank_payments_standing ON bank_payments (district_id, owner)
        WHERE returned_on IS NULL
    """,
    "CREATE INDEX ix_bank_payments_owner ON bank_payments (district_id, owner, id)",
    """
    INSERT INTO bank_payments (district_id, owner, reference, paid_on, transfer_id, noted_by_id, noted_at)
    SELECT f.district_id, 'refund:' || f.id, f.bank_ref, f.paid_on, t.id, f.paid_by_id, f.paid_at
    FROM refunds f JOIN ledger_transfers t ON t.pending_id = f.hold_id
    WHERE f.state = 'paid'
    """,
    """
    INSERT INTO bank_payments (district_id, owner, reference, paid_on, transfer_id, noted_by_id, noted_at)
    SELECT e.district_id, 'ending:' || e.id, e.bank_reference, e.paid_on, t.id, e.paid_by_id, e.paid_at
    FROM voucher_endings e
    JOIN ledger_transfers t ON t.district_id = e.district_id AND t.idempotency_key = 'ending.paid:' || e.id
    WHERE e.state = 'paid'
    """,
    "DROP INDEX uq_refunds_bank_ref",
    "DROP INDEX uq_voucher_endings_bank_reference",
    """
    ALTER TABLE refunds
        DROP CONSTRAINT ck_refunds_state, DROP CONSTRAINT ck_refunds_approved, DROP CONSTRAINT ck_refunds_paid,
        ADD CONSTRAINT ck_refunds_state
            CHECK (state IN ('prepared', 'approved', 'paid', 'returned', 'rejected')),
        ADD CONSTRAINT ck_refunds_approved
            CHECK (state NOT IN ('approved', 'paid', 'returned') OR approved_at IS NOT NULL),
        ADD CONSTRAINT ck_refunds_paid CHECK (
            num_nulls(paid_by_id, paid_at, paid_on, bank_ref)
            = (CASE WHEN state IN ('paid', 'returned') THEN 0 ELSE 4 END)
        )
    """,
    """
    ALTER TABLE voucher_endings
        DROP CONSTRAINT ck_voucher_endings_state, DROP CONSTRAINT ck_voucher_endings_payable,
        ADD CONSTRAINT ck_voucher_endings_state CHECK (
            state IN ('asked', 'undecided', 'prepared', 'approved', 'paid', 'closed', 'refused', 'withdrawn',
                      'returned', 'renewed')
        ),
        ADD CONSTRAINT ck_voucher_endings_payable CHECK (
            state NOT IN ('approved', 'paid', 'renewed')
            OR effect = 'cash' AND paid_fen > 0 AND account IS NOT NULL
        )
    """,
)
PAID_IS_PAID = "OLD.state NOT IN ('paid', 'closed', 'refused', 'withdrawn')"
PAID_MAY_RETURN = """OLD.state NOT IN ('closed', 'refused', 'withdrawn')
        AND (OLD.state <> 'paid' OR NEW.state = 'returned')"""
FROZEN = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id'];
BEGIN
    -- What the authority decides where the policy is silent is frozen with the first promise.
    IF TG_OP = 'UPDATE' AND num_nonnulls(OLD.paid_transfer_id, OLD.returned_transfer_id,
                                         OLD.forfeited_transfer_id) = 0 THEN
        moving := moving || ARRAY['effect', 'paid_fen', 'returned_fen', 'forfeited_fen'];
    END IF;
    IF TG_OP = 'UPDATE' AND STATES
        AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.paid_transfer_id IS NULL OR OLD.paid_transfer_id = NEW.paid_transfer_id)
        AND (OLD.returned_transfer_id IS NULL OR OLD.returned_transfer_id = NEW.returned_transfer_id)
        AND (OLD.forfeited_transfer_id IS NULL OR OLD.forfeited_transfer_id = NEW.forfeited_transfer_id)
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'account' = to_jsonb(NEW) - 'account'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_endings_frozen: what was shown of an ending is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def upgrade() -> None:
    """Gather the lines there are into the files that brought them, and what the bank paid into one table.

    A reference that stands both on a refund and on a payout refuses the upgrade: one of them was never paid.
    """
    op.execute(STATEMENTS)
    op.execute(WAITING)
    _gather()
    for statement in (*LINES, *PAYMENTS, FROZEN.replace("STATES", PAID_MAY_RETURN)):
        op.execute(statement)


def _gather() -> None:
    """Count every line of before as confirmed: matches and refunds stand on them.

    Nobody is named: one person had imported them, and no second one was asked for.
    """
    connection = op.get_bind()
    files = connection.execute(
        sa.text(
            "SELECT district_id, file_sha256, count(*), sum(amount_fen), min(received_on), max(received_on), "
            "min(imported_at) FROM statement_lines GROUP BY district_id, file_sha256 ORDER BY min(id)"
        )
    ).all()
    into = sa.text(
        "INSERT INTO bank_statements (district_id, file_sha256, count, sum_fen, first_on, last_on, "
        "imported_at, decided_at, state, ref) "
        "VALUES (:district, :sha, :count, :sum, :first, :last, :at, :at, 'confirmed', :ref)"
    )
    names = ("district", "sha", "count", "sum", "first", "last", "at")
    for row in files:
        connection.execute(into, {**dict(zip(names, row, strict=True)), "ref": new_ref("LW")})


def downgrade() -> None:
    """Forget who confirmed what; lines that do not count, or not yet, go, for all that is left counts.

    What the bank sent back has no place in the older tables: such a payment refuses the downgrade.
    """
    op.execute(FROZEN.replace("STATES", PAID_IS_PAID))
    op.execute(
        """
        ALTER TABLE voucher_endings
            DROP CONSTRAINT ck_voucher_endings_state, DROP CONSTRAINT ck_voucher_endings_payable,
            ADD CONSTRAINT ck_voucher_endings_state CHECK (
                state IN ('asked', 'undecided', 'prepared', 'approved', 'paid', 'closed', 'refused',
                          'withdrawn')
            ),
            ADD CONSTRAINT ck_voucher_endings_payable CHECK (
                state NOT IN ('approved', 'paid') OR effect = 'cash' AND paid_fen > 0 AND account IS NOT NULL
            )
        """
    )
    op.execute(
        """
        ALTER TABLE refunds
            DROP CONSTRAINT ck_refunds_state, DROP CONSTRAINT ck_refunds_approved,
            DROP CONSTRAINT ck_refunds_paid,
            ADD CONSTRAINT ck_refunds_state CHECK (state IN ('prepared', 'approved', 'paid', 'rejected')),
            ADD CONSTRAINT ck_refunds_approved
                CHECK (state NOT IN ('approved', 'paid') OR approved_at IS NOT NULL),
            ADD CONSTRAINT ck_refunds_paid CHECK (
                num_nulls(paid_by_id, paid_at, paid_on, bank_ref) = (CASE state WHEN 'paid' THEN 0 ELSE 4 END)
            )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_refunds_bank_ref ON refunds (district_id, bank_ref) WHERE bank_ref IS NOT NULL"
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_voucher_endings_bank_reference ON voucher_endings (district_id, bank_reference)"
    )
    op.execute("DROP TABLE bank_payments")
    op.execute("DELETE FROM statement_lines WHERE statement_state <> 'confirmed'")
    op.execute("DROP INDEX uq_statement_lines_once")
    op.execute(
        "ALTER TABLE statement_lines ADD COLUMN file_sha256 VARCHAR, "
        "ADD COLUMN imported_at TIMESTAMP WITH TIME ZONE"
    )
    op.execute(
        "UPDATE statement_lines l SET file_sha256 = s.file_sha256, imported_at = s.imported_at "
        "FROM bank_statements s WHERE s.id = l.statement_id"
    )
    op.execute(
        """
        ALTER TABLE statement_lines
            ALTER COLUMN file_sha256 SET NOT NULL,
            ALTER COLUMN imported_at SET NOT NULL,
            DROP COLUMN statement_id,
            DROP COLUMN statement_state,
            ADD CONSTRAINT uq_statement_lines_once
                UNIQUE NULLS NOT DISTINCT (district_id, account_id, serial, received_on, amount_fen)
        """
    )
    op.execute("DROP TABLE bank_statements")
