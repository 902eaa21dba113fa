"""Districts, organisations, people, what they may do, and where they are signed in."""

from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import Duty, Role
from app.core.db import Base, Id, Instant
from app.core.locks import Rank
from app.core.sealing import SealedColumn, declare

SCOPES: Final = "'search:read', 'stock:read', 'prices:write', 'listings:write', 'sales:write'"
PRIVATE: Final = (Role.HOUSEHOLD, Role.HELPER)
"""Roles of people who work for nobody here."""
DUTIES: Final = ", ".join(repr(duty.value) for duty in Duty)
STAFF_ROLES: Final = ", ".join(repr(role.value) for role in Role if role not in PRIVATE)


class District(Base):
    """A district that issues vouchers; every tenant-owned row carries its id."""

    __tablename__ = "districts"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)


class Organisation(Base):
    """An authority, a bureau, an audit office or a developer (房企). Developers belong to no district."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('authority', 'regulator', 'audit', 'inspection', 'platform', 'developer')",
            name="kind",
        ),
        CheckConstraint("(kind = 'developer') = (district_id IS NULL)", name="developers_are_global"),
    )

    id: Mapped[Id]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)


class User(Base):
    """A person who can sign in."""

    __tablename__ = "users"
    __lock_rank__ = Rank.PERSON

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    password_issued: Mapped[bool]
    """Somebody else knows the password: the person must choose another before anything else."""
    display_name: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[Instant]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", order_by="Membership.id")


class Membership(Base):
    """A role of a person, with its scope: a district, an organisation or a household."""

    __tablename__ = "memberships"
    __lock_rank__ = Rank.PLACE
    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(role.value) for role in Role)})", name="role"),
        CheckConstraint("(role = 'household') = (household_id IS NOT NULL)", name="household_scope"),
        CheckConstraint("(role IN ('household', 'helper')) = (organisation_id IS NULL)", name="staff_scope"),
        CheckConstraint("(role IN ('developer', 'helper')) = (district_id IS NULL)", name="district_scope"),
        CheckConstraint(
            f"CASE WHEN role = 'developer' THEN duty IS NOT NULL AND duty IN ({DUTIES}) "
            "ELSE duty IS NULL END",
            name="duty",
        ),
        Index("uq_memberships_live", "user_id", "role", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[str]
    duty: Mapped[str | None]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    ended_at: Mapped[datetime | None]
    handed_to_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))
    """Who took over the work of somebody who left."""
    user: Mapped[User] = relationship(back_populates="memberships")
    handed_to: Mapped["Membership | None"] = relationship(remote_side="Membership.id")
    organisation: Mapped[Organisation | None] = relationship()
    district: Mapped[District | None] = relationship()


class SignIn(Base):
    """One sign-in on one device, a session as a row: ended by signing out, by age, or from elsewhere.

    ``proof`` says how it was proven: by a password alone, by a code sent to a telephone, by a second
    factor as well, or with the second factor still to come (then it opens nothing).
    """

    __tablename__ = "sign_ins"
    __table_args__ = (
        CheckConstraint("proof IN ('password', 'phone', 'code_to_come', 'code')", name="proof"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    device: Mapped[str]
    proof: Mapped[str]
    started_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    """Last use, to the minute."""
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    membership: Mapped[Membership] = relationship()
    user: Mapped[User] = relationship()


class SecondFactor(Base):
    """An authenticator app's secret; it counts once a code has confirmed it."""

    __tablename__ = "second_factors"
    __table_args__ = (CheckConstraint("(confirmed_at IS NULL) = (last_step IS NULL)", name="confirmed"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str]
    """Sealed, bound to the user."""
    started_at: Mapped[Instant]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None]
    """The time step of the last code that was taken: neither it nor an older one is taken again."""


SECRET: Final = declare(
    SealedColumn(SecondFactor.secret, owner=SecondFactor.user_id, purpose="second_factors.secret")
)


class RecoveryCode(Base):
    """A code on paper that stands in once for the authenticator app; only its hash is stored."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("second_factors.user_id", ondelete="CASCADE"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]


class PasswordReset(Base):
    """A one-time code to choose a new password with.

    It is handed over by somebody who knows the person, mailed to them as a link, or held by the browser in
    which they typed a code sent to their telephone.
    """

    __tablename__ = "password_resets"
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        CheckConstraint("issued_by_id <> user_id", name="second_person"),
        Index(
            "uq_password_resets_open",
            "user_id",
            unique=True,
            postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
        ),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where the person asked for it by telephone or mail, or the system's own command line issued it."""
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Invitation(Base):
    """A one-time code with which a named person becomes staff, in the role and place it was written for."""

    __tablename__ = "invitations"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        CheckConstraint(f"role IN ({STAFF_ROLES})", name="role"),
        CheckConstraint("(role = 'developer') = (district_id IS NULL)", name="district_scope"),
        CheckConstraint(
            f"CASE WHEN role = 'developer' THEN duty IS NOT NULL AND duty IN ({DUTIES}) "
            "ELSE duty IS NULL END",
            name="duty",
        ),
        CheckConstraint("(used_at IS NULL) = (membership_id IS NULL)", name="used"),
        CheckConstraint("used_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
        Index(
            "uq_invitations_open",
            "username",
            unique=True,
            postgresql_where="used_at IS NULL AND withdrawn_at IS NULL",
        ),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    username: Mapped[str]
    display_name: Mapped[str]
    role: Mapped[str]
    duty: Mapped[str | None]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None where the system's own command line invited."""
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("memberships.id"))
    organisation: Mapped[Organisation] = relationship()


class ApiToken(Base):
    """A token of somebody's own program: what it may be used for, until when, and in whose place it acts."""

    __tablename__ = "api_tokens"
    __lock_rank__ = Rank.TOKEN
    __table_args__ = (
        CheckConstraint(f"scopes <@ ARRAY[{SCOPES}]::text[] AND cardinality(scopes) > 0", name="scopes"),
        CheckConstraint("expires_at > made_at", name="term"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"), index=True)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    membership: Mapped[Membership] = relationship()
