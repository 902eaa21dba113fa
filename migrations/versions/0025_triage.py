"""How signals are worked on.

Revision ID: 0025
Revises: 0024
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = "'signal', 'watched', 'merged', 'dismissed', 'opened', 'lapsed'"


def upgrade() -> None:
    """Let signals be watched, merged, given to somebody and asked about; number their steps."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _widen_signals()
    _widen_moves()


def _widen_signals() -> None:
    op.execute(
        "ALTER TABLE signals ADD COLUMN assignee_id bigint, ADD COLUMN watch_until date, "
        "ADD COLUMN answer_due date, ADD COLUMN merged_into_id bigint, "
        "ADD COLUMN is_main boolean NOT NULL GENERATED ALWAYS AS (merged_into_id IS NULL) STORED, "
        "ADD COLUMN into_main boolean NOT NULL GENERATED ALWAYS AS (true) STORED"
    )
    op.create_foreign_key(op.f("fk_signals_assignee_id"), "signals", "users", ["assignee_id"], ["id"])
    op.create_index("ix_signals_assignee_id", "signals", ["assignee_id"])
    op.create_index("ix_signals_merged_into_id", "signals", ["merged_into_id"])
    op.create_unique_constraint(
        "uq_signals_main", "signals", ["district_id", "developer_id", "id", "is_main"]
    )
    op.create_foreign_key(
        "fk_signals_main",
        "signals",
        "signals",
        ["district_id", "developer_id", "merged_into_id", "into_main"],
        ["district_id", "developer_id", "id", "is_main"],
    )
    _check("signals", "state", f"state IN ({STATES})")
    _add_check("signals", "watch", "(state = 'watched') = (watch_until IS NOT NULL)")
    _add_check("signals", "merged", "state <> 'merged' OR merged_into_id IS NOT NULL")
    _add_check("signals", "alone", "merged_into_id IS NULL OR state NOT IN ('signal', 'watched')")
    _one_a_contract("state IN ('signal', 'watched', 'merged', 'opened')")


def _widen_moves() -> None:
    op.execute(
        "ALTER TABLE signal_moves ADD COLUMN number smallint, ADD COLUMN until date, "
        "ADD COLUMN assignee_id bigint, ADD COLUMN other_id bigint"
    )
    op.execute("ALTER TABLE signal_moves DISABLE TRIGGER USER")
    op.execute(
        "UPDATE signal_moves SET number = placed.number FROM ("
        "SELECT id, row_number() OVER (PARTITION BY signal_id ORDER BY id) AS number FROM signal_moves"
        ") AS placed WHERE placed.id = signal_moves.id"
    )
    op.execute("ALTER TABLE signal_moves ENABLE TRIGGER USER")
    op.alter_column("signal_moves", "number", nullable=False)
    op.create_unique_constraint(
        op.f("uq_signal_moves_signal_id_number"), "signal_moves", ["signal_id", "number"]
    )
    op.create_foreign_key(
        op.f("fk_signal_moves_assignee_id"), "signal_moves", "users", ["assignee_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_signal_moves_district_id_other_id"),
        "signal_moves",
        "signals",
        ["district_id", "other_id"],
        ["district_id", "id"],
    )
    _check("signal_moves", "reason", "action IN ('find', 'assign') OR coalesce(reason, '') <> ''")
    _add_check("signal_moves", "until", "(action IN ('watch', 'ask')) = (until IS NOT NULL)")
    _add_check("signal_moves", "other", "(action IN ('merge', 'split')) = (other_id IS NOT NULL)")
    _add_check("signal_moves", "assignee", "action = 'assign' OR assignee_id IS NULL")
    _one_decision("to_state IN ('dismissed', 'opened', 'lapsed') AND from_state <> to_state")


def downgrade() -> None:
    """Let signals only be dismissed or opened; what was watched or merged waits, other steps are forgotten."""
    op.execute("ALTER TABLE signal_moves DISABLE TRIGGER USER")
    op.execute("UPDATE signal_moves SET action = replace(action, '_along', '')")
    op.execute("DELETE FROM signal_moves WHERE action NOT IN ('find', 'dismiss', 'open', 'lapse', 'note')")
    op.execute("UPDATE signal_moves SET from_state = 'signal' WHERE from_state IN ('watched', 'merged')")
    op.execute("ALTER TABLE signal_moves ENABLE TRIGGER USER")
    _one_decision("from_state = 'signal'")
    for name in ("until", "other", "assignee"):
        op.drop_constraint(op.f(f"ck_signal_moves_{name}"), "signal_moves")
    op.execute(
        "ALTER TABLE signal_moves DROP COLUMN until, DROP COLUMN assignee_id, DROP COLUMN other_id, "
        "DROP COLUMN number"
    )
    _check("signal_moves", "reason", "from_state IS NULL OR coalesce(reason, '') <> ''")
    for name in ("watch", "merged", "alone"):
        op.drop_constraint(op.f(f"ck_signals_{name}"), "signals")
    op.execute("UPDATE signals SET state = 'signal' WHERE state IN ('watched', 'merged')")
    _check("signals", "state", "state IN ('signal', 'dismissed', 'opened', 'lapsed')")
    _one_a_contract("state IN ('signal', 'opened')")
    op.drop_constraint("fk_signals_main", "signals")
    op.drop_constraint("uq_signals_main", "signals")
    op.execute(
        "ALTER TABLE signals DROP COLUMN is_main, DROP COLUMN into_main, DROP COLUMN merged_into_id, "
        "DROP COLUMN answer_due, DROP COLUMN watch_until, DROP COLUMN assignee_id"
    )


def _add_check(table: str, name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def _check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    _add_check(table, name, condition)


def _one_a_contract(condition: str) -> None:
    _unique_where("uq_signals_one_a_contract", "signals", "sale_id", condition)


def _one_decision(condition: str) -> None:
    _unique_where("uq_signal_moves_decision", "signal_moves", "signal_id", condition)


def _unique_where(name: str, table: str, column: str, condition: str) -> None:
    op.drop_index(name, table)
    op.create_index(name, table, [column], unique=True, postgresql_where=sa.text(condition))
