"""Developers may be paid by the inspection of the frame and by the building's first registration.

Revision ID: 0109
Revises: 0108
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0109"
down_revision: str | None = "0108"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = {"settlement_milestones": "kind", "settlement_terms": "event"}
_BEFORE = {
    "settlement_milestones": (
        "kind IN ('groundwork', 'part_built', 'topped_out', 'completed', 'handover', 'certificate')"
    ),
    "settlement_terms": (
        "event IN ('contract', 'filed', 'verified', 'groundwork', 'part_built', 'topped_out', 'completed', "
        "'handover', 'certificate')"
    ),
}
_AFTER = {
    table: allowed.replace("'completed'", "'frame_checked', 'completed', 'building_registered'")
    for table, allowed in _BEFORE.items()
}


def upgrade() -> None:
    """Take in the step after the topping-out, and that after the completion."""
    _replace(_AFTER)


def downgrade() -> None:
    """Take them out: refused while anything names one."""
    _replace(_BEFORE)


def _replace(allowed: dict[str, str]) -> None:
    for table, column in _KINDS.items():
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, allowed[table])
