"""How a voucher's leftover leaves it: paid out when asked for, ended by its term, given up, or come back."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, attach, never_emptied
from app.core.sealing import SealedColumn, declare
from app.vouchers.models import Voucher
from app.vouchers.stop_guard import GUARD_FUNCTION, guard_trigger

LIVE: Final = "state NOT IN ('refused', 'withdrawn') AND kind <> 'back'"
"""In one of these states an ending is the voucher's one and only, but for what came back to it afterwards."""


class VoucherEnding(Base):
    """What becomes of a voucher's leftover (房票余额), as it was shown to the household or found by the job.

    The leftover is parted to the fen: paid to the household or back under its agreement, kept of bonus that
    has to be given back, and forfeited. The parts are promises in the ledger from the moment they are known,
    so nothing of them can be spent; they are kept when a second person has approved.
    """

    __tablename__ = "voucher_endings"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        *(
            ForeignKeyConstraint(
                ["district_id", column], ["ledger_transfers.district_id", "ledger_transfers.id"]
            )
            for column in ("paid_transfer_id", "returned_transfer_id", "forfeited_transfer_id")
        ),
        CheckConstraint("kind IN ('payout', 'lapse', 'give_up', 'back')", name="kind"),
        CheckConstraint("effect IN ('cash', 'void', 'agreement')", name="effect"),
        CheckConstraint(
            "state IN ('asked', 'undecided', 'claimable', 'prepared', 'approved', 'paid', 'closed', "
            "'refused', 'withdrawn', 'returned', 'renewed')",
            name="state",
        ),
        CheckConstraint("(effect IS NULL) = (state IN ('undecided', 'claimable'))", name="decided"),
        CheckConstraint(
            "state <> 'claimable' OR claim_until IS NOT NULL AND paid_fen + returned_fen + forfeited_fen = 0",
            name="claimable",
        ),
        CheckConstraint("claim_until IS NULL OR kind = 'lapse'", name="claim_of_lapse"),
        CheckConstraint(
            "num_nulls(claimed_on, claimed_at) IN (0, 2) AND (claimed_on IS NULL OR claim_until IS NOT NULL "
            "AND claimed_on < (claim_until AT TIME ZONE 'Asia/Shanghai')::date)",
            name="claimed_in_time",
        ),
        CheckConstraint(
            "claim_until IS NULL OR effect IS NULL OR (effect = 'cash') = (claimed_on IS NOT NULL)",
            name="claimed_or_over",
        ),
        CheckConstraint("reenter_until IS NULL OR claim_until IS NOT NULL", name="reentered_claim"),
        CheckConstraint(
            "leftover_fen > 0 AND spent_fen >= 0 AND bonus_fen >= 0 AND face_fen = spent_fen + leftover_fen",
            name="face",
        ),
        CheckConstraint(
            "paid_fen >= 0 AND returned_fen >= 0 AND forfeited_fen >= 0 AND "
            "(effect IS NULL OR paid_fen + returned_fen + forfeited_fen = leftover_fen)",
            name="parts",
        ),
        CheckConstraint("interest_fen >= 0 AND (interest_fen = 0 OR paid_fen > 0)", name="interest"),
        CheckConstraint("effect <> 'void' OR paid_fen = 0", name="void_pays_nothing"),
        CheckConstraint("num_nulls(payee_name, bank, account) IN (0, 3)", name="account"),
        CheckConstraint(
            "num_nulls(died_on, evidence) IN (0, 2) AND evidence <> '' "
            "AND (died_on IS NULL OR account IS NOT NULL)",
            name="estate",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'paid', 'renewed') OR "
            "effect = 'cash' AND paid_fen > 0 AND account IS NOT NULL",
            name="payable",
        ),
        CheckConstraint("num_nulls(bank_reference, paid_on, paid_at) IN (0, 3)", name="payment"),
        CheckConstraint("(state = 'paid') = (bank_reference IS NOT NULL)", name="paid"),
        CheckConstraint("ordered_on IS NULL OR state IN ('approved', 'paid')", name="ordered"),
        CheckConstraint("(state = 'refused') <= (reason IS NOT NULL)", name="refused"),
        Index("uq_voucher_endings_live", "voucher_id", unique=True, postgresql_where=LIVE),
        Index(
            "uq_voucher_endings_back",
            "voucher_id",
            unique=True,
            postgresql_where="kind = 'back' AND state NOT IN ('paid', 'closed')",
        ),
        Index("ix_voucher_endings_state", "district_id", "state", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    voucher_id: Mapped[int] = mapped_column(index=True)
    kind: Mapped[str]
    """``payout``: asked for within the term (余额兑付); ``lapse``: the term ended; ``give_up`` (放弃);
    ``back``: money of a purchase came back that the voucher can spend no more."""
    effect: Mapped[str | None]
    """What becomes of it: ``cash``, ``void``, ``agreement``; None where the policy does not say."""
    state: Mapped[str]
    face_fen: Mapped[Fen]
    spent_fen: Mapped[Fen]
    bonus_fen: Mapped[Fen]
    """What the voucher's purchases had earned."""
    leftover_fen: Mapped[Fen]
    paid_fen: Mapped[Fen]
    """What the household gets: in cash, or under its agreement."""
    returned_fen: Mapped[Fen]
    """Bonus of earlier purchases that is taken back."""
    forfeited_fen: Mapped[Fen]
    interest_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What it bore up to the day on which it was paid, or went back under the agreement; beside the parts."""
    shown: Mapped[Json]
    """The rules behind the sums, as the household read them, with the policy version."""
    paid_transfer_id: Mapped[int | None]
    returned_transfer_id: Mapped[int | None]
    forfeited_transfer_id: Mapped[int | None]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed, at the counter the clerk; None for the job."""
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    """The visit to the counter in which a clerk asked for the household."""
    claim_until: Mapped[datetime | None]
    """Until when what is left after the term may be claimed; None where it is not."""
    claimed_on: Mapped[date | None]
    """The day on which it was claimed, which decides the rate; a stop may hold the rest up."""
    claimed_at: Mapped[datetime | None]
    """When that was noted."""
    reenter_until: Mapped[datetime | None]
    """Until when at least an officer may enter anew a claim that a checker sent back; None for none."""
    payee_name: Mapped[str | None]
    """The holder's, a sole heir's, or of one whom the heirs sent: money goes to no other name."""
    bank: Mapped[str | None]
    account: Mapped[str | None]
    died_on: Mapped[date | None]
    """When the holder died, of an account that heirs' papers stand behind; the papers are documents."""
    evidence: Mapped[str | None]
    """Which papers those are."""
    reason: Mapped[str | None]
    """Why it was refused or sent back, or why the authority decided so."""
    ordered_on: Mapped[date | None]
    """On which day the bank was told to pay, by a list: interest stops by it, whenever the bank paid."""
    bank_reference: Mapped[str | None]
    paid_on: Mapped[date | None]
    paid_at: Mapped[datetime | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    voucher: Mapped[Voucher] = relationship(viewonly=True)

    @property
    def sent_fen(self) -> int:
        """What the bank was noted to have paid, in fen: the sum with its interest."""
        return self.paid_fen + self.interest_fen

    @property
    def transfer_ids(self) -> list[int]:
        """The promises of its parts; none while nothing is decided."""
        every = (self.paid_transfer_id, self.returned_transfer_id, self.forfeited_transfer_id)
        return [one for one in every if one is not None]


never_emptied(VoucherEnding.__table__)


ACCOUNT: Final = declare(
    SealedColumn(VoucherEnding.account, owner=VoucherEnding.voucher_id, purpose="voucher_endings.account")
)

FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_endings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'payee_name', 'bank', 'account', 'reason', 'bank_reference', 'paid_on',
                           'paid_at', 'paid_by_id', 'paid_transfer_id', 'returned_transfer_id',
                           'forfeited_transfer_id', 'interest_fen', 'died_on', 'evidence', 'ordered_on'];
    is_returned boolean;
BEGIN
    -- What the authority decides where the policy is silent is frozen with the first promise.
    IF TG_OP = 'UPDATE' AND num_nonnulls(OLD.paid_transfer_id, OLD.returned_transfer_id,
                                         OLD.forfeited_transfer_id) = 0 THEN
        moving := moving || ARRAY['effect', 'paid_fen', 'returned_fen', 'forfeited_fen'];
    END IF;
    -- A claim says by which of the rules that were shown it is paid; its day is said once.
    IF TG_OP = 'UPDATE' AND OLD.state = 'claimable' THEN
        moving := moving || ARRAY['shown'];
        IF OLD.claimed_on IS NULL THEN
            moving := moving || ARRAY['claimed_on', 'claimed_at', 'asked_by_id', 'visit_id'];
        END IF;
    END IF;
    -- Which day an officer entered was typed: sent back, it is entered anew, and all it promised is void.
    is_returned := TG_OP = 'UPDATE' AND OLD.state = 'prepared' AND NEW.state = 'claimable'
        AND OLD.claimed_on IS NOT NULL AND OLD.asked_by_id IS NULL
        AND num_nonnulls(NEW.claimed_on, NEW.paid_transfer_id, NEW.returned_transfer_id,
                         NEW.forfeited_transfer_id) = 0;
    IF is_returned THEN
        moving := moving || ARRAY['shown', 'effect', 'paid_fen', 'returned_fen', 'forfeited_fen',
                                  'claimed_on', 'claimed_at', 'reenter_until'];
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state NOT IN ('closed', 'refused', 'withdrawn')
        AND (OLD.state <> 'paid' OR NEW.state = 'returned')
        AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (is_returned OR OLD.paid_transfer_id IS NULL OR OLD.paid_transfer_id = NEW.paid_transfer_id)
        AND (is_returned OR OLD.returned_transfer_id IS NULL
             OR OLD.returned_transfer_id = NEW.returned_transfer_id)
        AND (is_returned OR OLD.forfeited_transfer_id IS NULL
             OR OLD.forfeited_transfer_id = NEW.forfeited_transfer_id)
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'account' = to_jsonb(NEW) - 'account'
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_endings_frozen: what was shown of an ending is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_endings_frozen BEFORE UPDATE OR DELETE ON voucher_endings "
    "FOR EACH ROW EXECUTE FUNCTION voucher_endings_frozen()"
)
attach(VoucherEnding.__table__, FROZEN_FUNCTION, FROZEN_TRIGGER)
attach(VoucherEnding.__table__, GUARD_FUNCTION, guard_trigger("voucher_endings"))
