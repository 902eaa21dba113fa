"""Price signals (价格异常线索) and what a person decided about them."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, Json, append_only
from app.core.locks import Rank
from app.homes.models import Development, Home
from app.identity.models import Organisation, User


class Signal(Base):
    """A price signal about a home, a development, or a developer in the district.

    Of grade A ``evidence`` is frozen: prices, their versions and times, the rule and its version. Of grade B
    it is what the last run found, until a person decides; from then on it stays what was decided on. Every
    evidence there was is a row of ``SignalEvidence``.
    """

    __tablename__ = "signals"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "natural_key"),
        CheckConstraint("grade IN ('A', 'B', 'C')", name="grade"),
        ForeignKeyConstraint(["district_id", "sale_id"], ["cash_sales.district_id", "cash_sales.id"]),
        CheckConstraint(
            "kind IN ('voucher_above_cash', 'voucher_above_filed', 'voucher_above_net', "
            "'contract_below_cash', 'home_above_area', 'development_above_area', 'developer_above_area', "
            "'home_above_development', 'development_above_own_cash')",
            name="kind",
        ),
        CheckConstraint(
            "(home_id IS NULL) = (kind IN ('development_above_area', 'developer_above_area', "
            "'development_above_own_cash'))",
            name="home",
        ),
        CheckConstraint("(development_id IS NULL) = (kind = 'developer_above_area')", name="development"),
        CheckConstraint("level IN ('info', 'review', 'flag')", name="level"),
        CheckConstraint("grade <> 'A' OR level = 'flag' AND NOT held", name="level_of_grade"),
        # Recorded features leave too much unsaid about one home to accuse it.
        CheckConstraint("kind <> 'home_above_area' OR level <> 'flag'", name="one_home"),
        CheckConstraint("(grade = 'A') = (run_id IS NULL)", name="run"),
        ForeignKeyConstraint(["district_id", "run_id"], ["monitor_runs.district_id", "monitor_runs.id"]),
        CheckConstraint("(kind = 'contract_below_cash') = (sale_id IS NOT NULL)", name="sale"),
        CheckConstraint(
            "state IN ('signal', 'watched', 'merged', 'dismissed', 'opened', 'lapsed')", name="state"
        ),
        Index(
            "uq_signals_one_a_contract",
            "sale_id",
            unique=True,
            postgresql_where="state IN ('signal', 'watched', 'merged', 'opened')",
        ),
        Index(
            "uq_signals_one_a_subject",
            "district_id",
            "kind",
            "developer_id",
            text("coalesce(development_id, 0)"),
            text("coalesce(home_id, 0)"),
            unique=True,
            postgresql_where="grade = 'B' AND state NOT IN ('dismissed', 'lapsed')",
        ),
        Index("ix_signals_triage", "district_id", "state", "opened_at"),
        CheckConstraint("(state = 'watched') = (watch_until IS NOT NULL)", name="watch"),
        CheckConstraint("state <> 'merged' OR merged_into_id IS NOT NULL", name="merged"),
        CheckConstraint("merged_into_id IS NULL OR state NOT IN ('signal', 'watched')", name="alone"),
        # Of one district and one company, and never into one that was merged itself.
        UniqueConstraint("district_id", "developer_id", "id", "is_main", name="uq_signals_main"),
        ForeignKeyConstraint(
            ["district_id", "developer_id", "merged_into_id", "into_main"],
            ["signals.district_id", "signals.developer_id", "signals.id", "signals.is_main"],
            name="fk_signals_main",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    grade: Mapped[str]
    kind: Mapped[str]
    level: Mapped[str]
    """``info``: p < .05; ``review``: false discoveries controlled; ``flag``: two tests agree, or grade A."""
    held: Mapped[bool] = mapped_column(server_default="false", default=False)
    """It would be a flag, but the run's drift alarm holds flags: it stands as ``review``."""
    home_id: Mapped[int | None] = mapped_column(ForeignKey("homes.id"), index=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Always set; of the three the narrowest that is set is what the signal is about (``subject``)."""
    run_id: Mapped[int | None] = mapped_column(index=True)
    """The monitor's run that found it last."""
    sale_id: Mapped[int | None]
    """The contract whose price is below the declared one."""
    natural_key: Mapped[str]
    """Names the breach: the same breach found twice is one signal."""
    evidence: Mapped[Json]
    state: Mapped[str]
    opened_at: Mapped[Instant]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Who of the regulator works on it."""
    watch_until: Mapped[date | None]
    """The day on which somebody looks again; from then on it waits like a new one."""
    answer_due: Mapped[date | None]
    """The last day for the answer that the company was asked for; None when nothing is owed."""
    merged_into_id: Mapped[int | None] = mapped_column(index=True)
    """The signal whose decision it follows."""
    is_main: Mapped[bool] = mapped_column(Computed("merged_into_id IS NULL", persisted=True))
    into_main: Mapped[bool] = mapped_column(Computed("true", persisted=True))
    """Always true; the foreign key compares it with ``is_main``, so that signals are merged one deep."""
    home: Mapped[Home | None] = relationship()
    development: Mapped[Development | None] = relationship()
    developer: Mapped[Organisation] = relationship()
    assignee: Mapped[User | None] = relationship()
    merged_into: Mapped["Signal | None"] = relationship(
        primaryjoin="foreign(Signal.merged_into_id) == remote(Signal.id)", viewonly=True
    )

    @property
    def subject(self) -> str:
        """What it is about: ``home``, ``development`` or ``developer``."""
        if self.home_id is not None:
            return "home"
        return "developer" if self.development_id is None else "development"


class SignalEvidence(Base):
    """The evidence of a signal as one run of the monitor found it: a row whenever the figures changed."""

    __tablename__ = "signal_evidence"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "signal_id"], ["signals.district_id", "signals.id"]),
        ForeignKeyConstraint(["district_id", "run_id"], ["monitor_runs.district_id", "monitor_runs.id"]),
        UniqueConstraint("signal_id", "run_id"),
        CheckConstraint("level IN ('info', 'review', 'flag')", name="level"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    signal_id: Mapped[int]
    run_id: Mapped[int]
    level: Mapped[str]
    evidence: Mapped[Json]
    found_at: Mapped[Instant]


append_only(SignalEvidence.__table__)


class SignalMove(Base):
    """One step of a signal: who did it and why. It was judged under the rule version of the evidence.

    Of two steps at once one gets its ``number``, the other nothing.
    """

    __tablename__ = "signal_moves"
    __table_args__ = (
        UniqueConstraint("signal_id", "number"),
        ForeignKeyConstraint(["district_id", "signal_id"], ["signals.district_id", "signals.id"]),
        ForeignKeyConstraint(["district_id", "other_id"], ["signals.district_id", "signals.id"]),
        CheckConstraint("action IN ('find', 'assign') OR coalesce(reason, '') <> ''", name="reason"),
        CheckConstraint("(action IN ('watch', 'ask')) = (until IS NOT NULL)", name="until"),
        CheckConstraint("(action IN ('merge', 'split')) = (other_id IS NOT NULL)", name="other"),
        CheckConstraint("action = 'assign' OR assignee_id IS NULL", name="assignee"),
        Index(
            "uq_signal_moves_decision",
            "signal_id",
            unique=True,
            postgresql_where="to_state IN ('dismissed', 'opened', 'lapsed') AND from_state <> to_state",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    signal_id: Mapped[int]
    number: Mapped[int] = mapped_column(SmallInteger)
    """Its place among the steps of the signal, from 1."""
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None]
    """Why; for a note, a question or an answer its text."""
    until: Mapped[date | None]
    """When one looks again, or by when the company answers."""
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who works on it from then on; of an ``assign`` without it nobody."""
    other_id: Mapped[int | None]
    """The signal that it was merged into or taken out of."""
    at: Mapped[Instant]


append_only(SignalMove.__table__)
