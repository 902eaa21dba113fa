"""Tokens of everybody's programs: whose one is follows from the place it acts in, and one may read the search.

Revision ID: 0032
Revises: 0030
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0032"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OF_COMPANY = "'stock:read', 'prices:write', 'listings:write', 'sales:write'"


def upgrade() -> None:
    """Let scopes hold the new one, and drop what the place says already."""
    _allow(f"'search:read', {OF_COMPANY}")
    op.drop_index(op.f("ix_api_tokens_organisation_id"), "api_tokens")
    op.drop_column("api_tokens", "organisation_id")
    op.create_index(op.f("ix_api_tokens_membership_id"), "api_tokens", ["membership_id"])


def downgrade() -> None:
    """Forget the tokens that only companies could not have, and write down whose the others are."""
    op.execute("DELETE FROM api_tokens WHERE 'search:read' = ANY (scopes)")
    _allow(OF_COMPANY)
    op.drop_index(op.f("ix_api_tokens_membership_id"), "api_tokens")
    op.execute("ALTER TABLE api_tokens ADD COLUMN organisation_id BIGINT")
    op.execute(
        "UPDATE api_tokens AS token SET organisation_id = place.organisation_id "
        "FROM memberships AS place WHERE place.id = token.membership_id"
    )
    op.alter_column("api_tokens", "organisation_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_api_tokens_organisation_id"), "api_tokens", "organisations", ["organisation_id"], ["id"]
    )
    op.create_index(op.f("ix_api_tokens_organisation_id"), "api_tokens", ["organisation_id"])


def _allow(scopes: str) -> None:
    op.drop_constraint(op.f("ck_api_tokens_scopes"), "api_tokens")
    op.create_check_constraint(
        op.f("ck_api_tokens_scopes"),
        "api_tokens",
        f"scopes <@ ARRAY[{scopes}]::text[] AND cardinality(scopes) > 0",
    )
