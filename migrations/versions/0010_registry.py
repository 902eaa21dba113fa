"""Contracts that may have sold one of several homes, homes that a contract claims, signals of contracts

Revision ID: 0010
Revises: 0009
"""

import re
import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = "'standing', 'conflict', 'rejected', 'withdrawn', 'cancelled', 'noted', 'unmatched'"

TABLE = """
CREATE TABLE cash_sale_candidates (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    sale_id BIGINT NOT NULL,
    home_id BIGINT NOT NULL,
    redemption_id BIGINT,
    added_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_cash_sale_candidates PRIMARY KEY (id),
    CONSTRAINT ck_cash_sale_candidates_period CHECK (ended_at >= added_at),
    CONSTRAINT fk_cash_sale_candidates_district_id_sale_id
        FOREIGN KEY(district_id, sale_id) REFERENCES cash_sales (district_id, id),
    CONSTRAINT fk_cash_sale_candidates_district_id_redemption_id
        FOREIGN KEY(district_id, redemption_id) REFERENCES redemptions (district_id, id),
    CONSTRAINT fk_cash_sale_candidates_home_id FOREIGN KEY(home_id) REFERENCES homes (id)
)
"""
INDEXES = (
    (
        "CREATE UNIQUE INDEX uq_cash_sale_candidates_open ON cash_sale_candidates (sale_id, home_id) "
        "WHERE ended_at IS NULL"
    ),
    "CREATE INDEX ix_cash_sale_candidates_home ON cash_sale_candidates (home_id) WHERE ended_at IS NULL",
    "CREATE INDEX ix_cash_sale_candidates_redemption ON cash_sale_candidates (redemption_id)",
    "CREATE INDEX ix_cash_sales_match_key ON cash_sales (district_id, match_key)",
)
CLAIMED_FUNCTION = """
CREATE OR REPLACE FUNCTION homes_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed bigint := CASE WHEN TG_TABLE_NAME = 'homes' THEN (to_jsonb(NEW) ->> 'id')::bigint
                           ELSE (to_jsonb(NEW) ->> 'home_id')::bigint END;
BEGIN
    IF EXISTS (SELECT FROM homes WHERE id = claimed AND claimed_at IS NOT NULL)
        AND (EXISTS (SELECT FROM pool_listings WHERE home_id = claimed AND state = 'listed')
             OR EXISTS (SELECT FROM redemptions WHERE home_id = claimed AND disputed_at IS NULL
                        AND state IN ('locked', 'contracted', 'checked'))) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home that a contract claims is in no pool, and nobody holds it undisputed',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
HOMES_CLAIMED = (
    "CREATE CONSTRAINT TRIGGER homes_claimed AFTER UPDATE OF status, claimed_at ON homes "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.claimed_at IS NOT NULL) "
    "EXECUTE FUNCTION homes_claimed()"
)
LISTINGS_CLAIMED = (
    "CREATE CONSTRAINT TRIGGER pool_listings_claimed AFTER INSERT OR UPDATE ON pool_listings "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'listed') "
    "EXECUTE FUNCTION homes_claimed()"
)
OTHERS_CONTRACT_FUNCTION = """
CREATE OR REPLACE FUNCTION redemptions_own_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = NEW.district_id AND s.contract_number = NEW.contract_number
            AND (s.state = 'doubtful'
                 OR s.state NOT IN ('withdrawn', 'unmatched') AND s.home_id <> NEW.home_id)
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemptions_own_contract: the registry has this contract for another home',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
OTHERS_CONTRACT_TRIGGER = (
    "CREATE TRIGGER redemptions_own_contract AFTER UPDATE OF state ON redemptions "
    "FOR EACH ROW WHEN (NEW.state IN ('checked', 'redeemed')) EXECUTE FUNCTION redemptions_own_contract()"
)

KINDS = "'voucher_above_cash', 'voucher_above_filed', 'voucher_above_net'"
SIGNALS = (
    (
        "ALTER TABLE signals ADD COLUMN sale_id bigint, ADD CONSTRAINT fk_signals_district_id_sale_id "
        "FOREIGN KEY (district_id, sale_id) REFERENCES cash_sales (district_id, id)"
    ),
    (
        "CREATE UNIQUE INDEX uq_signals_one_a_contract ON signals (sale_id) "
        "WHERE state IN ('signal', 'opened')"
    ),
)

