"""Top-ups paid online, each part a row of ours before Stripe hears of it; refunds, disputes, reports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, append_only, never_emptied
from app.payments.models import TopUp


class CardPayment(Base):
    """One part of a top-up on a hosted page (在线支付).

    ``new`` until the page is known, ``open`` while somebody may pay, then ``paid``, or ``ended`` with nothing
    captured. What Stripe captured is credited whatever the state was, and whatever became of the purchase.
    """

    __tablename__ = "card_payments"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "top_up_id"], ["top_ups.district_id", "top_ups.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('new', 'open', 'paid', 'ended')", name="state"),
        CheckConstraint("state NOT IN ('open', 'paid') OR checkout_id IS NOT NULL", name="known"),
        CheckConstraint(
            "num_nulls(paid_at, captured_at, transfer_id, intent_id) = "
            "(CASE state WHEN 'paid' THEN 0 ELSE 4 END)",
            name="paid",
        ),
        CheckConstraint("(captured_fen > 0) = (state = 'paid')", name="captured"),
        CheckConstraint("refunded_fen BETWEEN 0 AND captured_fen", name="refunded"),
        Index(
            "uq_card_payments_under_way",
            "top_up_id",
            unique=True,
            postgresql_where="state IN ('new', 'open')",
        ),
        Index("ix_card_payments_look_at", "look_at", postgresql_where="state IN ('new', 'open')"),
        Index("ix_card_payments_captured", "district_id", "captured_at"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    top_up_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[Fen]
    state: Mapped[str]
    title: Mapped[str]
    """What the hosted page says is paid for: with the addresses it is the request, repeated to the letter."""
    success_url: Mapped[str]
    cancel_url: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    """Until when somebody may pay, by the system's clock, which is Stripe's."""
    look_at: Mapped[Instant]
    """When to ask Stripe again, by the system's clock."""
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    checkout_url: Mapped[str | None]
    intent_id: Mapped[str | None] = mapped_column(unique=True)
    captured_fen: Mapped[Fen]
    captured_at: Mapped[datetime | None]
    """When Stripe had the money, by its clock."""
    paid_at: Mapped[datetime | None]
    transfer_id: Mapped[int | None] = mapped_column(unique=True)
    refunded_fen: Mapped[Fen]
    """What refunds and disputes hold or took of it; never above what was captured."""
    top_up: Mapped[TopUp] = relationship(
        viewonly=True, primaryjoin="foreign(CardPayment.top_up_id) == TopUp.id"
    )

    @property
    def left_fen(self) -> int:
        """What of it may still go back to its source, in fen."""
        return self.captured_fen - self.refunded_fen


never_emptied(CardPayment.__table__)


class CardEvent(Base):
    """An event of Stripe's that concerned us, once for each of its ids.

    A dispute may be told of before its payment is known here as paid: then of no district, it waits for it.
    """

    __tablename__ = "card_events"
    __table_args__ = (Index("ix_card_events_intent_id", "intent_id", postgresql_where="district_id IS NULL"),)

    id: Mapped[Id]
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    event_id: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    object_id: Mapped[str]
    intent_id: Mapped[str | None]
    received_at: Mapped[Instant]


append_only(CardEvent.__table__)


