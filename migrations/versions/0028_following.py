"""What households follow: favourites, saved searches, and what changed of them.

Revision ID: 0028
Revises: 0027
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make the tables; nothing existing is touched."""
    op.create_table(
        "favourites",
        *_owned(),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        *_of_household("favourites"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_favourites_home_id")),
        sa.UniqueConstraint("household_id", "home_id", name=op.f("uq_favourites_household_id_home_id")),
    )
    op.create_index(op.f("ix_favourites_home_id"), "favourites", ["home_id"])
    op.create_table(
        "saved_searches",
        *_owned(),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("telling", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        *_of_household("saved_searches"),
        sa.UniqueConstraint("ref", name=op.f("uq_saved_searches_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_saved_searches_district_id_id")),
        sa.UniqueConstraint("household_id", "query", name=op.f("uq_saved_searches_household_id_query")),
        sa.CheckConstraint(
            "telling IN ('at_once', 'daily', 'never')", name=op.f("ck_saved_searches_telling")
        ),
    )
    op.create_table(
        "viewed_homes",
        *_owned(),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=False),
        *_of_household("viewed_homes"),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_viewed_homes_home_id")),
        sa.UniqueConstraint("household_id", "home_id", name=op.f("uq_viewed_homes_household_id_home_id")),
    )
    op.create_table(
        "home_sightings",
        sa.Column("home_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("doc_version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("home_id", name=op.f("pk_home_sightings")),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_home_sightings_home_id")),
        sa.CheckConstraint(
            "status IN ('available', 'locked', 'sold', 'out')", name=op.f("ck_home_sightings_status")
        ),
        sa.CheckConstraint("payable_fen > 0", name=op.f("ck_home_sightings_payable")),
    )
    _create_changes()


def _create_changes() -> None:
    op.create_table(
        "followed_changes",
        *_owned(),
        sa.Column("saved_search_id", sa.BigInteger(), nullable=True),
        sa.Column("home_id", sa.BigInteger(), nullable=False),
        sa.Column("doc_version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before_fen", sa.BigInteger(), nullable=True),
        sa.Column("after_fen", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        *_of_household("followed_changes"),
        sa.ForeignKeyConstraint(
            ["district_id", "saved_search_id"],
            ["saved_searches.district_id", "saved_searches.id"],
            name=op.f("fk_followed_changes_district_id_saved_search_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["home_id"], ["homes.id"], name=op.f("fk_followed_changes_home_id")),
        sa.UniqueConstraint(
            "household_id",
            "saved_search_id",
            "home_id",
            "doc_version",
            name=op.f("uq_followed_changes_household_id_saved_search_id_home_id_doc_version"),
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint("kind IN ('new', 'down', 'up', 'gone')", name=op.f("ck_followed_changes_kind")),
        sa.CheckConstraint("(before_fen IS NULL) <= (kind = 'new')", name=op.f("ck_followed_changes_before")),
    )
    op.create_index(
        "ix_followed_changes_untold",
        "followed_changes",
        ["household_id"],
        postgresql_where=sa.text("told_at IS NULL"),
    )
    op.create_index("ix_followed_changes_search", "followed_changes", ["saved_search_id", "id"])


def _owned() -> list[sa.Column[int]]:
    return [
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
    ]


def _of_household(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f(f"fk_{table}_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f(f"fk_{table}_district_id_household_id"),
        ),
    ]


def downgrade() -> None:
    """Forget what households follow."""
    for table in ("followed_changes", "home_sightings", "viewed_homes", "saved_searches", "favourites"):
        op.drop_table(table)