CLAIMED = """
UPDATE homes SET claimed_at = sale.since FROM (
    SELECT home_id, min(reported_at) AS since FROM cash_sales
    WHERE state = 'standing' OR state = 'conflict' AND redemption_id IN (
        SELECT id FROM redemptions WHERE ended_at IS NULL
    )
    GROUP BY home_id
) sale WHERE sale.home_id = homes.id
"""
"""A contract that claims a home has set it aside already; now the home says so itself."""


def upgrade() -> None:
    op.execute(TABLE)
    op.add_column("homes", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pool_listings", sa.Column("returns", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("cash_sales", sa.Column("match_key", sa.String(), server_default="", nullable=False))
    _fill_keys()
    op.alter_column("cash_sales", "match_key", server_default=None)
    op.execute(CLAIMED)
    _check("cash_sales", "state", f"state IN ({STATES}, 'doubtful')")
    for statement in (*INDEXES, CLAIMED_FUNCTION, HOMES_CLAIMED, LISTINGS_CLAIMED):
        op.execute(statement)
    op.execute(OTHERS_CONTRACT_FUNCTION)
    op.execute(OTHERS_CONTRACT_TRIGGER)
    for statement in SIGNALS:
        op.execute(statement)
    _check("signals", "kind", f"kind IN ({KINDS}, 'contract_below_cash')")
    _check("signals", "state", "state IN ('signal', 'dismissed', 'opened', 'lapsed')")
    op.create_check_constraint(
        op.f("ck_signals_sale"), "signals", "(kind = 'contract_below_cash') = (sale_id IS NOT NULL)"
    )


def downgrade() -> None:
    # Moves are append-only to the application, and their signals have no place in the schema before this.
    op.execute("ALTER TABLE signal_moves DISABLE TRIGGER USER")
    op.execute(
        "DELETE FROM signal_moves WHERE signal_id IN (SELECT id FROM signals WHERE sale_id IS NOT NULL)"
    )
    op.execute("ALTER TABLE signal_moves ENABLE TRIGGER USER")
    op.execute("DELETE FROM signals WHERE sale_id IS NOT NULL")
    op.drop_constraint(op.f("ck_signals_sale"), "signals")
    _check("signals", "kind", f"kind IN ({KINDS})")
    _check("signals", "state", "state IN ('signal', 'dismissed', 'opened')")
    op.drop_column("signals", "sale_id")
    op.execute("DROP TRIGGER redemptions_own_contract ON redemptions")
    op.execute("DROP TRIGGER pool_listings_claimed ON pool_listings")
    op.execute("DROP TRIGGER homes_claimed ON homes")
    op.execute("DROP FUNCTION redemptions_own_contract()")
    op.execute("DROP FUNCTION homes_claimed()")
    op.execute("DROP TABLE cash_sale_candidates")
    op.drop_index("ix_cash_sales_match_key", "cash_sales")
    # Their homes stay out of the pool; a contract that no state fits any more waits as unmatched.
    op.execute(
        "UPDATE cash_sales SET state = 'unmatched', home_id = NULL, developer_id = NULL, area_m2 = NULL "
        "WHERE state = 'doubtful'"
    )
    _check("cash_sales", "state", f"state IN ({STATES})")
    op.drop_column("cash_sales", "match_key")
    op.drop_column("pool_listings", "returns")
    op.drop_column("homes", "claimed_at")


def _check(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _fill_keys() -> None:
    """Give contracts on record their key as it is compared today; the next file compares them all anew."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT id, development_name, building_name, unit, room FROM cash_sales")
    ).all()
    for row in rows:
        ending = ("", r"(?:号?楼|号|幢|栋|座)$", r"(?:号?单元|号)$", r"(?:号?室|号?房|号|户)$")
        key = "|".join(_plain(part, end) for part, end in zip(row[1:], ending, strict=True))
        connection.execute(
            sa.text("UPDATE cash_sales SET match_key = :key WHERE id = :id"), {"key": key, "id": row.id}
        )


def _plain(text: str, ending: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(sign for sign in folded if unicodedata.category(sign)[0] in "LN")
    core = re.sub(ending, "", bare) if ending else bare
    return re.sub(r"(?<!\d)0+(?=\d)", "", core or bare)
