"""Proofs of kinship are rows with what an officer said of them.

Papers that came with contracts before are taken over: accepted where the contract was verified, else waiting.

Revision ID: 0057
Revises: 0056
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0057"
down_revision: str | None = "0056"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLE = "kinship_proofs"
_CHECKS = (
    ("kind", "kind IN ('household_register', 'marriage', 'birth', 'notarised', 'other')"),
    ("state", "state IN ('given', 'accepted', 'refused', 'replaced')"),
    ("decided", "(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)"),
    ("reason", "(state = 'refused') = (reason IS NOT NULL)"),
    ("second_person", "decided_by_id <> given_by_id"),
)
_TAKE_OVER = """
INSERT INTO kinship_proofs (district_id, ref, redemption_id, buyer_id, kind, document_id, state, given_at,
                            given_by_id, given_by_role, decided_at)
SELECT DISTINCT ON (b.id) b.district_id, 'QS-' || b.id, e.redemption_id, b.id, 'other', d.id,
       CASE WHEN r.state IN ('checked', 'redeemed', 'reversed') THEN 'accepted' ELSE 'given' END,
       d.uploaded_at, d.uploaded_by_id, 'developer',
       CASE WHEN r.state IN ('checked', 'redeemed', 'reversed') THEN coalesce(e.entered_at, d.uploaded_at) END
FROM contract_buyers b
JOIN contract_entries e ON e.id = b.entry_id
JOIN redemptions r ON r.id = e.redemption_id
JOIN documents d ON d.owner_kind = 'contract_buyer' AND d.owner_id = b.id AND d.removed_at IS NULL
WHERE b.basis = 'proof'
ORDER BY b.id, d.id DESC
"""


def upgrade() -> None:
    """Make the proofs, and take over the papers that are there."""
    op.create_unique_constraint(
        op.f("uq_contract_buyers_district_id_id"), "contract_buyers", ["district_id", "id"]
    )
    op.create_table(
        _TABLE,
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shows", sa.String(), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.BigInteger(), nullable=True),
        sa.Column("given_by_role", sa.String(), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("ref", name=op.f(f"uq_{_TABLE}_ref")),
        *_foreign_keys(),
        *(sa.CheckConstraint(text, name=op.f(f"ck_{_TABLE}_{name}")) for name, text in _CHECKS),
    )
    for column in ("redemption_id", "buyer_id", "visit_id"):
        op.create_index(op.f(f"ix_{_TABLE}_{column}"), _TABLE, [column])
    op.create_index(
        op.f(f"uq_{_TABLE}_standing"),
        _TABLE,
        ["buyer_id"],
        unique=True,
        postgresql_where="state IN ('given', 'accepted')",
    )
    op.create_index(
        op.f(f"ix_{_TABLE}_waiting"), _TABLE, ["district_id", "id"], postgresql_where="state = 'given'"
    )
    op.execute(_TAKE_OVER)


def _foreign_keys() -> list[sa.ForeignKeyConstraint]:
    plain = {
        "district_id": "districts",
        "document_id": "documents",
        "given_by_id": "users",
        "visit_id": "counter_visits",
        "decided_by_id": "users",
    }
    within = {"redemption_id": "redemptions", "buyer_id": "contract_buyers"}
    return [
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_{_TABLE}_{column}"))
            for column, table in plain.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                ["district_id", column],
                [f"{table}.district_id", f"{table}.id"],
                name=op.f(f"fk_{_TABLE}_district_id_{column}"),
            )
            for column, table in within.items()
        ),
    ]


def downgrade() -> None:
    """Take them out; the papers stay with the buyers."""
    op.drop_table(_TABLE)
    op.drop_constraint(op.f("uq_contract_buyers_district_id_id"), "contract_buyers", type_="unique")
