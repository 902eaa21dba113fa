"""Vouchers in other hands (转让、继承), in parts (拆分) or together (合并): asked, shown and decided."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, attach, never_emptied
from app.core.sealing import SealedColumn, declare
from app.projects.models import Household
from app.vouchers.stop_guard import MOVE_GUARD_FUNCTION, MOVE_GUARD_TRIGGER

if TYPE_CHECKING:
    from app.vouchers.models import Voucher


class VoucherMove(Base):
    """A wish to transfer, split or merge vouchers, as it was shown; once approved new ones stand for them.

    The other party is who takes a voucher over: by real name and ID number, and once that is known the
    household it holds vouchers as. The ID number is sealed, bound to the household that asked. An inheritance
    (继承) has heirs instead, each in a row of its own, and an officer asks for it. A merge may take vouchers
    of other households too, each an owner in a row of its own, who consents.
    """

    __tablename__ = "voucher_moves"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(
            ["district_id", "other_household_id"], ["households.district_id", "households.id"]
        ),
        CheckConstraint("kind IN ('transfer', 'split', 'merge', 'inherit')", name="kind"),
        CheckConstraint(
            "state IN ('asked', 'ready', 'prepared', 'approved', 'declined', 'refused', 'withdrawn', "
            "'expired')",
            name="state",
        ),
        CheckConstraint("num_nulls(other_name, other_number, other_index, kin) IN (0, 4)", name="other"),
        CheckConstraint(
            "CASE kind WHEN 'transfer' THEN NOT is_divorce AND other_name IS NOT NULL "
            "WHEN 'split' THEN is_divorce = (other_name IS NOT NULL) "
            "ELSE NOT is_divorce AND other_name IS NULL END",
            name="parties",
        ),
        CheckConstraint("other_household_id <> household_id", name="two_households"),
        CheckConstraint(
            "state NOT IN ('ready', 'prepared', 'approved') OR (other_name IS NULL) = (consented_at IS NULL)",
            name="consented",
        ),
        CheckConstraint(
            "state <> 'approved' OR (other_name IS NULL) = (other_household_id IS NULL)", name="holder"
        ),
        CheckConstraint("state NOT IN ('prepared', 'approved') OR evidence IS NOT NULL", name="evidence"),
        CheckConstraint(
            "(state IN ('asked', 'ready', 'prepared')) = (ended_at IS NULL)",
            name="ended",
        ),
        CheckConstraint("state <> 'refused' OR reason IS NOT NULL", name="refused"),
        Index("ix_voucher_moves_state", "district_id", "state", "id"),
        Index("ix_voucher_moves_other_household_id", "other_household_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    household_id: Mapped[int] = mapped_column(index=True)
    """Whose vouchers they are."""
    other_household_id: Mapped[int | None]
    """What the other party holds vouchers as; who holds none yet is entered when it is approved."""
    other_name: Mapped[str | None]
    other_number: Mapped[str | None]
    other_index: Mapped[str | None]
    kin: Mapped[str | None]
    """What the other party is to the holder, as declared; ``other`` is no kin."""
    is_divorce: Mapped[bool]
    """Whether a split parts what was common (离婚分割): a part becomes the other's without a transfer."""
    residents: Mapped[int | None]
    """Counted residents, as declared where the policy asks for a floor of area."""
    other_homes_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """What the household has to live in otherwise, in ㎡, as declared there."""
    shown: Mapped[Json]
    """What was wished, the vouchers as they stood, what they become, and the rules, as it was read."""
    evidence: Mapped[str | None]
    """Which papers the officer looked at; the papers are among the documents."""
    reason: Mapped[str | None]
    """Why it was refused or sent back."""
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed, at the counter the clerk."""
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"), index=True)
    consented_at: Mapped[datetime | None]
    consented_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed for the other party: itself, a clerk, or the officer who saw it sign."""
    consent_visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"))
    ended_at: Mapped[datetime | None]
    household: Mapped[Household] = relationship(
        viewonly=True, primaryjoin="foreign(VoucherMove.household_id) == Household.id"
    )
    other_household: Mapped[Household | None] = relationship(
        viewonly=True, primaryjoin="foreign(VoucherMove.other_household_id) == Household.id"
    )
    owners: Mapped[list["MoveOwner"]] = relationship(viewonly=True, order_by="MoveOwner.place")
    parts: Mapped[list["MovePart"]] = relationship(viewonly=True, order_by="MovePart.voucher_id")
    heirs: Mapped[list["VoucherHeir"]] = relationship(viewonly=True, order_by="VoucherHeir.place")


