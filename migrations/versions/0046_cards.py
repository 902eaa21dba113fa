"""Top-ups paid online: payments, their refunds and disputes, Stripe's events, daily reports.

Revision ID: 0046
Revises: 0044
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0046"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    """
    CREATE TABLE card_payments (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        top_up_id BIGINT NOT NULL,
        amount_fen BIGINT NOT NULL,
        state VARCHAR NOT NULL,
        title VARCHAR NOT NULL,
        success_url VARCHAR NOT NULL,
        cancel_url VARCHAR NOT NULL,
        made_by_id BIGINT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        look_at TIMESTAMP WITH TIME ZONE NOT NULL,
        checkout_id VARCHAR,
        checkout_url VARCHAR,
        intent_id VARCHAR,
        captured_fen BIGINT NOT NULL,
        captured_at TIMESTAMP WITH TIME ZONE,
        paid_at TIMESTAMP WITH TIME ZONE,
        transfer_id BIGINT,
        refunded_fen BIGINT NOT NULL,
        CONSTRAINT pk_card_payments PRIMARY KEY (id),
        CONSTRAINT uq_card_payments_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_card_payments_district_id_top_up_id FOREIGN KEY(district_id, top_up_id)
            REFERENCES top_ups (district_id, id),
        CONSTRAINT fk_card_payments_district_id_transfer_id FOREIGN KEY(district_id, transfer_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT ck_card_payments_amount CHECK (amount_fen > 0),
        CONSTRAINT ck_card_payments_state CHECK (state IN ('new', 'open', 'paid', 'ended')),
        CONSTRAINT ck_card_payments_known
            CHECK (state NOT IN ('open', 'paid') OR checkout_id IS NOT NULL),
        CONSTRAINT ck_card_payments_paid
            CHECK (num_nulls(paid_at, captured_at, transfer_id, intent_id) = (CASE state WHEN
            'paid' THEN 0 ELSE 4 END)),
        CONSTRAINT ck_card_payments_captured CHECK ((captured_fen > 0) = (state = 'paid')),
        CONSTRAINT ck_card_payments_refunded CHECK (refunded_fen BETWEEN 0 AND captured_fen),
        CONSTRAINT fk_card_payments_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_card_payments_ref UNIQUE (ref),
        CONSTRAINT fk_card_payments_made_by_id FOREIGN KEY(made_by_id) REFERENCES users (id),
        CONSTRAINT uq_card_payments_checkout_id UNIQUE (checkout_id),
        CONSTRAINT uq_card_payments_intent_id UNIQUE (intent_id),
        CONSTRAINT uq_card_payments_transfer_id UNIQUE (transfer_id)
    )
    """,
    "CREATE INDEX ix_card_payments_captured ON card_payments (district_id, captured_at)",
    """
    CREATE INDEX ix_card_payments_look_at ON card_payments (look_at) WHERE state IN ('new', 'open')
    """,
    "CREATE INDEX ix_card_payments_top_up_id ON card_payments (top_up_id)",
    """
    CREATE UNIQUE INDEX uq_card_payments_under_way
        ON card_payments (top_up_id) WHERE state IN ('new', 'open')
    """,
    """
    CREATE TABLE card_events (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        event_id VARCHAR NOT NULL,
        type VARCHAR NOT NULL,
        object_id VARCHAR NOT NULL,
        received_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_card_events PRIMARY KEY (id),
        CONSTRAINT fk_card_events_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_card_events_event_id UNIQUE (event_id)
    )
    """,
    """
    CREATE TABLE card_refunds (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        payment_id BIGINT NOT NULL,
        amount_fen BIGINT NOT NULL,
        state VARCHAR NOT NULL,
        hold_id BIGINT NOT NULL,
        prepared_by_id BIGINT NOT NULL,
        prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
        approved_by_id BIGINT,
        approved_at TIMESTAMP WITH TIME ZONE,
        stripe_id VARCHAR,
        moved_at TIMESTAMP WITH TIME ZONE,
        settled_at TIMESTAMP WITH TIME ZONE,
        failure VARCHAR,
        back_transfer_id BIGINT,
        rejected_by_id BIGINT,
        rejected_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_card_refunds PRIMARY KEY (id),
        CONSTRAINT uq_card_refunds_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_card_refunds_district_id_payment_id FOREIGN KEY(district_id, payment_id)
            REFERENCES card_payments (district_id, id),
        CONSTRAINT fk_card_refunds_district_id_hold_id FOREIGN KEY(district_id, hold_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT fk_card_refunds_district_id_back_transfer_id FOREIGN KEY(district_id,
            back_transfer_id) REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT ck_card_refunds_amount CHECK (amount_fen > 0),
        CONSTRAINT ck_card_refunds_state
            CHECK (state IN ('prepared', 'approved', 'sent', 'paid', 'failed', 'rejected')),
        CONSTRAINT ck_card_refunds_second_person CHECK (approved_by_id <> prepared_by_id),
        CONSTRAINT ck_card_refunds_approved
            CHECK (num_nulls(approved_by_id, approved_at) = (CASE WHEN state IN ('prepared',
            'rejected') THEN 2 ELSE 0 END)),
        CONSTRAINT ck_card_refunds_sent CHECK (state NOT IN ('sent', 'paid') OR stripe_id IS NOT NULL),
        CONSTRAINT ck_card_refunds_moved CHECK (num_nulls(stripe_id, moved_at) IN (0, 2)),
        CONSTRAINT ck_card_refunds_failed CHECK ((failure IS NOT NULL) = (state = 'failed')),
        CONSTRAINT ck_card_refunds_back CHECK (back_transfer_id IS NULL OR state = 'failed'),
        CONSTRAINT ck_card_refunds_rejected
            CHECK (num_nulls(rejected_by_id, rejected_at, reason) = (CASE state WHEN 'rejected'
            THEN 0 ELSE 3 END)),
        CONSTRAINT fk_card_refunds_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_card_refunds_ref UNIQUE (ref),
        CONSTRAINT uq_card_refunds_hold_id UNIQUE (hold_id),
        CONSTRAINT fk_card_refunds_prepared_by_id FOREIGN KEY(prepared_by_id) REFERENCES users (id),
        CONSTRAINT fk_card_refunds_approved_by_id FOREIGN KEY(approved_by_id) REFERENCES users (id),
        CONSTRAINT uq_card_refunds_stripe_id UNIQUE (stripe_id),
        CONSTRAINT uq_card_refunds_back_transfer_id UNIQUE (back_transfer_id),
        CONSTRAINT fk_card_refunds_rejected_by_id FOREIGN KEY(rejected_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_card_refunds_payment_id ON card_refunds (payment_id)",
    """
    CREATE TABLE card_disputes (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        payment_id BIGINT NOT NULL,
        stripe_id VARCHAR NOT NULL,
        amount_fen BIGINT NOT NULL,
        held_fen BIGINT NOT NULL,
        hold_id BIGINT,
        reason VARCHAR NOT NULL,
        status VARCHAR NOT NULL,
        due_by TIMESTAMP WITH TIME ZONE,
        opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
        outcome VARCHAR,
        ended_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_card_disputes PRIMARY KEY (id),
        CONSTRAINT uq_card_disputes_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_card_disputes_district_id_payment_id FOREIGN KEY(district_id, payment_id)
            REFERENCES card_payments (district_id, id),
        CONSTRAINT fk_card_disputes_district_id_hold_id FOREIGN KEY(district_id, hold_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT ck_card_disputes_held CHECK (held_fen BETWEEN 0 AND amount_fen),
        CONSTRAINT ck_card_disputes_hold CHECK ((hold_id IS NOT NULL) = (held_fen > 0)),
        CONSTRAINT ck_card_disputes_outcome CHECK (outcome IN ('won', 'lost')),
        CONSTRAINT ck_card_disputes_ended CHECK (num_nulls(outcome, ended_at) IN (0, 2)),
        CONSTRAINT fk_card_disputes_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_card_disputes_stripe_id UNIQUE (stripe_id),
        CONSTRAINT uq_card_disputes_hold_id UNIQUE (hold_id)
    )
    """,
    "CREATE INDEX ix_card_disputes_payment_id ON card_disputes (payment_id)",
    """
    CREATE TABLE card_reports (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        day DATE NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ours_fen BIGINT NOT NULL,
        theirs_fen BIGINT NOT NULL,
        count BIGINT NOT NULL,
        differences JSONB NOT NULL,
        CONSTRAINT pk_card_reports PRIMARY KEY (id),
        CONSTRAINT uq_card_reports_district_id_day UNIQUE (district_id, day),
        CONSTRAINT fk_card_reports_district_id FOREIGN KEY(district_id) REFERENCES districts (id)
    )
    """,
    """
    CREATE TRIGGER card_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON card_events
        FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()
    """,
)
KINDS = (
    *("voucher", "issue", "bonus", "developer_payable", "top_up", "supervised", "household_payable"),
    *("agreement", "bank"),
)


def upgrade() -> None:
    """Make the tables, and let the ledger know what lies with Stripe."""
    for statement in TABLES:
        op.execute(statement)
    _allow(*KINDS, "card")


def downgrade() -> None:
    """Forget payments online. Fails where there was one: its money stands in the ledger."""
    _allow(*KINDS)
    for table in ("card_reports", "card_disputes", "card_refunds", "card_events", "card_payments"):
        op.drop_table(table)


def _allow(*kinds: str) -> None:
    constraint = op.f("ck_ledger_accounts_kind")
    op.drop_constraint(constraint, "ledger_accounts", type_="check")
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(constraint, "ledger_accounts", f"kind IN ({named})")
