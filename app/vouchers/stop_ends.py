"""Freeing vouchers that are stopped: an officer asks, a checker decides, and some stops end by their day."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.queries import find_latest
from app.core import clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.apart import Due
from app.core.errors import Conflict, DomainError, stated
from app.documents.rules import Upload
from app.ledger import service as ledger
from app.vouchers import stop_queries as queries
from app.vouchers import telling
from app.vouchers.models import Voucher
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import End, Kind, Wish
from app.vouchers.stops import STOP, ask, demand_papers, identify, keep, mark, note


def ask_lift(
    session: Session,
    *,
    actor: Actor,
    stop_ref: str,
    reason: str,
    last_six: str = "",
    papers: Sequence[Upload] = (),
) -> VoucherStop:
    """Ask a checker, as an officer, to free the voucher of a stop; until then it stands.

    ``last_six`` for a loss: of the person at the counter. Raises Forbidden, NotFound, Conflict when it ended
    or another decision waits, or heirs are about to get the voucher, DomainError at ``reason``, ``last_six``
    or ``paper_1``.
    """
    actor.demand(Role.OFFICER)
    why = stated(reason)
    stop, voucher = _take(session, actor, stop_ref)
    if stop.kind == Kind.DEATH and voucher.is_moving:
        raise Conflict("stop_inheriting")
    seen = None
    if stop.kind == Kind.LOSS:
        seen = identify(session, voucher, last_six, refusal="stop_finder_unknown")
    demand_papers(stop, papers)
    keep(session, actor, stop, papers)
    return ask(session, actor, stop, Wish.LIFT, reason=why, **({"seen": seen} if seen else {}))


def ask_renewal(
    session: Session, *, actor: Actor, stop_ref: str, document: str, until_on: date, papers: Sequence[Upload]
) -> VoucherStop:
    """Ask a checker, as an officer, to prolong a court's freeze as its newer paper says.

    Raises as ``ask_lift``; DomainError at ``document`` or ``until_on`` for a day that is no later.
    """
    actor.demand(Role.OFFICER)
    stop, _ = _take(session, actor, stop_ref)
    if stop.until_on is None:
        raise Conflict("stop_not_court")
    if not document.strip():
        raise DomainError("court_document_missing", "document")
    if until_on <= stop.until_on:
        raise DomainError("court_until_early", "until_on")
    demand_papers(stop, papers)
    keep(session, actor, stop, papers)
    return ask(session, actor, stop, Wish.RENEW, document=document.strip(), until_on=until_on.isoformat())


def approve(session: Session, *, actor: Actor, stop_ref: str, seen: str | None = None) -> VoucherStop:
    """Decide as a checker what an officer asked: a stop is confirmed, prolonged, or the voucher is free.

    ``seen`` as in ``approvals.decide``. Raises Forbidden, NotFound, Conflict when nothing waits or it fell
    away, SamePerson for whoever asked.
    """
    actor.demand(Role.CHECKER)
    stop, voucher = _take(session, actor, stop_ref)
    asked = find_latest(session, actor=actor, kind=STOP, subject_id=stop.id)
    wish = _waiting(stop)
    if asked is None or asked.payload["wish"] != wish:
        raise LookupError(f"stop {stop.ref} waits for a decision that nobody asked for")
    stop.wish = None
    if wish is Wish.LIFT:
        _end(session, actor, stop, voucher, End.LIFTED, asked.payload["reason"])
    elif wish is Wish.RENEW:
        stop.document = asked.payload["document"]
        stop.until_on = date.fromisoformat(asked.payload["until_on"])
    else:
        stop.confirmed_at = clock.now()
    session.flush()
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the rest.
    approvals.decide(session, actor=actor, kind=STOP, subject_id=stop.id, approve=True, seen=seen)
    note(session, actor, stop, f"approve_{wish}")
    return stop


def send_back(
    session: Session, *, actor: Actor, stop_ref: str, reason: str, seen: str | None = None
) -> VoucherStop:
    """Refuse as a checker what was asked: what is not confirmed ends, what was to be freed stays stopped.

    Raises as ``approve``, DomainError at ``reason`` without.
    """
    actor.demand(Role.CHECKER)
    why = stated(reason)
    stop, voucher = _take(session, actor, stop_ref)
    wish, stop.wish = _waiting(stop), None
    if wish is Wish.CONFIRM:
        _end(session, actor, stop, voucher, End.REJECTED, why)
    session.flush()
    approvals.decide(
        session, actor=actor, kind=STOP, subject_id=stop.id, approve=False, reason=why, seen=seen
    )
    note(session, actor, stop, f"return_{wish}")
    return stop


def due(session: Session) -> list[Due[int]]:
    """Return what ``end_due`` would end."""
    wanted = select(VoucherStop.id, VoucherStop.district_id, VoucherStop.ref)
    found = session.execute(wanted.where(queries.due(clock.now())).order_by(VoucherStop.id))
    return [Due(*one) for one in found]


def end_due(session: Session, *, limit: int = 100, only: int | None = None) -> int:
    """End what nobody confirmed in time, and what a court froze until a day that passed; return how many.

    ``only`` ends one, where it is due.
    """
    due = select(VoucherStop).where(queries.due(clock.now())).order_by(VoucherStop.id).limit(limit)
    if only is not None:
        due = due.where(VoucherStop.id == only)
    found = session.scalars(due).all()
    vouchers = locks.lock_all(session, Voucher, [stop.voucher_id for stop in found])
    by_id = {voucher.id: voucher for voucher in vouchers}
    # Only now: whatever happened while this waited for the locks counts.
    again = due.where(VoucherStop.id.in_([stop.id for stop in found]))
    stops = session.scalars(again, execution_options={"populate_existing": True}).all()
    accounts = [by_id[stop.voucher_id].account_id for stop in stops if stop.transfer_id is not None]
    if len(set(accounts)) > 1:
        ledger.lock_accounts(session, [one for one in accounts if one is not None])
    approvals.lapse(session, kind=STOP, subject_ids=[stop.id for stop in stops])
    for stop in stops:
        stop.wish = None
        how = End.FELL if stop.kind == Kind.SUSPENDED else End.OVER
        _end(session, system_actor(stop.district_id), stop, by_id[stop.voucher_id], how, None)
    return len(stops)


def end_inherited(session: Session, *, actor: Actor, voucher: Voucher, move_id: int) -> None:
    """End the stop for a holder's death, whose voucher is locked and goes to the heirs by a move.

    Raises Conflict("stop_ended") when it does not stand, or "stop_waits" while it may be lifted.
    """
    stop = queries.find_death(session, voucher_id=voucher.id)
    if stop is None:
        raise Conflict("stop_ended")
    if stop.wish is not None:
        raise Conflict("stop_waits")
    stop.ended_at, stop.ended_how, stop.move_id = clock.now(), End.INHERITED, move_id
    session.flush()
    mark(session, voucher)
    note(session, actor, stop, End.INHERITED)


def _end(
    session: Session, actor: Actor, stop: VoucherStop, voucher: Voucher, how: End, why: str | None
) -> None:
    """End a stop, whose voucher is locked; a frozen sum is free again."""
    stop.ended_at, stop.ended_how, stop.ended_why = clock.now(), how, why
    if stop.transfer_id is not None:
        ledger.void(session, transfer_id=stop.transfer_id, key=f"stop.end:{stop.transfer_id}")
    session.flush()
    mark(session, voucher)
    note(session, actor, stop, how)
    telling.tell_freed(session, voucher, stop)


def _take(session: Session, actor: Actor, ref: str) -> tuple[VoucherStop, Voucher]:
    """Return a stop that stands and its voucher, as they are under the voucher's lock."""
    voucher = locks.lock(session, Voucher, queries.get_stop(session, actor=actor, ref=ref).voucher_id)
    stop = queries.get_stop(session, actor=actor, ref=ref)
    if stop.ended_at is not None:
        raise Conflict("stop_ended")
    return stop, voucher


def _waiting(stop: VoucherStop) -> Wish:
    if stop.wish is None:
        raise Conflict("stop_decided")
    if stop.wish == Wish.CONFIRM and stop.confirm_by is not None and clock.now() >= stop.confirm_by:
        raise Conflict("stop_ended")
    return Wish(stop.wish)