class MoveOwner(Base):
    """Another household whose vouchers a merge takes, and its consent."""

    __tablename__ = "voucher_move_owners"
    __table_args__ = (
        UniqueConstraint("move_id", "place"),
        ForeignKeyConstraint(["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("place BETWEEN 1 AND 5", name="place"),
        CheckConstraint(
            "consented_at IS NOT NULL OR num_nonnulls(consented_by_id, consent_visit_id) = 0",
            name="consented",
        ),
        Index("ix_voucher_move_owners_household_id", "household_id"),
    )

    move_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    household_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(SmallInteger)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    kin: Mapped[str]
    """What its holder is to who asks, as declared; ``other`` is no kin."""
    consented_at: Mapped[datetime | None]
    consented_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed for it: itself, a clerk, or the officer who saw its holder sign."""
    consent_visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"))
    household: Mapped[Household] = relationship(
        viewonly=True, primaryjoin="foreign(MoveOwner.household_id) == Household.id"
    )


class MovePart(Base):
    """A voucher that a move takes; in one open move at a time, and in one approved for good.

    Another household's is only named at first: until that consents it can do with it what it likes.
    """

    __tablename__ = "voucher_move_parts"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        CheckConstraint("left_fen > 0", name="left"),
        Index(
            "uq_voucher_move_parts_open",
            "voucher_id",
            unique=True,
            postgresql_where="dropped_at IS NULL AND is_taken",
        ),
    )

    move_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voucher_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    left_fen: Mapped[Fen]
    """What was left on it: all of that goes to the vouchers that come of the move."""
    is_taken: Mapped[bool] = mapped_column(server_default=text("true"))
    """Whether the household whose it is asked or consented."""
    dropped_at: Mapped[datetime | None]
    """When the move came to nothing."""
    voucher: Mapped["Voucher"] = relationship(viewonly=True)


never_emptied(MovePart.__table__)


class VoucherHeir(Base):
    """Who inherits a sum of a voucher, by real name and ID number; once approved, as which household."""

    __tablename__ = "voucher_heirs"
    __table_args__ = (
        UniqueConstraint("move_id", "number_index"),
        ForeignKeyConstraint(["district_id", "move_id"], ["voucher_moves.district_id", "voucher_moves.id"]),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("place BETWEEN 1 AND 6", name="place"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("share_fen > 0", name="share"),
        Index("ix_voucher_heirs_household_id", "household_id"),
    )

    move_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """The first one's voucher goes on counting what the old one did."""
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[str]
    number: Mapped[str]
    number_index: Mapped[str]
    kin: Mapped[str]
    """What the heir is to the holder; ``other`` is no kin."""
    share_fen: Mapped[Fen]
    household_id: Mapped[int | None]


never_emptied(VoucherHeir.__table__)


HEIR_NUMBER: Final = declare(
    SealedColumn(
        VoucherHeir.number,
        owner=VoucherHeir.move_id,
        purpose="voucher_heirs.number",
        index=VoucherHeir.number_index,
    )
)

HEIRS_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_heirs_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['household_id', 'number', 'number_index'];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        AND (OLD.household_id IS NULL OR OLD.household_id = NEW.household_id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_heirs_frozen: who inherits is kept as it was shown',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
HEIRS_TRIGGER = (
    "CREATE TRIGGER voucher_heirs_frozen BEFORE UPDATE OR DELETE ON voucher_heirs "
    "FOR EACH ROW EXECUTE FUNCTION voucher_heirs_frozen()"
)

OTHER_NUMBER: Final = declare(
    SealedColumn(
        VoucherMove.other_number,
        owner=VoucherMove.household_id,
        purpose="voucher_moves.other_number",
        index=VoucherMove.other_index,
    )
)

FROZEN_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_moves_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'other_household_id', 'evidence', 'reason', 'consented_at',
                           'consented_by_id', 'consent_visit_id', 'ended_at'];
    sealed text[] := ARRAY['other_number', 'other_index'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
        OR TG_OP = 'UPDATE' AND to_jsonb(OLD) - sealed = to_jsonb(NEW) - sealed
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_moves_frozen: what was shown of a move is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
FROZEN_TRIGGER = (
    "CREATE TRIGGER voucher_moves_frozen BEFORE UPDATE OR DELETE ON voucher_moves "
    "FOR EACH ROW EXECUTE FUNCTION voucher_moves_frozen()"
)

OWNERS_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_move_owners_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    consent text[] := ARRAY['consented_at', 'consented_by_id', 'consent_visit_id'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.consented_at IS NULL AND to_jsonb(OLD) - consent = to_jsonb(NEW) - consent
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'voucher_move_owners_frozen: whose is merged, and who consented, is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
OWNERS_TRIGGER = (
    "CREATE TRIGGER voucher_move_owners_frozen BEFORE UPDATE OR DELETE ON voucher_move_owners "
    "FOR EACH ROW EXECUTE FUNCTION voucher_move_owners_frozen()"
)
CONSENTS_FUNCTION = """
CREATE OR REPLACE FUNCTION voucher_move_consented() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('ready', 'prepared', 'approved')
        AND (EXISTS (SELECT FROM voucher_move_owners WHERE move_id = NEW.id AND consented_at IS NULL)
             OR EXISTS (SELECT FROM voucher_move_parts WHERE move_id = NEW.id AND NOT is_taken))
    THEN
        RAISE EXCEPTION USING
            MESSAGE = 'voucher_move_consented: an owner of what is merged has not consented',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
""".strip()
CONSENTS_TRIGGER = (
    "CREATE TRIGGER voucher_move_consented BEFORE UPDATE OF state ON voucher_moves "
    "FOR EACH ROW EXECUTE FUNCTION voucher_move_consented()"
)
attach(VoucherMove.__table__, FROZEN_FUNCTION, FROZEN_TRIGGER)
attach(MoveOwner.__table__, OWNERS_FUNCTION, OWNERS_TRIGGER, CONSENTS_FUNCTION, CONSENTS_TRIGGER)
attach(MovePart.__table__, MOVE_GUARD_FUNCTION, MOVE_GUARD_TRIGGER)
attach(VoucherHeir.__table__, HEIRS_FUNCTION, HEIRS_TRIGGER)
