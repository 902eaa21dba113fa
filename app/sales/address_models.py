"""Homes set aside because they have the address of one that is bought or sold already."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Id, Instant, attach
from app.core.locks import Rank
from app.homes.models import Home


class AddressDoubt(Base):
    """A home at the address of one that is bought or sold: in no pool until the regulator decides.

    ``same``: it is that very home, and stays set aside. ``other``: it is another one. ``moved``: its
    developer gave it another address. ``yielded``: what was ahead of it was let go, so it comes first now.
    """

    __tablename__ = "address_doubts"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'same', 'other', 'moved', 'yielded')", name="state"),
        CheckConstraint("(state IN ('other', 'moved', 'yielded')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("num_nonnulls(decided_at, decided_by_id, reason) IN (0, 3)", name="decided"),
        CheckConstraint(
            "state IN ('moved', 'yielded') OR (state <> 'waiting') = (reason IS NOT NULL)", name="reason"
        ),
        CheckConstraint("home_id <> sold_home_id", name="two_homes"),
        Index(
            "uq_address_doubts_open",
            "home_id",
            "sold_home_id",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
        Index("ix_address_doubts_list", "district_id", "id"),
        Index("ix_address_doubts_sold_home", "sold_home_id"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    sold_home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    found_at: Mapped[Instant]
    state: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str | None]
    """The regulator's; the developer reads it."""
    ended_at: Mapped[datetime | None]
    """Since when it keeps the home from nothing any more."""
    home: Mapped[Home] = relationship(foreign_keys=[home_id])
    sold_home: Mapped[Home] = relationship(foreign_keys=[sold_home_id])


SET_ASIDE_FUNCTION = """
CREATE OR REPLACE FUNCTION homes_of_a_sold_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    doubted bigint := CASE WHEN TG_TABLE_NAME = 'homes' THEN (to_jsonb(NEW) ->> 'id')::bigint
                           ELSE (to_jsonb(NEW) ->> 'home_id')::bigint END;
BEGIN
    IF EXISTS (SELECT FROM homes WHERE id = doubted AND claimed_at IS NULL AND status <> 'sold')
        AND EXISTS (SELECT FROM address_doubts WHERE home_id = doubted AND ended_at IS NULL) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'a home of a sold address is set aside until the regulator decides',
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
""".strip()
HOMES_SET_ASIDE = (
    "CREATE CONSTRAINT TRIGGER homes_of_a_sold_address AFTER UPDATE OF status, claimed_at ON homes "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.claimed_at IS NULL) "
    "EXECUTE FUNCTION homes_of_a_sold_address()"
)
DOUBTS_SET_ASIDE = (
    "CREATE CONSTRAINT TRIGGER address_doubts_set_aside AFTER INSERT OR UPDATE ON address_doubts "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.ended_at IS NULL) "
    "EXECUTE FUNCTION homes_of_a_sold_address()"
)
attach(AddressDoubt.__table__, SET_ASIDE_FUNCTION, HOMES_SET_ASIDE, DOUBTS_SET_ASIDE)
"""That a home set aside is in no pool, and held by nobody undisputed, is the guard of all claims."""
