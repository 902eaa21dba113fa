"""Whether a contract's number is one paid in cash is a function: who types it asks, and so does the trigger.

Revision ID: 0072
Revises: 0077
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0072"
down_revision: str | None = "0077"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PAID_IN_CASH_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_paid_in_cash(district bigint, number varchar, home bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = district AND s.contract_number = number
            AND CASE
                WHEN s.state IN ('withdrawn', 'unmatched') THEN false
                WHEN s.home_id IS DISTINCT FROM home THEN s.home_id IS NOT NULL
                WHEN s.state = 'conflict' THEN s.source <> 'registry'
                ELSE s.state NOT IN ('noted', 'rejected')
            END
    );
END
$$
""".strip()
ONE_PAYER_FUNCTION = """
CREATE OR REPLACE FUNCTION contracts_one_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended('contract:' || NEW.district_id || ':' || NEW.contract_number, 0)
    );
    IF TG_TABLE_NAME = 'redemptions'
        AND contract_paid_in_cash(NEW.district_id, NEW.contract_number, NEW.home_id)
    OR TG_TABLE_NAME = 'cash_sales' AND EXISTS (
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
""".strip()
ONE_PAYER_BEFORE = """
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
""".strip()


def upgrade() -> None:
    op.execute(PAID_IN_CASH_FUNCTION)
    op.execute(ONE_PAYER_FUNCTION)


def downgrade() -> None:
    op.execute(ONE_PAYER_BEFORE)
    op.execute("DROP FUNCTION contract_paid_in_cash(bigint, varchar, bigint)")