class CardRefund(Base):
    """A sum of one payment that goes back to its source: prepared, approved by a second person, asked for.

    From the preparing on the ledger holds it. ``sent`` is asked for and not yet certain; what ``failed`` is
    to be given back anew.
    """

    __tablename__ = "card_refunds"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "payment_id"], ["card_payments.district_id", "card_payments.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "hold_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "back_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "state IN ('prepared', 'approved', 'sent', 'paid', 'failed', 'rejected')", name="state"
        ),
        CheckConstraint("approved_by_id <> prepared_by_id", name="second_person"),
        CheckConstraint(
            "num_nulls(approved_by_id, approved_at) = "
            "(CASE WHEN state IN ('prepared', 'rejected') THEN 2 ELSE 0 END)",
            name="approved",
        ),
        CheckConstraint("state NOT IN ('sent', 'paid') OR stripe_id IS NOT NULL", name="sent"),
        CheckConstraint("num_nulls(stripe_id, moved_at) IN (0, 2)", name="moved"),
        CheckConstraint("(failure IS NOT NULL) = (state = 'failed')", name="failed"),
        CheckConstraint("back_transfer_id IS NULL OR state = 'failed'", name="back"),
        CheckConstraint(
            "num_nulls(rejected_by_id, rejected_at, reason) = (CASE state WHEN 'rejected' THEN 0 ELSE 3 END)",
            name="rejected",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    payment_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[Fen]
    state: Mapped[str]
    hold_id: Mapped[int] = mapped_column(unique=True)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[Instant]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    stripe_id: Mapped[str | None] = mapped_column(unique=True)
    moved_at: Mapped[datetime | None]
    """When Stripe booked it, by its clock."""
    settled_at: Mapped[datetime | None]
    failure: Mapped[str | None]
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    """Where it failed after it had counted as paid: the transfer that brought it back."""
    rejected_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    rejected_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    payment: Mapped[CardPayment] = relationship(
        viewonly=True, primaryjoin="foreign(CardRefund.payment_id) == CardPayment.id"
    )


never_emptied(CardRefund.__table__)


class CardDispute(Base):
    """A payment that its payer contests with the bank (拒付).

    Stripe takes the sum back at once, so the ledger holds it, as far as it is still there: ``held_fen``, by
    its holds. What is not there any more is the district's loss, until a refund of it fails after all. Won,
    the promises are dropped; lost, they are kept. Of a lost one that lacks money a checker says what became
    of the rest: then it is closed.
    """

    __tablename__ = "card_disputes"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(
            ["district_id", "payment_id"], ["card_payments.district_id", "card_payments.id"]
        ),
        CheckConstraint("held_fen BETWEEN 0 AND amount_fen", name="held"),
        CheckConstraint("outcome IN ('won', 'lost')", name="outcome"),
        CheckConstraint("outcome <> 'won' OR held_fen = 0", name="won"),
        CheckConstraint("num_nulls(outcome, ended_at) IN (0, 2)", name="ended"),
        CheckConstraint(
            "num_nulls(closed_at, closed_by_id, close_reason) IN (0, 3)"
            " AND (closed_at IS NULL OR outcome IS NOT DISTINCT FROM 'lost')",
            name="closed",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    payment_id: Mapped[int] = mapped_column(index=True)
    stripe_id: Mapped[str] = mapped_column(unique=True)
    amount_fen: Mapped[Fen]
    held_fen: Mapped[Fen]
    reason: Mapped[str]
    status: Mapped[str]
    """Stripe's own word for how far it is."""
    due_by: Mapped[datetime | None]
    opened_at: Mapped[Instant]
    outcome: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    close_reason: Mapped[str | None]
    payment: Mapped[CardPayment] = relationship(
        viewonly=True, primaryjoin="foreign(CardDispute.payment_id) == CardPayment.id"
    )

    @property
    def takes(self) -> bool:
        """Whether Stripe took its money: it was lost, or nobody has decided; an enquiry takes none."""
        undecided = self.outcome is None and not self.status.startswith("warning")
        return undecided or self.outcome == "lost"

    @property
    def lacking_fen(self) -> int:
        """What the payer has by a lost dispute and this found too little here to hold."""
        return self.amount_fen - self.held_fen if self.outcome == "lost" else 0

    @property
    def waits_for_closing(self) -> bool:
        """Whether somebody has to say what became of what is lacking."""
        return self.lacking_fen > 0 and self.closed_at is None


never_emptied(CardDispute.__table__)


class CardDisputeHold(Base):
    """A sum that a dispute found on its top-up: when it was told of, or when more of its payment came back.

    ``held`` while banks decide, ``kept`` when it was lost, ``dropped`` when it was won; ``returned`` where a
    lost one was won after all, by a transfer of its own.
    """

    __tablename__ = "card_dispute_holds"
    __table_args__ = (
        ForeignKeyConstraint(
            ["district_id", "dispute_id"], ["card_disputes.district_id", "card_disputes.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "hold_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "back_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("state IN ('held', 'kept', 'dropped', 'returned')", name="state"),
        CheckConstraint("(back_transfer_id IS NOT NULL) = (state = 'returned')", name="back"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    dispute_id: Mapped[int] = mapped_column(index=True)
    amount_fen: Mapped[Fen]
    hold_id: Mapped[int] = mapped_column(unique=True)
    made_at: Mapped[Instant]
    state: Mapped[str]
    back_transfer_id: Mapped[int | None] = mapped_column(unique=True)


never_emptied(CardDisputeHold.__table__)


class CardReport(Base):
    """Our books against Stripe's for one day of one district, the last time they were compared."""

    __tablename__ = "card_reports"
    __table_args__ = (UniqueConstraint("district_id", "day"),)

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    day: Mapped[date]
    made_at: Mapped[Instant]
    ours_fen: Mapped[Fen]
    theirs_fen: Mapped[Fen]
    count: Mapped[int]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Each with what it is, both sums and both names."""


never_emptied(CardReport.__table__)
