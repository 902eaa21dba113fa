"""Stopping vouchers (止付): one person stops at once, and where it takes two, a second one confirms.

What was locked before a stop goes on; nothing new is promised while one stands. ``stop_ends`` ends them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, stated
from app.documents import service as documents
from app.documents.rules import Upload
from app.ledger import service as ledger
from app.ledger.errors import InsufficientBalance
from app.ledger.rules import AccountKind
from app.projects import helping_acts, persons
from app.projects.models import CounterVisit
from app.vouchers import paper, telling
from app.vouchers import stop_queries as queries
from app.vouchers.models import Voucher
from app.vouchers.queries import get_voucher
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import (
    CONFIRM_WORKING_DAYS,
    CONFIRMED,
    FREEZE,
    SHOWN_ON_PAPER,
    Channel,
    CourtOrder,
    Kind,
    Wish,
)

STOP: Final = "voucher.stop"
"""Kind of the approval: an officer asks, a checker decides."""
_PAYLOAD_SCHEMA: Final = 1


def report_loss(session: Session, *, actor: Actor, voucher_ref: str, reason: str) -> VoucherStop:
    """Report the paper of the acting household's own voucher lost; its QR code dies at once.

    What a clerk reports for whoever stands at the counter belongs to that visit.

    Raises NotFound for somebody else's, Conflict for one that is not issued or lost already, DomainError at
    ``reason`` without.
    """
    helping_acts.demand_agreed(actor=actor)
    actor.demand(Role.HOUSEHOLD)
    voucher = _take_voucher(session, actor, voucher_ref)
    came = session.get(CounterVisit, actor.visit_id) if actor.visit_id is not None else None
    channel, caller = (Channel.PAGE, None) if came is None else (Channel.COUNTER, came.person.name)
    return _lose(session, actor, voucher, channel, caller, stated(reason))


def note_loss(
    session: Session, *, actor: Actor, voucher_ref: str, channel: Channel, last_six: str, reason: str
) -> VoucherStop:
    """Note as an officer that somebody of the household called or came, and lost the paper.

    ``last_six``: the end of their ID number, which has to be one of the household's. Raises as
    ``report_loss``, Forbidden, DomainError at ``last_six``.
    """
    actor.demand(Role.OFFICER)
    voucher = _take_voucher(session, actor, voucher_ref)
    caller = identify(session, voucher, last_six, refusal="stop_caller_unknown")
    return _lose(session, actor, voucher, channel, caller, stated(reason))


def suspend(session: Session, *, actor: Actor, voucher_ref: str, reason: str) -> VoucherStop:
    """Suspend a voucher as an officer, at once; unless a checker confirms it in time it falls away.

    Raises Forbidden, NotFound, Conflict, DomainError at ``reason``.
    """
    actor.demand(Role.OFFICER)
    why = stated(reason)
    voucher = _take_voucher(session, actor, voucher_ref)
    confirm_by = clock.end_of_day(clock.add_working_days(clock.today(), CONFIRM_WORKING_DAYS))
    return _begin(session, actor, voucher, Kind.SUSPENDED, why, confirm_by=confirm_by)


def freeze(
    session: Session,
    *,
    actor: Actor,
    voucher_ref: str,
    order: CourtOrder,
    reason: str,
    papers: Sequence[Upload],
) -> VoucherStop:
    """Note a court's freeze as an officer: the whole voucher, or a sum that the ledger holds from now on.

    It stands at once, and a checker compares it with the court's paper. Raises Forbidden, NotFound, Conflict,
    DomainError at ``paper_1`` without the court's paper, at ``court``, ``document``, ``decided_on``,
    ``until_on`` or ``sum`` for what cannot be.
    """
    actor.demand(Role.OFFICER)
    _check_order(order)
    voucher = _take_voucher(session, actor, voucher_ref)
    ref = ids.new_ref("TF")
    transfer_id = _hold(session, voucher, ref, order.sum_fen) if order.sum_fen is not None else None
    return _begin(
        session,
        actor,
        voucher,
        Kind.COURT,
        stated(reason),
        papers=papers,
        ref=ref,
        court=order.court.strip(),
        document=order.document.strip(),
        decided_on=order.decided_on,
        until_on=order.until_on,
        sum_fen=order.sum_fen,
        transfer_id=transfer_id,
    )


def note_death(
    session: Session, *, actor: Actor, voucher_ref: str, died_on: date, reason: str, papers: Sequence[Upload]
) -> VoucherStop:
    """Note as an officer that the holder died: the voucher waits for the heirs.

    Raises Forbidden, NotFound, Conflict, DomainError at ``died_on`` for a day to come, ``paper_1`` without a
    certificate.
    """
    actor.demand(Role.OFFICER)
    if died_on > clock.today():
        raise DomainError("stop_day_to_come", "died_on")
    voucher = _take_voucher(session, actor, voucher_ref)
    return _begin(session, actor, voucher, Kind.DEATH, stated(reason), papers=papers, died_on=died_on)


def _lose(
    session: Session, actor: Actor, voucher: Voucher, channel: Channel, caller: str | None, reason: str
) -> VoucherStop:
    stop = _begin(session, actor, voucher, Kind.LOSS, reason, channel=channel, caller=caller)
    paper.void(session, actor=actor, voucher=voucher, reason="lost")
    return stop


def _begin(
    session: Session,
    actor: Actor,
    voucher: Voucher,
    kind: Kind,
    reason: str,
    *,
    papers: Sequence[Upload] = (),
    ref: str | None = None,
    **told: Any,
) -> VoucherStop:
    """Write a stop down: it stands from now on. Raises Conflict("stop_stands") for a second of its kind."""
    stop = VoucherStop(
        district_id=voucher.district_id,
        ref=ref or ids.new_ref("TF"),
        voucher_id=voucher.id,
        kind=kind,
        began_at=clock.now(),
        began_by_id=actor.user_id,
        visit_id=actor.visit_id,
        reason=reason,
        **told,
    )
    demand_papers(stop, papers)
    with unless_taken(session, "uq_voucher_stops_live", Conflict("stop_stands")):
        session.add(stop)
    keep(session, actor, stop, papers)
    mark(session, voucher)
    note(session, actor, stop, "begin")
    telling.tell_stopped(session, voucher, stop)
    return ask(session, actor, stop, Wish.CONFIRM, **_asked(stop)) if kind in CONFIRMED else stop


def _asked(stop: VoucherStop) -> dict[str, Any]:
    """Return what a checker compares with a court's paper."""
    if stop.until_on is None:
        return {}
    until_on = stop.until_on.isoformat()
    return {"court": stop.court, "document": stop.document, "until_on": until_on, "sum_fen": stop.sum_fen}


