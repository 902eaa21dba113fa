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


def downgrade() -> None:
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
