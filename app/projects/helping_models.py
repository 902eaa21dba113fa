"""Who helps a household (帮办人), what the holder agreed to, and the log that the holder reads."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.actor import HelpLevel
from app.core.db import Base, Fen, Id, Instant, append_only, never_emptied
from app.core.locks import Rank
from app.core.sealing import SealedColumn, declare
from app.identity.models import User
from app.projects.models import Household, HouseholdPerson

RELATIONS: Final = {
    "child": "子女",
    "spouse": "配偶",
    "sibling": "兄弟姐妹",
    "relative": "其他亲属",
    "neighbour": "邻居、朋友",
    "social_worker": "社区工作人员",
    "other": "其他",
}
"""What a helper is to the holder, and how messages say it: they name nobody."""
LEVELS: Final = ", ".join(repr(level.value) for level in HelpLevel)


class HelperGrant(Base):
    """A household lets somebody help, so far and until that day; an invitation until it is accepted."""

    __tablename__ = "helper_grants"
    __lock_rank__ = Rank.HELP
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint(f"level IN ({LEVELS})", name="level"),
        CheckConstraint(f"relation IN ({', '.join(map(repr, RELATIONS))})", name="relation"),
        CheckConstraint("ends_on > from_on AND ends_on <= from_on + 366", name="term"),
        CheckConstraint("(accepted_at IS NULL) = (user_id IS NULL)", name="accepted"),
        CheckConstraint("ended_at IS NULL OR ended_at >= invited_at", name="ended"),
        CheckConstraint("ended_by IN ('household', 'helper', 'authority', 'term')", name="ended_by"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="one_end"),
        CheckConstraint("(ended_by = 'authority') = (end_reason IS NOT NULL)", name="end_reason"),
        Index(
            "uq_helper_grants_active",
            "household_id",
            "user_id",
            unique=True,
            postgresql_where="ended_at IS NULL AND user_id IS NOT NULL",
        ),
        Index(
            "uq_helper_grants_phone",
            "household_id",
            "phone_index",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index("ix_helper_grants_phone", "phone_index", postgresql_where="ended_at IS NULL"),
        Index("ix_helper_grants_due", "ends_on", postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("household_persons.id"))
    """Who lets them help, and to whose telephone codes go."""
    name: Mapped[str]
    relation: Mapped[str]
    phone: Mapped[str]
    phone_index: Mapped[str]
    level: Mapped[str]
    from_on: Mapped[date]
    """The day from which the term is counted: of the invitation, or of the last extension."""
    ends_on: Mapped[date]
    """The last day."""
    invited_at: Mapped[Instant]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk wrote it down."""
    accepted_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    """Why the authority ended it on request."""
    household: Mapped[Household] = relationship(viewonly=True)
    person: Mapped[HouseholdPerson] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])


HELPER_PHONE: Final = declare(
    SealedColumn(
        HelperGrant.phone,
        owner=HelperGrant.household_id,
        purpose="helper_grants.phone",
        index=HelperGrant.phone_index,
    )
)


class HelperAct(Base):
    """One binding act that a helper asked for; the holder's code carries out this one and no other."""

    __tablename__ = "helper_acts"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "grant_id"], ["helper_grants.district_id", "helper_grants.id"]),
        CheckConstraint("agreed_at IS NULL OR agreed_at >= asked_at", name="agreed"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    grant_id: Mapped[int] = mapped_column(index=True)
    ref: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]
    about_ref: Mapped[str]
    """The quote, the purchase or the request: the terms behind it are frozen."""
    place: Mapped[str]
    sum_fen: Mapped[Fen]
    words: Mapped[str]
    """What the holder was asked, without anybody's name."""
    asked_at: Mapped[Instant]
    agreed_at: Mapped[datetime | None]
    grant: Mapped[HelperGrant] = relationship(viewonly=True)


never_emptied(HelperAct.__table__)


class HelperLogEntry(Base):
    """One line of the log that the holder reads: a kind of page looked at that day, or an act."""

    __tablename__ = "helper_log"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "grant_id"], ["helper_grants.district_id", "helper_grants.id"]),
        CheckConstraint("(read_on IS NULL) OR (about_ref IS NULL AND sum_fen IS NULL)", name="read"),
        Index(
            "uq_helper_log_read",
            "grant_id",
            "what",
            "read_on",
            unique=True,
            postgresql_where="read_on IS NOT NULL",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    grant_id: Mapped[int] = mapped_column(index=True)
    what: Mapped[str]
    """The page's endpoint, or the act."""
    read_on: Mapped[date | None]
    """The legal day of a read; None for an act."""
    at: Mapped[Instant]
    about_ref: Mapped[str | None]
    place: Mapped[str | None]
    sum_fen: Mapped[int | None]


append_only(HelperLogEntry.__table__)
