"""The PostgreSQL engine's tables: the documents twice, and a row that says which of the two answers.

A rebuild fills the table that does not answer and then moves the pointer: the app's role owns no tables, so
it can neither create nor rename one. Nothing here is the truth, so nothing refers to the homes by foreign
key: no index may stand in the way of a sale.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.db import Base, Fen, Instant, attach

BYTES = Text(collation="C")
"""Text that is compared and ordered by its bytes, alike in every engine."""

FACET_KEYS = (
    "status",
    "district_code",
    "development_ref",
    "developer",
    "rooms",
    "floor",
    "stage",
    "kind",
    "voucher_fen",
    "area_hundredths",
    "lat",
    "lon",
)
ORDER_KEYS = ("voucher_fen", "area_hundredths", "unit_fen", "listed_at")


class SearchDocument:
    """The columns of a document; ``documents.Document`` says what they hold."""

    __tablename__: str

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """Strict values, and one index for each order and each way of finding."""
        name = cls.__tablename__
        return (
            CheckConstraint("floor IN ('low', 'middle', 'high')", name="floor"),
            CheckConstraint("stage IN ('finished', 'presale')", name="stage"),
            CheckConstraint("kind IN ('home')", name="kind"),
            CheckConstraint("status IN ('available', 'locked', 'sold', 'out')", name="status"),
            Index(f"ix_{name}_tokens", "tokens", postgresql_using="gin"),
            Index(
                f"ix_{name}_names", "names", postgresql_using="gin", postgresql_ops={"names": "gin_trgm_ops"}
            ),
            Index(f"ix_{name}_tie", "status", "tie"),
            *(Index(f"ix_{name}_{key}", "status", key, "tie") for key in ORDER_KEYS),
            Index(f"ix_{name}_development", "development_ref"),
            # Facets count a hundred thousand rows a page: from this index alone, without a look at the rows.
            Index(f"ix_{name}_facets", *FACET_KEYS),
        )

    home_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    doc_version: Mapped[int]
    digest: Mapped[str]
    ref: Mapped[str] = mapped_column(BYTES)
    tokens: Mapped[list[str]] = mapped_column(ARRAY(BYTES))
    names: Mapped[str]
    name_key: Mapped[str] = mapped_column(BYTES)
    pinyin_key: Mapped[str] = mapped_column(BYTES)
    initials_key: Mapped[str] = mapped_column(BYTES, server_default="")
    street: Mapped[str] = mapped_column(BYTES, server_default="")
    district: Mapped[str] = mapped_column(BYTES)
    district_code: Mapped[str] = mapped_column(BYTES)
    development: Mapped[str] = mapped_column(BYTES)
    development_ref: Mapped[str] = mapped_column(BYTES)
    developer: Mapped[str] = mapped_column(BYTES)
    filed_fen: Mapped[Fen]
    cash_fen: Mapped[Fen]
    voucher_fen: Mapped[Fen]
    area_hundredths: Mapped[int]
    unit_fen: Mapped[Fen]
    rooms: Mapped[int] = mapped_column(SmallInteger)
    floor: Mapped[str] = mapped_column(BYTES)
    stage: Mapped[str] = mapped_column(BYTES)
    kind: Mapped[str] = mapped_column(BYTES)
    status: Mapped[str] = mapped_column(BYTES)
    listed_at: Mapped[int]
    lat: Mapped[int | None] = mapped_column(Integer)
    lon: Mapped[int | None] = mapped_column(Integer)
    tie: Mapped[int]


class BlueDocument(SearchDocument, Base):
    """The documents of the blue side; the first to answer in a new database."""

    __tablename__ = "search_documents_blue"


class GreenDocument(SearchDocument, Base):
    """The documents of the green side."""

    __tablename__ = "search_documents_green"


# Tokens are asked of their index alone: in the rows they would be in the way of whoever counts these, and to
# compress them is a third of what it costs to fill the table.
for _side in (BlueDocument, GreenDocument):
    attach(_side.__table__, f"ALTER TABLE {_side.__tablename__} ALTER COLUMN tokens SET STORAGE EXTERNAL")


class SearchIndex(Base):
    """The pointer, one row: which side answers, and which is being built and by whom."""

    __tablename__ = "search_index"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("answering IN ('blue', 'green')", name="answering"),
        CheckConstraint("building IN ('blue', 'green') AND building <> answering", name="building"),
        CheckConstraint("(building IS NULL) = (build IS NULL)", name="build"),
    )

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    answering: Mapped[str]
    building: Mapped[str | None]
    build: Mapped[str | None]
    """The rebuild under way, by a name of its own: a later one takes over."""
    built_at: Mapped[datetime | None]


BUILD_BEGINS_FUNCTION = """
CREATE OR REPLACE FUNCTION search_build_begins() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place text := (SELECT 'search_documents_' || building FROM search_index);
    index_name text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION 'no search index is being built';
    END IF;
    EXECUTE 'TRUNCATE ' || place;
    FOR index_name IN
        SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = place::regclass
            AND NOT indisprimary AND position(place IN indexrelid::regclass::text) > 0
    LOOP
        EXECUTE 'DROP INDEX ' || index_name;
    END LOOP;
