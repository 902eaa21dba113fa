"""Stock: joining a pool, what a home is, its files

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ORIENTATIONS = (
    "'south', 'north-south', 'south-east', 'south-west', 'east', 'west', 'east-west', 'north-east', "
    "'north-west', 'north'"
)

ONLY_ENDED_BEFORE = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL AND NEW.effective_to IS NOT NULL
        AND to_jsonb(NEW) - 'effective_to' = to_jsonb(OLD) - 'effective_to' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""

ONLY_ENDED = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.effective_to IS NULL AND NEW.effective_to IS NOT NULL
        AND to_jsonb(NEW) - 'effective_to' = to_jsonb(OLD) - 'effective_to' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.source = 'developer'
        AND NOT EXISTS (SELECT FROM pool_listings WHERE home_id = OLD.home_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def upgrade() -> None:
    _facts()
    op.execute(ONLY_ENDED)
    _documents()


def downgrade() -> None:
    op.drop_table("documents")
    op.execute(ONLY_ENDED_BEFORE)
    _drop_facts()


def _facts() -> None:
    for table in ("developments", "buildings"):
        op.add_column(table, sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
        op.alter_column(table, "version", server_default=None)
    op.add_column("developments", sa.Column("supervised_account", sa.String()))
    op.create_check_constraint(
        op.f("ck_developments_point_in_china"),
        "developments",
        "lat BETWEEN 3.5 AND 53.6 AND lon BETWEEN 73.4 AND 135.1",
    )
    op.add_column("buildings", sa.Column("units", sa.SmallInteger()))
    op.add_column("buildings", sa.Column("has_lift", sa.Boolean()))
    op.create_check_constraint(op.f("ck_buildings_units"), "buildings", "units BETWEEN 1 AND 50")
    op.add_column("homes", sa.Column("inner_area_m2", sa.Numeric(8, 2)))
    op.add_column("homes", sa.Column("orientation", sa.String()))
    op.add_column("homes", sa.Column("finish", sa.String()))
    op.create_check_constraint(
        op.f("ck_homes_inner_area"), "homes", "inner_area_m2 > 0 AND inner_area_m2 <= area_m2"
    )
    op.create_check_constraint(op.f("ck_homes_orientation"), "homes", f"orientation IN ({ORIENTATIONS})")
    op.create_check_constraint(op.f("ck_homes_finish"), "homes", "finish IN ('bare', 'fitted')")
    # Every price so far was typed in by a developer.
    op.add_column(
        "price_versions", sa.Column("source", sa.String(), nullable=False, server_default="developer")
    )
    op.alter_column("price_versions", "source", server_default=None)
    op.add_column("price_versions", sa.Column("filed_on", sa.Date()))
    op.create_check_constraint(
        op.f("ck_price_versions_source"),
        "price_versions",
        "source IN ('developer', 'bureau')",
    )
    op.create_check_constraint(
        op.f("ck_price_versions_filed_on"), "price_versions", "(source = 'bureau') = (filed_on IS NOT NULL)"
    )
    op.create_check_constraint(
        op.f("ck_price_versions_bureau_filing"),
        "price_versions",
        "source <> 'bureau' OR filing_number IS NOT NULL",
    )


def _drop_facts() -> None:
    for name in ("bureau_filing", "filed_on", "source"):
        op.drop_constraint(op.f(f"ck_price_versions_{name}"), "price_versions")
    op.drop_column("price_versions", "filed_on")
    op.drop_column("price_versions", "source")
    for name in ("finish", "orientation", "inner_area"):
        op.drop_constraint(op.f(f"ck_homes_{name}"), "homes")
    for column in ("finish", "orientation", "inner_area_m2"):
        op.drop_column("homes", column)
    op.drop_constraint(op.f("ck_buildings_units"), "buildings")
    op.drop_column("buildings", "has_lift")
    op.drop_column("buildings", "units")
    op.drop_constraint(op.f("ck_developments_point_in_china"), "developments")
    op.drop_column("developments", "supervised_account")
    for table in ("buildings", "developments"):
        op.drop_column(table, "version")


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("owner_kind", sa.String(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("access", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger()),
        sa.Column("caption", sa.String(), nullable=False),
        sa.Column("uploaded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "kind IN ('photo', 'floor_plan', 'licence', 'undertaking', 'other')",
            name=op.f("ck_documents_kind"),
        ),
        sa.CheckConstraint("access IN ('public', 'parties')", name=op.f("ck_documents_access")),
        sa.CheckConstraint(
            "media_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')",
            name=op.f("ck_documents_media_type"),
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_documents_size")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_documents_sha256")),
        sa.CheckConstraint("position BETWEEN 1 AND 12", name=op.f("ck_documents_position")),
        sa.CheckConstraint(
            "(position IS NULL) = (removed_at IS NOT NULL)", name=op.f("ck_documents_removed")
        ),
        sa.CheckConstraint(
            "access = 'parties' OR media_type <> 'application/pdf' AND caption <> ''",
            name=op.f("ck_documents_public_image"),
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["users.id"], name=op.f("fk_documents_uploaded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("ref", name=op.f("uq_documents_ref")),
        sa.UniqueConstraint(
            "owner_kind",
            "owner_id",
            "position",
            name="uq_documents_place",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(
        "uq_documents_content",
        "documents",
        ["owner_kind", "owner_id", "sha256"],
        unique=True,
        postgresql_where="removed_at IS NULL",
    )
