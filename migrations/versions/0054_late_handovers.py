"""Contracts say until when the home is handed over, and households report what was not.

Revision ID: 0054
Revises: 0053
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0054"
down_revision: str | None = "0053"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECKS = (
    ("kind", "kind IN ('late', 'unlike')"),
    ("channel", "channel IN ('page', 'phone', 'counter')"),
    ("state", "state IN ('reported', 'answered', 'handed_over', 'closed', 'withdrawn', 'undone')"),
    ("ended", "(state IN ('reported', 'answered')) = (ended_at IS NULL)"),
    ("answer", "(promised_on IS NULL) = (answer IS NULL)"),
    ("answered", "state <> 'answered' OR promised_on IS NOT NULL"),
    ("broken", "broken_count >= 0"),
    ("words", "words <> ''"),
)


def upgrade() -> None:
    """Add the agreed day, the reports and their steps."""
    op.add_column("contract_entries", sa.Column("handover_by", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_contract_entries_handover"), "contract_entries", "handover_by >= signed_on"
    )
    _make_reports()
    _make_moves()


def _make_reports() -> None:
    table = "late_handovers"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("broken_count", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("ref", name=op.f(f"uq_{table}_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f(f"uq_{table}_district_id_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f(f"fk_{table}_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f(f"fk_{table}_district_id_redemption_id"),
        ),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in _CHECKS),
    )
    op.create_index(op.f(f"ix_{table}_redemption_id"), table, ["redemption_id"])
    op.create_index(
        op.f(f"uq_{table}_open"),
        table,
        ["redemption_id"],
        unique=True,
        postgresql_where="state IN ('reported', 'answered')",
    )
    op.create_index(op.f(f"ix_{table}_list"), table, ["district_id", "state", "id"])


def _make_moves() -> None:
    table = "late_handover_moves"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("late_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("role", sa.String(), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["district_id", "late_id"],
            ["late_handovers.district_id", "late_handovers.id"],
            name=op.f(f"fk_{table}_district_id_late_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{table}_user_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["counter_visits.id"], name=op.f(f"fk_{table}_visit_id")),
    )
    op.create_index(op.f(f"ix_{table}_late_id"), table, ["late_id"])
    op.create_index(op.f(f"ix_{table}_visit_id"), table, ["visit_id"])
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )


def downgrade() -> None:
    """Take it all out."""
    op.drop_table("late_handover_moves")
    op.drop_table("late_handovers")
    op.drop_constraint(op.f("ck_contract_entries_handover"), "contract_entries", type_="check")
    op.drop_column("contract_entries", "handover_by")
