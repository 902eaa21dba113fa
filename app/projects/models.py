"""Redevelopment projects, the households whose homes they take, and the agreements they sign."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

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

from app.core.db import Base, Fen, Id, Instant, append_only, attach, never_emptied
from app.core.locks import Rank
from app.core.sealing import SealedColumn, declare
from app.identity import models as _identity  # noqa: F401  # where the foreign keys lead


class Election(StrEnum):
    """How a household takes its compensation."""

    VOUCHER = "voucher"
    """房票."""
    CASH = "cash"
    """货币补偿."""


class Project(Base):
    """A redevelopment project (征收项目) of a district."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("district_id", "id"), UniqueConstraint("district_id", "name"))

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    name: Mapped[str]
    roster_locked_at: Mapped[datetime | None]
    """Since when nobody joins the roster and nobody changes what they chose; vouchers need it."""
    roster_note: Mapped[str | None]
    """Why the roster was opened again, the last time it was."""


class Household(Base):
    """A household whose home is taken (被征收户)."""

    __tablename__ = "households"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "project_id"], ["projects.district_id", "projects.id"]),
        CheckConstraint("old_area_m2 >= 0", name="old_area"),
        CheckConstraint(f"elects IN ({', '.join(repr(one.value) for one in Election)})", name="elects"),
        CheckConstraint("dispute <> ''", name="dispute"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    project_id: Mapped[int] = mapped_column(index=True)
    holder_name: Mapped[str]
    old_address: Mapped[str]
    old_area_m2: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    elects: Mapped[str] = mapped_column(server_default=Election.VOUCHER)
    dispute: Mapped[str | None]
    """What is not settled about this household, in a few words; while it stands no voucher is issued."""
    project: Mapped[Project] = relationship()


class HouseholdPerson(Base):
    """A person of a household (权利人和家庭成员).

    ID number, telephone and mail address are sealed, bound to the household.
    """

    __tablename__ = "household_persons"
    __table_args__ = (
        UniqueConstraint("household_id", "id_index"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("relation IN ('holder', 'spouse', 'parent', 'child', 'other')", name="relation"),
        CheckConstraint("NOT is_taker OR relation = 'holder'", name="taker"),
        Index(
            "uq_household_persons_taker",
            "district_id",
            "id_index",
            unique=True,
            postgresql_where="is_taker",
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    relation: Mapped[str]
    id_number: Mapped[str]
    id_index: Mapped[str]
    phone: Mapped[str | None]
    """Where the household is told things; nobody signs in with it before they have proven it."""
    mail: Mapped[str | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), unique=True)
    """Who claimed the account with this ID number."""
    is_taker: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it holds vouchers that came from others (受让人), entered in the register once."""


ID_NUMBER: Final = declare(
    SealedColumn(
        HouseholdPerson.id_number,
        owner=HouseholdPerson.household_id,
        purpose="household_persons.id_number",
        index=HouseholdPerson.id_index,
    )
)
PHONE: Final = declare(
    SealedColumn(HouseholdPerson.phone, owner=HouseholdPerson.household_id, purpose="household_persons.phone")
)
MAIL: Final = declare(
    SealedColumn(HouseholdPerson.mail, owner=HouseholdPerson.household_id, purpose="household_persons.mail")
)


class CounterVisit(Base):
    """A person at the counter, for whose household a clerk acts meanwhile."""

    __tablename__ = "counter_visits"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        Index("uq_counter_visits_open", "sign_in_id", unique=True, postgresql_where="ended_at IS NULL"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    ref: Mapped[str] = mapped_column(unique=True)
    household_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("household_persons.id"))
    """Whose ID card was seen."""
    clerk_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sign_in_id: Mapped[int] = mapped_column(ForeignKey("sign_ins.id"))
    begun_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    """System time of the last page, to the minute."""
    ended_at: Mapped[datetime | None]
    household: Mapped[Household] = relationship(viewonly=True)
    person: Mapped[HouseholdPerson] = relationship()


class Agreement(Base):
    """A signed compensation agreement (补偿协议) whose sum is taken as a voucher."""

    __tablename__ = "agreements"
    __lock_rank__ = Rank.AGREEMENT
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("id", "vacated_on"),
        UniqueConstraint("district_id", "number"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("compensation_fen > 0", name="compensation"),
        CheckConstraint("entitled_m2 > 0", name="entitled"),
        CheckConstraint("residents BETWEEN 1 AND 99", name="residents"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[str]
    compensation_fen: Mapped[Fen]
    signed_on: Mapped[date]
    vacated_on: Mapped[date | None]
    """When the old home was handed over (交房腾空), once that is known."""
    entitled_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """The area to which it entitles (应安置面积), where that was noted; kept once a voucher stands on it."""
    residents: Mapped[int | None] = mapped_column(SmallInteger)
    """For how many people (安置人口), where that was noted; kept likewise."""
    household: Mapped[Household] = relationship()
    lines: Mapped[list["AgreementLine"]] = relationship(order_by="AgreementLine.place", viewonly=True)

    @property
    def parts(self) -> list[tuple[str, int]]:
        """What the compensation is made of, kind and fen, deductions below zero; none where it says none."""
        return [(line.kind, line.amount_fen) for line in self.lines]


never_emptied(Agreement.__table__)


LINE_KINDS = (
    "'home', 'decoration', 'attachments', 'moving', 'interim', 'business', 'area_aid', 'award', "
    "'moving_award', 'deduction'"
)


class AgreementLine(Base):
    """One of the sums that an agreement's compensation is made of; only a deduction is below zero."""

    __tablename__ = "agreement_lines"
    __table_args__ = (
        UniqueConstraint("agreement_id", "place"),
        ForeignKeyConstraint(["district_id", "agreement_id"], ["agreements.district_id", "agreements.id"]),
        CheckConstraint(f"kind IN ({LINE_KINDS})", name="kind"),
        CheckConstraint("amount_fen <> 0 AND (amount_fen < 0) = (kind = 'deduction')", name="amount"),
    )

    id: Mapped[Id]
    district_id: Mapped[int]
    agreement_id: Mapped[int]
    place: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[str]
    amount_fen: Mapped[Fen]


append_only(AgreementLine.__table__)

LINES_SUM_FUNCTION = """
CREATE OR REPLACE FUNCTION agreement_lines_are_the_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about bigint := CASE TG_TABLE_NAME WHEN 'agreements' THEN (to_jsonb(NEW) ->> 'id')::bigint
                    ELSE (to_jsonb(NEW) ->> 'agreement_id')::bigint END;
    total bigint := (SELECT sum(amount_fen) FROM agreement_lines WHERE agreement_id = about);
BEGIN
    IF total <> (SELECT compensation_fen FROM agreements WHERE id = about) THEN
        RAISE EXCEPTION USING
            MESSAGE = 'the lines of an agreement are its sum',
            ERRCODE = 'check_violation',
            CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$
""".strip()
LINES_SUM_TRIGGER = (
    "CREATE CONSTRAINT TRIGGER agreement_lines_are_the_sum AFTER INSERT ON agreement_lines "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreement_lines_are_the_sum()"
)
AGREEMENT_SUM_TRIGGER = (
    "CREATE CONSTRAINT TRIGGER agreements_are_the_sum AFTER UPDATE OF compensation_fen ON agreements "
    "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION agreement_lines_are_the_sum()"
)
attach(AgreementLine.__table__, LINES_SUM_FUNCTION, LINES_SUM_TRIGGER, AGREEMENT_SUM_TRIGGER)
