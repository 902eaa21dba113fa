"""Reading stops: what holds a voucher now, and every stop there was."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    case,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.documents.queries import Owner
from app.projects.models import Household
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import LIVE
from app.vouchers.models import Voucher
from app.vouchers.stop_models import VoucherStop

_WHOLE = joinedload(VoucherStop.voucher).joinedload(Voucher.household).joinedload(Household.project)
_WAITS_FIRST = case((VoucherStop.wish.is_not(None), 0), else_=1).cast(Integer)


HAS_ENDING: Final = exists().where(
    VoucherEnding.voucher_id == Voucher.id, or_(*(VoucherEnding.state == state for state in LIVE))
)
"""Whether an ending of a voucher stands."""
HAS_STOP: Final = exists().where(VoucherStop.voucher_id == Voucher.id, VoucherStop.ended_at.is_(None))
"""Whether a stop holds it, or a sum of it."""


def live_of(session: Session, voucher_ids: Collection[int]) -> dict[int, list[VoucherStop]]:
    """Return the stops that stand on vouchers, oldest first, by voucher id."""
    found: dict[int, list[VoucherStop]] = {}
    if voucher_ids:
        statement = select(VoucherStop).where(
            VoucherStop.voucher_id.in_(voucher_ids), VoucherStop.ended_at.is_(None)
        )
        for stop in session.scalars(statement.order_by(VoucherStop.id)):
            found.setdefault(stop.voucher_id, []).append(stop)
    return found


def find_death(session: Session, *, voucher_id: int) -> VoucherStop | None:
    """Return the stop of a voucher that waits for the heirs, as it is now, or None."""
    statement = select(VoucherStop).where(
        VoucherStop.voucher_id == voucher_id, VoucherStop.ended_at.is_(None), VoucherStop.kind == "death"
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def dead_households(session: Session, household_ids: Collection[int]) -> set[int]:
    """Return which households have a voucher the stop of which waits for the heirs of their holder."""
    wanted = (
        select(Voucher.household_id)
        .join(VoucherStop, VoucherStop.voucher_id == Voucher.id)
        .where(Voucher.household_id.in_(household_ids))
        .where(VoucherStop.kind == "death", VoucherStop.ended_at.is_(None))
    )
    return set(session.scalars(wanted)) if household_ids else set()


def frozen_fen(stops: Collection[VoucherStop]) -> int:
    """Return how much courts froze of a voucher by sums, in fen, of the stops that stand on it."""
    return sum(stop.sum_fen or 0 for stop in stops)


def has_frozen_sum(session: Session, voucher_ids: Collection[int]) -> bool:
    """Tell whether a court froze a sum of one of the vouchers."""
    statement = select(VoucherStop.id).where(
        VoucherStop.voucher_id.in_(voucher_ids),
        VoucherStop.ended_at.is_(None),
        VoucherStop.sum_fen.is_not(None),
    )
    return session.scalars(statement.limit(1)).first() is not None


def get_stop(session: Session, *, actor: Actor, ref: str) -> VoucherStop:
    """Return a stop, as it is now: of the household that acts, or for staff of their district.

    Raises NotFound.
    """
    statement = (
        select(VoucherStop)
        .join(Voucher, Voucher.id == VoucherStop.voucher_id)
        .where(VoucherStop.ref == ref, VoucherStop.district_id == actor.district)
        .options(_WHOLE)
    )
    if actor.role == Role.HOUSEHOLD:
        statement = statement.where(Voucher.household_id == actor.household)
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("stop_gone")
    return found


def list_of_voucher(session: Session, *, voucher_id: int) -> Sequence[VoucherStop]:
    """Return every stop that a voucher ever had, the newest first."""
    statement = select(VoucherStop).where(VoucherStop.voucher_id == voucher_id)
    return session.scalars(statement.order_by(VoucherStop.id.desc())).all()


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[VoucherStop]:
    """Return the losses that a clerk reported for a household in one visit, the oldest first."""
    statement = select(VoucherStop).where(VoucherStop.visit_id == visit_id).options(_WHOLE)
    return session.scalars(statement.order_by(VoucherStop.id)).all()


def count_stops(
    session: Session, *, actor: Actor, kind: str = "", ended: bool = False, waiting: bool = False
) -> int:
    """Return how many stops ``list_stops`` would list without a limit; ``waiting``: for a checker."""
    statement = select(func.count(VoucherStop.id)).where(*_in(actor, kind, ended=ended))
    if waiting:
        statement = statement.where(VoucherStop.wish.is_not(None))
    return session.scalars(statement).one()


def list_stops(
    session: Session, *, actor: Actor, kind: str = "", ended: bool = False, offset: int = 0, limit: int = 20
) -> Sequence[VoucherStop]:
    """Return stops of the actor's district that stand, or that ended, of one kind or any.

    Those that wait for a checker are in front, then the day that comes next; ended ones the newest first.
    """
    statement = select(VoucherStop).where(*_in(actor, kind, ended=ended)).options(_WHOLE)
    if ended:
        statement = statement.order_by(VoucherStop.id.desc())
    else:
        statement = statement.order_by(
            _WAITS_FIRST, VoucherStop.until_on.nulls_last(), VoucherStop.began_at, VoucherStop.id
        )
    return session.scalars(statement.offset(offset).limit(limit)).all()


def due(moment: datetime) -> ColumnElement[bool]:
    """Tell of a stop that ends by itself: nobody confirmed it by a moment, or the court's day passed."""
    return VoucherStop.ended_at.is_(None) & or_(
        VoucherStop.confirmed_at.is_(None) & (VoucherStop.confirm_by <= moment),
        VoucherStop.until_on < clock.legal_day(moment),
    )


def owner_of(stop: VoucherStop) -> Owner:
    """Return what the documents say a stop is."""
    return Owner("voucher_stop", stop.id)


def _in(actor: Actor, kind: str, *, ended: bool) -> list[ColumnElement[bool]]:
    stands = VoucherStop.ended_at.is_not(None) if ended else VoucherStop.ended_at.is_(None)
    wanted = [VoucherStop.district_id == actor.district, stands]
    return [*wanted, VoucherStop.kind == kind] if kind else wanted
