"""Messages, and the record of every try to bring one to its recipient."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Id, Instant, append_only
from app.core.locks import Rank

RECIPIENTS: Final = ("household", "organisation", "user")


class Notice(Base):
    """One message to one recipient, in the words it was written in.

    What one person of a household or an organisation read, all of it have read: they share an inbox, and
    ``read_by_id`` says who.
    """

    __tablename__ = "notices"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("num_nonnulls(user_id, household_id, organisation_id) = 1", name="one_recipient"),
        CheckConstraint("household_id IS NULL OR district_id IS NOT NULL", name="household_district"),
        CheckConstraint(
            "state IN ('inbox', 'due', 'sent', 'arrived', 'to_print', 'printed', 'failed')", name="state"
        ),
        CheckConstraint("way IS NULL OR way IN ('sms', 'mail', 'print')", name="way"),
        CheckConstraint("(state = 'inbox') = (way IS NULL)", name="way_out"),
        CheckConstraint("(state = 'due') = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name="read"),
        # What must be seen is never given up: it ends on the list of letters, unless it needs no way at all.
        CheckConstraint(
            "NOT (must_see AND household_id IS NOT NULL AND state = 'failed')", name="never_lost"
        ),
        # Each notice has one recipient, and stands in the two indexes of that kind alone.
        *(
            Index(f"ix_notices_{who}", f"{who}_id", "id", postgresql_where=f"{who}_id IS NOT NULL")
            for who in RECIPIENTS
        ),
        *(
            Index(
                f"ix_notices_unread_{who}",
                f"{who}_id",
                postgresql_where=f"read_at IS NULL AND {who}_id IS NOT NULL",
            )
            for who in RECIPIENTS
        ),
        Index("ix_notices_due", "due_at", postgresql_where="state = 'due'"),
        Index("ix_notices_sent", "sent_at", postgresql_where="state = 'sent'"),
        Index(
            "ix_notices_mailed",
            "written_at",
            postgresql_where="state = 'arrived' AND way = 'mail' AND must_see AND read_at IS NULL",
        ),
        Index("ix_notices_letters", "district_id", "id", postgresql_where="state = 'to_print'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    household_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    once: Mapped[str] = mapped_column(unique=True)
    """Names what happened and to whom it is told: told twice it is one message."""
    subject: Mapped[str]
    text: Mapped[str]
    about_type: Mapped[str]
    about_ref: Mapped[str | None]
    must_see: Mapped[bool]
    written_at: Mapped[Instant]
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str]
    way: Mapped[str | None]
    tries: Mapped[int]
    """How often the present way was tried."""
    due_at: Mapped[datetime | None]
    """System time: when it is tried next; a try under way moves it on by the lease."""
    sent_at: Mapped[datetime | None]
    """System time: when a gateway took it."""
    gateway_id: Mapped[str | None]
    """What the gateway calls it, for asking whether it arrived."""


class NoticeAttempt(Base):
    """One try, or one word of a gateway about an earlier one. No number, no mail address: see ``detail``."""

    __tablename__ = "notice_attempts"
    __table_args__ = (CheckConstraint("way IN ('sms', 'mail', 'print')", name="way"),)

    id: Mapped[Id]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    way: Mapped[str]
    outcome: Mapped[str]
    detail: Mapped[str | None]
    """The gateway's code, such as 550; never its text, which may repeat the address."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who printed it; None for the system."""
    at: Mapped[Instant]
    """Business time, as everything a person reads."""


append_only(NoticeAttempt.__table__)
