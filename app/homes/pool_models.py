"""The districts' pools: which developers are in one, and which of their homes are listed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, append_only, attach
from app.core.locks import Rank
from app.identity.models import District, Organisation


class PoolMembership(Base):
    """A developer's application to the pool of a district, and its place there ever since.

    ``accepted_by_name`` is the person who accepted the equal-treatment undertaking of that version for the
    company. ``reason`` says what is asked, why it is suspended or why it left.
    """

    __tablename__ = "pool_memberships"
    __lock_rank__ = Rank.POOL_MEMBERSHIP
    __table_args__ = (
        UniqueConstraint("district_id", "developer_id"),
        CheckConstraint(
            "state IN ('submitted', 'changes_asked', 'admitted', 'suspended', 'left')", name="state"
        ),
        CheckConstraint("state NOT IN ('admitted', 'suspended') OR admitted_at IS NOT NULL", name="admitted"),
        CheckConstraint(
            "(state IN ('changes_asked', 'suspended', 'left')) = (reason IS NOT NULL)", name="reason"
        ),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[str]
    reason: Mapped[str | None]
    undertaking_version: Mapped[int] = mapped_column(SmallInteger)
    accepted_by_name: Mapped[str]
    accepted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[Instant]
    submitted_at: Mapped[Instant]
    admitted_at: Mapped[datetime | None]
    changed_at: Mapped[Instant]
    district: Mapped[District] = relationship()
    developer: Mapped[Organisation] = relationship()


class PoolMove(Base):
    """One step of a developer's place in a pool: who, when, why, and the approval that carried it."""

    __tablename__ = "pool_moves"

    id: Mapped[Id]
    membership_id: Mapped[int] = mapped_column(ForeignKey("pool_memberships.id"), index=True)
    action: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[Instant]
    actor_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval_requests.id"))


append_only(PoolMove.__table__)


class PoolListing(Base):
    """A home's place in the pool (房源库) of a district: listed (上架), or out with the reason."""

    __tablename__ = "pool_listings"
    __table_args__ = (
        UniqueConstraint("district_id", "home_id"),
        CheckConstraint("state IN ('listed', 'out')", name="state"),
        CheckConstraint("(state = 'out') = (out_reason IS NOT NULL)", name="out_reason"),
        CheckConstraint(
            "out_reason IN ('withdrawn', 'developer_suspended', 'developer_left', 'voucher_above_cash', "
            "'voucher_above_filed', 'voucher_above_net', 'sold_offline')",
            name="reason_kind",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    state: Mapped[str]
    out_reason: Mapped[str | None]
    returns: Mapped[bool] = mapped_column(server_default="false", default=False)
    """It was listed when a contract set it aside, and is again if the contract is another home's."""
    changed_at: Mapped[Instant]
    first_listed_at: Mapped[Instant]


POOL_RULE_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_check_listed_prices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever changed the same home at the same moment has ended before the prices are read.
    PERFORM FROM homes WHERE id = NEW.home_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM pool_listings listing
        LEFT JOIN price_versions voucher ON voucher.home_id = listing.home_id
            AND voucher.kind = 'voucher' AND voucher.effective_to IS NULL
        LEFT JOIN price_versions cash ON cash.home_id = listing.home_id
            AND cash.kind = 'cash' AND cash.effective_to IS NULL
        LEFT JOIN price_versions filed ON filed.home_id = listing.home_id
            AND filed.kind = 'filed' AND filed.effective_to IS NULL
        WHERE listing.home_id = NEW.home_id AND listing.state = 'listed'
            AND (voucher.amount_fen <= cash.amount_fen AND cash.amount_fen <= filed.amount_fen) IS NOT TRUE
    ) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a listed home keeps voucher price <= cash price <= filed price',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
""".strip()
POOL_RULE_TRIGGER = """
CREATE CONSTRAINT TRIGGER pool_listings_pool_rule AFTER INSERT OR UPDATE ON pool_listings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'listed')
EXECUTE FUNCTION anju_check_listed_prices()
""".strip()
"""Deferred to the commit, so that prices and listings may be written in any order."""
PRICES_RULE_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_doubt_listed_prices() RETURNS trigger LANGUAGE plpgsql
-- The plan is kept for one new price as for 100,000: it may only ever look rows up one by one.
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    -- Whoever changed the same homes at the same moment has ended before the prices are read.
    PERFORM FROM homes WHERE id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL)
    ORDER BY id FOR NO KEY UPDATE;
    -- A listing whose prices do not fit as they are now is looked at again at the commit: it was written to.
    UPDATE pool_listings listing SET changed_at = changed_at
    WHERE state = 'listed' AND home_id IN (SELECT home_id FROM fresh WHERE effective_to IS NULL) AND (
        SELECT max(amount_fen) FILTER (WHERE kind = 'voucher') <= max(amount_fen) FILTER (WHERE kind = 'cash')
            AND max(amount_fen) FILTER (WHERE kind = 'cash') <= max(amount_fen) FILTER (WHERE kind = 'filed')
        FROM price_versions WHERE home_id = listing.home_id AND effective_to IS NULL
    ) IS NOT TRUE;
    RETURN NULL;
END
$$
""".strip()
PRICES_RULE_TRIGGER = """
CREATE TRIGGER price_versions_pool_rule AFTER INSERT ON price_versions REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION anju_doubt_listed_prices()
""".strip()
attach(PoolListing.__table__, POOL_RULE_FUNCTION, POOL_RULE_TRIGGER)
attach(PoolListing.__table__, PRICES_RULE_FUNCTION, PRICES_RULE_TRIGGER)


MEMBERSHIP_FUNCTION = """
CREATE OR REPLACE FUNCTION anju_check_pool_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'pool_listings' THEN
        -- Held until the end: whoever suspends the developer meanwhile waits and finds this listing.
        PERFORM FROM pool_memberships membership
        JOIN developments development ON development.developer_id = membership.developer_id
        JOIN homes home ON home.development_id = development.id
        WHERE home.id = NEW.home_id AND membership.district_id = NEW.district_id
            AND membership.state = 'admitted'
        FOR SHARE OF membership;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM pool_listings listing
        JOIN homes home ON home.id = listing.home_id
        JOIN developments development ON development.id = home.development_id
        WHERE listing.district_id = NEW.district_id AND listing.state = 'listed' AND home.status <> 'sold'
            AND development.developer_id = NEW.developer_id
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'only homes of a developer admitted to the pool are listed there',
        ERRCODE = 'check_violation',
        CONSTRAINT = TG_NAME;
END
$$
""".strip()
MEMBERSHIP_RULE = "pool_listings_membership"
LISTING_TRIGGER = f"""
CREATE TRIGGER {MEMBERSHIP_RULE} AFTER INSERT OR UPDATE OF state ON pool_listings
FOR EACH ROW WHEN (NEW.state = 'listed') EXECUTE FUNCTION anju_check_pool_membership()
""".strip()
MEMBERSHIP_TRIGGER = """
CREATE CONSTRAINT TRIGGER pool_memberships_membership AFTER UPDATE ON pool_memberships
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> 'admitted')
EXECUTE FUNCTION anju_check_pool_membership()
""".strip()
"""Deferred to the commit: the membership changes first, then its listings leave."""
attach(PoolListing.__table__, MEMBERSHIP_FUNCTION, LISTING_TRIGGER, MEMBERSHIP_TRIGGER)
