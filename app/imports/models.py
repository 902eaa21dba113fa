"""Imports of tables: the run, its staged rows and their faults, columns remembered for next time."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Fen, Id, Instant
from app.core.locks import Rank
from app.homes.models import Development

STATES = ("looking", "planning", "reading", "ready", "applying", "applied", "failed", "discarded")


class ImportRun(Base):
    """One file on its way in: looked at, planned, read, and applied: whole or, of contracts, part by part.

    A developer's own stock (``homes``) goes into one development; a bureau's filed prices (``filings``) and
    registered contracts (``sales``) concern any development of its district; an office's agreements
    (``agreements``) and lines of agreements (``lines``) none.
    ``samples`` is what the first look found, ``plan`` how a person decided to read it (``plan.Plan``),
    ``counts`` what the rows came to. ``tries`` counts how often a worker began the present step.
    """

    __tablename__ = "import_runs"
    __lock_rank__ = Rank.RECORD
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        CheckConstraint("kind IN ('homes', 'filings', 'sales', 'lines', 'agreements')", name="kind"),
        CheckConstraint("(kind = 'homes') = (development_id IS NOT NULL)", name="development"),
        CheckConstraint("(kind = 'homes') = (district_id IS NULL)", name="district"),
        CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
        CheckConstraint("(state = 'applied') = (left_out IS NOT NULL)", name="left_out"),
        Index("ix_import_runs_development", "development_id", "id"),
        Index("ix_import_runs_bureau", "district_id", "organisation_id", "kind", "id"),
    )

    id: Mapped[Id]
    ref: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    """Whose file it is: the developer, or the bureau."""
    development_id: Mapped[int | None] = mapped_column(ForeignKey("developments.id"))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    """For a bureau's files: the district whose stock they may touch."""
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Instant]
    state: Mapped[str]
    file_sha256: Mapped[str]
    file_name: Mapped[str]
    """As its sender called it: for reading, never a path."""
    samples: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    plan: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    counts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    done: Mapped[int]
    total: Mapped[int]
    tries: Mapped[int] = mapped_column(SmallInteger)
    moved: Mapped[bool]
    """Whether homes changed between the preview and the order to apply, so that it was compared anew."""
    failure: Mapped[str | None]
    """The code of a refusal of the whole file."""
    failure_params: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None]
    """Why prices change, kept with each price version."""
    leave_out: Mapped[bool]
    """Whether a person chose to apply the good rows and leave the bad ones out."""
    left_out: Mapped[int | None]
    """How many rows were left out when it was applied."""
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    finished_at: Mapped[datetime | None]
    development: Mapped[Development | None] = relationship()


class ImportRow(Base):
    """A row of a file as it was understood, held against the stock; it counts for nothing until applied.

    For a changed home only what changes is set, ``before`` holds what stands there now.
    """

    __tablename__ = "import_rows"
    __table_args__ = (
        CheckConstraint("verdict IN ('new', 'changed', 'same', 'bad')", name="verdict"),
        CheckConstraint("verdict = 'bad' OR building IS NOT NULL OR contract IS NOT NULL", name="place"),
        CheckConstraint("verdict <> 'new' OR (ref IS NOT NULL AND area_m2 IS NOT NULL)", name="new"),
        CheckConstraint(
            "verdict <> 'changed' OR seen_version IS NOT NULL OR contract IS NOT NULL", name="changed"
        ),
        CheckConstraint("outcome IS NULL OR contract IS NOT NULL", name="outcome"),
        Index("ix_import_rows_verdict", "run_id", "verdict", "sheet", "row"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True)
    sheet: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str]
    ref: Mapped[str | None]
    """The reference a new home will have."""
    development: Mapped[str | None]
    """Its name, where the file may speak of several."""
    home_id: Mapped[int | None]
    seen_version: Mapped[int | None]
    status: Mapped[str | None]
    building: Mapped[str | None]
    unit: Mapped[str | None]
    storey: Mapped[int | None] = mapped_column(SmallInteger)
    room: Mapped[str | None]
    kind: Mapped[str | None]
    """What a new home is, as ``homes.kind``; None for what is there, and in files of other kinds."""
    rooms: Mapped[int | None] = mapped_column(SmallInteger)
    area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    inner_area_m2: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    orientation: Mapped[str | None]
    finish: Mapped[str | None]
    filed_fen: Mapped[Fen | None]
    filing_number: Mapped[str | None]
    filed_on: Mapped[date | None]
    cash_fen: Mapped[Fen | None]
    voucher_fen: Mapped[Fen | None]
    storeys: Mapped[int | None] = mapped_column(SmallInteger)
    units: Mapped[int | None] = mapped_column(SmallInteger)
    has_lift: Mapped[bool | None]
    """These three are the building's, for one that is new."""
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    leaves: Mapped[str | None]
    """Why the home would leave the pool it is listed in."""
    contract: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """A registered contract as the row tells it, in the registry's own columns; or an agreement's lines."""
    outcome: Mapped[str | None]
    """What would come of the contract."""


class ImportFault(Base):
    """Why a row cannot be used; several may stand on one row. Without ``position`` it is about the row."""

    __tablename__ = "import_faults"
    __table_args__ = (Index("ix_import_faults_place", "run_id", "sheet", "row"),)

    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"))
    sheet: Mapped[int] = mapped_column(SmallInteger)
    row: Mapped[int]
    position: Mapped[int | None] = mapped_column(SmallInteger)
    """The column, counted from 0."""
    key: Mapped[str]
    code: Mapped[str]
    shown: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ImportColumns(Base):
    """What a company or bureau chose for the columns under one head, for its next file with that head."""

    __tablename__ = "import_columns"
    __table_args__ = (UniqueConstraint("organisation_id", "kind", "signature"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[str]
    signature: Mapped[str]
    columns: Mapped[dict[str, Any]] = mapped_column(JSONB)
    used_at: Mapped[Instant]
