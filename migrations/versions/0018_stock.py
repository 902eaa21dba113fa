"""Guards of prices that look at many rows at once

A price version that ends as it should is seen by its trigger's condition, without a call for each row; the
rule of the pool is checked once a statement, and only listings in doubt are looked at again at the commit.
Staged rows carry what a table says of buildings.
New pages of homes keep room for one more version of each row, so that a change of all of them writes to no index.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BUILDINGS_FACTS = {"storeys": sa.SmallInteger(), "units": sa.SmallInteger(), "has_lift": sa.Boolean()}
"""What a staged row says of a building that is new."""

ONLY_ENDED_FUNCTION = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.source = 'developer'
        AND NOT EXISTS (SELECT FROM pool_listings WHERE home_id = OLD.home_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

ONLY_ENDED_TRIGGER = """
CREATE TRIGGER price_versions_only_end BEFORE UPDATE ON price_versions
FOR EACH ROW WHEN (
    OLD.effective_to IS NOT NULL OR NEW.effective_to IS NULL OR
    (NEW.id, NEW.home_id, NEW.kind, NEW.amount_fen, NEW.effective_from, NEW.reason, NEW.source, NEW.filing_number, NEW.filed_on, NEW.author_id, NEW.batch_id) IS DISTINCT FROM
    (OLD.id, OLD.home_id, OLD.kind, OLD.amount_fen, OLD.effective_from, OLD.reason, OLD.source, OLD.filing_number, OLD.filed_on, OLD.author_id, OLD.batch_id)
) EXECUTE FUNCTION price_versions_only_end()
"""

KEPT_TRIGGER = """
CREATE TRIGGER price_versions_kept BEFORE DELETE ON price_versions
FOR EACH ROW EXECUTE FUNCTION price_versions_only_end()
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
        SELECT max(amount_fen) FILTER (WHERE kind = 'voucher')
                <= min(amount_fen) FILTER (WHERE kind <> 'voucher') AND count(*) = 3
        FROM price_versions WHERE home_id = listing.home_id AND effective_to IS NULL
    ) IS NOT TRUE;
    RETURN NULL;
END
$$
"""

PRICES_RULE_TRIGGER = """
CREATE TRIGGER price_versions_pool_rule AFTER INSERT ON price_versions REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION anju_doubt_listed_prices()
"""

FORMER_FUNCTION = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL AND NEW.effective_to IS NOT NULL
        AND to_jsonb(NEW) - 'effective_to' = to_jsonb(OLD) - 'effective_to' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.source = 'developer'
        AND NOT EXISTS (SELECT FROM pool_listings WHERE home_id = OLD.home_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

FORMER_TRIGGER = """
CREATE TRIGGER price_versions_only_end BEFORE UPDATE OR DELETE ON price_versions
FOR EACH ROW EXECUTE FUNCTION price_versions_only_end()
"""

FORMER_RULE_TRIGGER = """
CREATE CONSTRAINT TRIGGER price_versions_pool_rule AFTER INSERT ON price_versions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.effective_to IS NULL)
EXECUTE FUNCTION anju_check_listed_prices()
"""


def upgrade() -> None:
    op.execute("ALTER TABLE homes SET (fillfactor = 50)")
    for name, kind in BUILDINGS_FACTS.items():
        op.add_column("import_rows", sa.Column(name, kind))
    op.execute("DROP TRIGGER price_versions_only_end ON price_versions")
    op.execute("DROP TRIGGER price_versions_pool_rule ON price_versions")
    for statement in (
        ONLY_ENDED_FUNCTION,
        ONLY_ENDED_TRIGGER,
        KEPT_TRIGGER,
        PRICES_RULE_FUNCTION,
        PRICES_RULE_TRIGGER,
    ):
        op.execute(statement)


def downgrade() -> None:
    op.execute("ALTER TABLE homes RESET (fillfactor)")
    for name in BUILDINGS_FACTS:
        op.drop_column("import_rows", name)
    op.execute("DROP TRIGGER price_versions_pool_rule ON price_versions")
    op.execute("DROP FUNCTION anju_doubt_listed_prices()")
    for name in ("price_versions_kept", "price_versions_only_end"):
        op.execute(f"DROP TRIGGER {name} ON price_versions")
    for statement in (FORMER_FUNCTION, FORMER_TRIGGER, FORMER_RULE_TRIGGER):
        op.execute(statement)
