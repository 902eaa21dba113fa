"""Price signals (价格异常线索) and what a person decided about them."""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, Json, append_only
from app.core.locks import Rank
from app.homes.models import Home


class Signal(Base):
    """A price signal; ``evidence`` is frozen: prices, their versions and times, the rule and its version."""

    __tablename__ = "signals"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "natural_key"),
        CheckConstraint("grade IN ('A', 'B', 'C')", name="grade"),
        ForeignKeyConstraint(["district_id", "sale_id"], ["cash_sales.district_id", "cash_sales.id"]),
        CheckConstraint(
            "kind IN ('voucher_above_cash', 'voucher_above_filed', 'voucher_above_net', "
            "'contract_below_cash')",
            name="kind",
        ),
        CheckConstraint("(kind = 'contract_below_cash') = (sale_id IS NOT NULL)", name="sale"),
        CheckConstraint("state IN ('signal', 'dismissed', 'opened', 'lapsed')", name="state"),
        Index(
            "uq_signals_one_a_contract",
            "sale_id",
            unique=True,
            postgresql_where="state IN ('signal', 'opened')",
        ),
        Index("ix_signals_triage", "district_id", "state", "opened_at"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    grade: Mapped[str]
    kind: Mapped[str]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    sale_id: Mapped[int | None]
    """The contract whose price is below the declared one."""
    natural_key: Mapped[str]
    """Names the breach: the same breach found twice is one signal."""
    evidence: Mapped[Json]
    state: Mapped[str]
    opened_at: Mapped[Instant]
    home: Mapped[Home] = relationship()


class SignalMove(Base):
    """One step of a signal: who did it and why. It was judged under the rule version of the evidence."""

    __tablename__ = "signal_moves"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "signal_id"], ["signals.district_id", "signals.id"]),
        CheckConstraint("from_state IS NULL OR coalesce(reason, '') <> ''", name="reason"),
        Index("uq_signal_moves_decision", "signal_id", unique=True, postgresql_where="from_state = 'signal'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    signal_id: Mapped[int] = mapped_column(index=True)
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None]
    at: Mapped[Instant]


append_only(SignalMove.__table__)
