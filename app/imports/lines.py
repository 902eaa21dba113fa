"""A table of what agreements' sums are made of: each row is proposed as if an officer had typed it in."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.approvals.models import ApprovalRequest
from app.core.actor import Actor
from app.core.errors import DomainError
from app.homes.errors import HomesMoved
from app.imports import readings
from app.imports.cells import Merge, Row, Value
from app.imports.models import ImportRow
from app.imports.places import Buildings
from app.imports.plan import Plan, SheetPlan
from app.imports.readings import Unreadable
from app.imports.rows import Place, SheetReader
from app.projects import lines
from app.projects.models import Agreement
from app.sales.reader import CONTROL

_LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class LinesRow:
    """The lines of one agreement as its row tells them: fen by kind, a deduction positive."""

    number: str
    holder: str
    amounts: dict[str, int]

    @property
    def key(self) -> tuple[object, ...]:
        """What no two rows share: the agreement."""
        return (self.number,)

    @property
    def place(self) -> Place:
        """No home is meant."""
        return "", "", None, ""

    @property
    def development(self) -> None:
        """No development is meant."""
        return


class LinesReader(SheetReader[LinesRow]):
    """Reads a table of agreements' lines; an empty cell and 0 are no line."""

    numbers = lines.KINDS
    named_by = "agreement_number"

    def __init__(self, plan: Plan, sheet: SheetPlan, merges: list[Merge]) -> None:
        super().__init__(plan, Buildings(()), sheet, merges)

    def _home(self, row: Row, cells: dict[str, Value]) -> LinesRow | None:
        number = self._try(row, "agreement_number", _number_of, cells.get("agreement_number"))
        holder = self._try(row, "holder", readings.text_of, cells.get("holder"))
        amounts = {kind: self._amount(row, kind, cells.get(kind)) for kind in lines.KINDS}
        return LinesRow(number or "", holder or "", {kind: fen for kind, fen in amounts.items() if fen})

    def _amount(self, row: Row, kind: str, value: Value) -> int | None:
        try:
            found = readings.number_of(value)
        except Unreadable:
            found = None
        return None if found is not None and found[0] == 0 else self._price(row, kind, None)


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of an agreement."""

    whole_fen: int
    holder: str
    lines: list[tuple[str, int]]
    waits: bool
    entitled_m2: Decimal | None = None
    residents: int | None = None


def known_agreements(session: Session, district_id: int) -> Mapping[str, Known]:
    """Return the district's agreements by number."""
    waiting = select(ApprovalRequest.subject_id).where(
        ApprovalRequest.district_id == district_id,
        ApprovalRequest.kind == lines.LINES,
        ApprovalRequest.state == "pending",
    )
    pending = set(session.scalars(waiting))
    statement = (
        select(Agreement)
        .where(Agreement.district_id == district_id)
        .options(selectinload(Agreement.lines), selectinload(Agreement.household))
    )
    return {
        one.number: Known(
            one.compensation_fen,
            one.household.holder_name,
            [(line.kind, line.amount_fen) for line in one.lines],
            one.id in pending,
            one.entitled_m2,
            one.residents,
        )
        for one in session.scalars(statement)
    }


def find_refusal(row: LinesRow, known: Known | None) -> DomainError | None:
    """Return why a row cannot be proposed, at its column, or None."""
    if known is None:
        return DomainError("agreement_unknown", "agreement_number", number=row.number)
    if row.holder and row.holder != known.holder:
        return DomainError("agreement_of_another", "holder", holder=known.holder)
    if known.lines and not is_same(row, known):
        return DomainError("agreement_has_lines", "agreement_number")
    if known.waits:
        return DomainError("approval_pending", "agreement_number")
    total = lines.total_of(row.amounts)
    if total != known.whole_fen:
        return DomainError(
            "agreement_lines_off", "agreement_number", sum_fen=total, whole_fen=known.whole_fen
        )
    return None


def is_same(row: LinesRow, known: Known) -> bool:
    """Tell whether an agreement has the very lines of a row already."""
    return lines.signed_lines(row.amounts) == known.lines


def as_cells(row: LinesRow) -> dict[str, str]:
    """Return a row as it is staged."""
    amounts = {kind: str(fen) for kind, fen in row.amounts.items()}
    return {"agreement_number": row.number, "holder": row.holder, **amounts}


def staged(session: Session, run_id: int) -> list[tuple[dict[str, Any], dict[str, int]]]:
    """Return the good rows of a run in their order: the cells as staged, and the lines in fen by kind."""
    statement = (
        select(ImportRow.contract)
        .where(ImportRow.run_id == run_id, ImportRow.verdict == "changed")
        .order_by(ImportRow.sheet, ImportRow.row)
    )
    return [
        (cells, {kind: int(cells[kind]) for kind in lines.KINDS if kind in cells})
        for cells in session.scalars(statement)
        if cells
    ]


def propose_all(session: Session, *, actor: Actor, run_id: int) -> int:
    """Propose the lines of all good rows of a run, for a checker; return of how many agreements.

    Raises HomesMoved when one cannot be proposed any more: then nothing of this may be kept.
    """
    found = staged(session, run_id)
    for cells, amounts in found:
        try:
            lines.propose(session, actor=actor, number=cells["agreement_number"], amounts=amounts)
        except DomainError as moved:
            raise HomesMoved from moved
    return len(found)


def _number_of(value: Value) -> str:
    readings.refuse_rounded(value)
    number = readings.text_of(value)
    if not number:
        raise Unreadable("agreement_number_missing")
    if len(number) > _LONGEST_NUMBER:
        raise Unreadable("text_too_long", most=_LONGEST_NUMBER)
    if any(unicodedata.category(sign) in CONTROL for sign in number):
        raise Unreadable("control_character")
    return number
