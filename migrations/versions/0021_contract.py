"""Who is on a contract, and its scan.

Revision ID: 0021
Revises: 0020
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ENTRIES_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_entries_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (OLD.state, NEW.state) IN (('draft', 'current'), ('draft', 'dropped'), ('current', 'replaced'))
        AND (OLD.state = 'draft' OR OLD.entered_at = NEW.entered_at)
        AND to_jsonb(OLD) - ARRAY['state', 'entered_at'] = to_jsonb(NEW) - ARRAY['state', 'entered_at']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'contract_entries_frozen: what was typed of a contract is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_ENTRIES_TRIGGER = (
    "CREATE TRIGGER contract_entries_frozen BEFORE UPDATE OR DELETE ON contract_entries "
    "FOR EACH ROW EXECUTE FUNCTION contract_entries_frozen()"
)
_BUYERS_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_buyers_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT'
        AND EXISTS (SELECT FROM contract_entries WHERE id = NEW.entry_id AND state = 'draft')
        OR TG_OP = 'UPDATE'
        AND to_jsonb(OLD) - ARRAY['id_number', 'id_index'] = to_jsonb(NEW) - ARRAY['id_number', 'id_index']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'contract_buyers_frozen: who stands on a sent contract is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_BUYERS_TRIGGER = (
    "CREATE TRIGGER contract_buyers_frozen BEFORE INSERT OR UPDATE OR DELETE ON contract_buyers "
    "FOR EACH ROW EXECUTE FUNCTION contract_buyers_frozen()"
)
_KINDS = "'photo', 'floor_plan', 'licence', 'undertaking', "


def upgrade() -> None:
    """Create what is typed of contracts with its buyers, and let their papers be kept."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_entries()
    _create_buyers()
    _let_documents_be(_KINDS + "'contract', 'kinship', 'other'")


def _create_entries() -> None:
    op.create_table(
        "contract_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("redemption_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("area_m2", sa.Numeric(8, 2), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("buyers_differ", sa.Boolean(), nullable=False),
        sa.Column("typed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("typed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'dropped', 'current', 'replaced')", name=op.f("ck_contract_entries_state")
        ),
        sa.CheckConstraint(
            "(state IN ('current', 'replaced')) = (entered_at IS NOT NULL)",
            name=op.f("ck_contract_entries_entered"),
        ),
        sa.CheckConstraint("price_fen > 0 AND area_m2 > 0", name=op.f("ck_contract_entries_figures")),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_contract_entries_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "redemption_id"],
            ["redemptions.district_id", "redemptions.id"],
            name=op.f("fk_contract_entries_district_id_redemption_id"),
        ),
        sa.ForeignKeyConstraint(["typed_by_id"], ["users.id"], name=op.f("fk_contract_entries_typed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_entries")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_contract_entries_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_contract_entries_ref")),
    )
    op.create_index("ix_contract_entries_redemption_id", "contract_entries", ["redemption_id"])
    for state in ("draft", "current"):
        op.create_index(
            f"uq_contract_entries_{state}",
            "contract_entries",
            ["redemption_id"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.execute(_ENTRIES_FUNCTION)
    op.execute(_ENTRIES_TRIGGER)


def _create_buyers() -> None:
    op.create_table(
        "contract_buyers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("is_minor", sa.Boolean(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("id_index", sa.String(), nullable=False),
        sa.CheckConstraint(
            "relation IN ('self', 'spouse', 'parent', 'child', 'sibling', 'grandparent', 'grandchild', "
            "'other')",
            name=op.f("ck_contract_buyers_relation"),
        ),
        sa.CheckConstraint(
            "basis IN ('holder', 'other_id', 'roster', 'proof')", name=op.f("ck_contract_buyers_basis")
        ),
        sa.CheckConstraint(
            "(relation = 'self') = (basis IN ('holder', 'other_id'))",
            name=op.f("ck_contract_buyers_holder"),
        ),
        sa.CheckConstraint("place > 0 AND name <> ''", name=op.f("ck_contract_buyers_named")),
        sa.ForeignKeyConstraint(
            ["district_id", "entry_id"],
            ["contract_entries.district_id", "contract_entries.id"],
            name=op.f("fk_contract_buyers_district_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_buyers")),
        sa.UniqueConstraint("entry_id", "place", name=op.f("uq_contract_buyers_entry_id_place")),
        sa.UniqueConstraint("entry_id", "id_index", name=op.f("uq_contract_buyers_entry_id_id_index")),
    )
    op.execute(_BUYERS_FUNCTION)
    op.execute(_BUYERS_TRIGGER)


def _let_documents_be(kinds: str) -> None:
    """Say which kinds of files there are."""
    op.drop_constraint(op.f("ck_documents_kind"), "documents", type_="check")
    op.create_check_constraint(op.f("ck_documents_kind"), "documents", f"kind IN ({kinds})")


def downgrade() -> None:
    """Forget who stood on contracts, and the rows of their papers; the bytes stay where they are."""
    op.execute("DELETE FROM documents WHERE owner_kind IN ('contract_entry', 'contract_buyer')")
    _let_documents_be(_KINDS + "'other'")
    op.drop_table("contract_buyers")
    op.drop_table("contract_entries")
    op.execute("DROP FUNCTION contract_buyers_frozen()")
    op.execute("DROP FUNCTION contract_entries_frozen()")
