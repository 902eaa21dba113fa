"""Cash sales (现金成交) and everything that was done to each."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, Json, append_only, attach, never_emptied
from app.homes.models import Home
from app.identity.models import District, Organisation
from app.redemptions.models import Redemption


class SalesFile(Base):
    """A file of registered contracts (网签备案) that was read; it is known by the hash of its content."""

    __tablename__ = "sales_files"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("district_id", "sha256"),
        CheckConstraint("state IN ('read', 'applied', 'refused')", name="state"),
        CheckConstraint("(state = 'applied') = (applied_at IS NOT NULL)", name="applied"),
        CheckConstraint("(state = 'refused') = (problem IS NOT NULL)", name="refused"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    sha256: Mapped[str]
    name: Mapped[str]
    """What its sender called it; only ever shown."""
    rows: Mapped[int]
    state: Mapped[str]
    problem: Mapped[str | None]
    """Why it was refused, with line and column."""
    outcome: Mapped[Json | None]
    """How many rows had which outcome, and the lines to look at; a forecast until carrying out begins.

    In the middle of that it is what came of the first ``done`` rows.
    """
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[Instant]
    applied_at: Mapped[datetime | None]

    @property
    def done(self) -> int | None:
        """How many rows are carried out of a file in the middle of it; None before and after."""
        return None if self.outcome is None else self.outcome.get("done")


class CashSale(Base):
    """A contract (网签合同) of a home by which a cash buyer has it, or claims it.

    The truth that declared cash prices are checked against: contracts paid by voucher, cancelled, for
    companies in bulk or for staff are kept too, each marked, so that whoever compares prices can leave them
    out. ``state`` says what the contract does to the home, see ``states``.
    """

    __tablename__ = "cash_sales"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "file_id"], ["sales_files.district_id", "sales_files.id"]),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint(
            "state IN ('standing', 'conflict', 'rejected', 'withdrawn', 'cancelled', 'noted', 'unmatched', "
            "'doubtful')",
            name="state",
        ),
        CheckConstraint("source IN ('developer', 'api', 'registry')", name="source"),
        CheckConstraint("(state = 'unmatched') <= (home_id IS NULL)", name="unmatched"),
        CheckConstraint("state NOT IN ('standing', 'conflict') OR home_id IS NOT NULL", name="home"),
        CheckConstraint("(home_id IS NULL) = (developer_id IS NULL)", name="developer"),
        CheckConstraint("(home_id IS NULL) = (area_m2 IS NULL)", name="area"),
        CheckConstraint("source = 'registry' OR home_id IS NOT NULL", name="reported"),
        CheckConstraint("price_fen > 0", name="price"),
        CheckConstraint("payment IN ('full', 'mortgage', 'fund', 'mixed', 'instalment')", name="payment"),
        CheckConstraint("fit_out IN ('bare', 'fitted')", name="fit_out"),
        CheckConstraint("registered_at IS NOT NULL OR source <> 'registry'", name="registered"),
        Index("uq_cash_sales_one_buyer", "home_id", unique=True, postgresql_where="state = 'standing'"),
        Index(
            "uq_cash_sales_contract",
            "district_id",
            "contract_number",
            unique=True,
            postgresql_where="state <> 'withdrawn'",
        ),
        Index("ix_cash_sales_list", "district_id", "signed_on", "id"),
        Index("ix_cash_sales_conflicts", "district_id", "id", postgresql_where="state = 'conflict'"),
        Index("ix_cash_sales_match_key", "district_id", "match_key"),
        Index("ix_cash_sales_home", "home_id", "signed_on"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    contract_number: Mapped[str]
    signed_on: Mapped[date]
    development_name: Mapped[str]
    building_name: Mapped[str]
    unit: Mapped[str]
    room: Mapped[str]
    """The home's key as the contract has it; also where no home of ours answers to it."""
    match_key: Mapped[str]
    """The same as it is compared (``homes.keys``)."""
    home_id: Mapped[int | None] = mapped_column(ForeignKey("homes.id"))
    developer_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """The home's gross floor area when the contract was matched."""
    price_fen: Mapped[Fen | None]
    payment: Mapped[str | None]
    fit_out: Mapped[str | None]
    is_bulk: Mapped[bool]
    is_staff: Mapped[bool]
    is_cancelled: Mapped[bool]
    by_voucher: Mapped[bool]
    state: Mapped[str]
    redemption_id: Mapped[int | None] = mapped_column(index=True)
    """The redemption that held the home when this contract met it."""
    source: Mapped[str]
    reported_at: Mapped[Instant]
    registered_at: Mapped[datetime | None]
    """When the registry's file first confirmed it; from then on the file is its truth."""
    file_id: Mapped[int | None]
    home: Mapped[Home | None] = relationship()
    developer: Mapped[Organisation | None] = relationship()
    district: Mapped[District] = relationship()
    redemption: Mapped[Redemption | None] = relationship(viewonly=True)


