"""baskets

Revision ID: 0016
Revises: 0015
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    """
    CREATE TABLE basket_homes (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        household_id BIGINT NOT NULL,
        home_id BIGINT NOT NULL,
        place BIGINT NOT NULL,
        CONSTRAINT pk_basket_homes PRIMARY KEY (id),
        CONSTRAINT uq_basket_homes_household_id_home_id UNIQUE (household_id, home_id),
        CONSTRAINT fk_basket_homes_district_id_household_id FOREIGN KEY(district_id, household_id) REFERENCES households (district_id, id),
        CONSTRAINT ck_basket_homes_place CHECK (place > 0),
        CONSTRAINT fk_basket_homes_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT fk_basket_homes_home_id FOREIGN KEY(home_id) REFERENCES homes (id)
    )
    """,
    "CREATE INDEX ix_basket_homes_home_id ON basket_homes (home_id)",
    """
    CREATE TABLE basket_quotes (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        household_id BIGINT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_basket_quotes PRIMARY KEY (id),
        CONSTRAINT uq_basket_quotes_district_id_id UNIQUE (district_id, id),
        CONSTRAINT fk_basket_quotes_district_id_household_id FOREIGN KEY(district_id, household_id) REFERENCES households (district_id, id),
        CONSTRAINT fk_basket_quotes_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_basket_quotes_ref UNIQUE (ref)
    )
    """,
    "CREATE INDEX ix_basket_quotes_household_id ON basket_quotes (household_id)",
    """
    CREATE TABLE kin_consents (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        household_id BIGINT NOT NULL,
        owner_id BIGINT NOT NULL,
        voucher_id BIGINT NOT NULL,
        home_id BIGINT NOT NULL,
        relation VARCHAR NOT NULL,
        price_fen BIGINT NOT NULL,
        most_fen BIGINT NOT NULL,
        state VARCHAR NOT NULL,
        asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
        ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
        given_at TIMESTAMP WITH TIME ZONE,
        given_by_id BIGINT,
        way VARCHAR,
        shown JSONB,
        redemption_id BIGINT,
        CONSTRAINT pk_kin_consents PRIMARY KEY (id),
        CONSTRAINT fk_kin_consents_district_id_household_id FOREIGN KEY(district_id, household_id) REFERENCES households (district_id, id),
        CONSTRAINT fk_kin_consents_district_id_owner_id FOREIGN KEY(district_id, owner_id) REFERENCES households (district_id, id),
        CONSTRAINT fk_kin_consents_district_id_voucher_id FOREIGN KEY(district_id, voucher_id) REFERENCES vouchers (district_id, id),
        CONSTRAINT fk_kin_consents_district_id_redemption_id FOREIGN KEY(district_id, redemption_id) REFERENCES redemptions (district_id, id),
        CONSTRAINT ck_kin_consents_two_households CHECK (household_id <> owner_id),
        CONSTRAINT ck_kin_consents_sums CHECK (most_fen > 0 AND price_fen > 0),
        CONSTRAINT ck_kin_consents_state CHECK (state IN ('asked', 'given', 'declined', 'withdrawn', 'used')),
        CONSTRAINT ck_kin_consents_given CHECK ((state IN ('given', 'used')) <= (given_at IS NOT NULL)),
        CONSTRAINT ck_kin_consents_evidence CHECK (num_nulls(given_at, given_by_id, way, shown) IN (0, 4)),
        CONSTRAINT ck_kin_consents_way CHECK (way IN ('self', 'counter')),
        CONSTRAINT ck_kin_consents_used CHECK ((state = 'used') = (redemption_id IS NOT NULL)),
        CONSTRAINT fk_kin_consents_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_kin_consents_ref UNIQUE (ref),
        CONSTRAINT fk_kin_consents_home_id FOREIGN KEY(home_id) REFERENCES homes (id),
        CONSTRAINT fk_kin_consents_given_by_id FOREIGN KEY(given_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_kin_consents_household_id ON kin_consents (household_id)",
    "CREATE INDEX ix_kin_consents_owner_id ON kin_consents (owner_id)",
    "CREATE INDEX ix_kin_consents_voucher_id ON kin_consents (voucher_id)",
    "CREATE INDEX ix_kin_consents_redemption_id ON kin_consents (redemption_id)",
    """
    CREATE UNIQUE INDEX uq_kin_consents_live ON kin_consents (household_id, voucher_id, home_id)
        WHERE state IN ('asked', 'given')
    """,
)

QUOTES = (
    # Quotes made before were over one home each. The default goes at once: the code names the place.
    """
    ALTER TABLE quotes
        ADD COLUMN basket_quote_id BIGINT,
        ADD COLUMN place BIGINT NOT NULL DEFAULT 1,
        ADD CONSTRAINT uq_quotes_basket_quote_id_place UNIQUE (basket_quote_id, place),
        ADD CONSTRAINT fk_quotes_district_id_basket_quote_id FOREIGN KEY (district_id, basket_quote_id)
            REFERENCES basket_quotes (district_id, id),
        ADD CONSTRAINT ck_quotes_place CHECK (place > 0 AND (basket_quote_id IS NOT NULL OR place = 1))
    """,
    "ALTER TABLE quotes ALTER COLUMN place DROP DEFAULT",
)
PAYMENTS = (
    """
    CREATE TABLE top_ups (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        owner VARCHAR NOT NULL,
        payer_name VARCHAR NOT NULL,
        account VARCHAR NOT NULL,
        amount_fen BIGINT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_top_ups PRIMARY KEY (id),
        CONSTRAINT uq_top_ups_district_id_id UNIQUE (district_id, id),
        CONSTRAINT uq_top_ups_district_id_owner UNIQUE (district_id, owner),
        CONSTRAINT ck_top_ups_amount CHECK (amount_fen > 0),
        CONSTRAINT fk_top_ups_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_top_ups_ref UNIQUE (ref)
    )
    """,
    """
    CREATE TABLE statement_lines (
        id BIGINT GENERATED ALWAYS AS IDENTITY,
        district_id BIGINT NOT NULL,
        ref VARCHAR NOT NULL,
        serial VARCHAR NOT NULL,
        received_on DATE NOT NULL,
        amount_fen BIGINT NOT NULL,
        payer_name VARCHAR NOT NULL,
        memo VARCHAR NOT NULL,
        file_sha256 VARCHAR NOT NULL,
        imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
        top_up_id BIGINT,
        matched_by_id BIGINT,
        matched_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT pk_statement_lines PRIMARY KEY (id),
        CONSTRAINT uq_statement_lines_district_id_serial UNIQUE (district_id, serial),
        CONSTRAINT fk_statement_lines_district_id_top_up_id FOREIGN KEY(district_id, top_up_id) REFERENCES top_ups (district_id, id),
        CONSTRAINT ck_statement_lines_amount CHECK (amount_fen > 0),
        CONSTRAINT ck_statement_lines_matched CHECK (num_nulls(top_up_id, matched_by_id, matched_at) IN (0, 3)),
        CONSTRAINT fk_statement_lines_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
        CONSTRAINT uq_statement_lines_ref UNIQUE (ref),
        CONSTRAINT fk_statement_lines_matched_by_id FOREIGN KEY(matched_by_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_statement_lines_top_up_id ON statement_lines (top_up_id)",
)
REDEMPTIONS = (
    """
    ALTER TABLE redemptions
        ADD COLUMN answered_at TIMESTAMP WITH TIME ZONE,
        ADD COLUMN extended_at TIMESTAMP WITH TIME ZONE
    """,
)
APPEND_ONLY = ("basket_quotes",)


def upgrade() -> None:
    """Baskets of homes, quotes that are locked together, and consents of kin whose vouchers help."""
    for statement in (*TABLES, *QUOTES, *REDEMPTIONS, *PAYMENTS):
        op.execute(statement)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
        )


def downgrade() -> None:
    """Take them away; quotes of baskets become quotes of single homes."""
    op.execute("DROP TABLE statement_lines")
    op.execute("DROP TABLE top_ups")
    op.execute("ALTER TABLE redemptions DROP COLUMN answered_at, DROP COLUMN extended_at")
    op.execute("ALTER TABLE quotes DROP COLUMN basket_quote_id, DROP COLUMN place")
    op.execute("DROP TABLE basket_quotes")
    op.execute("DROP TABLE basket_homes")
    op.execute("DROP TABLE kin_consents")
