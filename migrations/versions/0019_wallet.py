"""The lines an agreement's sum is made of.

Revision ID: 0019
Revises: 0018
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

LINES_SUM_FUNCTION = """
CREATE OR REPLACE FUNCTION agreement_lines_are_the_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about bigint := CASE TG_TABLE_NAME WHEN 'agreements' THEN (to_jsonb(NEW) ->> 'id')::bigint
                    ELSE (to_jsonb(NEW) ->> 'agreement_id')::bigint END;
    total bigint := (SELECT sum(amount_fen) FROM agreement_lines WHERE agreement_id = about);
BEGIN
    IF total <> (SELECT compensation_fen FROM agreements WHERE id = about) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'the lines of an agreement are its sum',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
""".strip()


def upgrade() -> None:
    """Create the lines, append-only, and hold them to the agreement's sum at the end of each transaction."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "agreement_lines",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("agreement_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('home', 'decoration', 'attachments', 'moving', 'interim', 'business', 'area_aid', "
            "'award', 'deduction')",
            name=op.f("ck_agreement_lines_kind"),
        ),
        sa.CheckConstraint(
            "amount_fen <> 0 AND (amount_fen < 0) = (kind = 'deduction')",
            name=op.f("ck_agreement_lines_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "agreement_id"],
            ["agreements.district_id", "agreements.id"],
            name=op.f("fk_agreement_lines_district_id_agreement_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_lines")),
        sa.UniqueConstraint("agreement_id", "place", name=op.f("uq_agreement_lines_agreement_id_place")),
    )
    op.execute(
        "CREATE TRIGGER agreement_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_lines "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )
    op.execute(LINES_SUM_FUNCTION)
    op.execute(
        "CREATE CONSTRAINT TRIGGER agreement_lines_are_the_sum AFTER INSERT ON agreement_lines "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreement_lines_are_the_sum()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER agreements_are_the_sum AFTER UPDATE OF compensation_fen ON agreements "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreement_lines_are_the_sum()"
    )


def downgrade() -> None:
    """Drop the lines; what agreements and vouchers are worth stays."""
    op.execute("DROP TRIGGER agreements_are_the_sum ON agreements")
    op.drop_table("agreement_lines")
    op.execute("DROP FUNCTION agreement_lines_are_the_sum()")
