"""A listed home's cash price is at most its filed price, for the database as for the service

Until now the guard of the pool knew the voucher price alone. Homes that stand listed with a cash price above
the filed one are not taken out here: leaving the pool opens a signal with its evidence, which the daily proof
does. It is queued to run at once; until it has, pages and locks treat such a home as not listed.

A home at the address of one that is bought or sold is set aside until the regulator decides: address_doubts.

A purchase whose contract the registry has at an address that is no home of ours is not verified.

Revision ID: 0026
Revises: 0025
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

POOL_RULE_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_check_listed_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever changed the same home at the same moment has ended before the prices are read.
    PERFORM FROM homes WHERE id = NEW.home_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM pool_listings listing
        LEFT JOIN price_versions voucher ON voucher.home_id = listing.home_id
            AND voucher.kind = 'voucher' AND voucher.effective_to IS NULL
        LEFT JOIN price_versions cash ON cash.home_id = listing.home_id
            AND cash.kind = 'cash' AND cash.effective_to IS NULL
        LEFT JOIN price_versions filed ON filed.home_id = listing.home_id
            AND filed.kind = 'filed' AND filed.effective_to IS NULL
        WHERE listing.home_id = NEW.home_id AND listing.state = 'listed'
            AND (voucher.amount_fen <= cash.amount_fen AND cash.amount_fen <= filed.amount_fen) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a listed home keeps voucher price <= cash price <= filed price',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

PRICES_RULE_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_doubt_listed_prices() RETURNS trigger LANGUAGE plpgsql
-- The plan is kept for one new price as for 100,000: it may only ever look rows up one by one.
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    -- Whoever changed the same homes at the same moment has ended before the prices are read.
    PERFORM FROM homes WHERE id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL)
    ORDER BY id FOR NO KEY UPDATE;
    -- A listing whose prices do not fit as they are now is looked at again at the commit: it was written to.
    UPDATE pool_listings listing SET changed_at = changed_at
    WHERE state = 'listed' AND home_id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL) AND (
        SELECT max(amount_fen) FILTER (WHERE kind = 'voucher') <= max(amount_fen) FILTER (WHERE kind = 'cash')
            AND max(amount_fen) FILTER (WHERE kind = 'cash') <= max(amount_fen) FILTER (WHERE kind = 'filed')
        FROM price_versions WHERE home_id = listing.home_id AND effective_to IS NULL
    ) IS NOT TRUE;
    RETURN NULL;
END
$$
"""

JUDGE_THOSE_LISTED = """
INSERT INTO procrastinate_jobs (queue_name, task_name)
SELECT 'default', 'homes.judge_all' WHERE EXISTS (
    SELECT FROM pool_listings listing
    JOIN homes home ON home.id = listing.home_id AND home.status <> 'sold'
    JOIN price_versions cash ON cash.home_id = home.id AND cash.kind = 'cash' AND cash.effective_to IS NULL
    JOIN price_versions filed ON filed.home_id = home.id AND filed.kind = 'filed' AND filed.effective_to IS NULL
    WHERE listing.state = 'listed' AND cash.amount_fen > filed.amount_fen
)
"""

FORMER_POOL_RULE = POOL_RULE_FUNCTION.replace(
    "voucher.amount_fen <= cash.amount_fen AND cash.amount_fen <= filed.amount_fen",
    "voucher.amount_fen <= cash.amount_fen AND voucher.amount_fen <= filed.amount_fen",
).replace(
    "a listed home keeps voucher price <= cash price <= filed price",
    "a listed home needs a voucher price of at most its cash and its filed price",
)

FORMER_PRICES_RULE = """
CREATE OR REPLACE FUNCTION anju_doubt_listed_prices() RETURNS trigger LANGUAGE plpgsql
-- The plan is kept for one new price as for 100,000: it may only ever look rows up one by one.
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    -- Whoever changed the same homes at the same moment has ended before the prices are read.
    PERFORM FROM homes WHERE id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL)
    ORDER BY id FOR NO KEY UPDATE;
    -- A listing whose prices do not fit as they are now is looked at again at the commit: it was written to.
    UPDATE pool_listings listing SET changed_at = changed_at
    WHERE state = 'listed' AND home_id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL) AND (
        SELECT max(amount_fen) FILTER (WHERE kind = 'voucher')
                <= min(amount_fen) FILTER (WHERE kind <> 'voucher') AND count(*) = 3
        FROM price_versions WHERE home_id = listing.home_id AND effective_to IS NULL
    ) IS NOT TRUE;
    RETURN NULL;
END
$$
"""

