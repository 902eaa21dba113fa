"""Who asked for a kin's voucher

Revision ID: 0017
Revises: 0016
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Keep who asked for a kin's voucher: it is not who consents."""
    op.execute("ALTER TABLE kin_consents ADD COLUMN asked_by_id BIGINT")
    op.execute(
        "ALTER TABLE kin_consents ADD CONSTRAINT fk_kin_consents_asked_by_id "
        "FOREIGN KEY (asked_by_id) REFERENCES users (id)"
    )
    op.execute(
        "ALTER TABLE kin_consents ADD CONSTRAINT ck_kin_consents_second_person "
        "CHECK (given_by_id <> asked_by_id)"
    )


def downgrade() -> None:
    """Forget who asked."""
    op.execute("ALTER TABLE kin_consents DROP COLUMN asked_by_id")
