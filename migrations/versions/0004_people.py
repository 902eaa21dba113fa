"""People: duties, second factors, invitations, resets

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.ids import new_ref

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KIND = "kind IN ('authority', 'regulator', 'audit', 'inspection', 'platform', 'developer')"
KIND_BEFORE = "kind IN ('authority', 'regulator', 'audit', 'platform', 'developer')"
ROLE = (
    "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'inspector', "
    "'administrator')"
)
ROLE_BEFORE = (
    "role IN ('household', 'developer', 'officer', 'checker', 'regulator', 'auditor', 'administrator')"
)
STAFF_ROLE = (
    "role IN ('developer', 'officer', 'checker', 'regulator', 'auditor', 'inspector', 'administrator')"
)
DUTY = (
    "CASE WHEN role = 'developer' THEN duty IS NOT NULL AND duty IN ('manager', 'sales', 'finance') "
    "ELSE duty IS NULL END"
)


def upgrade() -> None:
    _change_check("organisations", "kind", KIND)
    _change_check("memberships", "role", ROLE)
    _duties()
    op.add_column("memberships", sa.Column("handed_to_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_memberships_handed_to_id"), "memberships", "memberships", ["handed_to_id"], ["id"]
    )
    _sign_ins()
    _second_factors()
    _password_resets()
    _invitations()


def downgrade() -> None:
    op.drop_table("invitations")
    op.drop_table("password_resets")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
    op.drop_column("sign_ins", "seen_at")
    op.drop_column("sign_ins", "proof")
    op.drop_column("users", "password_issued")
    op.drop_column("memberships", "handed_to_id")
    op.drop_constraint("uq_memberships_ref", "memberships")
    op.drop_constraint("ck_memberships_duty", "memberships")
    op.drop_column("memberships", "ref")
    op.drop_column("memberships", "duty")
    _change_check("memberships", "role", ROLE_BEFORE)
    _change_check("organisations", "kind", KIND_BEFORE)


def _duties() -> None:
    op.add_column("memberships", sa.Column("duty", sa.String(), nullable=True))
    op.execute("UPDATE memberships SET duty = 'manager' WHERE role = 'developer'")
    op.create_check_constraint(op.f("ck_memberships_duty"), "memberships", DUTY)
    op.add_column("memberships", sa.Column("ref", sa.String(), nullable=True))
    connection = op.get_bind()
    for (number,) in connection.execute(sa.text("SELECT id FROM memberships")).all():
        connection.execute(
            sa.text("UPDATE memberships SET ref = :ref WHERE id = :id"), {"ref": new_ref("RY"), "id": number}
        )
    op.alter_column("memberships", "ref", nullable=False)
    op.create_unique_constraint(op.f("uq_memberships_ref"), "memberships", ["ref"])


def _sign_ins() -> None:
    op.add_column(
        "users", sa.Column("password_issued", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.alter_column("users", "password_issued", server_default=None)
    op.add_column("sign_ins", sa.Column("proof", sa.String(), nullable=False, server_default="password"))
    op.alter_column("sign_ins", "proof", server_default=None)
    op.create_check_constraint(
        op.f("ck_sign_ins_proof"), "sign_ins", "proof IN ('password', 'phone', 'code_to_come', 'code')"
    )
    op.add_column("sign_ins", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE sign_ins SET seen_at = started_at")
    op.alter_column("sign_ins", "seen_at", nullable=False)


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (last_step IS NULL)", name=op.f("ck_second_factors_confirmed")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["second_factors.user_id"],
            name=op.f("fk_recovery_codes_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )


def _password_resets() -> None:
    op.create_table(
        "password_resets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_by_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_password_resets_one_end")
        ),
        sa.CheckConstraint("issued_by_id <> user_id", name=op.f("ck_password_resets_second_person")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_resets_user_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["users.id"], name=op.f("fk_password_resets_issued_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_password_resets_code_hash")),
    )
    op.create_index(
        "uq_password_resets_open",
        "password_resets",
        ["user_id"],
        unique=True,
        postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("duty", sa.String(), nullable=True),
        sa.Column("district_id", sa.BigInteger(), nullable=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("invited_by_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("membership_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(STAFF_ROLE, name=op.f("ck_invitations_role")),
        sa.CheckConstraint(
            "(role = 'developer') = (district_id IS NULL)", name=op.f("ck_invitations_district_scope")
        ),
        sa.CheckConstraint(DUTY, name=op.f("ck_invitations_duty")),
        sa.CheckConstraint("(used_at IS NULL) = (membership_id IS NULL)", name=op.f("ck_invitations_used")),
        sa.CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitations_one_end")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_invitations_district_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_invitations_organisation_id")
        ),
        sa.ForeignKeyConstraint(["invited_by_id"], ["users.id"], name=op.f("fk_invitations_invited_by_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_invitations_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("ref", name=op.f("uq_invitations_ref")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_invitations_code_hash")),
    )
    op.create_index(op.f("ix_invitations_organisation_id"), "invitations", ["organisation_id"], unique=False)
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["username"],
        unique=True,
        postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
    )


def _change_check(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
