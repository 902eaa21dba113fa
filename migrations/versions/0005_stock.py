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
    _pool()


def downgrade() -> None:
    _drop_pool()
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


REASONS_BEFORE = "'withdrawn', 'voucher_above_cash', 'voucher_above_filed'"
REASONS = "'withdrawn', 'developer_suspended', 'developer_left', 'voucher_above_cash', 'voucher_above_filed'"

MEMBERSHIP_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_check_pool_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'pool_listings' THEN
        -- Held until the end: whoever suspends the developer meanwhile waits and finds this listing.
        PERFORM FROM pool_memberships membership
        JOIN developments development ON development.developer_id = membership.developer_id
        JOIN homes home ON home.development_id = development.id
        WHERE home.id = NEW.home_id AND membership.district_id = NEW.district_id
            AND membership.state = 'admitted'
        FOR SHARE OF membership;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM pool_listings listing
        JOIN homes home ON home.id = listing.home_id
        JOIN developments development ON development.id = home.development_id
        WHERE listing.district_id = NEW.district_id AND listing.state = 'listed' AND home.status <> 'sold'
            AND development.developer_id = NEW.developer_id
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'only homes of a developer admitted to the pool are listed there',
        ERRCODE = 'check_violation',
        CONSTRAINT = TG_NAME;
END
$$
"""

LISTING_TRIGGER = """
CREATE TRIGGER pool_listings_membership AFTER INSERT OR UPDATE OF state ON pool_listings
FOR EACH ROW WHEN (NEW.state = 'listed') EXECUTE FUNCTION anju_check_pool_membership()
"""

MEMBERSHIP_TRIGGER = """
CREATE CONSTRAINT TRIGGER pool_memberships_membership AFTER UPDATE ON pool_memberships
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'admitted')
EXECUTE FUNCTION anju_check_pool_membership()
"""


def _pool() -> None:
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM pool_memberships)")):
        raise RuntimeError(
            "Developers were admitted here before undertakings were kept, and nobody can sign for them now. "
            "A demo starts over with `make demo RESET=1`."
        )
    op.drop_table("pool_memberships")
    op.create_table(
        "pool_memberships",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("undertaking_version", sa.SmallInteger(), nullable=False),
        sa.Column("accepted_by_name", sa.String(), nullable=False),
        sa.Column("accepted_by_id", sa.BigInteger(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('submitted', 'changes_asked', 'admitted', 'suspended', 'left')",
            name=op.f("ck_pool_memberships_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('admitted', 'suspended') OR admitted_at IS NOT NULL",
            name=op.f("ck_pool_memberships_admitted"),
        ),
        sa.CheckConstraint(
            "(state IN ('changes_asked', 'suspended', 'left')) = (reason IS NOT NULL)",
            name=op.f("ck_pool_memberships_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_pool_memberships_district_id")
        ),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_pool_memberships_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["accepted_by_id"], ["users.id"], name=op.f("fk_pool_memberships_accepted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_memberships")),
        sa.UniqueConstraint("ref", name=op.f("uq_pool_memberships_ref")),
        sa.UniqueConstraint(
            "district_id", "developer_id", name=op.f("uq_pool_memberships_district_id_developer_id")
        ),
    )
    op.create_index(op.f("ix_pool_memberships_developer_id"), "pool_memberships", ["developer_id"])
    op.create_table(
        "pool_moves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("approval_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["pool_memberships.id"], name=op.f("fk_pool_moves_membership_id")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_pool_moves_actor_id")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval_requests.id"], name=op.f("fk_pool_moves_approval_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool_moves")),
    )
    op.create_index(op.f("ix_pool_moves_membership_id"), "pool_moves", ["membership_id"])
    op.execute(
        "CREATE TRIGGER pool_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pool_moves "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )
    _reasons(REASONS)
    for statement in (MEMBERSHIP_FUNCTION, LISTING_TRIGGER, MEMBERSHIP_TRIGGER):
        op.execute(statement)


def _drop_pool() -> None:
    op.execute("DROP TRIGGER pool_memberships_membership ON pool_memberships")
    op.execute("DROP TRIGGER pool_listings_membership ON pool_listings")
    op.execute("DROP FUNCTION anju_check_pool_membership()")
    op.execute(
        "UPDATE pool_listings SET out_reason = 'withdrawn' "
        "WHERE out_reason IN ('developer_suspended', 'developer_left')"
    )
    _reasons(REASONS_BEFORE)
    op.drop_table("pool_moves")
    op.drop_table("pool_memberships")
    op.create_table(
        "pool_memberships",
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("developer_id", sa.BigInteger(), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["developer_id"], ["organisations.id"], name=op.f("fk_pool_memberships_developer_id")
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["districts.id"], name=op.f("fk_pool_memberships_district_id")
        ),
        sa.PrimaryKeyConstraint("district_id", "developer_id", name=op.f("pk_pool_memberships")),
    )


def _reasons(known: str) -> None:
    op.drop_constraint(op.f("ck_pool_listings_reason_kind"), "pool_listings")
    op.create_check_constraint(
        op.f("ck_pool_listings_reason_kind"), "pool_listings", f"out_reason IN ({known})"
    )
