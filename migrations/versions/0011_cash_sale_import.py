"""cash sale import

Revision ID: 0011
Revises: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bureaus import too: filed prices and registered contracts of their district."""
    _rename("developer_id", "organisation_id")
    op.alter_column("import_runs", "development_id", nullable=True)
    op.add_column("import_runs", sa.Column("district_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_import_runs_district_id"), "import_runs", "districts", ["district_id"], ["id"]
    )
    op.drop_constraint(op.f("ck_import_runs_kind"), "import_runs")
    for name, condition in (
        ("kind", "kind IN ('homes', 'filings', 'sales')"),
        ("development", "(kind = 'homes') = (development_id IS NOT NULL)"),
        ("district", "(kind = 'homes') = (district_id IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_import_runs_{name}"), "import_runs", condition)
    op.create_index("ix_import_runs_bureau", "import_runs", ["district_id", "organisation_id", "kind", "id"])
    op.add_column("import_rows", sa.Column("development", sa.String(), nullable=True))
    op.add_column("import_rows", sa.Column("filed_on", sa.Date(), nullable=True))
    op.add_column("import_rows", sa.Column("contract", postgresql.JSONB(), nullable=True))
    op.add_column("import_rows", sa.Column("outcome", sa.String(), nullable=True))
    op.drop_constraint(op.f("ck_import_rows_changed"), "import_rows")
    op.create_check_constraint(
        op.f("ck_import_rows_changed"),
        "import_rows",
        "verdict <> 'changed' OR seen_version IS NOT NULL OR contract IS NOT NULL",
    )
    op.create_check_constraint(
        op.f("ck_import_rows_outcome"), "import_rows", "outcome IS NULL OR contract IS NOT NULL"
    )


def downgrade() -> None:
    """A bureau's files have no place in the tables as they were: they go, the stock they made stays."""
    op.execute("DELETE FROM import_runs WHERE kind <> 'homes'")
    op.execute("DELETE FROM import_columns WHERE kind <> 'homes'")
    op.drop_constraint(op.f("ck_import_rows_outcome"), "import_rows")
    op.drop_constraint(op.f("ck_import_rows_changed"), "import_rows")
    for name in ("outcome", "contract", "filed_on", "development"):
        op.drop_column("import_rows", name)
    op.create_check_constraint(
        op.f("ck_import_rows_changed"), "import_rows", "verdict <> 'changed' OR seen_version IS NOT NULL"
    )
    op.drop_index("ix_import_runs_bureau", "import_runs")
    for name in ("district", "development", "kind"):
        op.drop_constraint(op.f(f"ck_import_runs_{name}"), "import_runs")
    op.create_check_constraint(op.f("ck_import_runs_kind"), "import_runs", "kind IN ('homes')")
    op.drop_column("import_runs", "district_id")
    op.alter_column("import_runs", "development_id", nullable=False)
    _rename("organisation_id", "developer_id")


def _rename(old: str, new: str) -> None:
    """Call the column that says whose file it is by another name, with all that carries its name."""
    for table in ("import_runs", "import_columns"):
        op.alter_column(table, old, new_column_name=new)
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT fk_{table}_{old} TO fk_{table}_{new}")
        op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {table}_{old}_not_null TO {table}_{new}_not_null")
    op.execute(f"ALTER INDEX ix_import_runs_{old} RENAME TO ix_import_runs_{new}")
    op.execute(
        f"ALTER TABLE import_columns RENAME CONSTRAINT uq_import_columns_{old}_kind_signature "
        f"TO uq_import_columns_{new}_kind_signature"
    )
