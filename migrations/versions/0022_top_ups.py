"""Accounts under supervision, and where a top-up comes from.

Revision ID: 0022
Revises: 0021
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACCOUNTS = (
    """
    CREATE TABLE supervised_accounts (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        development_id BIGINT NOT NULL,
        holder_name VARCHAR NOT NULL,
        bank VARCHAR NOT NULL,
        number VARCHAR NOT NULL,
        since DATE NOT NULL,
        state VARCHAR NOT NULL,
        entered_by_id BIGINT,
        entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
        decided_by_id BIGINT,
        decided_at TIMESTAMP WITH TIME ZONE,
        replaced_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_supervised_accounts PRIMARY KEY (id),
        CONSTRAINT uq_supervised_accounts_ref UNIQUE (ref),
        CONSTRAINT ck_supervised_accounts_number CHECK (number ~ '^[0-9]{8,30}$'),
        CONSTRAINT ck_supervised_accounts_named CHECK (holder_name <> '' AND bank <> ''),
        CONSTRAINT ck_supervised_accounts_state
            CHECK (state IN ('proposed', 'current', 'replaced', 'refused')),
        CONSTRAINT ck_supervised_accounts_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
        CONSTRAINT ck_supervised_accounts_second_person CHECK (decided_by_id <> entered_by_id),
        CONSTRAINT ck_supervised_accounts_replaced CHECK ((state = 'replaced') = (replaced_at IS NOT NULL)),
        CONSTRAINT ck_supervised_accounts_reason CHECK ((state = 'refused') = (reason IS NOT NULL)),
        CONSTRAINT fk_supervised_accounts_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT fk_supervised_accounts_development_id FOREIGN KEY(development_id) REFERENCES developments (id),
        CONSTRAINT fk_supervised_accounts_entered_by_id FOREIGN KEY(entered_by_id) REFERENCES users (id),
        CONSTRAINT fk_supervised_accounts_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_supervised_accounts_district_id ON supervised_accounts (district_id)",
    "CREATE INDEX ix_supervised_accounts_development_id ON supervised_accounts (development_id)",
    "CREATE INDEX ix_supervised_accounts_number ON supervised_accounts (number)",
    """
    CREATE UNIQUE INDEX uq_supervised_accounts_current ON supervised_accounts (development_id)
        WHERE state = 'current'
    """,
    """
    CREATE UNIQUE INDEX uq_supervised_accounts_proposed ON supervised_accounts (development_id)
        WHERE state = 'proposed'
    """,
    # One text became three: bank, holder and number, as they were typed with commas between. A text that
    # names no account number named no account. Nobody is known to have confirmed them.
    """
    INSERT INTO supervised_accounts (district_id, ref, development_id, holder_name, bank, number, since,
                                     state, entered_at, decided_at)
    SELECT d.district_id, 'JG-' || substr(md5(d.ref), 1, 5) || '-' || substr(md5(d.ref), 6, 5), d.id,
           coalesce(nullif(trim(split_part(told.text, '，', 2)), ''), o.name),
           coalesce(nullif(trim(split_part(told.text, '，', 1)), ''), told.text), told.number,
           (d.created_at AT TIME ZONE 'Asia/Shanghai')::date, 'current', d.created_at, d.created_at
    FROM developments d JOIN organisations o ON o.id = d.developer_id
    CROSS JOIN LATERAL (
        SELECT regexp_replace(replace(d.supervised_account, ',', '，'), '，?\\s*[0-9][0-9 -]{7,}$', '') AS text,
               regexp_replace(substring(d.supervised_account FROM '[0-9][0-9 -]{7,}$'), '[^0-9]', '', 'g')
                   AS number
    ) AS told
    WHERE told.number ~ '^[0-9]{8,30}$' AND told.text <> ''
    """,
    "ALTER TABLE top_ups ADD COLUMN development_id BIGINT, ADD COLUMN account_id BIGINT",
    """
    UPDATE top_ups t SET development_id = h.development_id, account_id = a.id
    FROM redemptions r JOIN homes h ON h.id = r.home_id
    LEFT JOIN supervised_accounts a ON a.development_id = h.development_id AND a.state = 'current'
    WHERE t.owner = format('redemption:%s', r.id)
    """,
    """
    ALTER TABLE top_ups
        ALTER COLUMN development_id SET NOT NULL,
        DROP COLUMN account,
        ADD CONSTRAINT fk_top_ups_development_id FOREIGN KEY (development_id) REFERENCES developments (id),
        ADD CONSTRAINT fk_top_ups_account_id FOREIGN KEY (account_id) REFERENCES supervised_accounts (id)
    """,
    "ALTER TABLE developments DROP COLUMN supervised_account",
)
LEDGER = (
    """
    ALTER TABLE ledger_accounts
        DROP CONSTRAINT ck_ledger_accounts_kind,
        DROP CONSTRAINT ck_ledger_accounts_guarded_kinds,
        ADD CONSTRAINT ck_ledger_accounts_kind
            CHECK (kind IN ('voucher', 'issue', 'bonus', 'developer_payable', 'top_up', 'supervised')),
        ADD CONSTRAINT ck_ledger_accounts_guarded_kinds CHECK (guarded = (kind IN ('voucher', 'top_up')))
    """,
    """
    INSERT INTO ledger_accounts (district_id, kind, guarded, owner)
    SELECT district_id, 'top_up', true, owner FROM top_ups
    """,
    """
    INSERT INTO ledger_accounts (district_id, kind, guarded, owner)
    SELECT DISTINCT district_id, 'supervised', false, '' FROM top_ups
    """,
)
TOP_UPS = (
    """
    ALTER TABLE top_ups
        ADD COLUMN ledger_account_id BIGINT,
        ADD COLUMN kinds VARCHAR[] NOT NULL DEFAULT ARRAY['own', 'loan', 'fund'],
        ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE
    """,
    """
    UPDATE top_ups t SET ledger_account_id = a.id FROM ledger_accounts a
    WHERE a.district_id = t.district_id AND a.kind = 'top_up' AND a.owner = t.owner
    """,
    """
    UPDATE top_ups t SET ended_at = r.ended_at FROM redemptions r
    WHERE t.owner = format('redemption:%s', r.id) AND r.state IN ('cancelled', 'refused', 'expired')
    """,
    """
    ALTER TABLE top_ups
        ALTER COLUMN ledger_account_id SET NOT NULL,
        ALTER COLUMN kinds DROP DEFAULT,
        ADD CONSTRAINT uq_top_ups_ledger_account_id UNIQUE (ledger_account_id),
        ADD CONSTRAINT ck_top_ups_kinds
            CHECK (cardinality(kinds) > 0 AND kinds <@ ARRAY['own', 'loan', 'fund']::varchar[]),
        ADD CONSTRAINT fk_top_ups_district_id_ledger_account_id FOREIGN KEY (district_id, ledger_account_id)
            REFERENCES ledger_accounts (district_id, id)
    """,
    """
    CREATE TABLE top_up_parts (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        top_up_id BIGINT NOT NULL,
        kind VARCHAR NOT NULL,
        amount_fen BIGINT NOT NULL,
        stage VARCHAR,
        changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_top_up_parts PRIMARY KEY (id),
        CONSTRAINT uq_top_up_parts_top_up_id_kind UNIQUE (top_up_id, kind),
        CONSTRAINT ck_top_up_parts_kind CHECK (kind IN ('own', 'loan', 'fund')),
        CONSTRAINT ck_top_up_parts_amount CHECK (amount_fen >= 0),
        CONSTRAINT ck_top_up_parts_stage CHECK (stage IN ('asked', 'filed', 'approved', 'refused')),
        CONSTRAINT ck_top_up_parts_waits CHECK ((kind = 'own') = (stage IS NULL)),
        CONSTRAINT fk_top_up_parts_district_id_top_up_id FOREIGN KEY (district_id, top_up_id)
            REFERENCES top_ups (district_id, id)
    )
    """,
)
LINES = (
    """
    ALTER TABLE statement_lines
        ADD COLUMN payer_account VARCHAR NOT NULL DEFAULT '',
        ADD COLUMN account_id BIGINT,
        ADD COLUMN state VARCHAR NOT NULL DEFAULT 'open',
        DROP CONSTRAINT uq_statement_lines_district_id_serial,
        ADD CONSTRAINT uq_statement_lines_district_id_id UNIQUE (district_id, id),
        ADD CONSTRAINT uq_statement_lines_once
            UNIQUE NULLS NOT DISTINCT (district_id, account_id, serial, received_on, amount_fen),
        ADD CONSTRAINT ck_statement_lines_state CHECK (state IN ('open', 'matched', 'aside')),
        ADD CONSTRAINT fk_statement_lines_account_id FOREIGN KEY (account_id) REFERENCES supervised_accounts (id)
    """,
    """
    CREATE TABLE line_matches (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        line_id BIGINT NOT NULL,
        top_up_id BIGINT NOT NULL,
        kind VARCHAR NOT NULL,
        amount_fen BIGINT NOT NULL,
        refunded_fen BIGINT NOT NULL,
        matched_by_id BIGINT NOT NULL,
        matched_at TIMESTAMP WITH TIME ZONE NOT NULL,
        transfer_id BIGINT NOT NULL,
        taken_back_by_id BIGINT,
        taken_back_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        back_transfer_id BIGINT,
        CONSTRAINT pk_line_matches PRIMARY KEY (id),
        CONSTRAINT uq_line_matches_district_id_id UNIQUE (district_id, id),
        CONSTRAINT uq_line_matches_transfer_id UNIQUE (transfer_id),
        CONSTRAINT uq_line_matches_back_transfer_id UNIQUE (back_transfer_id),
        CONSTRAINT ck_line_matches_kind CHECK (kind IN ('own', 'loan', 'fund')),
        CONSTRAINT ck_line_matches_refunded CHECK (refunded_fen BETWEEN 0 AND amount_fen),
        CONSTRAINT ck_line_matches_second_person CHECK (taken_back_by_id <> matched_by_id),
        CONSTRAINT ck_line_matches_taken_back
            CHECK (num_nulls(taken_back_by_id, taken_back_at, reason, back_transfer_id) IN (0, 4)),
        CONSTRAINT ck_line_matches_not_refunded CHECK (taken_back_at IS NULL OR refunded_fen = 0),
        CONSTRAINT fk_line_matches_district_id_line_id FOREIGN KEY (district_id, line_id)
            REFERENCES statement_lines (district_id, id),
        CONSTRAINT fk_line_matches_district_id_top_up_id FOREIGN KEY (district_id, top_up_id)
            REFERENCES top_ups (district_id, id),
        CONSTRAINT fk_line_matches_district_id_transfer_id FOREIGN KEY (district_id, transfer_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT fk_line_matches_district_id_back_transfer_id FOREIGN KEY (district_id, back_transfer_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT fk_line_matches_matched_by_id FOREIGN KEY (matched_by_id) REFERENCES users (id),
        CONSTRAINT fk_line_matches_taken_back_by_id FOREIGN KEY (taken_back_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_line_matches_line_id ON line_matches (line_id)",
    "CREATE INDEX ix_line_matches_top_up_id ON line_matches (top_up_id)",
    "CREATE UNIQUE INDEX uq_line_matches_standing ON line_matches (line_id) WHERE taken_back_at IS NULL",
    """
    CREATE TABLE line_asides (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        line_id BIGINT NOT NULL,
        by_id BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        reason VARCHAR NOT NULL,
        back_by_id BIGINT,
        back_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_line_asides PRIMARY KEY (id),
        CONSTRAINT ck_line_asides_back CHECK (num_nulls(back_by_id, back_at) IN (0, 2)),
        CONSTRAINT ck_line_asides_reason CHECK (reason <> ''),
        CONSTRAINT fk_line_asides_district_id_line_id FOREIGN KEY (district_id, line_id)
            REFERENCES statement_lines (district_id, id),
        CONSTRAINT fk_line_asides_by_id FOREIGN KEY (by_id) REFERENCES users (id),
        CONSTRAINT fk_line_asides_back_by_id FOREIGN KEY (back_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_line_asides_line_id ON line_asides (line_id)",
    "CREATE UNIQUE INDEX uq_line_asides_standing ON line_asides (line_id) WHERE back_at IS NULL",
    # What was matched before moves in the ledger now: as it was then, one transfer a line.
    """
    INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen, code,
                                  idempotency_key, at)
    SELECT l.district_id, 'single', s.id, t.ledger_account_id, l.amount_fen, 'top_up.receive',
           format('top_up.receive:%s:0', l.id), l.matched_at
    FROM statement_lines l JOIN top_ups t ON t.id = l.top_up_id
    JOIN ledger_accounts s ON s.district_id = l.district_id AND s.kind = 'supervised'
    """,
    """
    INSERT INTO line_matches (district_id, line_id, top_up_id, kind, amount_fen, refunded_fen, matched_by_id,
                              matched_at, transfer_id)
    SELECT l.district_id, l.id, l.top_up_id, 'own', l.amount_fen, 0, l.matched_by_id, l.matched_at, m.id
    FROM statement_lines l
    JOIN ledger_transfers m ON m.district_id = l.district_id
         AND m.idempotency_key = format('top_up.receive:%s:0', l.id)
    """,
    """
    UPDATE ledger_accounts a SET credits_posted = received.fen
    FROM (SELECT credit_account_id, sum(amount_fen) AS fen FROM ledger_transfers
          WHERE code = 'top_up.receive' GROUP BY credit_account_id) AS received
    WHERE a.id = received.credit_account_id
    """,
    "UPDATE statement_lines SET state = 'matched' WHERE top_up_id IS NOT NULL",
    """
    ALTER TABLE statement_lines
        ALTER COLUMN payer_account DROP DEFAULT,
        ALTER COLUMN state DROP DEFAULT,
        DROP COLUMN top_up_id,
        DROP COLUMN matched_by_id,
        DROP COLUMN matched_at
    """,
    "CREATE INDEX ix_statement_lines_open ON statement_lines (district_id, id) WHERE state = 'open'",
)
REFUNDS = (
    """
    CREATE TABLE refunds (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        top_up_id BIGINT NOT NULL,
        match_id BIGINT NOT NULL,
        amount_fen BIGINT NOT NULL,
        payee_name VARCHAR NOT NULL,
        payee_account VARCHAR NOT NULL,
        state VARCHAR NOT NULL,
        hold_id BIGINT NOT NULL,
        prepared_by_id BIGINT NOT NULL,
        prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
        approved_by_id BIGINT,
        approved_at TIMESTAMP WITH TIME ZONE,
        paid_by_id BIGINT,
        paid_at TIMESTAMP WITH TIME ZONE,
        paid_on DATE,
        bank_ref VARCHAR,
        rejected_by_id BIGINT,
        rejected_at TIMESTAMP WITH TIME ZONE,
        reason VARCHAR,
        CONSTRAINT pk_refunds PRIMARY KEY (id),
        CONSTRAINT uq_refunds_ref UNIQUE (ref),
        CONSTRAINT uq_refunds_hold_id UNIQUE (hold_id),
        CONSTRAINT uq_refunds_district_id_id UNIQUE (district_id, id),
        CONSTRAINT ck_refunds_amount CHECK (amount_fen > 0),
        CONSTRAINT ck_refunds_state CHECK (state IN ('prepared', 'approved', 'paid', 'rejected')),
        CONSTRAINT ck_refunds_second_person CHECK (approved_by_id <> prepared_by_id),
        CONSTRAINT ck_refunds_approved_whole CHECK (num_nulls(approved_by_id, approved_at) IN (0, 2)),
        CONSTRAINT ck_refunds_approved CHECK (state NOT IN ('approved', 'paid') OR approved_at IS NOT NULL),
        CONSTRAINT ck_refunds_paid CHECK (num_nulls(paid_by_id, paid_at, paid_on, bank_ref)
                                          = (CASE state WHEN 'paid' THEN 0 ELSE 4 END)),
        CONSTRAINT ck_refunds_rejected CHECK (num_nulls(rejected_by_id, rejected_at, reason)
                                              = (CASE state WHEN 'rejected' THEN 0 ELSE 3 END)),
        CONSTRAINT fk_refunds_district_id FOREIGN KEY (district_id) REFERENCES districts (id),
        CONSTRAINT fk_refunds_district_id_top_up_id FOREIGN KEY (district_id, top_up_id)
            REFERENCES top_ups (district_id, id),
        CONSTRAINT fk_refunds_district_id_match_id FOREIGN KEY (district_id, match_id)
            REFERENCES line_matches (district_id, id),
        CONSTRAINT fk_refunds_district_id_hold_id FOREIGN KEY (district_id, hold_id)
            REFERENCES ledger_transfers (district_id, id),
        CONSTRAINT fk_refunds_prepared_by_id FOREIGN KEY (prepared_by_id) REFERENCES users (id),
        CONSTRAINT fk_refunds_approved_by_id FOREIGN KEY (approved_by_id) REFERENCES users (id),
        CONSTRAINT fk_refunds_paid_by_id FOREIGN KEY (paid_by_id) REFERENCES users (id),
        CONSTRAINT fk_refunds_rejected_by_id FOREIGN KEY (rejected_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_refunds_top_up_id ON refunds (top_up_id)",
    "CREATE INDEX ix_refunds_match_id ON refunds (match_id)",
    """
    CREATE UNIQUE INDEX uq_refunds_bank_ref ON refunds (district_id, bank_ref) WHERE bank_ref IS NOT NULL
    """,
)


def upgrade() -> None:
    """Supervised accounts as data, top-ups in the ledger, and where their money comes from."""
    for statement in (*ACCOUNTS, *LEDGER, *TOP_UPS, *LINES, *REFUNDS):
        op.execute(statement)


def downgrade() -> None:
    """Take them away: an account is one text again, a match is said on its line.

    Refused while top-up money stands in the ledger, whose transfers nobody removes.
    """
    op.execute(
        """
        ALTER TABLE statement_lines
            ADD COLUMN top_up_id BIGINT, ADD COLUMN matched_by_id BIGINT,
            ADD COLUMN matched_at TIMESTAMP WITH TIME ZONE,
            DROP CONSTRAINT uq_statement_lines_once,
            DROP COLUMN payer_account, DROP COLUMN account_id,
            ADD CONSTRAINT uq_statement_lines_district_id_serial UNIQUE (district_id, serial),
            ADD CONSTRAINT fk_statement_lines_district_id_top_up_id FOREIGN KEY (district_id, top_up_id)
                REFERENCES top_ups (district_id, id),
            ADD CONSTRAINT fk_statement_lines_matched_by_id FOREIGN KEY (matched_by_id) REFERENCES users (id),
            ADD CONSTRAINT ck_statement_lines_matched
                CHECK (num_nulls(top_up_id, matched_by_id, matched_at) IN (0, 3))
        """
    )
    op.execute("CREATE INDEX ix_statement_lines_top_up_id ON statement_lines (top_up_id)")
    op.execute("DROP TABLE refunds, line_asides, line_matches, top_up_parts")
    op.execute(
        "ALTER TABLE statement_lines DROP COLUMN state, DROP CONSTRAINT uq_statement_lines_district_id_id"
    )
    op.execute("ALTER TABLE top_ups DROP COLUMN ledger_account_id, DROP COLUMN kinds, DROP COLUMN ended_at")
    op.execute("DELETE FROM ledger_accounts WHERE kind IN ('top_up', 'supervised')")
    op.execute(
        """
        ALTER TABLE ledger_accounts
            DROP CONSTRAINT ck_ledger_accounts_kind,
            DROP CONSTRAINT ck_ledger_accounts_guarded_kinds,
            ADD CONSTRAINT ck_ledger_accounts_kind
                CHECK (kind IN ('voucher', 'issue', 'bonus', 'developer_payable')),
            ADD CONSTRAINT ck_ledger_accounts_guarded_kinds CHECK (guarded = (kind = 'voucher'))
        """
    )
    told = "a.bank || '，' || a.holder_name || '，' || a.number"
    op.execute("ALTER TABLE developments ADD COLUMN supervised_account VARCHAR")
    op.execute(
        f"UPDATE developments d SET supervised_account = {told} FROM supervised_accounts a "  # noqa: S608  # our own words
        "WHERE a.development_id = d.id AND a.state = 'current'"
    )
    op.execute("ALTER TABLE top_ups ADD COLUMN account VARCHAR NOT NULL DEFAULT ''")
    op.execute(
        f"UPDATE top_ups t SET account = {told} FROM supervised_accounts a WHERE a.id = t.account_id"  # noqa: S608
    )
    op.execute("ALTER TABLE top_ups ALTER COLUMN account DROP DEFAULT")
    op.execute("ALTER TABLE top_ups DROP COLUMN development_id, DROP COLUMN account_id")
    op.execute("DROP TABLE supervised_accounts")
