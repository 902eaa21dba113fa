"""Plans (选房方案): homes that a household thinks of buying together with one voucher."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant
from app.homes.models import Home
from app.vouchers.models import Voucher


class BuyingPlan(Base):
    """Some homes in an order and the voucher that is to pay for them; it holds neither of both."""

    __tablename__ = "buying_plans"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        CheckConstraint("(share_token IS NULL) = (shared_until IS NULL)", name="share"),
        CheckConstraint("NOT shares_sums OR share_token IS NOT NULL", name="shared_sums"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int] = mapped_column(index=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    note: Mapped[str]
    """The household's own words; not shared. Empty for nothing."""
    voucher_id: Mapped[int | None]
    made_at: Mapped[Instant]
    share_token: Mapped[str | None] = mapped_column(unique=True)
    """What the shared link ends with. Kept as it is, so that the household can show the link again: it opens
    nothing that whoever reads this table would not see."""
    shared_until: Mapped[datetime | None]
    shares_sums: Mapped[bool]
    """Whether the link also shows the voucher's face and what of it each home takes."""
    homes: Mapped[list["PlannedHome"]] = relationship(
        order_by="PlannedHome.place, PlannedHome.id", viewonly=True
    )
    voucher: Mapped[Voucher | None] = relationship()


class PlannedHome(Base):
    """A home of a plan, at its place in the order in which the voucher pays."""

    __tablename__ = "planned_homes"
    __table_args__ = (
        UniqueConstraint("plan_id", "home_id"),
        ForeignKeyConstraint(
            ["district_id", "plan_id"], ["buying_plans.district_id", "buying_plans.id"], ondelete="CASCADE"
        ),
        CheckConstraint("place > 0", name="place"),
        CheckConstraint("seen_fen > 0", name="seen"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    plan_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    place: Mapped[int]
    seen_fen: Mapped[Fen]
    """What a voucher buyer paid for it when it was put in, so that a change is seen."""
    home: Mapped[Home] = relationship()
