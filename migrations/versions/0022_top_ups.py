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


def upgrade() -> None:
    """Supervised accounts as data that two people stand behind."""
    for statement in ACCOUNTS:
        op.execute(statement)


def downgrade() -> None:
    """Take them away: an account is one text again."""
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
