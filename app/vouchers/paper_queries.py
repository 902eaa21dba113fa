"""Reading the issue register: vouchers, the sheets they are on, and those that were spoiled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import normalise_mark
from app.projects.models import Agreement, Household
from app.vouchers.models import Voucher
from app.vouchers.paper_models import VoucherSheet

KINDS = ("live", "spoiled", "unprinted")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the register: of one project, of one kind, with these words; empty for all."""

    project_id: int | None = None
    kind: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the register: an issued voucher with one of its sheets, or with none yet."""

    voucher: Voucher
    sheet: VoucherSheet | None


def count_lines(session: Session, *, actor: Actor, wanted: Wanted) -> int:
    """Return how many lines ``list_lines`` would list without a limit."""
    statement = select(func.count()).select_from(Voucher)
    return int(session.execute(_lines(statement, actor, wanted)).scalar_one())


def list_lines(
    session: Session, *, actor: Actor, wanted: Wanted, offset: int = 0, limit: int | None = None
) -> list[Line]:
    """Return the lines of the issue register of the actor's district, oldest voucher first."""
    both = select(Voucher, VoucherSheet).select_from(Voucher)
    statement = _lines(both, actor, wanted).options(
        joinedload(Voucher.agreement), joinedload(Voucher.household).joinedload(Household.project)
    )
    rows = session.execute(statement.order_by(Voucher.id, VoucherSheet.id).offset(offset).limit(limit))
    return [Line(voucher, sheet) for voucher, sheet in rows]


def list_unprinted(session: Session, *, actor: Actor, project_id: int, limit: int) -> list[Voucher]:
    """Return issued vouchers of a project that are on no live sheet and not stopped, oldest first."""
    live = select(VoucherSheet.voucher_id).where(VoucherSheet.spoiled_at.is_(None))
    statement = (
        select(Voucher)
        .join(Household, Household.id == Voucher.household_id)
        .where(
            Voucher.district_id == actor.district,
            Voucher.state == "issued",
            ~Voucher.is_stopped,
            Household.project_id == project_id,
            Voucher.id.not_in(live),
        )
        .order_by(Voucher.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def count_paper(session: Session, *, actor: Actor, project_id: int) -> tuple[int, int]:
    """Return how many of a project's issued vouchers are on paper, and how many are not yet."""
    live = select(VoucherSheet.voucher_id).where(VoucherSheet.spoiled_at.is_(None))
    statement = (
        select(func.count(Voucher.id).filter(Voucher.id.in_(live)), func.count(Voucher.id))
        .join(Household, Household.id == Voucher.household_id)
        .where(
            Voucher.district_id == actor.district,
            Voucher.state == "issued",
            Household.project_id == project_id,
        )
    )
    printed, issued = session.execute(statement).one()
    return printed, issued - printed


def list_runs(session: Session, *, actor: Actor, project_id: int) -> Sequence[tuple[str, int, str, str]]:
    """Return the printings of a project, newest first: number, how many sheets, first and last serial."""
    statement = (
        select(
            VoucherSheet.run_ref,
            func.count(VoucherSheet.id),
            func.min(VoucherSheet.serial),
            func.max(VoucherSheet.serial),
        )
        .join(Voucher, Voucher.id == VoucherSheet.voucher_id)
        .join(Household, Household.id == Voucher.household_id)
        .where(VoucherSheet.district_id == actor.district, Household.project_id == project_id)
        .group_by(VoucherSheet.run_ref)
        .order_by(func.max(VoucherSheet.id).desc())
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(statement)]


def list_run(session: Session, *, actor: Actor, run_ref: str, start: str = "") -> list[VoucherSheet]:
    """Return the live sheets of one printing in the order of their serials, from one on.

    Raises NotFound for another district's, and when none of them is live any more.
    """
    statement = (
        select(VoucherSheet)
        .where(
            VoucherSheet.run_ref == run_ref,
            VoucherSheet.district_id == actor.district,
            VoucherSheet.spoiled_at.is_(None),
            VoucherSheet.serial >= start,
        )
        .options(
            joinedload(VoucherSheet.voucher).joinedload(Voucher.agreement).selectinload(Agreement.lines),
            joinedload(VoucherSheet.voucher).joinedload(Voucher.policy_version),
            joinedload(VoucherSheet.voucher).joinedload(Voucher.household).joinedload(Household.project),
        )
        .order_by(VoucherSheet.serial)
    )
    sheets = list(session.scalars(statement))
    if not sheets:
        raise NotFound("sheet_gone")
    return sheets


def get_sheet(session: Session, *, actor: Actor, serial: str) -> VoucherSheet:
    """Return a sheet of the actor's district by its number. Raises NotFound."""
    statement = select(VoucherSheet).where(
        VoucherSheet.serial == serial, VoucherSheet.district_id == actor.district
    )
    sheet = session.scalars(statement.options(joinedload(VoucherSheet.voucher))).first()
    if sheet is None:
        raise NotFound("sheet_gone")
    return sheet


def list_of_voucher(session: Session, *, voucher: Voucher) -> Sequence[VoucherSheet]:
    """Return every sheet that a voucher was ever printed on, newest first."""
    statement = select(VoucherSheet).where(VoucherSheet.voucher_id == voucher.id)
    return session.scalars(statement.order_by(VoucherSheet.id.desc())).all()


def find_by_mark(session: Session, typed: str) -> VoucherSheet | None:
    """Return the sheet that a QR code leads to, whoever asks, or None."""
    mark = normalise_mark(typed)
    statement = select(VoucherSheet).where(VoucherSheet.mark == mark)
    return session.scalars(statement.options(joinedload(VoucherSheet.voucher))).first() if mark else None


def find_replacing(session: Session, sheet: VoucherSheet) -> VoucherSheet | None:
    """Return the sheet that was printed in place of a spoiled one, or None."""
    return session.scalars(select(VoucherSheet).where(VoucherSheet.replaces_id == sheet.id)).first()


def _lines(statement: Any, actor: Actor, wanted: Wanted) -> Any:
    conditions: list[ColumnElement[bool]] = [
        Voucher.district_id == actor.district,
        Voucher.issued_at.is_not(None),
    ]
    if wanted.project_id is not None:
        conditions.append(Household.project_id == wanted.project_id)
    if wanted.kind == "unprinted":
        conditions += [VoucherSheet.id.is_(None), Voucher.state == "issued"]
    elif wanted.kind:
        is_live = VoucherSheet.spoiled_at.is_(None)
        conditions += [VoucherSheet.id.is_not(None), is_live if wanted.kind == "live" else ~is_live]
    if wanted.words:
        text = wanted.words
        conditions.append(
            or_(
                Household.holder_name.contains(text, autoescape=True),
                Voucher.ref == text.upper(),
                VoucherSheet.serial == text.upper(),
            )
        )
    return (
        statement.join(Household, Household.id == Voucher.household_id)
        .outerjoin(VoucherSheet, VoucherSheet.voucher_id == Voucher.id)
        .where(*conditions)
    )
