"""A co-owner of the home that was taken, or whom its agreement counts, may stand on a contract.

Revision ID: 0092
Revises: 0094
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0092"
down_revision: str | None = "0094"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KIN = "'self', 'spouse', 'parent', 'child', 'sibling', 'grandparent', 'grandchild'"


def upgrade() -> None:
    """Let a buyer be a co-owner, or a counted resident."""
    op.drop_constraint("relation", "contract_buyers", type_="check")
    op.create_check_constraint(
        "relation", "contract_buyers", f"relation IN ({_KIN}, 'co_owner', 'resident', 'other')"
    )


def downgrade() -> None:
    """Know kin alone; refused where somebody else is a buyer."""
    op.drop_constraint("relation", "contract_buyers", type_="check")
    op.create_check_constraint("relation", "contract_buyers", f"relation IN ({_KIN}, 'other')")
