"""Indexes that nothing reads, or that another one begins with, go; those of what is hardly ever set are partial.

Revision ID: 0071
Revises: 0087
"""

from collections.abc import Sequence
from typing import Final

from alembic import op

revision: str = "0071"
down_revision: str | None = "0087"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

GONE: Final = {
    # Another index of the table begins with these columns.
    "ix_allocations_redemption_id": "allocations (redemption_id)",
    "ix_bank_receipts_batch_id": "bank_receipts (batch_id)",
    "ix_buildings_development_id": "buildings (development_id)",
    "ix_change_parts_change_id": "change_parts (change_id)",
    "ix_developments_developer_id": "developments (developer_id)",
    "ix_extension_batches_list": "extension_batches (district_id, id)",
    "ix_household_persons_household_id": "household_persons (household_id)",
    "ix_payment_batches_list": "payment_batches (district_id, id)",
    "ix_signal_moves_signal_id": "signal_moves (signal_id)",
    # Nobody asks by these, and nothing they point to is ever removed.
    "ix_audit_rows_district_id": "audit_rows (district_id)",
    "ix_quotes_household_id": "quotes (household_id)",
}
"""What each was an index of."""

PARTIAL: Final = {
    "ix_notices_household": ("notices (household_id, id)", "household_id IS NOT NULL", None),
    "ix_notices_organisation": ("notices (organisation_id, id)", "organisation_id IS NOT NULL", None),
    "ix_notices_user": ("notices (user_id, id)", "user_id IS NOT NULL", None),
    "ix_notices_unread_household": (
        "notices (household_id)",
        "read_at IS NULL AND household_id IS NOT NULL",
        "read_at IS NULL",
    ),
    "ix_notices_unread_organisation": (
        "notices (organisation_id)",
        "read_at IS NULL AND organisation_id IS NOT NULL",
        "read_at IS NULL",
    ),
    "ix_notices_unread_user": (
        "notices (user_id)",
        "read_at IS NULL AND user_id IS NOT NULL",
        "read_at IS NULL",
    ),
    "ix_redemption_moves_visit_id": ("redemption_moves (visit_id)", "visit_id IS NOT NULL", None),
    "ix_redemption_moves_helper_act_id": (
        "redemption_moves (helper_act_id)",
        "helper_act_id IS NOT NULL",
        None,
    ),
}
"""Of what each is an index, of which rows by now, and of which before: None for all."""


def upgrade() -> None:
    """Let a write keep fewer of them."""
    for name in GONE:
        op.execute(f"DROP INDEX {name}")
    for name, (columns, where, _before) in PARTIAL.items():
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON {columns} WHERE {where}")


def downgrade() -> None:
    """Keep all of them again."""
    for name, (columns, _where, before) in PARTIAL.items():
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON {columns}" + (f" WHERE {before}" if before else ""))
    for name, columns in GONE.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")
