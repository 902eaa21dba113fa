"""Developers may be paid once so much of a building stands as was agreed.

Revision ID: 0094
Revises: 0101
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0094"
down_revision: str | None = "0101"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = {"settlement_milestones": "kind", "settlement_terms": "event"}
_BEFORE = {
    "settlement_milestones": ("kind IN ('groundwork', 'topped_out', 'completed', 'handover', 'certificate')"),
    "settlement_terms": (
        "event IN ('contract', 'filed', 'verified', 'groundwork', 'topped_out', 'completed', 'handover', "
        "'certificate')"
    ),
}
_AFTER = {
    table: allowed.replace("'topped_out'", "'part_built', 'topped_out'") for table, allowed in _BEFORE.items()
}


def upgrade() -> None:
    """Take in the step between the base and the topping-out."""
    _replace(_AFTER)


def downgrade() -> None:
    """Take it out: refused while anything names it."""
    _replace(_BEFORE)


def _replace(allowed: dict[str, str]) -> None:
    for table, column in _KINDS.items():
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, allowed[table])
