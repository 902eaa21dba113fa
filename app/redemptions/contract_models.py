"""What was typed of a contract (网签), entry after entry, and who stands on it as a buyer (买受人)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, attach, never_emptied
from app.core.sealing import SealedColumn, declare
from app.policies.schema import BUYERS
from app.redemptions.buyers import Basis


class ContractEntry(Base):
    """One typing of a redemption's contract: checked, looked at again, then sent; a correction is the next.

    ``draft`` was checked and not sent; ``dropped`` was never sent, because another was typed; ``current`` is
    the redemption's contract; ``replaced`` was, before it was corrected. Its files are its scan.
    """

    __tablename__ = "contract_entries"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("state IN ('draft', 'dropped', 'current', 'replaced')", name="state"),
        CheckConstraint("(state IN ('current', 'replaced')) = (entered_at IS NOT NULL)", name="entered"),
        CheckConstraint("price_fen > 0 AND area_m2 > 0", name="figures"),
        CheckConstraint("handover_by >= signed_on", name="handover"),
        Index("ix_contract_entries_redemption_id", "redemption_id"),
        Index("uq_contract_entries_draft", "redemption_id", unique=True, postgresql_where="state = 'draft'"),
        Index(
            "uq_contract_entries_current", "redemption_id", unique=True, postgresql_where="state = 'current'"
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int]
    state: Mapped[str]
    number: Mapped[str]
    signed_on: Mapped[date]
    area_m2: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    price_fen: Mapped[Fen]
    handover_by: Mapped[date | None]
    """Until when the home is to be handed over; where the paper names no day, the one its development did."""
    buyers_differ: Mapped[bool]
    """Whether others stand on it than the quote named, or the holder with another ID number than recorded."""
    typed_at: Mapped[Instant]
    typed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    entered_at: Mapped[datetime | None]
    buyers: Mapped[list["ContractBuyer"]] = relationship(order_by="ContractBuyer.place", viewonly=True)


never_emptied(ContractEntry.__table__)


class ContractBuyer(Base):
    """A buyer on a contract; the ID number is sealed, bound to the entry. Files of it prove the kinship."""

    __tablename__ = "contract_buyers"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("entry_id", "place"),
        UniqueConstraint("entry_id", "id_index"),
        ForeignKeyConstraint(
            ["district_id", "entry_id"], ["contract_entries.district_id", "contract_entries.id"]
        ),
        CheckConstraint(f"relation IN ({', '.join(repr(word) for word in BUYERS)})", name="relation"),
        CheckConstraint(f"basis IN ({', '.join(repr(one.value) for one in Basis)})", name="basis"),
        CheckConstraint("(relation = 'self') = (basis IN ('holder', 'other_id'))", name="holder"),
        CheckConstraint("place > 0 AND name <> ''", name="named"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    entry_id: Mapped[int]
    place: Mapped[int]
    name: Mapped[str]
    relation: Mapped[str]
    """What the buyer is to the holder of the voucher: a word of the policy's ``buyers``."""
    basis: Mapped[str]
    is_minor: Mapped[bool]
    """On the day the contract was signed."""
    id_number: Mapped[str]
    id_index: Mapped[str]


ID_NUMBER: Final = declare(
    SealedColumn(
        ContractBuyer.id_number,
        owner=ContractBuyer.entry_id,
        purpose="contract_buyers.id_number",
        index=ContractBuyer.id_index,
    )
)

ENTRIES_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_entries_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (OLD.state, NEW.state) IN (('draft', 'current'), ('draft', 'dropped'), ('current', 'replaced'))
        AND (OLD.state = 'draft' OR OLD.entered_at = NEW.entered_at)
        AND to_jsonb(OLD) - ARRAY['state', 'entered_at'] = to_jsonb(NEW) - ARRAY['state', 'entered_at']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'contract_entries_frozen: what was typed of a contract is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
ENTRIES_TRIGGER = (
    "CREATE TRIGGER contract_entries_frozen BEFORE UPDATE OR DELETE ON contract_entries "
    "FOR EACH ROW EXECUTE FUNCTION contract_entries_frozen()"
)
BUYERS_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_buyers_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT'
        AND EXISTS (SELECT FROM contract_entries WHERE id = NEW.entry_id AND state = 'draft')
        OR TG_OP = 'UPDATE'
        AND to_jsonb(OLD) - ARRAY['id_number', 'id_index'] = to_jsonb(NEW) - ARRAY['id_number', 'id_index']
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'contract_buyers_frozen: who stands on a sent contract is kept as it was',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
BUYERS_TRIGGER = (
    "CREATE TRIGGER contract_buyers_frozen BEFORE INSERT OR UPDATE OR DELETE ON contract_buyers "
    "FOR EACH ROW EXECUTE FUNCTION contract_buyers_frozen()"
)
attach(ContractEntry.__table__, ENTRIES_FUNCTION, ENTRIES_TRIGGER)
attach(ContractBuyer.__table__, BUYERS_FUNCTION, BUYERS_TRIGGER)
"""Only the state moves on, and only a change of keys writes a sealed number anew."""
