"""The trial balance (试算平衡) of each day that is over, as it stood when the day was closed."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Fen, Id, Instant, append_only


class TrialBalance(Base):
    """What all accounts of one kind in a district began a day with, took in, gave out and ended with, in fen.

    Credits count up and debits down, so the closings of all kinds of a district come to zero.
    """

    __tablename__ = "trial_balances"
    __table_args__ = (
        UniqueConstraint("district_id", "day", "kind"),
        CheckConstraint("debits_fen >= 0 AND credits_fen >= 0", name="not_negative"),
        CheckConstraint("closing_fen = opening_fen + credits_fen - debits_fen", name="adds_up"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    day: Mapped[date]
    kind: Mapped[str]
    opening_fen: Mapped[Fen]
    debits_fen: Mapped[Fen]
    credits_fen: Mapped[Fen]
    closing_fen: Mapped[Fen]
    made_at: Mapped[Instant]


append_only(TrialBalance.__table__)