never_emptied(CashSale.__table__)


class CashSaleMove(Base):
    """One step of a cash sale: who did what, from which state to which, and why."""

    __tablename__ = "cash_sale_moves"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "sale_id"], ["cash_sales.district_id", "cash_sales.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    sale_id: Mapped[int] = mapped_column(index=True)
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    role: Mapped[str | None]
    reason: Mapped[str | None]
    before: Mapped[Json | None]
    """What a later file corrected: the values that stood before."""
    at: Mapped[Instant]


append_only(CashSaleMove.__table__)


class CashSaleCandidate(Base):
    """A home that a doubtful contract may have sold: out of the pool until an officer says which it is."""

    __tablename__ = "cash_sale_candidates"
    __table_args__ = (
        ForeignKeyConstraint(["district_id", "sale_id"], ["cash_sales.district_id", "cash_sales.id"]),
        ForeignKeyConstraint(["district_id", "redemption_id"], ["redemptions.district_id", "redemptions.id"]),
        CheckConstraint("ended_at >= added_at", name="period"),
        Index(
            "uq_cash_sale_candidates_open",
            "sale_id",
            "home_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index("ix_cash_sale_candidates_home", "home_id", postgresql_where="ended_at IS NULL"),
        Index("ix_cash_sale_candidates_redemption", "redemption_id"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    sale_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    redemption_id: Mapped[int | None]
    """What held the home when it came under doubt."""
    added_at: Mapped[Instant]
    ended_at: Mapped[datetime | None]
    home: Mapped[Home] = relationship()


ONE_BUYER_FUNCTION = """
CREATE OR REPLACE FUNCTION homes_one_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cash_sales WHERE home_id = NEW.id AND state = 'standing')
        AND EXISTS (SELECT FROM redemptions WHERE home_id = NEW.id
                    AND state IN ('locked', 'contracted', 'checked', 'redeemed')) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home is never held or bought by a voucher and sold for cash as well',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
ONE_BUYER_TRIGGER = (
    "CREATE CONSTRAINT TRIGGER homes_one_buyer AFTER UPDATE OF status ON homes "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION homes_one_buyer()"
)
attach(CashSale.__table__, ONE_BUYER_FUNCTION, ONE_BUYER_TRIGGER)
"""Two tables, so no index can say it. Whoever locks or sells a home writes its row, so of two at once the
second comes here when the first is committed, and sees it."""

CLAIMED_FUNCTION = """
CREATE OR REPLACE FUNCTION homes_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    claimed bigint := CASE WHEN TG_TABLE_NAME = 'homes' THEN (to_jsonb(NEW) ->> 'id')::bigint
                           ELSE (to_jsonb(NEW) ->> 'home_id')::bigint END;
BEGIN
    IF EXISTS (SELECT FROM homes WHERE id = claimed AND claimed_at IS NOT NULL)
        AND (EXISTS (SELECT FROM pool_listings WHERE home_id = claimed AND state = 'listed')
             OR EXISTS (SELECT FROM redemptions WHERE home_id = claimed AND disputed_at IS NULL
                        AND state IN ('locked', 'contracted', 'checked'))) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home that a contract claims is in no pool, and nobody holds it undisputed',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
HOMES_CLAIMED = (
    "CREATE CONSTRAINT TRIGGER homes_claimed AFTER UPDATE OF status, claimed_at ON homes "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.claimed_at IS NOT NULL) "
    "EXECUTE FUNCTION homes_claimed()"
)
LISTINGS_CLAIMED = (
    "CREATE CONSTRAINT TRIGGER pool_listings_claimed AFTER INSERT OR UPDATE ON pool_listings "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'listed') "
    "EXECUTE FUNCTION homes_claimed()"
)
attach(CashSale.__table__, CLAIMED_FUNCTION, HOMES_CLAIMED, LISTINGS_CLAIMED)
"""Whoever sets a home aside, lists or locks it writes its row: of two at once the second sees the first."""

PAID_IN_CASH_FUNCTION = """
CREATE OR REPLACE FUNCTION contract_paid_in_cash(district bigint, number varchar, home bigint)
RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = district AND s.contract_number = number
            AND CASE
                WHEN s.state IN ('withdrawn', 'unmatched') THEN false
                WHEN s.home_id IS DISTINCT FROM home THEN s.home_id IS NOT NULL
                WHEN s.state = 'conflict' THEN s.source <> 'registry'
                ELSE s.state NOT IN ('noted', 'rejected')
            END
    );
END
$$
""".strip()
"""Whether a number is that of a contract paid in cash: whoever types it is told, and the trigger says so."""

ONE_PAYER_FUNCTION = """
CREATE OR REPLACE FUNCTION contracts_one_payer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(
        hashtextextended('contract:' || NEW.district_id || ':' || NEW.contract_number, 0)
    );
    IF TG_TABLE_NAME = 'redemptions'
        AND contract_paid_in_cash(NEW.district_id, NEW.contract_number, NEW.home_id)
    OR TG_TABLE_NAME = 'cash_sales' AND EXISTS (
        SELECT FROM redemptions r
        WHERE r.district_id = NEW.district_id AND r.contract_number = NEW.contract_number
            AND r.state IN ('contracted', 'checked', 'redeemed')
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'uq_contract_numbers: a contract is paid by a voucher or in cash, never both',
            ERRCODE = 'unique_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
REDEMPTIONS_ONE_PAYER = (
    "CREATE TRIGGER redemptions_one_payer AFTER UPDATE OF contract_number ON redemptions "
    "FOR EACH ROW WHEN (NEW.contract_number IS NOT NULL) EXECUTE FUNCTION contracts_one_payer()"
)
CASH_SALES_ONE_PAYER = (
    "CREATE TRIGGER cash_sales_one_payer AFTER INSERT ON cash_sales "
    "FOR EACH ROW WHEN (NEW.source <> 'registry') EXECUTE FUNCTION contracts_one_payer()"
)
OTHERS_CONTRACT_FUNCTION = """
CREATE OR REPLACE FUNCTION redemptions_own_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM cash_sales s
        WHERE s.district_id = NEW.district_id AND s.contract_number = NEW.contract_number
            AND (s.state = 'doubtful'
                 OR s.state IN ('unmatched', 'noted', 'rejected') AND s.home_id IS NULL
                 OR s.state NOT IN ('withdrawn', 'unmatched') AND s.home_id <> NEW.home_id)
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'redemptions_own_contract: the registry has this contract for another home',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
OTHERS_CONTRACT_TRIGGER = (
    "CREATE TRIGGER redemptions_own_contract AFTER UPDATE OF state ON redemptions "
    "FOR EACH ROW WHEN (NEW.state IN ('checked', 'redeemed')) EXECUTE FUNCTION redemptions_own_contract()"
)
attach(CashSale.__table__, OTHERS_CONTRACT_FUNCTION, OTHERS_CONTRACT_TRIGGER)
"""Number and file may come at one moment, when neither sees the other; verifying comes after both."""

attach(
    CashSale.__table__, PAID_IN_CASH_FUNCTION, ONE_PAYER_FUNCTION, REDEMPTIONS_ONE_PAYER, CASH_SALES_ONE_PAYER
)
"""Two tables again, and here two homes: the advisory lock makes the second of two at once wait until it sees
the first. It is the last lock but the audit trail's, and one a command. A developer may enter the number of a
contract that the registry brought for the same home before: that is the voucher's own. The registry itself is
never refused; its file decides what it brings."""
