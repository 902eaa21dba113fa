"""Second guards around a lock, and what a contract says

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

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
            AND (voucher.amount_fen <= cash.amount_fen AND voucher.amount_fen <= filed.amount_fen) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a listed home needs a voucher price of at most its cash and its filed price',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
"""

PRICES_POOL_RULE = """
CREATE CONSTRAINT TRIGGER price_versions_pool_rule AFTER INSERT ON price_versions
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.effective_to IS NULL)
EXECUTE FUNCTION anju_check_listed_prices()
"""

LISTINGS_POOL_RULE = """
CREATE CONSTRAINT TRIGGER pool_listings_pool_rule AFTER INSERT OR UPDATE ON pool_listings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'listed')
EXECUTE FUNCTION anju_check_listed_prices()
"""

ENDS_FUNCTION = """
CREATE OR REPLACE FUNCTION ledger_transfers_end_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledger_transfers WHERE id = NEW.pending_id AND kind <> 'pending') THEN
        RAISE EXCEPTION USING
            MESSAGE = 'only a pending transfer can be posted or voided',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NEW;
END
$$
"""

ENDS_TRIGGER = """
CREATE TRIGGER ledger_transfers_end_promises BEFORE INSERT ON ledger_transfers
FOR EACH ROW WHEN (NEW.pending_id IS NOT NULL) EXECUTE FUNCTION ledger_transfers_end_promises()
"""


def upgrade() -> None:
    op.execute(ENDS_FUNCTION)
    op.execute(ENDS_TRIGGER)
    _guard_listed_prices()
    _keep_contracts()


def downgrade() -> None:
    _forget_contracts()
    _free_listed_prices()
    op.execute("DROP TRIGGER ledger_transfers_end_promises ON ledger_transfers")
    op.execute("DROP FUNCTION ledger_transfers_end_promises()")


def _guard_listed_prices() -> None:
    op.execute(POOL_RULE_FUNCTION)
    op.execute(PRICES_POOL_RULE)
    op.execute(LISTINGS_POOL_RULE)


def _free_listed_prices() -> None:
    for table in ("price_versions", "pool_listings"):
        op.execute(f"DROP TRIGGER {table}_pool_rule ON {table}")
    op.execute("DROP FUNCTION anju_check_listed_prices()")


def _keep_contracts() -> None:
    op.add_column("redemptions", sa.Column("contract_area_m2", sa.Numeric(8, 2)))
    op.add_column("redemptions", sa.Column("contract_price_fen", sa.BigInteger()))
    # No contract was ever entered with another area or price than its quote's.
    op.execute("""
        UPDATE redemptions r SET contract_price_fen = r.price_fen,
               contract_area_m2 = (q.snapshot -> 'home' ->> 'area_m2')::numeric
        FROM quotes q WHERE q.id = r.quote_id AND r.contract_number IS NOT NULL
    """)
    op.drop_constraint(op.f("ck_redemptions_contract"), "redemptions")
    op.create_check_constraint(
        op.f("ck_redemptions_contract"),
        "redemptions",
        "num_nulls(contract_number, contract_signed_on, contract_area_m2, contract_price_fen) IN (0, 4)",
    )
    op.create_check_constraint(
        op.f("ck_redemptions_contract_price"), "redemptions", "contract_price_fen = price_fen"
    )
    op.create_check_constraint(op.f("ck_redemptions_contract_area"), "redemptions", "contract_area_m2 > 0")


def _forget_contracts() -> None:
    for name in ("contract_area", "contract_price", "contract"):
        op.drop_constraint(op.f(f"ck_redemptions_{name}"), "redemptions")
    op.create_check_constraint(
        op.f("ck_redemptions_contract"),
        "redemptions",
        "(contract_number IS NULL) = (contract_signed_on IS NULL)",
    )
    op.drop_column("redemptions", "contract_price_fen")
    op.drop_column("redemptions", "contract_area_m2")
