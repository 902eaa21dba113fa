"""A listed home's cash price is at most its filed price, for the database as for the service

Until now the guard of the pool knew the voucher price alone. Homes that stand listed with a cash price above
the filed one are not taken out here: leaving the pool opens a signal with its evidence, which the daily proof
does. It is queued to run at once; until it has, pages and locks treat such a home as not listed.

Revision ID: 0028
Revises: 0027
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
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


def upgrade() -> None:
    op.execute(POOL_RULE_FUNCTION)
    op.execute(PRICES_RULE_FUNCTION)
    op.execute(JUDGE_THOSE_LISTED)


def downgrade() -> None:
    op.execute(FORMER_PRICES_RULE)
    op.execute(FORMER_POOL_RULE)
