"""Promotions, prices planned for a later moment, and batches of new prices."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, append_only, attach, never_emptied
from app.core.locks import Rank
from app.homes.models import Building, Development, Home
from app.homes.promotions import Deal, PromotionKind


class Promotion(Base):
    """A promotion (优惠) of a development, of one of its buildings, or of named homes of it.

    Never changed but for an end before its time; ``settled_at`` notes when the pool was last judged by it.
    """

    __tablename__ = "promotions"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        ForeignKeyConstraint(["development_id", "building_id"], ["buildings.development_id", "buildings.id"]),
        CheckConstraint("scope IN ('development', 'building', 'homes')", name="scope"),
        CheckConstraint("(scope = 'building') = (building_id IS NOT NULL)", name="building"),
        CheckConstraint(
            "kind IN ('full', 'mortgage', 'referral', 'special', 'parking', 'fit_out')", name="kind"
        ),
        CheckConstraint("off_fen >= 0 AND rate_bp >= 0 AND worth_fen >= 0", name="figures"),
        CheckConstraint(
            "(off_fen > 0)::int + (rate_bp > 0)::int + (worth_fen > 0)::int = 1", name="one_figure"
        ),
        CheckConstraint("(worth_fen > 0) = (kind IN ('parking', 'fit_out'))", name="worth"),
        CheckConstraint("rate_bp <= 5000", name="rate"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint(
            "num_nonnulls(stopped_at, stop_reason, stopped_by_id) IN (0, 3)",
            name="stopped",
        ),
        Index("ix_promotions_development", "development_id", "ends_at"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    scope: Mapped[str]
    building_id: Mapped[int | None]
    kind: Mapped[str]
    title: Mapped[str]
    """What buyers read."""
    off_fen: Mapped[Fen]
    rate_bp: Mapped[int] = mapped_column(SmallInteger)
    """Ten-thousandths of the price."""
    worth_fen: Mapped[Fen]
    """The stated worth of an extra."""
    stackable: Mapped[bool]
    open_to_vouchers: Mapped[bool]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    """The first moment after it: 24:00 of its last day."""
    reason: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[Instant]
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    stopped_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    settled_at: Mapped[datetime | None]
    development: Mapped[Development] = relationship()
    building: Mapped[Building | None] = relationship(
        primaryjoin="Promotion.building_id == Building.id",
        foreign_keys="Promotion.building_id",
        viewonly=True,
    )

    @property
    def over_at(self) -> datetime:
        """The first moment after it, whether stopped or run out."""
        return self.ends_at if self.stopped_at is None else min(self.ends_at, self.stopped_at)

    @property
    def deal(self) -> Deal:
        """The promotion as the rules see it."""
        return Deal(
            promotion_id=self.id,
            kind=PromotionKind(self.kind),
            off_fen=self.off_fen,
            rate_bp=self.rate_bp,
            worth_fen=self.worth_fen,
            stackable=self.stackable,
            open_to_vouchers=self.open_to_vouchers,
            title=self.title,
        )


never_emptied(Promotion.__table__)


class PromotionHome(Base):
    """A home that a promotion of the scope ``homes`` names."""

    __tablename__ = "promotion_homes"

    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotions.id"), primary_key=True)
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), primary_key=True, index=True)


append_only(PromotionHome.__table__)

ONLY_STOPPED_FUNCTION = """
CREATE OR REPLACE FUNCTION promotions_only_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        OLD.stopped_at IS NULL
        OR (NEW.stopped_at, NEW.stop_reason, NEW.stopped_by_id)
            = (OLD.stopped_at, OLD.stop_reason, OLD.stopped_by_id)
    ) AND to_jsonb(NEW) - ARRAY['stopped_at', 'stop_reason', 'stopped_by_id', 'settled_at']
        = to_jsonb(OLD) - ARRAY['stopped_at', 'stop_reason', 'stopped_by_id', 'settled_at'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a promotion stops once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
ONLY_STOPPED_TRIGGER = (
    "CREATE TRIGGER promotions_only_stop BEFORE UPDATE OR DELETE ON promotions "
    "FOR EACH ROW EXECUTE FUNCTION promotions_only_stop()"
)
attach(Promotion.__table__, ONLY_STOPPED_FUNCTION, ONLY_STOPPED_TRIGGER)


class PlannedPrice(Base):
    """A price of a home that is to hold from a later moment on.

    It waits, and then is applied, refused by the price rule at its moment, or cancelled before it.
    """

    __tablename__ = "planned_prices"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        CheckConstraint("kind IN ('cash', 'voucher')", name="kind"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("effective_at > planned_at", name="later"),
        CheckConstraint("state IN ('waiting', 'applied', 'refused', 'cancelled')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        CheckConstraint("state = 'refused' OR read_at IS NULL", name="read"),
        Index(
            "uq_planned_prices_one_a_moment",
            "home_id",
            "kind",
            "effective_at",
            unique=True,
            postgresql_where="state = 'waiting'",
        ),
        Index("ix_planned_prices_due", "effective_at", postgresql_where="state = 'waiting'"),
        Index("ix_planned_prices_home_id", "home_id"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    kind: Mapped[str]
    amount_fen: Mapped[Fen]
    effective_at: Mapped[Instant]
    reason: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    planned_at: Mapped[Instant]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    refusal: Mapped[Json | None]
    """The code of the rule that refused it, and its sums."""
    read_at: Mapped[datetime | None]
    """When somebody of the developer said that they read the refusal."""
    home: Mapped[Home] = relationship()


never_emptied(PlannedPrice.__table__)


class PriceBatch(Base):
    """New prices for many homes at once: who, when, why, and how they were worked out."""

    __tablename__ = "price_batches"
    __table_args__ = (
        CheckConstraint("kind IN ('cash', 'voucher')", name="kind"),
        CheckConstraint("homes > 0", name="homes"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"), index=True)
    kind: Mapped[str]
    recipe: Mapped[Json]
    """Which homes were chosen and how their prices were worked out, as the form said it."""
    homes: Mapped[int]
    before_fen: Mapped[Fen]
    """The sum of the prices before; nothing counts for a home that had none."""
    after_fen: Mapped[Fen]
    reason: Mapped[str]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("price_batches.id"), unique=True)
    """The batch that this one takes back."""
    development: Mapped[Development] = relationship()


append_only(PriceBatch.__table__)
