"""Reading runs, their staged rows and faults: what pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.homes.models import Home, PriceVersion
from app.homes.rules import StockKind
from app.imports.models import ImportColumns, ImportFault, ImportRow, ImportRun
from app.redemptions.models import Quote


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, with all its faults."""

    sheet: int
    row: int
    faults: list[ImportFault]


def is_own(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a run is of the actor's company, or of its bureau in its district."""
    own = ImportRun.organisation_id == actor.organisation
    return own & ImportRun.district_id.is_not_distinct_from(actor.district_id)


def get_run(session: Session, *, actor: Actor, ref: str) -> ImportRun:
    """Return one of the actor's own runs with its development. Raises NotFound for anybody else's."""
    statement = (
        select(ImportRun)
        .where(ImportRun.ref == ref, is_own(actor))
        .options(joinedload(ImportRun.development))
    )
    run = session.scalars(statement).first()
    if run is None:
        raise NotFound("import_not_found")
    return run


def count_runs(session: Session, *, development_id: int) -> int:
    """Return how many files were sent for a development."""
    statement = select(func.count()).where(ImportRun.development_id == development_id)
    return session.scalar(statement) or 0


def list_runs(session: Session, *, development_id: int, limit: int, offset: int = 0) -> Sequence[ImportRun]:
    """Return the runs of a development, the newest first."""
    statement = select(ImportRun).where(ImportRun.development_id == development_id)
    return session.scalars(statement.order_by(ImportRun.id.desc()).limit(limit).offset(offset)).all()


def count_bureau_runs(session: Session, *, actor: Actor, kind: str) -> int:
    """Return how many files of a kind the actor's bureau sent."""
    statement = select(func.count()).select_from(ImportRun).where(is_own(actor), ImportRun.kind == kind)
    return session.scalar(statement) or 0


def list_bureau_runs(
    session: Session, *, actor: Actor, kind: str, limit: int, offset: int = 0
) -> Sequence[ImportRun]:
    """Return the runs of a kind of the actor's bureau, the newest first."""
    statement = select(ImportRun).where(is_own(actor), ImportRun.kind == kind)
    return session.scalars(statement.order_by(ImportRun.id.desc()).limit(limit).offset(offset)).all()


def remembered_columns(
    session: Session, *, organisation_id: int, kind: str, signatures: Sequence[str]
) -> dict[str, dict[int, str]]:
    """Return what the company or bureau chose last time under each of these heads, by signature."""
    statement = select(ImportColumns.signature, ImportColumns.columns).where(
        ImportColumns.organisation_id == organisation_id,
        ImportColumns.kind == kind,
        ImportColumns.signature.in_(signatures),
    )
    return {
        signature: {int(position): choice for position, choice in columns.items()}
        for signature, columns in session.execute(statement)
    }


def count_rows(session: Session, *, run_id: int, moment: datetime) -> dict[str, Any]:
    """Return what the staged rows came to, and whom it touches.

    ``new``, ``changed``, ``same``, ``bad``; of the changed ``leaving`` their pool, ``buying`` (a household is
    buying them now), ``quoted`` (a quote that still holds stands on a price that changes), ``cash_above`` (a
    cash price stands above what the bureau files); in ``spaces``, by the same names, how many are spaces.
    """
    mine = ImportRow.run_id == run_id
    is_space = func.coalesce(ImportRow.kind, Home.kind) != StockKind.HOME
    both = (func.count(), func.count().filter(is_space))
    rows = select(*both).join_from(ImportRow, Home, Home.id == ImportRow.home_id, isouter=True).where(mine)
    counts: dict[str, Any] = dict.fromkeys(("new", "changed", "same", "bad"), 0)
    spaces: dict[str, int] = {}
    verdicts = rows.add_columns(ImportRow.verdict).group_by(ImportRow.verdict)
    for total, of_spaces, verdict in session.execute(verdicts):
        counts[verdict], spaces[verdict] = total, of_spaces
    changed = rows.where(ImportRow.verdict == "changed")
    held = exists().where(Quote.home_id == ImportRow.home_id, Quote.expires_at > moment)
    cash = (PriceVersion.kind == "cash") & PriceVersion.effective_to.is_(None)
    dearer = PriceVersion.amount_fen > ImportRow.filed_fen
    of_bureau = ImportRow.filed_on.is_not(None)
    above = of_bureau & exists().where(PriceVersion.home_id == ImportRow.home_id, cash, dearer)
    price = ImportRow.voucher_fen.is_not(None) | ImportRow.cash_fen.is_not(None)
    for name, condition in (
        ("leaving", ImportRow.leaves.is_not(None)),
        ("buying", ImportRow.status == "locked"),
        ("cash_above", above),
        ("quoted", held & (price | ImportRow.filed_fen.is_not(None))),
    ):
        counts[name], spaces[name] = session.execute(changed.where(condition)).one()
    return {**counts, "spaces": spaces}


def list_rows(
    session: Session,
    *,
    run_id: int,
    verdict: str,
    limit: int,
    offset: int = 0,
    leaving: bool = False,
    outcome: str | None = None,
) -> Sequence[ImportRow]:
    """Return staged rows of one verdict in the file's order.

    With ``leaving`` only homes leaving a pool, with ``outcome`` only contracts of which that would come.
    """
    statement = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.verdict == verdict)
    if leaving:
        statement = statement.where(ImportRow.leaves.is_not(None))
    if outcome:
        statement = statement.where(ImportRow.outcome == outcome)
    order = (ImportRow.sheet, ImportRow.row)
    return session.scalars(statement.order_by(*order).limit(limit).offset(offset)).all()


