"""Helpers of households: grants, acts agreed to by a code, and the log the holder reads

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE_BEFORE = (
    "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'inspector', "
    "'administrator')"
)
ROLE = ROLE_BEFORE.replace("'administrator')", "'administrator', 'helper')")
CHECKS = {
    "role": (ROLE_BEFORE, ROLE),
    "staff_scope": (
        "(role = 'household') = (organisation_id IS NULL)",
        "(role IN ('household', 'helper')) = (organisation_id IS NULL)",
    ),
    "district_scope": (
        "(role = 'developer') = (district_id IS NULL)",
        "(role IN ('developer', 'helper')) = (district_id IS NULL)",
    ),
}
RELATION = "relation IN ('child', 'spouse', 'sibling', 'relative', 'neighbour', 'social_worker', 'other')"


def upgrade() -> None:
    for name, (_before, now) in CHECKS.items():
        _change_check(name, now)
    op.add_column("phone_codes", sa.Column("words", sa.String(), nullable=True))
    _grants()
    _acts()
    _log()
    op.add_column("redemption_moves", sa.Column("helper_act_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_redemption_moves_district_id_helper_act_id"),
        "redemption_moves",
        "helper_acts",
        ["district_id", "helper_act_id"],
        ["district_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_redemption_moves_one_way"), "redemption_moves", "visit_id IS NULL OR helper_act_id IS NULL"
    )
    op.create_index(op.f("ix_redemption_moves_helper_act_id"), "redemption_moves", ["helper_act_id"])


def downgrade() -> None:
    op.drop_column("redemption_moves", "helper_act_id")
    op.drop_table("helper_log")
    op.drop_table("helper_acts")
    op.drop_table("helper_grants")
    op.drop_column("phone_codes", "words")
    for name, (before, _now) in CHECKS.items():
        _change_check(name, before)


def _grants() -> None:
    op.create_table(
        "helper_grants",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("phone_index", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=True),
        sa.Column("visit_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.CheckConstraint("level IN ('look', 'prepare', 'act')", name=op.f("ck_helper_grants_level")),
        sa.CheckConstraint(RELATION, name=op.f("ck_helper_grants_relation")),
        sa.CheckConstraint(
            "ends_on > from_on AND ends_on <= from_on + 366", name=op.f("ck_helper_grants_term")
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (user_id IS NULL)", name=op.f("ck_helper_grants_accepted")
        ),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= invited_at", name=op.f("ck_helper_grants_ended")),
        sa.CheckConstraint(
            "ended_by IN ('household', 'helper', 'authority', 'term')", name=op.f("ck_helper_grants_ended_by")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_helper_grants_one_end")),
        sa.CheckConstraint(
            "(ended_by = 'authority') = (end_reason IS NOT NULL)", name=op.f("ck_helper_grants_end_reason")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_helper_grants_district_id")),
        sa.ForeignKeyConstraint(
            ["district_id", "household_id"],
            ["households.district_id", "households.id"],
            name=op.f("fk_helper_grants_district_id_household_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["household_persons.id"], name=op.f("fk_helper_grants_person_id")
        ),
        sa.ForeignKeyConstraint(["invited_by_id"], ["users.id"], name=op.f("fk_helper_grants_invited_by_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["counter_visits.id"], name=op.f("fk_helper_grants_visit_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_helper_grants_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_grants")),
        sa.UniqueConstraint("ref", name=op.f("uq_helper_grants_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_helper_grants_district_id_id")),
    )
    for column in ("household_id", "user_id", "visit_id"):
        op.create_index(op.f(f"ix_helper_grants_{column}"), "helper_grants", [column])
    open_one = "ended_at IS NULL"
    op.create_index(
        "uq_helper_grants_active",
        "helper_grants",
        ["household_id", "user_id"],
        unique=True,
        postgresql_where="ended_at IS NULL AND user_id IS NOT NULL",
    )
    op.create_index(
        "uq_helper_grants_phone",
        "helper_grants",
        ["household_id", "phone_index"],
        unique=True,
        postgresql_where=open_one,
    )
    op.create_index("ix_helper_grants_phone", "helper_grants", ["phone_index"], postgresql_where=open_one)
    op.create_index("ix_helper_grants_due", "helper_grants", ["ends_on"], postgresql_where=open_one)


def _acts() -> None:
    op.create_table(
        "helper_acts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("about_ref", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sum_fen", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("agreed_at IS NULL OR agreed_at >= asked_at", name=op.f("ck_helper_acts_agreed")),
        sa.ForeignKeyConstraint(
            ["district_id", "grant_id"],
            ["helper_grants.district_id", "helper_grants.id"],
            name=op.f("fk_helper_acts_district_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_acts")),
        sa.UniqueConstraint("ref", name=op.f("uq_helper_acts_ref")),
        sa.UniqueConstraint("district_id", "id", name=op.f("uq_helper_acts_district_id_id")),
    )
    op.create_index(op.f("ix_helper_acts_grant_id"), "helper_acts", ["grant_id"])


def _log() -> None:
    op.create_table(
        "helper_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("district_id", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about_ref", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("sum_fen", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(read_on IS NULL) OR (about_ref IS NULL AND sum_fen IS NULL)", name=op.f("ck_helper_log_read")
        ),
        sa.ForeignKeyConstraint(
            ["district_id", "grant_id"],
            ["helper_grants.district_id", "helper_grants.id"],
            name=op.f("fk_helper_log_district_id_grant_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helper_log")),
    )
    op.create_index(op.f("ix_helper_log_grant_id"), "helper_log", ["grant_id"])
    op.create_index(
        "uq_helper_log_read",
        "helper_log",
        ["grant_id", "what", "read_on"],
        unique=True,
        postgresql_where="read_on IS NOT NULL",
    )
    op.execute(
        "CREATE TRIGGER helper_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON helper_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION anju_forbid_change()"
    )


def _change_check(name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_memberships_{name}"), "memberships")
    op.create_check_constraint(op.f(f"ck_memberships_{name}"), "memberships", condition)
