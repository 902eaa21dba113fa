"""What an agreement entitles to may be corrected by two people once a voucher stands on it.

Revision ID: 0075
Revises: 0073
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0075"
down_revision: str | None = "0073"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENTITLED_FUNCTION = """
CREATE OR REPLACE FUNCTION agreements_keep_entitled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.entitled_m2, OLD.residents) IS DISTINCT FROM (NEW.entitled_m2, NEW.residents)
        AND EXISTS (SELECT FROM vouchers WHERE agreement_id = NEW.id AND state <> 'rejected')
        AND NOT EXISTS (
            SELECT FROM approval_requests
            WHERE kind = 'agreement.entitled' AND subject_id = NEW.id AND state IN ('pending', 'approved')
              AND ((payload -> 'was' ->> 'm2')::numeric, (payload -> 'was' ->> 'residents')::int,
                   (payload -> 'to' ->> 'm2')::numeric, (payload -> 'to' ->> 'residents')::int)
                  IS NOT DISTINCT FROM (OLD.entitled_m2, OLD.residents, NEW.entitled_m2, NEW.residents))
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
KEPT_FUNCTION = """
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


def upgrade() -> None:
    """Let what two people decide through."""
    op.execute(ENTITLED_FUNCTION)


def downgrade() -> None:
    """Keep it as it is again."""
    op.execute(KEPT_FUNCTION)
