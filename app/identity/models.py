"""Districts, organisations, people, what they may do, and where they are signed in."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import Duty, Role
from app.core.db import Base, Id, Instant

DUTIES: Final = ", ".join(repr(duty.value) for duty in Duty)


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

    id: Mapped[Id]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    display_name: Mapped[str]
    active: Mapped[bool]
    created_at: Mapped[Instant]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", order_by="Membership.id")


class Membership(Base):
    """A role of a person, with its scope: a district, an organisation or a household."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(role.value) for role in Role)})", name="role"),
        CheckConstraint("(role = 'household') = (household_id IS NOT NULL)", name="household_scope"),
        CheckConstraint("(role = 'household') = (organisation_id IS NULL)", name="staff_scope"),
        CheckConstraint("(role = 'developer') = (district_id IS NULL)", name="district_scope"),
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
    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation | None] = relationship()
    district: Mapped[District | None] = relationship()


class SignIn(Base):
    """One sign-in on one device, a session as a row: ended by signing out, by age, or from elsewhere."""

    __tablename__ = "sign_ins"

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("memberships.id"))
    device: Mapped[str]
    started_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    membership: Mapped[Membership] = relationship()
    user: Mapped[User] = relationship()
