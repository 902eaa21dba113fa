"""Sold offline, and tokens of developers

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    """
    CREATE TABLE sales_files (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        ref VARCHAR NOT NULL,
        district_id BIGINT NOT NULL,
        sha256 VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        rows BIGINT NOT NULL,
        state VARCHAR NOT NULL,
        problem VARCHAR,
        outcome JSONB,
        sent_by_id BIGINT,
        sent_at TIMESTAMP WITH TIME ZONE NOT NULL,
        applied_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_sales_files PRIMARY KEY (id),
        CONSTRAINT uq_sales_files_district_id_id UNIQUE (district_id, id),
        CONSTRAINT uq_sales_files_district_id_sha256 UNIQUE (district_id, sha256),
        CONSTRAINT ck_sales_files_state CHECK (state IN ('read', 'applied', 'refused')),
        CONSTRAINT ck_sales_files_applied CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
        CONSTRAINT ck_sales_files_refused CHECK ((state = 'refused') = (problem IS NOT NULL)),
        CONSTRAINT uq_sales_files_ref UNIQUE (ref),
        CONSTRAINT fk_sales_files_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT fk_sales_files_sent_by_id FOREIGN KEY(sent_by_id) REFERENCES users (id)
    )
    """,
    """
    CREATE TABLE cash_sales (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        ref VARCHAR NOT NULL,
        district_id BIGINT NOT NULL,
        contract_number VARCHAR NOT NULL,
        signed_on DATE NOT NULL,
        development_name VARCHAR NOT NULL,
        building_name VARCHAR NOT NULL,
        unit VARCHAR NOT NULL,
        room VARCHAR NOT NULL,
        home_id BIGINT,
        developer_id BIGINT,
        area_m2 NUMERIC(8, 2),
        price_fen BIGINT,
        payment VARCHAR,
        fit_out VARCHAR,
        is_bulk BOOLEAN NOT NULL,
        is_staff BOOLEAN NOT NULL,
        is_cancelled BOOLEAN NOT NULL,
        by_voucher BOOLEAN NOT NULL,
        state VARCHAR NOT NULL,
        redemption_id BIGINT,
        source VARCHAR NOT NULL,
        reported_at TIMESTAMP WITH TIME ZONE NOT NULL,
        registered_at TIMESTAMP WITH TIME ZONE,
        file_id BIGINT,
        CONSTRAINT pk_cash_sales PRIMARY KEY (id),
        CONSTRAINT uq_cash_sales_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_cash_sales_district_id_file_id FOREIGN KEY(district_id, file_id) REFERENCES sales_files (district_id, id),
        CONSTRAINT fk_cash_sales_district_id_redemption_id FOREIGN KEY(district_id, redemption_id) REFERENCES redemptions (district_id, id),
        CONSTRAINT ck_cash_sales_state CHECK (state IN ('standing', 'conflict', 'rejected', 'withdrawn', 'cancelled', 'noted', 'unmatched')),
        CONSTRAINT ck_cash_sales_source CHECK (source IN ('developer', 'api', 'registry')),
        CONSTRAINT ck_cash_sales_unmatched CHECK ((state = 'unmatched') <= (home_id IS NULL)),
        CONSTRAINT ck_cash_sales_home CHECK (state NOT IN ('standing', 'conflict') OR home_id IS NOT NULL),
        CONSTRAINT ck_cash_sales_developer CHECK ((home_id IS NULL) = (developer_id IS NULL)),
        CONSTRAINT ck_cash_sales_area CHECK ((home_id IS NULL) = (area_m2 IS NULL)),
        CONSTRAINT ck_cash_sales_reported CHECK (source = 'registry' OR home_id IS NOT NULL),
        CONSTRAINT ck_cash_sales_price CHECK (price_fen > 0),
        CONSTRAINT ck_cash_sales_payment CHECK (payment IN ('full', 'mortgage', 'fund', 'mixed', 'instalment')),
        CONSTRAINT ck_cash_sales_fit_out CHECK (fit_out IN ('bare', 'fitted')),
        CONSTRAINT ck_cash_sales_registered CHECK (registered_at IS NOT NULL OR source <> 'registry'),
        CONSTRAINT uq_cash_sales_ref UNIQUE (ref),
        CONSTRAINT fk_cash_sales_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT fk_cash_sales_home_id FOREIGN KEY(home_id) REFERENCES homes (id),
        CONSTRAINT fk_cash_sales_developer_id FOREIGN KEY(developer_id) REFERENCES organisations (id)
    )
    """,
    """
    CREATE INDEX ix_cash_sales_conflicts ON cash_sales (district_id, id) WHERE state = 'conflict'
    """,
    """
    CREATE INDEX ix_cash_sales_developer_id ON cash_sales (developer_id)
    """,
    """
    CREATE INDEX ix_cash_sales_home ON cash_sales (home_id, signed_on)
    """,
    """
    CREATE INDEX ix_cash_sales_list ON cash_sales (district_id, signed_on, id)
    """,
    """
    CREATE INDEX ix_cash_sales_redemption_id ON cash_sales (redemption_id)
    """,
    """
    CREATE UNIQUE INDEX uq_cash_sales_contract ON cash_sales (district_id, contract_number) WHERE state <> 'withdrawn'
    """,
    """
    CREATE UNIQUE INDEX uq_cash_sales_one_buyer ON cash_sales (home_id) WHERE state = 'standing'
    """,
    """
    CREATE TABLE cash_sale_moves (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        sale_id BIGINT NOT NULL,
        action VARCHAR NOT NULL,
        from_state VARCHAR,
        to_state VARCHAR NOT NULL,
        user_id BIGINT,
        role VARCHAR,
        reason VARCHAR,
        before JSONB,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_cash_sale_moves PRIMARY KEY (id),
        CONSTRAINT fk_cash_sale_moves_district_id_sale_id FOREIGN KEY(district_id, sale_id) REFERENCES cash_sales (district_id, id),
        CONSTRAINT fk_cash_sale_moves_user_id FOREIGN KEY(user_id) REFERENCES users (id)
    )
    """,
    """
    CREATE INDEX ix_cash_sale_moves_sale_id ON cash_sale_moves (sale_id)
    """,
)

ONE_BUYER = (
    """
