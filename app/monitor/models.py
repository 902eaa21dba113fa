"""The monitor's runs on a district's own stock, what each found, and what homes are compared with."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, append_only
from app.core.locks import Rank
from app.identity.models import District


class MonitorRun(Base):
    """One run over a district: its settings, how far it is, and what it came to.

    ``attempt`` counts how often somebody began it; whoever writes results must still be the last who did, so
    a worker that was given up for dead writes nothing. ``beat_at`` is its last sign of life (system time).
    """

    __tablename__ = "monitor_runs"
    __lock_rank__ = Rank.MONITOR_RUN
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name="state"),
        CheckConstraint("(state IN ('waiting', 'running')) = (finished_at IS NULL)", name="finished"),
        CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name="outcome"),
        CheckConstraint("(state = 'done') = (data_hash IS NOT NULL)", name="data_hash"),
        CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name="problem"),
        CheckConstraint("state <> 'cancelled' OR cancel_asked_at IS NOT NULL", name="cancelled"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        CheckConstraint("rate_bp BETWEEN 1 AND 5000", name="rate"),
        CheckConstraint("materiality_bp BETWEEN 0 AND 5000", name="materiality"),
        CheckConstraint("rule_version > 0 AND attempt >= 0", name="counters"),
        # One at a time, and the one that counts is never in doubt.
        Index(
            "uq_monitor_runs_open",
            "district_id",
            unique=True,
            postgresql_where="state IN ('waiting', 'running')",
        ),
        Index("ix_monitor_runs_list", "district_id", "started_at", "id"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who ordered it; None for the nightly one and the command."""
    state: Mapped[str]
    stage: Mapped[str | None]
    progress: Mapped[int] = mapped_column(SmallInteger)
    """Per cent."""
    attempt: Mapped[int] = mapped_column(SmallInteger)
    beat_at: Mapped[Instant]
    cancel_asked_at: Mapped[datetime | None]
    started_at: Mapped[Instant]
    finished_at: Mapped[datetime | None]
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    """The false discovery rate, in ten-thousandths."""
    materiality_bp: Mapped[int] = mapped_column(SmallInteger)
    """The premium that is not worth an accusation, in ten-thousandths."""
    rule_version: Mapped[int] = mapped_column(SmallInteger)
    data_hash: Mapped[str | None]
    """SHA-256 of the two tables that were compared: the same hash and rule give the same findings."""
    drift_alarm: Mapped[bool]
    """Forecasts of the latest cash sales were not as good as they must be: flags of this run are held."""
    outcome: Mapped[Json | None]
    """Counts, what was left out and why, the drift figures, and notes (``outcome.py``)."""
    problem: Mapped[str | None]
    district: Mapped[District] = relationship()


class MonitorFinding(Base):
    """What one run says of a development or a developer, also where nothing was found or nothing tested.

    Figures are None where the test was not run: level ``cannot_tell``, which is never the same as ``clear``.
    """

    __tablename__ = "monitor_findings"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "run_id"], ["monitor_runs.district_id", "monitor_runs.id"]),
        CheckConstraint(
            "kind IN ('development_above_area', 'developer_above_area', 'development_above_own_cash')",
            name="kind",
        ),
        CheckConstraint("(kind = 'developer_above_area') = (development_id IS NULL)", name="subject"),
        CheckConstraint("level IN ('flag', 'review', 'info', 'clear', 'cannot_tell')", name="level"),
        CheckConstraint("(level = 'cannot_tell') = (p_value IS NULL)", name="tested"),
        CheckConstraint("p_value BETWEEN 0 AND 1 AND lower <= upper AND listings >= 0", name="figures"),
        UniqueConstraint(
            "run_id", "kind", "developer_id", "development_id", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    run_id: Mapped[int]
    kind: Mapped[str]
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"), index=True)
    level: Mapped[str]
    listings: Mapped[int]
    premium: Mapped[float | None] = mapped_column(Float)
    """Mean premium as a share: 0.08 is 8% above comparable cash prices."""
    lower: Mapped[float | None] = mapped_column(Float)
    upper: Mapped[float | None] = mapped_column(Float)
    p_value: Mapped[float | None] = mapped_column(Float)


append_only(MonitorFinding.__table__)


class HomeComparison(Base):
    """What comparable cash sales say of one listed home, as the last run of the district left it.

    ``comparison`` is frozen for its run: expected price, up to five comparables with what makes them
    comparable (``comparison.py``). The next run replaces the row; a home that is listed no more loses it.
    """

    __tablename__ = "home_comparisons"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "run_id"], ["monitor_runs.district_id", "monitor_runs.id"]),
        UniqueConstraint("district_id", "home_id"),
        CheckConstraint("level IN ('review', 'info', 'clear', 'cannot_tell')", name="level"),
        CheckConstraint("(level = 'cannot_tell') = (expected_fen IS NULL)", name="tested"),
        CheckConstraint(
            "num_nulls(expected_fen, lower_fen, upper_fen, p_value) IN (0, 4)", name="all_or_nothing"
        ),
        CheckConstraint("0 < lower_fen AND lower_fen <= upper_fen AND voucher_fen > 0", name="prices"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    run_id: Mapped[int]
    level: Mapped[str]
    voucher_fen: Mapped[Fen]
    """The voucher price that was compared."""
    expected_fen: Mapped[int | None]
    lower_fen: Mapped[int | None]
    upper_fen: Mapped[int | None]
    """What a cash buyer would pay, and between which sums in 95 of 100 cases."""
    p_value: Mapped[float | None] = mapped_column(Float)
    comparison: Mapped[Json]
    compared_at: Mapped[Instant]
