"""What changes of a purchase after its contract: asked, answered, decided by two people, carried out once."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, append_only, never_emptied
from app.redemptions.models import Redemption

OPEN_STATES: Final = "state IN ('asked', 'answered', 'prepared')"
REVERSING: Final = "kind IN ('withdraw', 'cancel', 'reject')"
OWN: Final = (
    "CASE WHEN kind = 'withdraw' THEN is_own "
    "WHEN kind IN ('contract', 'cancel') THEN is_own OR evidence <> '' OR NOT shown ? 'is_own' "
    "ELSE NOT is_own END"
)
"""Who gave something back. What was prepared before two people could find it says nothing of it."""


class PurchaseChange(Base):
    """One wish to change a purchase or to undo it, and what became of it.

    An adjustment (调整) has the price that is to hold from then on; a reversal (撤销) has none. Its files are
    its papers.
    """

    __tablename__ = "purchase_changes"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        ForeignKeyConstraint(
            ["district_id", "entry_id"], ["contract_entries.district_id", "contract_entries.id"]
        ),
        CheckConstraint(
            "kind IN ('contract', 'area', 'price', 'withdraw', 'cancel', 'reject')",
            name="kind",
        ),
        CheckConstraint(
            "state IN ('asked', 'answered', 'prepared', 'done', 'refused', 'withdrawn', 'lapsed')",
            name="state",
        ),
        CheckConstraint("from_state IN ('contracted', 'checked', 'redeemed')", name="from_state"),
        CheckConstraint(f"({REVERSING}) = (price_fen IS NULL)", name="price"),
        CheckConstraint("price_fen > 0 AND area_m2 > 0", name="figures"),
        CheckConstraint("(kind IN ('contract', 'area')) = (area_m2 IS NOT NULL)", name="area"),
        CheckConstraint("(kind = 'contract') = (entry_id IS NOT NULL)", name="entry"),
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("num_nulls(agrees, answered_by_id, answered_at) IN (0, 3)", name="answer"),
        CheckConstraint("num_nulls(prepared_by_id, prepared_at, shown) IN (0, 3)", name="prepared_whole"),
        CheckConstraint("state NOT IN ('prepared', 'done') OR prepared_at IS NOT NULL", name="prepared"),
        CheckConstraint(f"({OPEN_STATES}) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("state <> 'done' OR ended_by_id <> prepared_by_id", name="second_person"),
        ForeignKeyConstraint(
            ["district_id", "with_id"], ["purchase_changes.district_id", "purchase_changes.id"]
        ),
        CheckConstraint(f"with_id IS NULL OR {REVERSING}", name="with"),
        CheckConstraint(f"coalesce({OWN}, false)", name="own"),
        CheckConstraint("evidence IS NULL OR NOT is_own", name="evidence"),
        Index("uq_purchase_changes_open", "redemption_id", unique=True, postgresql_where=OPEN_STATES),
        Index(
            "uq_purchase_changes_reversed",
            "redemption_id",
            unique=True,
            postgresql_where=f"state = 'done' AND {REVERSING}",
        ),
        Index("ix_purchase_changes_state", "district_id", "state", "id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    redemption_id: Mapped[int] = mapped_column(index=True)
    with_id: Mapped[int | None] = mapped_column(index=True)
    """Of a space that is given back with its home: the home's change, which it goes every step with."""
    kind: Mapped[str]
    state: Mapped[str]
    from_state: Mapped[str]
    """Where the purchase stood when it was asked, and stands as long as it is open."""
    reason: Mapped[str]
    price_fen: Mapped[int | None]
    """What the home is to cost from then on; None where the purchase is undone."""
    area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """The area measured, or that of the changed contract, ㎡."""
    entry_id: Mapped[int | None]
    """The changed contract as it was typed."""
    source: Mapped[str | None]
    """The reference of the price signal that a corrected price comes from."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[Instant]
    answer_by: Mapped[datetime | None]
    """From when on the authority need not wait for the other side; None where nobody has to answer."""
    agrees: Mapped[bool | None]
    answer: Mapped[str | None]
    """What the other side said to it."""
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime | None]
    note: Mapped[str | None]
    """What the officer says to it."""
    is_own: Mapped[bool]
    """Whether what comes back counts as given back by the household itself."""
    evidence: Mapped[str | None]
    """What shows that the household cannot help what the developer and it agreed on."""
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """The sums before and after as officer and checker saw them, with a schema number."""
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
    redemption: Mapped[Redemption] = relationship(viewonly=True)
    parts: Mapped[list["ChangePart"]] = relationship(order_by="ChangePart.id", viewonly=True)
    led: Mapped[list["PurchaseChange"]] = relationship(
        primaryjoin="PurchaseChange.id == foreign(PurchaseChange.with_id)",
        order_by="PurchaseChange.id",
        viewonly=True,
    )
    """Those of spaces that were to go with it, also where one stayed behind."""


never_emptied(PurchaseChange.__table__)


class ChangePart(Base):
    """What a change gave back of one voucher's share: to the voucher, and of each bonus to the district."""

    __tablename__ = "change_parts"
    __table_args__ = (
        UniqueConstraint("change_id", "allocation_id"),
        ForeignKeyConstraint(
            ["district_id", "change_id"], ["purchase_changes.district_id", "purchase_changes.id"]
        ),
        ForeignKeyConstraint(["allocation_id"], ["allocations.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "bonus_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "cash_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint(
            "back_fen >= 0 AND bonus_back_fen >= 0 AND cash_back_fen >= 0 AND "
            "back_fen + bonus_back_fen + cash_back_fen > 0",
            name="sums",
        ),
        CheckConstraint("(back_fen > 0) = (transfer_id IS NOT NULL)", name="transfer"),
        CheckConstraint("(bonus_back_fen > 0) = (bonus_transfer_id IS NOT NULL)", name="bonus"),
        CheckConstraint("(cash_back_fen > 0) = (cash_transfer_id IS NOT NULL)", name="cash"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    change_id: Mapped[int]
    allocation_id: Mapped[int] = mapped_column(index=True)
    back_fen: Mapped[Fen]
    bonus_back_fen: Mapped[Fen]
    cash_back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What of a bonus in cash is owed no more."""
    transfer_id: Mapped[int | None] = mapped_column(unique=True)
    bonus_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    cash_transfer_id: Mapped[int | None] = mapped_column(unique=True)
    at: Mapped[Instant]


append_only(ChangePart.__table__)