CREATE OR REPLACE FUNCTION homes_one_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cash_sales WHERE home_id = NEW.id AND state = 'standing')
        AND EXISTS (SELECT FROM redemptions WHERE home_id = NEW.id
                    AND state IN ('locked', 'contracted', 'checked', 'redeemed')) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home is never held or bought by a voucher and sold for cash as well',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
    """.strip(),
    (
        "CREATE CONSTRAINT TRIGGER homes_one_buyer AFTER UPDATE OF status ON homes "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION homes_one_buyer()"
    ),
    (
        "CREATE TRIGGER cash_sale_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON cash_sale_moves "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    ),
)

ONE_PAYER = (
    """
CREATE OR REPLACE FUNCTION contracts_one_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended('contract:' || NEW.district_id || ':' || NEW.contract_number, 0)
    );
    IF TG_TABLE_NAME = 'redemptions' AND EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = NEW.district_id AND s.contract_number = NEW.contract_number
            AND CASE
                WHEN s.state IN ('withdrawn', 'unmatched') THEN false
                WHEN s.home_id IS DISTINCT FROM NEW.home_id THEN s.home_id IS NOT NULL
                WHEN s.state = 'conflict' THEN s.source <> 'registry'
                ELSE s.state NOT IN ('noted', 'rejected')
            END
    ) OR TG_TABLE_NAME = 'cash_sales' AND EXISTS (
        SELECT FROM redemptions r
        WHERE r.district_id = NEW.district_id AND r.contract_number = NEW.contract_number
            AND r.state IN ('contracted', 'checked', 'redeemed')
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'uq_contract_numbers: a contract is paid by a voucher or in cash, never both',
            ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END
$$
    """.strip(),
    (
        "CREATE TRIGGER redemptions_one_payer AFTER UPDATE OF contract_number ON redemptions "
        "FOR EACH ROW WHEN (NEW.contract_number IS NOT NULL) EXECUTE FUNCTION contracts_one_payer()"
    ),
    (
        "CREATE TRIGGER cash_sales_one_payer AFTER INSERT ON cash_sales "
        "FOR EACH ROW WHEN (NEW.source <> 'registry') EXECUTE FUNCTION contracts_one_payer()"
    ),
)

API = (
    """
    CREATE TABLE api_tokens (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        ref VARCHAR NOT NULL,
        organisation_id BIGINT NOT NULL,
        membership_id BIGINT NOT NULL,
        name VARCHAR NOT NULL,
        token_hash BYTEA NOT NULL,
        scopes TEXT[] NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        last_used_at TIMESTAMP WITH TIME ZONE,
        revoked_at TIMESTAMP WITH TIME ZONE,
        revoked_by_id BIGINT,
        CONSTRAINT pk_api_tokens PRIMARY KEY (id),
        CONSTRAINT ck_api_tokens_scopes CHECK (
            scopes <@ ARRAY['stock:read', 'prices:write', 'listings:write', 'sales:write']::text[]
            AND cardinality(scopes) > 0
        ),
        CONSTRAINT ck_api_tokens_term CHECK (expires_at > made_at),
        CONSTRAINT ck_api_tokens_revoked CHECK ((revoked_at IS NULL) = (revoked_by_id IS NULL)),
        CONSTRAINT uq_api_tokens_ref UNIQUE (ref),
        CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash),
        CONSTRAINT fk_api_tokens_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisations (id),
        CONSTRAINT fk_api_tokens_membership_id FOREIGN KEY(membership_id) REFERENCES memberships (id),
        CONSTRAINT fk_api_tokens_revoked_by_id FOREIGN KEY(revoked_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_api_tokens_organisation_id ON api_tokens (organisation_id)",
    """
    CREATE TABLE kept_answers (
        sender VARCHAR NOT NULL,
        key VARCHAR NOT NULL,
        request_hash VARCHAR NOT NULL,
        status BIGINT NOT NULL,
        body JSONB NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_kept_answers PRIMARY KEY (sender, key)
    )
    """,
    "CREATE INDEX ix_kept_answers_at ON kept_answers (at)",
)

REASONS = (
    "'withdrawn', 'developer_suspended', 'developer_left', "
    "'voucher_above_cash', 'voucher_above_filed', 'voucher_above_net'"
)


def upgrade() -> None:
    _reasons(f"{REASONS}, 'sold_offline'")
    op.execute("ALTER TABLE redemptions ADD COLUMN disputed_at timestamptz")
    for statement in (*TABLES, *ONE_BUYER, *ONE_PAYER, *API):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER homes_one_buyer ON homes")
    op.execute("DROP TRIGGER redemptions_one_payer ON redemptions")
    for table in ("kept_answers", "api_tokens", "cash_sale_moves", "cash_sales", "sales_files"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION homes_one_buyer()")
    op.execute("DROP FUNCTION contracts_one_payer()")
    op.execute("ALTER TABLE redemptions DROP COLUMN disputed_at")
    op.execute("UPDATE pool_listings SET out_reason = 'withdrawn' WHERE out_reason = 'sold_offline'")
    _reasons(REASONS)


def _reasons(known: str) -> None:
    op.drop_constraint(op.f("ck_pool_listings_reason_kind"), "pool_listings")
    op.create_check_constraint(
        op.f("ck_pool_listings_reason_kind"), "pool_listings", f"out_reason IN ({known})"
    )
