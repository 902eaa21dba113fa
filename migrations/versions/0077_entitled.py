"""Agreements say the area and the number of people that they entitle to.

Revision ID: 0077
Revises: 0067
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0077"
down_revision: str | None = "0067"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENTITLED_FUNCTION = """
CREATE OR REPLACE FUNCTION agreements_keep_entitled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.entitled_m2, OLD.residents) IS DISTINCT FROM (NEW.entitled_m2, NEW.residents)
        AND EXISTS (SELECT FROM vouchers WHERE agreement_id = NEW.id AND state <> 'rejected')
    THEN
        RAISE EXCEPTION USING
            MESSAGE = 'what an agreement entitles to is kept once a voucher stands on it',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
""".strip()
ENTITLED_TRIGGER = (
    "CREATE TRIGGER agreements_keep_entitled AFTER UPDATE OF entitled_m2, residents ON agreements "
    "FOR EACH ROW EXECUTE FUNCTION agreements_keep_entitled()"
)


def upgrade() -> None:
    """Give agreements both, unsaid for those that there are."""
    op.add_column("agreements", sa.Column("entitled_m2", sa.Numeric(8, 2), nullable=True))
    op.add_column("agreements", sa.Column("residents", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_agreements_entitled"), "agreements", "entitled_m2 > 0")
    op.create_check_constraint(op.f("ck_agreements_residents"), "agreements", "residents BETWEEN 1 AND 99")
    op.execute(ENTITLED_FUNCTION)
    op.execute(ENTITLED_TRIGGER)


def downgrade() -> None:
    """Take both away."""
    op.execute("DROP TRIGGER agreements_keep_entitled ON agreements")
    op.execute("DROP FUNCTION agreements_keep_entitled()")
    op.drop_column("agreements", "residents")
    op.drop_column("agreements", "entitled_m2")
