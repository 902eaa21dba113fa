"""Developers may be paid by how far a building is.

Revision ID: 0067
Revises: 0066
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0067"
down_revision: str | None = "0066"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = {"settlement_milestones": "kind", "settlement_terms": "event"}
_BEFORE = {
    "settlement_milestones": "kind IN ('handover', 'certificate')",
    "settlement_terms": "event IN ('contract', 'filed', 'verified', 'handover', 'certificate')",
}
_AFTER = {
    "settlement_milestones": ("kind IN ('groundwork', 'topped_out', 'completed', 'handover', 'certificate')"),
    "settlement_terms": (
        "event IN ('contract', 'filed', 'verified', 'groundwork', 'topped_out', 'completed', 'handover', "
        "'certificate')"
    ),
}


def upgrade() -> None:
    """Take in the three steps of a building."""
    _replace(_AFTER)


def downgrade() -> None:
    """Take them out: refused while anything names one of them."""
    _replace(_BEFORE)


def _replace(allowed: dict[str, str]) -> None:
    for table, column in _KINDS.items():
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, allowed[table])