END
$$
""".strip()
BUILD_ENDS_FUNCTION = """
CREATE OR REPLACE FUNCTION search_build_ends() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET maintenance_work_mem = '128MB' AS $$
DECLARE
    place text := (SELECT 'search_documents_' || building FROM search_index);
    example text := (SELECT 'search_documents_' || answering FROM search_index);
    definition text;
BEGIN
    IF place IS NULL THEN
        RAISE EXCEPTION 'no search index is being built';
    END IF;
    FOR definition IN
        SELECT replace(pg_get_indexdef(indexrelid), example, place)
        FROM pg_index WHERE indrelid = example::regclass
            AND NOT indisprimary AND position(example IN indexrelid::regclass::text) > 0
    LOOP
        EXECUTE definition;
    END LOOP;
    EXECUTE 'ANALYZE ' || place;
END
$$
""".strip()
# The app's role owns no tables. These let it empty the side that is being built, and no other, and give that
# the indexes of the answering side once it is full: made whole they cost half of what they do row by row.
attach(SearchIndex.__table__, BUILD_BEGINS_FUNCTION, BUILD_ENDS_FUNCTION)


class SearchCheck(Base):
    """What the last comparison of an engine's index with the database found and mended; system time."""

    __tablename__ = "search_checks"
    __table_args__ = (CheckConstraint("least(homes, missing, late, wrong) >= 0", name="counts"),)

    engine: Mapped[str] = mapped_column(primary_key=True)
    checked_at: Mapped[Instant]
    homes: Mapped[int]
    missing: Mapped[int]
    late: Mapped[int]
    wrong: Mapped[int]

    @property
    def differed(self) -> int:
        """How many homes stood otherwise in the index than in the database."""
        return self.missing + self.late + self.wrong


class SearchName(Base):
    """A name that available homes can be found by: of a development, a district, a street or a developer.

    What is suggested while somebody types, and what a mistyped word is compared with, whichever engine
    answers.
    """

    __tablename__ = "search_names"
    __table_args__ = (
        CheckConstraint("kind IN ('development', 'district', 'street', 'developer')", name="kind"),
        CheckConstraint("homes > 0", name="homes"),
        # Written in the background and read at every key pressed: no list of what is still to be sorted in.
        Index(
            "ix_search_names_starts", "starts", postgresql_using="gin", postgresql_with={"fastupdate": False}
        ),
        Index(
            "ix_search_names_spelt",
            "spelt",
            postgresql_using="gin",
            postgresql_ops={"spelt": "gin_trgm_ops"},
            postgresql_with={"fastupdate": False},
        ),
        # The beginnings, which only the index is asked for, are kept out of the rows: two letters begin
        # thousands.
        {"postgresql_with": {"toast_tuple_target": 256}},
    )

    kind: Mapped[str] = mapped_column(BYTES, primary_key=True)
    name: Mapped[str] = mapped_column(BYTES, primary_key=True)
    key: Mapped[str] = mapped_column(BYTES)
    """The name as names are compared (``text.key``)."""
    spelt: Mapped[str]
    """How it sounds in each of its readings (``sounds.spelt_ways``), between blanks."""
    starts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Its beginnings, from any sign on (``sounds.typed_starts``)."""
    homes: Mapped[int]
    """How many homes a voucher can choose now."""
