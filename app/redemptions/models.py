"""Vouchers meet homes: frozen quotes, redemptions (用房票购房) and what each voucher gives to them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship, remote

from app.core.db import Base, Fen, Id, Instant, Json, append_only, attach, never_emptied
from app.core.locks import Rank
from app.homes.models import Home
from app.projects import helping_models as _helping  # noqa: F401  # a move refers to its table
from app.projects.models import Household
from app.redemptions.beside_guard import (
    BEGUN_TRIGGER,
    LEAVES_FUNCTION,
    LEAVES_TRIGGER,
    STANDS_FUNCTION,
    STEP_TRIGGER,
)
from app.redemptions.contract_models import ContractEntry
from app.vouchers.models import Voucher
from app.vouchers.stop_guard import GUARD_FUNCTION, guard_trigger

ACTIVE_STATES = "state IN ('locked', 'contracted', 'checked')"
"""While in one of these a redemption holds its home and its vouchers' money."""

BUYING_STATES = "state IN ('locked', 'contracted', 'checked', 'redeemed')"
"""In one of these the home is this redemption's: nobody else may hold or have bought it."""


class BasketHome(Base):
    """A home that a household keeps in its basket (选房篮): noted, neither priced nor locked."""

    __tablename__ = "basket_homes"
    __table_args__ = (
        UniqueConstraint("household_id", "home_id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("place > 0", name="place"),
        CheckConstraint("beside_id <> home_id", name="beside"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    place: Mapped[int]
    """Its place in the order in which the vouchers pay."""
    beside_id: Mapped[int | None] = mapped_column(ForeignKey("homes.id"), index=True)
    """The home that a space is to be bought beside; None for a home."""
    home: Mapped[Home] = relationship(foreign_keys=[home_id])
    beside: Mapped[Home | None] = relationship(foreign_keys=[beside_id])


class BasketQuote(Base):
    """Quotes of several homes made together, which are locked all or none."""

    __tablename__ = "basket_quotes"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    quotes: Mapped[list["Quote"]] = relationship(order_by="Quote.place", viewonly=True)


append_only(BasketQuote.__table__)


class Quote(Base):
    """What a household was shown, frozen: prices and their versions, policy versions, each voucher's part."""

    __tablename__ = "quotes"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("basket_quote_id", "place"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(
            ["district_id", "basket_quote_id"], ["basket_quotes.district_id", "basket_quotes.id"]
        ),
        CheckConstraint("place > 0 AND (basket_quote_id IS NOT NULL OR place = 1)", name="place"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    basket_quote_id: Mapped[int | None]
    """The basket it was made with; None for a home alone."""
    place: Mapped[int]
    """Its place in the basket."""
    snapshot: Mapped[Json]
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    home: Mapped[Home] = relationship()


append_only(Quote.__table__)


class Redemption(Base):
    """One home bought, or being bought, with vouchers; a home has one buyer at most.

    A space is bought like a home, by itself in money and papers, but beside one: see ``beside_guard``.
    """

    __tablename__ = "redemptions"
    __lock_rank__ = Rank.REDEMPTION
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "quote_id"], ["quotes.district_id", "quotes.id"]),
        ForeignKeyConstraint(["district_id", "beside_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("num_nulls(beside_id, beside_place) IN (0, 2)", name="beside"),
        CheckConstraint("beside_place BETWEEN 1 AND 99", name="beside_place"),
        CheckConstraint(
            "state IN ('locked', 'contracted', 'checked', 'redeemed', 'reversed', 'cancelled', 'refused', "
            "'expired')",
            name="state",
        ),
        CheckConstraint("price_fen > 0 AND top_up_fen >= 0 AND top_up_fen <= price_fen", name="sums"),
        CheckConstraint(
            "price_fen + adjusted_fen > 0 AND top_up_fen + own_adjusted_fen >= 0", name="adjusted"
        ),
        CheckConstraint(
            "num_nulls(contract_number, contract_signed_on, contract_area_m2, contract_price_fen) IN (0, 4)",
            name="contract",
        ),
        CheckConstraint("contract_price_fen = price_fen", name="contract_price"),
        CheckConstraint("contract_area_m2 > 0", name="contract_area"),
        CheckConstraint(
            "state NOT IN ('contracted', 'checked', 'redeemed', 'reversed') OR contract_number IS NOT NULL",
            name="contract_entered",
        ),
        CheckConstraint(f"({ACTIVE_STATES}) = (ended_at IS NULL)", name="ended"),
        Index("uq_redemptions_one_buyer", "home_id", unique=True, postgresql_where=BUYING_STATES),
        Index(
            "uq_redemptions_contract",
            "district_id",
            "contract_number",
            unique=True,
            postgresql_where="state IN ('contracted', 'checked', 'redeemed')",
        ),
        # One more space than a policy allows beside a home would need a place that is taken.
        Index(
            "uq_redemptions_beside", "beside_id", "beside_place", unique=True, postgresql_where=BUYING_STATES
        ),
        Index("ix_redemptions_beside", "beside_id", postgresql_where="beside_id IS NOT NULL"),
        Index("ix_redemptions_deadline", "deadline_at", postgresql_where="state = 'locked'"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    quote_id: Mapped[int] = mapped_column(unique=True)
    beside_id: Mapped[int | None]
    """The purchase of the home that a space was bought beside; None for a home."""
    beside_place: Mapped[int | None] = mapped_column(SmallInteger)
    """Which space beside it this is; another one has the place once this is given up."""
    state: Mapped[str]
    price_fen: Mapped[Fen]
    top_up_fen: Mapped[Fen]
    adjusted_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """By how much the price changed after the write-off; below zero where a gap went back."""
    own_adjusted_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What of that the household's own money bears."""
    locked_at: Mapped[Instant]
    deadline_at: Mapped[Instant]
    contract_number: Mapped[str | None]
    contract_signed_on: Mapped[date | None]
    contract_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """Gross floor area as the registered contract has it, ㎡."""
    contract_price_fen: Mapped[int | None]
    """The contract's total price; the price that was locked, or the contract would not have been entered."""
    ended_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When the developer told the household when to come; entering the contract answers too."""
    extended_at: Mapped[datetime | None]
    """When the hold was lengthened, for nothing, because the developer had not answered; once at most."""
    disputed_at: Mapped[datetime | None]
    """Since when an offline contract claims the home too; nothing is verified until that is settled."""
    home: Mapped[Home] = relationship()
    quote: Mapped[Quote] = relationship()
    beside: Mapped["Redemption | None"] = relationship(
        viewonly=True,
        primaryjoin=lambda: foreign(Redemption.beside_id) == remote(Redemption.id),
        uselist=False,
    )
    household: Mapped[Household] = relationship(viewonly=True)
    allocations: Mapped[list["Allocation"]] = relationship(order_by="Allocation.id")
    contract: Mapped[ContractEntry | None] = relationship(
        viewonly=True,
        primaryjoin=lambda: (
            (foreign(ContractEntry.redemption_id) == Redemption.id) & (ContractEntry.state == "current")
        ),
        uselist=False,
    )
    """What was entered of its contract; None before, and where it was before buyers were asked for."""

    @property
    def present_price_fen(self) -> int:
        """What the home costs now: the price that was locked, as it was adjusted since."""
        return self.price_fen + self.adjusted_fen

    @property
    def present_top_up_fen(self) -> int:
        """What of it the household pays itself."""
        return self.top_up_fen + self.own_adjusted_fen


class Allocation(Base):
    """What one voucher gives to one redemption, with its bonus; both pend until the end.

    What went back of either after the write-off is counted beside it: nobody gets back more than was paid.
    """

    __tablename__ = "allocations"
    __table_args__ = (
        UniqueConstraint("redemption_id", "voucher_id"),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        ForeignKeyConstraint(
            ["district_id", "transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        ForeignKeyConstraint(
            ["district_id", "bonus_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("spent_fen > 0 AND bonus_fen >= 0", name="sums"),
        ForeignKeyConstraint(
            ["district_id", "cash_transfer_id"], ["ledger_transfers.district_id", "ledger_transfers.id"]
        ),
        CheckConstraint("(bonus_fen > 0) = (bonus_transfer_id IS NOT NULL)", name="bonus"),
        CheckConstraint(
            "back_fen BETWEEN 0 AND spent_fen AND bonus_back_fen BETWEEN 0 AND bonus_fen", name="back"
        ),
        CheckConstraint("cash_fen >= 0 AND (cash_fen > 0) = (cash_transfer_id IS NOT NULL)", name="cash"),
        CheckConstraint("cash_back_fen BETWEEN 0 AND cash_fen", name="cash_back"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    redemption_id: Mapped[int]
    voucher_id: Mapped[int] = mapped_column(index=True)
    spent_fen: Mapped[Fen]
    bonus_fen: Mapped[Fen]
    bonus_bp: Mapped[int]
    back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    bonus_back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    bonuses: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What each of several bonuses gives towards the price, by its path; empty for a policy with one."""
    cash_bonuses: Mapped[dict[str, int]] = mapped_column(JSONB, server_default=text("'{}'"))
    counts_for: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    """The bonuses of what is spent on the homes that they are for, this one among them, by their paths."""
    cash_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What the voucher's household is paid after the purchase; it counts towards no price."""
    cash_back_fen: Mapped[Fen] = mapped_column(server_default=text("0"))
    """What of that is owed no more since the home costs less."""
    transfer_id: Mapped[int]
    bonus_transfer_id: Mapped[int | None]
    cash_transfer_id: Mapped[int | None]
    voucher: Mapped[Voucher] = relationship(viewonly=True)

    @property
    def present_spent_fen(self) -> int:
        """What the voucher pays now."""
        return self.spent_fen - self.back_fen

    @property
    def present_bonus_fen(self) -> int:
        """What the district adds now."""
        return self.bonus_fen - self.bonus_back_fen

    @property
    def present_cash_fen(self) -> int:
        """What its household is paid besides now."""
        return self.cash_fen - self.cash_back_fen


class KinConsent(Base):
    """Another household's word that its voucher helps to pay for one home, up to a sum (近亲属合用房票)."""

    __tablename__ = "kin_consents"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "owner_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(["district_id", "voucher_id"], ["vouchers.district_id", "vouchers.id"]),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("household_id <> owner_id", name="two_households"),
        CheckConstraint("given_by_id <> asked_by_id", name="second_person"),
        CheckConstraint("most_fen > 0 AND price_fen > 0", name="sums"),
        CheckConstraint("state IN ('asked', 'given', 'declined', 'withdrawn', 'used')", name="state"),
        CheckConstraint("(state IN ('given', 'used')) <= (given_at IS NOT NULL)", name="given"),
        CheckConstraint("num_nulls(given_at, given_by_id, way, shown) IN (0, 4)", name="evidence"),
        CheckConstraint("way IN ('self', 'counter')", name="way"),
        CheckConstraint("(state = 'used') = (redemption_id IS NOT NULL)", name="used"),
        Index(
            "uq_kin_consents_live",
            "household_id",
            "voucher_id",
            "home_id",
            unique=True,
            postgresql_where="state IN ('asked', 'given')",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    """Who buys and asks."""
    owner_id: Mapped[int] = mapped_column(index=True)
    """Whose voucher it is."""
    voucher_id: Mapped[int] = mapped_column(index=True)
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    relation: Mapped[str]
    """What the buyer is to the voucher's holder, as declared: a word of the policy's ``buyers``."""
    price_fen: Mapped[Fen]
    """What the home cost when it was asked."""
    most_fen: Mapped[Fen]
    """The most that the voucher gives."""
    state: Mapped[str]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who pressed, at the counter the clerk. None for what was asked before this was kept."""
    ends_at: Mapped[Instant]
    """From when on it is worth nothing, given or not."""
    given_at: Mapped[datetime | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    way: Mapped[str | None]
    """``self``: by their own sign-in; ``counter``: in person, a clerk pressed."""
    shown: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    """What the holder was shown when they consented, with a schema number."""
    redemption_id: Mapped[int | None] = mapped_column(index=True)
    home: Mapped[Home] = relationship()
    household: Mapped[Household] = relationship(
        viewonly=True, primaryjoin="foreign(KinConsent.household_id) == Household.id"
    )
    owner: Mapped[Household] = relationship(
        viewonly=True, primaryjoin="foreign(KinConsent.owner_id) == Household.id"
    )
    voucher: Mapped[Voucher] = relationship(viewonly=True)
    redemption: Mapped[Redemption | None] = relationship(viewonly=True)


class RedemptionMove(Base):
    """One step of a redemption: who did what, from which state to which, and why."""

    __tablename__ = "redemption_moves"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        ForeignKeyConstraint(["district_id", "helper_act_id"], ["helper_acts.district_id", "helper_acts.id"]),
        CheckConstraint("visit_id IS NULL OR helper_act_id IS NULL", name="one_way"),
        Index(
            "uq_redemption_moves_loan",
            "redemption_id",
            unique=True,
            postgresql_where="action = 'extend_for_loan'",
        ),
        # Hardly any step is done at the counter or by a helper.
        *(
            Index(f"ix_redemption_moves_{way}", way, postgresql_where=f"{way} IS NOT NULL")
            for way in ("visit_id", "helper_act_id")
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    redemption_id: Mapped[int] = mapped_column(index=True)
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str | None]
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("counter_visits.id"))
    """The visit to the counter in which a clerk did it for the household."""
    helper_act_id: Mapped[int | None]
    """The act of a helper that the holder agreed to by a code."""
    reason: Mapped[str | None]
    at: Mapped[Instant]
    redemption: Mapped[Redemption] = relationship(viewonly=True)


append_only(RedemptionMove.__table__)
never_emptied(Redemption.__table__, Allocation.__table__, KinConsent.__table__)
attach(Redemption.__table__, STANDS_FUNCTION, BEGUN_TRIGGER, STEP_TRIGGER, LEAVES_FUNCTION, LEAVES_TRIGGER)
attach(Allocation.__table__, GUARD_FUNCTION, guard_trigger("allocations"))
