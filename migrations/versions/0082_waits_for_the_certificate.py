"""A bonus in cash may wait for the certificate of its home before an account is asked for.

Revision ID: 0082
Revises: 0081
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0082"
down_revision: str | None = "0081"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "cash_bonuses"
_STATES = ("owed", "prepared", "approved", "paid", "taken_back")


def upgrade() -> None:
    """Let it wait, without an account."""
    _change("waiting")


def downgrade() -> None:
    """Let none wait; refused where one does."""
    _change()


def _change(*more: str) -> None:
    for name, condition in (
        ("state", f"state IN ({_listed(*more, *_STATES)})"),
        ("payable", f"state IN ({_listed(*more, 'owed', 'taken_back')}) OR account IS NOT NULL"),
    ):
        op.drop_constraint(op.f(f"ck_cash_bonuses_{name}"), _TABLE)
        op.create_check_constraint(op.f(f"ck_cash_bonuses_{name}"), _TABLE, condition)


def _listed(*states: str) -> str:
    return ", ".join(f"'{state}'" for state in states)
