"""Developers' stock: developments, buildings, homes and price versions."""

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
    and_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, attach
from app.core.locks import Rank
from app.homes.keys import PLAIN_ROOM
from app.homes.rules import Finish, Orientation, StockKind, home_name
from app.identity.models import District, Organisation


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Development(Base):
    """A development (楼盘). ``district_id`` is where it stands; its public data are global."""

    __tablename__ = "developments"
    __lock_rank__ = Rank.DEVELOPMENT
    __table_args__ = (
        CheckConstraint("stage IN ('finished', 'presale')", name="stage"),
        CheckConstraint("(lat IS NULL) = (lon IS NULL)", name="point"),
        CheckConstraint("lat BETWEEN 3.5 AND 53.6 AND lon BETWEEN 73.4 AND 135.1", name="point_in_china"),
        UniqueConstraint("developer_id", "name"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    developer_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"), index=True)
    name: Mapped[str]
    address: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    """WGS-84 degrees."""
    stage: Mapped[str]
    presale_permit: Mapped[str | None]
    delivery_on: Mapped[date | None]
    sales_phone: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    """Raised by each edit, so that a page notices when it showed an older state."""
    created_at: Mapped[Instant]
    developer: Mapped[Organisation] = relationship()
    district: Mapped[District] = relationship()


class Building(Base):
    """A building (楼栋) of a development."""

    __tablename__ = "buildings"
    __lock_rank__ = Rank.BUILDING
    __table_args__ = (
        UniqueConstraint("development_id", "id"),
        UniqueConstraint("development_id", "name"),
        CheckConstraint("storeys BETWEEN 1 AND 120", name="storeys"),
        CheckConstraint("units BETWEEN 1 AND 50", name="units"),
    )

    id: Mapped[Id]
    development_id: Mapped[int] = mapped_column(ForeignKey("developments.id"))
    name: Mapped[str]
    storeys: Mapped[int] = mapped_column(SmallInteger)
    """Above ground."""
    units: Mapped[int | None] = mapped_column(SmallInteger)
    """How many units (单元) it has; None where nobody said."""
    has_lift: Mapped[bool | None]
    """Whether a lift serves its homes; None where nobody said."""
    version: Mapped[int] = mapped_column(default=1)
    """Raised by each edit, so that a page notices when it showed an older state."""
    development: Mapped[Development] = relationship()


class Home(Base):
    """One dwelling (一套房), keyed building-unit-storey-room, or a space that is bought beside one.

    ``status`` is the truth about the thing itself (free, locked by a redemption, sold); whether voucher
    holders may choose it is its pool listing. ``doc_version`` is raised by whoever changes anything its
    search document shows.
    """

    __tablename__ = "homes"
    __lock_rank__ = Rank.HOME
    __table_args__ = (
        UniqueConstraint("building_id", "unit", "storey", "room"),
        ForeignKeyConstraint(["development_id", "building_id"], ["buildings.development_id", "buildings.id"]),
        CheckConstraint("status IN ('free', 'locked', 'sold')", name="status"),
        CheckConstraint(_one_of("kind", StockKind), name="kind"),
        CheckConstraint("kind = 'home' OR (unit = '' AND rooms = 0)", name="space"),
        CheckConstraint("area_m2 > 0", name="area"),
        CheckConstraint("rooms BETWEEN 0 AND 20", name="rooms"),
        CheckConstraint("inner_area_m2 > 0 AND inner_area_m2 <= area_m2", name="inner_area"),
        CheckConstraint(_one_of("orientation", Orientation), name="orientation"),
        CheckConstraint(_one_of("finish", Finish), name="finish"),
        # What may be the same address: every verification asks.
        Index("ix_homes_development_id_room", "development_id", "room"),
        Index("ix_homes_odd_room", "development_id", postgresql_where=text(f"room !~ '{PLAIN_ROOM}'")),
        # Half of each page is kept free: when all homes change at once, each new row finds room beside the
        # old one and no index is written to, which is what others wait for.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    development_id: Mapped[int] = mapped_column()
    building_id: Mapped[int]
    unit: Mapped[str]
    storey: Mapped[int] = mapped_column(SmallInteger)
    room: Mapped[str]
    kind: Mapped[str]
    """One of ``rules.StockKind``. Whatever counts, compares or finds homes asks for ``DWELLING``."""
    rooms: Mapped[int] = mapped_column(SmallInteger)
    """Bedrooms (几室); none in a space."""
    area_m2: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    """Gross floor area (建筑面积), ㎡."""
    inner_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    """Area within its own walls (套内面积), ㎡; never above the gross area."""
    orientation: Mapped[str | None]
    """Which way its main windows look, one of ``rules.Orientation``."""
    finish: Mapped[str | None]
    """How it is handed over, one of ``rules.Finish``."""
    status: Mapped[str]
    claimed_at: Mapped[datetime | None]
    """Since when a contract from outside the platform has it or may have it; it is in no pool meanwhile."""
    doc_version: Mapped[int]
    created_at: Mapped[Instant]
    building: Mapped[Building] = relationship(overlaps="development")
    development: Mapped[Development] = relationship(
        primaryjoin="Home.development_id == Development.id",
        foreign_keys=[development_id],
        overlaps="building",
    )

    @property
    def name(self) -> str:
        """Its address within the development."""
        return home_name(self.building.name, self.unit, self.room)


DWELLING: Final = and_(*(Home.kind != kind.value for kind in StockKind if kind.is_space))
"""That a row of the stock is a home: a space counts as none, and is found and compared as none.

Said of what it is not, because PostgreSQL takes a word to be rare until it has counted a table: it would
expect next to no homes in a new stock, and ask for them one by one.
"""


class PriceVersion(Base):
    """One price of a home from one moment to the next; the current one has no end.

    It is never changed but for its end, and goes only together with a home that was never listed.
    """

    __tablename__ = "price_versions"
    __table_args__ = (
        CheckConstraint("kind IN ('filed', 'cash', 'voucher')", name="kind"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("effective_to >= effective_from", name="period"),
        CheckConstraint("kind = 'filed' OR filing_number IS NULL", name="filing"),
        CheckConstraint("source IN ('developer', 'bureau')", name="source"),
        CheckConstraint("(source = 'bureau') = (filed_on IS NOT NULL)", name="filed_on"),
        CheckConstraint("source <> 'bureau' OR filing_number IS NOT NULL", name="bureau_filing"),
        Index(
            "uq_price_versions_current",
            "home_id",
            "kind",
            unique=True,
            postgresql_where="effective_to IS NULL",
        ),
        Index("ix_price_versions_history", "home_id", "kind", "effective_from"),
    )

    id: Mapped[Id]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    kind: Mapped[str]
    amount_fen: Mapped[Fen]
    effective_from: Mapped[Instant]
    effective_to: Mapped[datetime | None]
    reason: Mapped[str]
    source: Mapped[str]
    """Who gave it: the developer, or the bureau, which alone gives a filed price that counts as proven."""
    filing_number: Mapped[str | None]
    filed_on: Mapped[date | None]
    """The day of the bureau's filing."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("price_batches.id"), index=True)
    """The batch that gave it, if one did."""


ONLY_ENDED_FUNCTION = """
CREATE OR REPLACE FUNCTION price_versions_only_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.source = 'developer'
        AND NOT EXISTS (SELECT FROM pool_listings WHERE home_id = OLD.home_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION USING
        MESSAGE = 'a price version ends once and is never changed or removed',
        ERRCODE = 'integrity_constraint_violation';
END
$$
""".strip()
_KEPT = [column.name for column in PriceVersion.__table__.columns if column.name != "effective_to"]
ONLY_ENDED_TRIGGER = f"""
CREATE TRIGGER price_versions_only_end BEFORE UPDATE ON price_versions
FOR EACH ROW WHEN (
    OLD.effective_to IS NOT NULL OR NEW.effective_to IS NULL OR
    ({", ".join(f"NEW.{name}" for name in _KEPT)}) IS DISTINCT FROM
    ({", ".join(f"OLD.{name}" for name in _KEPT)})
) EXECUTE FUNCTION price_versions_only_end()
""".strip()
"""An end as it should be is seen by the condition alone: no function runs, so many ends cost little."""
KEPT_TRIGGER = """
CREATE TRIGGER price_versions_kept BEFORE DELETE ON price_versions
FOR EACH ROW EXECUTE FUNCTION price_versions_only_end()
""".strip()
attach(PriceVersion.__table__, ONLY_ENDED_FUNCTION, ONLY_ENDED_TRIGGER, KEPT_TRIGGER)
