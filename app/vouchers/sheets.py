"""Claim sheets by the batch: a project's households that have no account yet, one sheet a household.

The only writer of batches. A code can be read only while it is printed, so a batch that came out of the
printer spoilt is printed again with new codes, and its old ones are void.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.core.ids import new_ref
from app.identity.credentials import ClaimCode, SheetBatch
from app.identity.models import Membership
from app.projects.models import Household, Project
from app.vouchers.claims import make_code_of
from app.vouchers.models import Voucher

MOST_AT_ONCE: Final = 40
"""So many sheets are printed in one go: a stack that one person still checks."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a project is: its households with an issued voucher, by what became of their sheet."""

    project: Project
    claimed: int
    printed: int
    waiting: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.claimed + self.printed + self.waiting


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on one sheet; the code is nowhere else."""

    voucher: Voucher
    code: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A batch that was printed, and how many of its sheets still open an account."""

    batch: SheetBatch
    sheets: int
    unused: int


_CLAIMED: Final = (
    select(Membership.id)
    .where(Membership.household_id == Household.id, Membership.ended_at.is_(None))
    .correlate(Household)
    .exists()
)
_OPEN: Final = (ClaimCode.used_at.is_(None), ClaimCode.withdrawn_at.is_(None))
_PRINTED: Final = (
    select(ClaimCode.id).where(ClaimCode.household_id == Household.id, *_OPEN).correlate(Household).exists()
)
_ISSUED: Final = (
    select(Voucher.id)
    .where(Voucher.household_id == Household.id, Voucher.state == "issued")
    .correlate(Household)
    .exists()
)
_FREE: Final = (
    select(Voucher.id)
    .where(Voucher.household_id == Household.id, Voucher.state == "issued", ~Voucher.is_stopped)
    .correlate(Household)
    .exists()
)
"""Has a voucher that no stop holds: for a stopped one no code is made."""


def list_progress(session: Session, *, actor: Actor) -> list[Progress]:
    """Return how far each project of the actor's district is, by name, unless it has no vouchers."""
    found = session.execute(_progress_of(actor))
    return [Progress(project, claimed, printed, waiting) for project, claimed, printed, waiting in found]


def get_progress(session: Session, *, actor: Actor, project_name: str) -> Progress:
    """Return how far a project of the actor's district is. Raises NotFound."""
    found = session.execute(_progress_of(actor).where(Project.name == project_name)).first()
    if found is None:
        raise NotFound("project_gone")
    project, claimed, printed, waiting = found
    return Progress(project, claimed, printed, waiting)


def list_batches(session: Session, *, project: Project, limit: int = 20) -> list[Printed]:
    """Return the batches of a project that were printed, the newest first."""
    found = session.execute(_batches(SheetBatch.project_id == project.id, limit))
    return [Printed(batch, count, unused) for batch, count, unused in found]


def get_batch(session: Session, *, actor: Actor, ref: str) -> tuple[Printed, Project]:
    """Return a batch of the actor's district with its project. Raises NotFound."""
    own = (SheetBatch.ref == ref) & (SheetBatch.district_id == actor.district)
    found = session.execute(_batches(own, 1)).first()
    if found is None:
        raise NotFound("sheet_batch_gone")
    batch, count, unused = found
    return Printed(batch, count, unused), session.get_one(Project, batch.project_id)


def print_next(
    session: Session, *, actor: Actor, project_name: str, most: int = MOST_AT_ONCE
) -> tuple[SheetBatch, list[Sheet]]:
    """Make codes for the next households of a project that have neither account nor sheet.

    Raises NotFound, Forbidden for anybody but officers and checkers, Conflict when none is left.
    """
    project = get_progress(session, actor=actor, project_name=project_name).project
    first = select(func.min(Voucher.id)).where(
        Voucher.household_id == Household.id, Voucher.state == "issued", ~Voucher.is_stopped
    )
    waiting = (
        select(first.correlate(Household).scalar_subquery())
        .where(*_in(project), _FREE, ~_CLAIMED, ~_PRINTED)
        .order_by(Household.id)
        .limit(most)
    )
    return _print(session, actor, project, session.scalars(waiting).all(), again=False)


def print_again(session: Session, *, actor: Actor, ref: str) -> tuple[SheetBatch, list[Sheet]]:
    """Make new codes for the sheets of a batch that nobody has used; the old ones are void from now on.

    Raises NotFound, Forbidden for anybody but officers and checkers, Conflict when none is left.
    """
    printed, project = get_batch(session, actor=actor, ref=ref)
    unused = select(ClaimCode.voucher_id).where(ClaimCode.batch_id == printed.batch.id, *_OPEN)
    return _print(session, actor, project, session.scalars(unused).all(), again=True)


def _print(
    session: Session, actor: Actor, project: Project, voucher_ids: Sequence[int], *, again: bool
) -> tuple[SheetBatch, list[Sheet]]:
    actor.demand(Role.OFFICER, Role.CHECKER)
    locked = locks.lock_all(session, Voucher, voucher_ids)
    # Only now: two clerks who print at one moment must not void each other's sheets.
    having = select(ClaimCode.household_id).where(ClaimCode.voucher_id.in_(voucher_ids), *_OPEN)
    printed = set(session.scalars(having))
    vouchers = [one for one in locked if (one.household_id in printed) == again and not one.is_stopped]
    if not vouchers:
        raise Conflict("no_sheets_left")
    batch = SheetBatch(
        district_id=project.district_id,
        ref=new_ref("LP"),
        project_id=project.id,
        made_at=clock.now(),
        made_by_id=actor.user_id,
    )
    session.add(batch)
    session.flush()
    sheets = [
        Sheet(one, make_code_of(session, actor=actor, voucher=one, batch_id=batch.id)) for one in vouchers
    ]
    audit.record(
        session,
        actor=actor,
        action="claim.print_again" if again else "claim.print_batch",
        object_type="sheet_batch",
        object_id=batch.id,
        sheets=len(sheets),
    )
    return batch, sheets


def _in(project: Project) -> tuple[ColumnElement[bool], ...]:
    return Household.project_id == project.id, Household.district_id == project.district_id


def _progress_of(actor: Actor) -> Select[Project, int, int, int]:
    claimed = func.count().filter(_CLAIMED)
    printed = func.count().filter(~_CLAIMED, _PRINTED)
    waiting = func.count().filter(~_CLAIMED, ~_PRINTED)
    return (
        select(Project, claimed, printed, waiting)
        .join(Household, Household.project_id == Project.id)
        .where(Project.district_id == actor.district, _ISSUED)
        .group_by(Project.id)
        .order_by(Project.name.collate("C"))
    )


def _batches(which: ColumnElement[bool], limit: int) -> Select[SheetBatch, int, int]:
    return (
        select(SheetBatch, func.count(ClaimCode.id), func.count(ClaimCode.id).filter(*_OPEN))
        .outerjoin(ClaimCode, ClaimCode.batch_id == SheetBatch.id)
        .where(which)
        .group_by(SheetBatch.id)
        .order_by(SheetBatch.id.desc())
        .limit(limit)
    )
