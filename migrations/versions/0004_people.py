"""People: duties, second factors, invitations, resets

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.ids import new_ref

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KIND = "kind IN ('authority', 'regulator', 'audit', 'inspection', 'platform', 'developer')"
KIND_BEFORE = "kind IN ('authority', 'regulator', 'audit', 'platform', 'developer')"
ROLE = (
    "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'inspector', "
    "'administrator')"
)
ROLE_BEFORE = (
    "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'administrator')"
)
DUTY = (
    "CASE WHEN role = 'developer' THEN duty IS NOT NULL AND duty IN ('manager', 'sales', 'finance') "
    "ELSE duty IS NULL END"
)


def upgrade() -> None:
    _change_check("organisations", "kind", KIND)
    _change_check("memberships", "role", ROLE)
    _duties()


def downgrade() -> None:
    op.drop_constraint("uq_memberships_ref", "memberships")
    op.drop_constraint("ck_memberships_duty", "memberships")
    op.drop_column("memberships", "ref")
    op.drop_column("memberships", "duty")
    _change_check("memberships", "role", ROLE_BEFORE)
    _change_check("organisations", "kind", KIND_BEFORE)


def _duties() -> None:
    op.add_column("memberships", sa.Column("duty", sa.String(), nullable=True))
    op.execute("UPDATE memberships SET duty = 'manager' WHERE role = 'developer'")
    op.create_check_constraint(op.f("ck_memberships_duty"), "memberships", DUTY)
    op.add_column("memberships", sa.Column("ref", sa.String(), nullable=True))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.text("SELECT id FROM memberships")).all():
        connection.execute(
            sa.text("UPDATE memberships SET ref = :ref WHERE id = :id"), {"ref": new_ref("RY"), "id": number}
        )
    op.alter_column("memberships", "ref", nullable=False)
    op.create_unique_constraint(op.f("uq_memberships_ref"), "memberships", ["ref"])


def _change_check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
