"""Agreements' lines come from tables, too.

Revision ID: 0038
Revises: 0036
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0038"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Take a kind of file that names no home."""
    _check("import_runs", "kind", "kind IN ('homes', 'filings', 'sales', 'lines')")
    _check("import_rows", "place", "verdict = 'bad' OR building IS NOT NULL OR contract IS NOT NULL")


def downgrade() -> None:
    """Forget what was sent of that kind: nothing of it counts before two people have decided."""
    op.execute("DELETE FROM import_columns WHERE kind = 'lines'")
    op.execute("DELETE FROM import_runs WHERE kind = 'lines'")
    _check("import_runs", "kind", "kind IN ('homes', 'filings', 'sales')")
    _check("import_rows", "place", "verdict = 'bad' OR building IS NOT NULL")


def _check(table: str, name: str, condition: str) -> None:
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, condition)