OTHERS_CONTRACT_FUNCTION = """
CREATE OR REPLACE FUNCTION redemptions_own_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = NEW.district_id AND s.contract_number = NEW.contract_number
            AND (s.state = 'doubtful'
                 OR s.state IN ('unmatched', 'noted', 'rejected') AND s.home_id IS NULL
                 OR s.state NOT IN ('withdrawn', 'unmatched') AND s.home_id <> NEW.home_id)
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemptions_own_contract: the registry has this contract for another home',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
"""
FORMER_OTHERS_CONTRACT = OTHERS_CONTRACT_FUNCTION.replace(
    """                 OR s.state IN ('unmatched', 'noted', 'rejected') AND s.home_id IS NULL
""",
    "",
)

SET_ASIDE_FUNCTION = """
CREATE OR REPLACE FUNCTION homes_of_a_sold_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doubted bigint := CASE WHEN TG_TABLE_NAME = 'homes' THEN (to_jsonb(NEW) ->> 'id')::bigint
                           ELSE (to_jsonb(NEW) ->> 'home_id')::bigint END;
BEGIN
    IF EXISTS (SELECT FROM homes WHERE id = doubted AND claimed_at IS NULL AND status <> 'sold')
        AND EXISTS (SELECT FROM address_doubts WHERE home_id = doubted AND ended_at IS NULL) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home of a sold address is set aside until the regulator decides',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
"""
HOMES_SET_ASIDE = (
    "CREATE CONSTRAINT TRIGGER homes_of_a_sold_address AFTER UPDATE OF status, claimed_at ON homes "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.claimed_at IS NULL) "
    "EXECUTE FUNCTION homes_of_a_sold_address()"
)
DOUBTS_SET_ASIDE = (
    "CREATE CONSTRAINT TRIGGER address_doubts_set_aside AFTER INSERT OR UPDATE ON address_doubts "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ended_at IS NULL) "
    "EXECUTE FUNCTION homes_of_a_sold_address()"
)


def upgrade() -> None:
    op.execute(POOL_RULE_FUNCTION)
    op.execute(PRICES_RULE_FUNCTION)
    op.execute(JUDGE_THOSE_LISTED)
    op.execute(OTHERS_CONTRACT_FUNCTION)
    op.create_table(
        "address_doubts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("sold_home_id", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by_id", sa.BigInteger()),
        sa.Column("reason", sa.String()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('waiting', 'same', 'other', 'moved')", name=op.f("ck_address_doubts_state")
        ),
        sa.CheckConstraint(
            "(state IN ('other', 'moved')) = (ended_at IS NOT NULL)", name=op.f("ck_address_doubts_ended")
        ),
        sa.CheckConstraint(
            "num_nonnulls(decided_at, decided_by_id, reason) IN (0, 3)",
            name=op.f("ck_address_doubts_decided"),
        ),
        sa.CheckConstraint(
            "state = 'moved' OR (state <> 'waiting') = (reason IS NOT NULL)",
            name=op.f("ck_address_doubts_reason"),
        ),
        sa.CheckConstraint("home_id <> sold_home_id", name=op.f("ck_address_doubts_two_homes")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_address_doubts_district_id")
        ),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_address_doubts_home_id")),
        sa.ForeignKeyConstraint(["sold_home_id"], ["homes.id"], name=op.f("fk_address_doubts_sold_home_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_address_doubts_decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_doubts")),
        sa.UniqueConstraint("ref", name=op.f("uq_address_doubts_ref")),
    )
    op.create_index(
        "uq_address_doubts_open",
        "address_doubts",
        ["home_id", "sold_home_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_address_doubts_list", "address_doubts", ["district_id", "id"])
    op.create_index("ix_address_doubts_sold_home", "address_doubts", ["sold_home_id"])
    for statement in (SET_ASIDE_FUNCTION, HOMES_SET_ASIDE, DOUBTS_SET_ASIDE):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER homes_of_a_sold_address ON homes")
    op.drop_table("address_doubts")
    op.execute("DROP FUNCTION homes_of_a_sold_address()")
    op.execute(FORMER_OTHERS_CONTRACT)
    op.execute(FORMER_PRICES_RULE)
    op.execute(FORMER_POOL_RULE)
