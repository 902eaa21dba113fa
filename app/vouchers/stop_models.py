"""Stops of vouchers (止付): lost, suspended, frozen by a court, or its holder died."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, attach, never_emptied
from app.vouchers.models import Voucher

LIVE = "ended_at IS NULL"


class VoucherStop(Base):
    """A stop stands from the moment it was noted until it ended; its row keeps how it began and why.

    A freeze of a sum is a promise in the ledger that only its end drops; every other stop holds the whole
    voucher, which says so itself (``Voucher.is_stopped``).
    """

    __tablename__ = "voucher_stops"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]),
        CheckConstraint("kind IN ('loss', 'suspended', 'court', 'death')", name="kind"),
        CheckConstraint(
            "(kind = 'loss') = (channel IS NOT NULL) AND channel IN ('page', 'phone', 'counter') AND "
            "coalesce(channel IN ('phone', 'counter'), false) = (caller IS NOT NULL)",
            name="loss",
        ),
        CheckConstraint(
            "num_nonnulls(court, document, decided_on, until_on) = "
            "CASE kind WHEN 'court' THEN 4 ELSE 0 END AND until_on >= decided_on",
            name="court",
        ),
        CheckConstraint(
            "(sum_fen IS NULL) = (transfer_id IS NULL) AND "
            "(sum_fen IS NULL OR kind = 'court' AND sum_fen > 0)",
            name="sum",
        ),
        CheckConstraint("(kind = 'suspended') = (confirm_by IS NOT NULL)", name="confirm"),
        CheckConstraint("confirmed_at IS NULL OR kind IN ('suspended', 'court')", name="confirmed"),
        CheckConstraint("(kind = 'death') = (died_on IS NOT NULL)", name="death"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "wish IS NULL OR wish IN ('confirm', 'lift', 'renew') AND ended_at IS NULL", name="wish"
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_how IS NULL) AND "
            "ended_how IN ('lifted', 'rejected', 'fell', 'over', 'inherited')",
            name="ended",
        ),
        CheckConstraint(
            "coalesce(ended_how = 'inherited', false) = (move_id IS NOT NULL) AND "
            "(move_id IS NULL OR kind = 'death')",
            name="inherited",
        ),
        Index(
            "uq_voucher_stops_live",
            "voucher_id",
            "kind",
            unique=True,
            postgresql_where="ended_at IS NULL AND kind <> 'court'",
        ),
        Index("ix_voucher_stops_live", "district_id", "id", postgresql_where=LIVE),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    voucher_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    began_at: Mapped[Instant]
    began_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed: the household's own side, at the counter the clerk, or an officer."""
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk reported the loss for the household."""
    reason: Mapped[str]
    channel: Mapped[str | None]
    caller: Mapped[str | None]
    """Who called or came, by the name in the household whose ID number was asked."""
    court: Mapped[str | None]
    document: Mapped[str | None]
    """The number of the court's paper, or of the newest that prolonged it."""
    decided_on: Mapped[date | None]
    until_on: Mapped[date | None]
    """The last day; never longer than the court says."""
    sum_fen: Mapped[Fen | None]
    """How much a court froze; None: the whole voucher."""
    transfer_id: Mapped[int | None]
    died_on: Mapped[date | None]
    confirm_by: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    wish: Mapped[str | None]
    """What a checker is asked to decide about it, if anything."""
    ended_at: Mapped[datetime | None]
    ended_how: Mapped[str | None]
    ended_why: Mapped[str | None]
    move_id: Mapped[int | None]
    """The inheritance that it waited for."""
    voucher: Mapped[Voucher] = relationship(viewonly=True)

    @property
    def is_whole(self) -> bool:
        """Whether it holds the whole voucher, and not a sum of it."""
        return self.sum_fen is None


never_emptied(VoucherStop.__table__)


FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_stops_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['document', 'until_on', 'transfer_id', 'confirmed_at', 'wish', 'ended_at',
                           'ended_how', 'ended_why', 'move_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.transfer_id IS NULL OR OLD.transfer_id = NEW.transfer_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_stops_frozen: how a stop began and ended is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_stops_frozen BEFORE UPDATE OR DELETE ON voucher_stops "
    "FOR EACH ROW EXECUTE FUNCTION voucher_stops_frozen()"
)
attach(VoucherStop.__table__, FROZEN_FUNCTION, FROZEN_TRIGGER)
