"""What a household follows, what of it changed, and how each home stood when it was last looked at."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant, never_emptied
from app.homes.models import Home


class Favourite(Base):
    """A home that a household keeps an eye on (收藏), with its own words about it."""

    __tablename__ = "favourites"
    __table_args__ = (
        UniqueConstraint("household_id", "home_id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), index=True)
    note: Mapped[str]
    """What the household wrote about it; nobody else reads it. Empty for nothing."""
    added_at: Mapped[Instant]
    home: Mapped[Home] = relationship()


class SavedSearch(Base):
    """A search that a household has watched (存下的搜索): its address' query string, and when to tell."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        UniqueConstraint("district_id", "id"),
        UniqueConstraint("household_id", "query"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        CheckConstraint("telling IN ('at_once', 'daily', 'paper', 'never')", name="telling"),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    query: Mapped[str]
    """As ``SearchRequest.query_string`` writes it, without page and order."""
    telling: Mapped[str]
    saved_at: Mapped[Instant]


class HomeSighting(Base):
    """How a home stood when changes were last looked for: what a later change is compared with."""

    __tablename__ = "home_sightings"
    __table_args__ = (
        CheckConstraint("status IN ('available', 'locked', 'sold', 'out')", name="status"),
        CheckConstraint("payable_fen > 0", name="payable"),
    )

    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"), primary_key=True, autoincrement=False)
    doc_version: Mapped[int]
    status: Mapped[str]
    payable_fen: Mapped[Fen]


never_emptied(HomeSighting.__table__)


class Change(Base):
    """One change of a home that a household follows: by a saved search, or as a favourite."""

    __tablename__ = "followed_changes"
    __table_args__ = (
        UniqueConstraint(
            "household_id", "saved_search_id", "home_id", "doc_version", postgresql_nulls_not_distinct=True
        ),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
        ForeignKeyConstraint(
            ["district_id", "saved_search_id"],
            ["saved_searches.district_id", "saved_searches.id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["district_id", "printed_list_id"], ["printed_lists.district_id", "printed_lists.id"]
        ),
        CheckConstraint("kind IN ('new', 'down', 'up', 'gone')", name="kind"),
        CheckConstraint("printed_list_id IS NULL OR saved_search_id IS NOT NULL", name="printed"),
        CheckConstraint("(before_fen IS NULL) <= (kind = 'new')", name="before"),
        Index("ix_followed_changes_untold", "household_id", postgresql_where=text("told_at IS NULL")),
        Index("ix_followed_changes_search", "saved_search_id", "id"),
        Index(
            "ix_followed_changes_printed",
            "printed_list_id",
            postgresql_where=text("printed_list_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    saved_search_id: Mapped[int | None]
    """None for a favourite."""
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    doc_version: Mapped[int]
    """The version of the home that brought it, so that a job that runs twice writes it once."""
    kind: Mapped[str]
    before_fen: Mapped[int | None]
    after_fen: Mapped[Fen]
    """What a voucher buyer pays, before and after; alike where only the status changed."""
    happened_at: Mapped[Instant]
    told_at: Mapped[datetime | None]
    printed_list_id: Mapped[int | None]
    """The list it was last printed on; None while the next one will have it."""
    home: Mapped[Home] = relationship()


never_emptied(Change.__table__)


class ViewedHome(Base):
    """When a household last opened a home's page (最近看过)."""

    __tablename__ = "viewed_homes"
    __table_args__ = (
        UniqueConstraint("household_id", "home_id"),
        ForeignKeyConstraint(["district_id", "household_id"], ["households.district_id", "households.id"]),
    )

    id: Mapped[Id]
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    household_id: Mapped[int]
    home_id: Mapped[int] = mapped_column(ForeignKey("homes.id"))
    viewed_at: Mapped[Instant]
