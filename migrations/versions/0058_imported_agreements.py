"""Agreements come from tables, too.

Revision ID: 0058
Revises: 0057
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0058"
down_revision: str | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Take one more kind of file."""
    _kinds("'homes', 'filings', 'sales', 'lines', 'agreements'")


def downgrade() -> None:
    """Forget the files; agreements that were entered from them stay."""
    op.execute("DELETE FROM import_columns WHERE kind = 'agreements'")
    op.execute("DELETE FROM import_runs WHERE kind = 'agreements'")
    _kinds("'homes', 'filings', 'sales', 'lines'")


def _kinds(listed: str) -> None:
    constraint = op.f("ck_import_runs_kind")
    op.drop_constraint(constraint, "import_runs", type_="check")
    op.create_check_constraint(constraint, "import_runs", f"kind IN ({listed})")