def list_bad_rows(session: Session, *, run_id: int, limit: int, offset: int = 0) -> list[BadRow]:
    """Return rows that cannot be used, with their faults, in the file's order."""
    page = _bad(run_id).order_by(ImportRow.sheet, ImportRow.row).limit(limit).offset(offset).subquery()
    statement = (
        select(ImportFault)
        .join(page, (page.c.sheet == ImportFault.sheet) & (page.c.row == ImportFault.row))
        .where(ImportFault.run_id == run_id)
        .order_by(ImportFault.sheet, ImportFault.row, ImportFault.id)
    )
    rows: dict[tuple[int, int], BadRow] = {}
    for fault in session.scalars(statement):
        rows.setdefault((fault.sheet, fault.row), BadRow(fault.sheet, fault.row, [])).faults.append(fault)
    return list(rows.values())


def list_faults(session: Session, *, run_id: int, limit: int) -> Sequence[ImportFault]:
    """Return the faults of a run in the file's order."""
    order = (ImportFault.sheet, ImportFault.row, ImportFault.id)
    statement = select(ImportFault).where(ImportFault.run_id == run_id).order_by(*order).limit(limit)
    return session.scalars(statement).all()


def common_faults(session: Session, *, run_id: int, limit: int) -> list[tuple[str, int]]:
    """Return the commonest reasons, each with how many cells it is about."""
    statement = (
        select(ImportFault.code, func.count())
        .where(ImportFault.run_id == run_id)
        .group_by(ImportFault.code)
        .order_by(func.count().desc(), ImportFault.code)
        .limit(limit)
    )
    return [(code, count) for code, count in session.execute(statement)]


def sheet_names(run: ImportRun) -> Mapping[int, str]:
    """Return the names of a run's sheets by number."""
    sheets = (run.samples or {}).get("sheets", [])
    return {index: sheet["name"] for index, sheet in enumerate(sheets)}


def _bad(run_id: int) -> Select[int, int]:
    return select(ImportRow.sheet, ImportRow.row).where(
        ImportRow.run_id == run_id, ImportRow.verdict == "bad"
    )
