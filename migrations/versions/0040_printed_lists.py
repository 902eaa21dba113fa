"""What saved searches brought is printed for households without a telephone.

Revision ID: 0040
Revises: 0038
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0040"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ENDS = ("delivered", "taken_back")


def upgrade() -> None:
    """Make the lists, and let changes name the one they stand on; nothing has been printed so far."""
    _make_lists()
    op.create_index(op.f("ix_printed_lists_pile_ref"), "printed_lists", ["pile_ref"])
    op.create_index("ix_printed_lists_household", "printed_lists", ["household_id", "id"])
    op.create_index(
        "uq_printed_lists_waiting",
        "printed_lists",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("delivered_at IS NULL AND taken_back_at IS NULL"),
    )
    op.add_column("followed_changes", sa.Column("printed_list_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_followed_changes_district_id_printed_list_id"),
        "followed_changes",
        "printed_lists",
        ["district_id", "printed_list_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_followed_changes_printed"),
        "followed_changes",
        "printed_list_id IS NULL OR saved_search_id IS NOT NULL",
    )
    op.create_index(
        "ix_followed_changes_printed",
        "followed_changes",
        ["printed_list_id"],
        postgresql_where=sa.text("printed_list_id IS NOT NULL"),
    )
    _tellings("'at_once', 'daily', 'paper', 'never'")


def downgrade() -> None:
    """Forget the lists; searches told on paper are told nowhere but on their page."""
    op.execute("UPDATE saved_searches SET telling = 'never' WHERE telling = 'paper'")
    _tellings("'at_once', 'daily', 'never'")
    op.drop_column("followed_changes", "printed_list_id")
    op.drop_table("printed_lists")


def _make_lists() -> None:
    op.create_table(
        "printed_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("district_id", "household_id")),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("pile_ref", sa.String(), nullable=True),
        sa.Column("body", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("printed_by_id", sa.BigInteger(), nullable=False),
        *(
            column
            for end in _ENDS
            for column in (
                sa.Column(f"{end}_at", sa.DateTime(timezone=True), nullable=True),
                sa.Column(f"{end}_by_id", sa.BigInteger(), nullable=True),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed_lists")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_printed_lists_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_printed_lists_district_id_household_id"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [f"{what}_by_id"], ["users.id"], name=op.f(f"fk_printed_lists_{what}_by_id")
            )
            for what in ("printed", *_ENDS)
        ),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_printed_lists_district_id_id")),
        sa.UniqueConstraint("ref", name=op.f("uq_printed_lists_ref")),
        *(
            sa.CheckConstraint(
                f"({end}_at IS NULL) = ({end}_by_id IS NULL)", name=op.f(f"ck_printed_lists_{end}")
            )
            for end in _ENDS
        ),
        sa.CheckConstraint(
            "num_nonnulls(delivered_at, taken_back_at) < 2", name=op.f("ck_printed_lists_one_end")
        ),
        sa.CheckConstraint(
            "pile_ref IS NOT NULL OR delivered_at IS NOT NULL", name=op.f("ck_printed_lists_in_hand")
        ),
    )


def _tellings(names: str) -> None:
    constraint = op.f("ck_saved_searches_telling")
    op.drop_constraint(constraint, "saved_searches", type_="check")
    op.create_check_constraint(constraint, "saved_searches", f"telling IN ({names})")
