"""Sales tables: staged rows, mappings, runs

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _runs()
    _rows()
    op.create_table(
        "import_faults",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("params", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_faults_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_faults")),
    )
    op.create_index("ix_import_faults_place", "import_faults", ["run_id", "sheet", "row"])
    op.create_table(
        "import_columns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("columns", postgresql.JSONB(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_import_columns_developer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_columns")),
        sa.UniqueConstraint(
            "developer_id", "kind", "signature", name=op.f("uq_import_columns_developer_id_kind_signature")
        ),
    )


def _runs() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("development_id", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("file_sha256", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("samples", postgresql.JSONB(), nullable=True),
        sa.Column("plan", postgresql.JSONB(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("failure_params", postgresql.JSONB(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("leave_out", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=True),
        sa.Column("ordered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('looking', 'planning', 'reading', 'ready', 'applying', 'applied', 'failed', 'discarded')",
            name=op.f("ck_import_runs_state"),
        ),
        sa.CheckConstraint("kind IN ('homes')", name=op.f("ck_import_runs_kind")),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_import_runs_failure")),
        sa.CheckConstraint(
            "(state = 'applied') = (left_out IS NOT NULL)", name=op.f("ck_import_runs_left_out")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_import_runs_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["development_id"], ["developments.id"], name=op.f("fk_import_runs_development_id")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_import_runs_created_by_id")),
        sa.ForeignKeyConstraint(["ordered_by_id"], ["users.id"], name=op.f("fk_import_runs_ordered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
        sa.UniqueConstraint("ref", name=op.f("uq_import_runs_ref")),
    )
    op.create_index(op.f("ix_import_runs_developer_id"), "import_runs", ["developer_id"])
    op.create_index("ix_import_runs_development", "import_runs", ["development_id", "id"])


def _rows() -> None:
    op.create_table(
        "import_rows",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("home_id", sa.BigInteger(), nullable=True),
        sa.Column("seen_version", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("building", sa.String(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("storey", sa.SmallInteger(), nullable=True),
        sa.Column("room", sa.String(), nullable=True),
        sa.Column("rooms", sa.SmallInteger(), nullable=True),
        sa.Column("area_m2", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("inner_area_m2", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("orientation", sa.String(), nullable=True),
        sa.Column("finish", sa.String(), nullable=True),
        sa.Column("filed_fen", sa.BigInteger(), nullable=True),
        sa.Column("filing_number", sa.String(), nullable=True),
        sa.Column("cash_fen", sa.BigInteger(), nullable=True),
        sa.Column("voucher_fen", sa.BigInteger(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("leaves", sa.String(), nullable=True),
        sa.CheckConstraint(
            "verdict IN ('new', 'changed', 'same', 'bad')", name=op.f("ck_import_rows_verdict")
        ),
        sa.CheckConstraint("verdict = 'bad' OR building IS NOT NULL", name=op.f("ck_import_rows_place")),
        sa.CheckConstraint(
            "verdict <> 'new' OR (ref IS NOT NULL AND area_m2 IS NOT NULL)", name=op.f("ck_import_rows_new")
        ),
        sa.CheckConstraint(
            "verdict <> 'changed' OR seen_version IS NOT NULL", name=op.f("ck_import_rows_changed")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("fk_import_rows_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "sheet", "row", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_verdict", "import_rows", ["run_id", "verdict", "sheet", "row"])


def downgrade() -> None:
    for table in ("import_columns", "import_faults", "import_rows", "import_runs"):
        op.drop_table(table)
