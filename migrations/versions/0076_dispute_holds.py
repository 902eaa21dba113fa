"""A dispute may hold more of its payment later, and may be told of before its payment is known.

What a task cannot do for one row stands in a table of its own. The first word on a paper of kinship stands,
and a loan is noted one step further each time.

Revision ID: 0076
Revises: 0072
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0076"
down_revision: str | None = "0072"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE = """
CREATE TABLE card_dispute_holds (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT NOT NULL,
    dispute_id BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    hold_id BIGINT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    state VARCHAR NOT NULL,
    back_transfer_id BIGINT,
    CONSTRAINT pk_card_dispute_holds PRIMARY KEY (id),
    CONSTRAINT fk_card_dispute_holds_district_id_dispute_id FOREIGN KEY(district_id, dispute_id)
        REFERENCES card_disputes (district_id, id),
    CONSTRAINT fk_card_dispute_holds_district_id_hold_id FOREIGN KEY(district_id, hold_id)
        REFERENCES ledger_transfers (district_id, id),
    CONSTRAINT fk_card_dispute_holds_district_id_back_transfer_id FOREIGN KEY(district_id, back_transfer_id)
        REFERENCES ledger_transfers (district_id, id),
    CONSTRAINT ck_card_dispute_holds_amount CHECK (amount_fen > 0),
    CONSTRAINT ck_card_dispute_holds_state CHECK (state IN ('held', 'kept', 'dropped', 'returned')),
    CONSTRAINT ck_card_dispute_holds_back CHECK ((back_transfer_id IS NOT NULL) = (state = 'returned')),
    CONSTRAINT fk_card_dispute_holds_district_id FOREIGN KEY(district_id) REFERENCES districts (id),
    CONSTRAINT uq_card_dispute_holds_hold_id UNIQUE (hold_id),
    CONSTRAINT uq_card_dispute_holds_back_transfer_id UNIQUE (back_transfer_id)
)
"""
STUCK = """
CREATE TABLE stuck_rows (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    district_id BIGINT,
    task VARCHAR NOT NULL,
    ref VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    tries BIGINT NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_stuck_rows PRIMARY KEY (id),
    CONSTRAINT fk_stuck_rows_district_id FOREIGN KEY(district_id) REFERENCES districts (id)
)
"""
TRIGGERS = (
    """
CREATE OR REPLACE FUNCTION kinship_proof_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'kinship_proof_decided: the first word on a paper stands',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""",
    """
CREATE TRIGGER kinship_proof_decided BEFORE UPDATE ON kinship_proofs
    FOR EACH ROW WHEN (OLD.decided_at IS NOT NULL) EXECUTE FUNCTION kinship_proof_decided()
""",
    """
CREATE OR REPLACE FUNCTION top_up_part_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING
        MESSAGE = 'top_up_part_steps: a loan goes one step further, or its sum is another',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""",
    """
CREATE TRIGGER top_up_part_steps BEFORE UPDATE ON top_up_parts
    FOR EACH ROW WHEN (NEW.amount_fen = OLD.amount_fen AND (OLD.stage, NEW.stage) NOT IN (
        ('asked', 'filed'), ('asked', 'refused'), ('filed', 'approved'), ('filed', 'refused'),
        ('approved', 'refused')
    )) EXECUTE FUNCTION top_up_part_steps()
""",
)


def upgrade() -> None:
    op.execute(TABLE)
    op.create_index("ix_card_dispute_holds_dispute_id", "card_dispute_holds", ["dispute_id"])
    op.execute(
        "INSERT INTO card_dispute_holds (district_id, dispute_id, amount_fen, hold_id, made_at, state) "
        "SELECT district_id, id, held_fen, hold_id, opened_at, "
        "CASE outcome WHEN 'lost' THEN 'kept' WHEN 'won' THEN 'dropped' ELSE 'held' END "
        "FROM card_disputes WHERE hold_id IS NOT NULL ORDER BY id"
    )
    op.drop_constraint(op.f("ck_card_disputes_hold"), "card_disputes", type_="check")
    op.drop_column("card_disputes", "hold_id")
    op.execute("UPDATE card_disputes SET held_fen = 0 WHERE outcome = 'won'")
    op.create_check_constraint(
        op.f("ck_card_disputes_won"), "card_disputes", "outcome <> 'won' OR held_fen = 0"
    )
    op.alter_column("card_events", "district_id", nullable=True)
    op.add_column("card_events", sa.Column("intent_id", sa.String(), nullable=True))
    op.create_index(
        "ix_card_events_intent_id", "card_events", ["intent_id"], postgresql_where="district_id IS NULL"
    )
    for statement in TRIGGERS:
        op.execute(statement.strip())
    op.execute(STUCK)
    op.create_index(
        "uq_stuck_rows_open", "stuck_rows", ["task", "ref"], unique=True, postgresql_where="ended_at IS NULL"
    )


def downgrade() -> None:
    """Let a dispute hold once. Fails where one holds twice, or one waits for its payment."""
    for table, name in (("kinship_proofs", "kinship_proof_decided"), ("top_up_parts", "top_up_part_steps")):
        op.execute(f"DROP TRIGGER {name} ON {table}")
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("stuck_rows")
    op.drop_index("ix_card_events_intent_id", "card_events")
    op.drop_column("card_events", "intent_id")
    op.alter_column("card_events", "district_id", nullable=False)
    op.drop_constraint(op.f("ck_card_disputes_won"), "card_disputes", type_="check")
    op.add_column("card_disputes", sa.Column("hold_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE card_disputes d SET (hold_id, held_fen) = "
        "(SELECT o.hold_id, o.amount_fen FROM card_dispute_holds o WHERE o.dispute_id = d.id) "
        "WHERE EXISTS (SELECT FROM card_dispute_holds o WHERE o.dispute_id = d.id)"
    )
    op.create_unique_constraint(op.f("uq_card_disputes_hold_id"), "card_disputes", ["hold_id"])
    op.create_foreign_key(
        op.f("fk_card_disputes_district_id_hold_id"),
        "card_disputes",
        "ledger_transfers",
        ["district_id", "hold_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_card_disputes_hold"), "card_disputes", "(hold_id IS NOT NULL) = (held_fen > 0)"
    )
    op.drop_table("card_dispute_holds")