def mark(session: Session, voucher: Voucher) -> None:
    """Let a voucher say whether a stop holds the whole of it; the caller has its lock."""
    stops = queries.live_of(session, [voucher.id]).get(voucher.id, [])
    voucher.is_stopped = any(stop.is_whole for stop in stops)
    session.flush()


def _hold(session: Session, voucher: Voucher, ref: str, sum_fen: int) -> int:
    (issue,) = ledger.control_accounts(session, district_id=voucher.district_id, kinds=(AccountKind.ISSUE,))
    try:
        return ledger.hold(
            session,
            district_id=voucher.district_id,
            debit_id=voucher.account_id or 0,
            credit_id=issue,
            amount_fen=sum_fen,
            code=FREEZE,
            key=f"{FREEZE}:{ref}",
        )
    except InsufficientBalance as error:
        raise DomainError("stop_sum_over", "sum") from error


def _check_order(order: CourtOrder) -> None:
    if not order.court.strip():
        raise DomainError("court_missing", "court")
    if not order.document.strip():
        raise DomainError("court_document_missing", "document")
    if order.decided_on > clock.today():
        raise DomainError("stop_day_to_come", "decided_on")
    if order.until_on < clock.today():
        raise DomainError("court_until_early", "until_on")
    if order.sum_fen is not None and order.sum_fen <= 0:
        raise DomainError("stop_sum_over", "sum")


def identify(session: Session, voucher: Voucher, last_six: str, *, refusal: str) -> str:
    """Return the name of the adult of the household whose ID number ends so. Raises DomainError(refusal)."""
    found = persons.find_adult_by_last_six(session, household_id=voucher.household_id, last=last_six)
    if found is None:
        raise DomainError(refusal, "last_six")
    return found.name


def _take_voucher(session: Session, actor: Actor, ref: str) -> Voucher:
    voucher = locks.lock(session, Voucher, get_voucher(session, actor=actor, ref=ref).id)
    if voucher.state != "issued":
        raise Conflict("voucher_moved" if voucher.state == "moved" else "voucher_not_issued")
    return voucher


def ask(session: Session, actor: Actor, stop: VoucherStop, wish: Wish, **said: Any) -> VoucherStop:
    """Ask a checker to decide about a stop. Raises Conflict("stop_waits") while another decision waits."""
    if stop.wish is not None:
        raise Conflict("stop_waits")
    stop.wish = wish
    session.flush()
    payload = {"schema": _PAYLOAD_SCHEMA, "wish": wish, "voucher_id": stop.voucher_id, **said}
    approvals.request(session, actor=actor, kind=STOP, subject_id=stop.id, payload=payload)
    note(session, actor, stop, f"ask_{wish}")
    return stop


def demand_papers(stop: VoucherStop, papers: Sequence[Upload]) -> None:
    """Have a paper where the kind of stop stands on one. Raises DomainError at ``paper_1``."""
    if stop.kind in SHOWN_ON_PAPER and not papers:
        raise DomainError("stop_paper_missing", "paper_1")


def keep(session: Session, actor: Actor, stop: VoucherStop, papers: Sequence[Upload]) -> None:
    """Keep the scans that came with a step. Raises DomainError at ``paper_1``."""
    for one in papers:
        documents.keep_paper(session, actor=actor, owner=queries.owner_of(stop), paper=one, field="paper_1")


def note(session: Session, actor: Actor, stop: VoucherStop, action: str) -> None:
    """Put a step of a stop on record."""
    audit.record(
        session,
        actor=actor,
        action=f"stop.{action}",
        object_type="voucher_stop",
        object_id=stop.id,
        voucher_id=stop.voucher_id,
        kind=stop.kind,
        sum_fen=stop.sum_fen or 0,
    )
