"""The only writer of refunds: prepared by one person, approved by a second, paid by the bank.

Each step locks the top-up first, so two of them never count the same money; the ledger's guarded account and
the CHECK on the match refuse it too.
"""

from datetime import date

from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.ledger import bank
from app.payments import matching, money, queries
from app.payments import refund_queries as found
from app.payments.account_rules import payee_number
from app.payments.models import LineMatch, TopUp
from app.payments.money import Code
from app.payments.refund_models import Refund


def prepare(
    session: Session,
    *,
    actor: Actor,
    top_up_ref: str,
    line_ref: str,
    amount_fen: int,
    payee_account: str = "",
) -> Refund:
    """Prepare to give a sum (fen) of a matched line back to who paid it in; the ledger holds it from now on.

    ``payee_account`` is asked for only where the statement did not say in full where the money came from, or
    where the bank sent back what was paid there.
    Raises Forbidden for anybody but an officer, NotFound, DomainError at ``amount`` above what is to be given
    back or above what the line brought, at ``payee_account`` when nobody knows it, or it is not the one of
    which the statement shows some digits.
    """
    actor.demand(Role.OFFICER)
    known = found.get_top_up(session, actor=actor, ref=top_up_ref)
    top_up = locks.lock(session, TopUp, known.id)
    match = _match(session, top_up, line_ref)
    most_fen = min(queries.surplus_of(session, top_up), match.amount_fen - match.refunded_fen)
    if not 0 < amount_fen <= most_fen:
        raise DomainError("refund_above", "amount", most_fen=most_fen)
    ref = new_ref("TK")
    refund = Refund(
        district_id=top_up.district_id,
        ref=ref,
        top_up_id=top_up.id,
        match_id=match.id,
        amount_fen=amount_fen,
        payee_name=match.line.payer_name,
        payee_account=_payee(session, match, payee_account),
        state="prepared",
        hold_id=money.promise(session, top_up, Code.REFUND, amount_fen=amount_fen, key=ref),
        prepared_by_id=actor.user_id,
        prepared_at=clock.now(),
    )
    match.refunded_fen += amount_fen
    session.add(refund)
    session.flush()
    _note(session, actor, "prepare", refund)
    return refund


def _match(session: Session, top_up: TopUp, line_ref: str) -> LineMatch:
    """Return the matched line that a refund gives back, as it is under the lock. Raises NotFound."""
    for match in found.list_refundable(session, top_up=top_up):
        if match.line.ref == line_ref:
            session.refresh(match)
            return match
    raise NotFound("statement_line_gone", "line")


def _payee(session: Session, match: LineMatch, typed: str) -> str:
    """Return the account a line is given back to: where it came from, unless the bank sent that back."""
    told = "" if found.came_back(session, match=match) else match.line.payer_account
    return payee_number(told, typed)


def approve(session: Session, *, actor: Actor, ref: str) -> Refund:
    """Approve a refund as a second person. Raises Forbidden for the same one, NotFound, Conflict."""
    actor.demand(Role.CHECKER)
    refund = _take(session, actor, ref, "prepared")
    if refund.prepared_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    refund.state, refund.approved_by_id, refund.approved_at = "approved", actor.user_id, clock.now()
    session.flush()
    _note(session, actor, "approve", refund)
    return refund


def pay(session: Session, *, actor: Actor, ref: str, bank_ref: str, paid_on: date) -> Refund:
    """Note that the bank paid an approved refund, by its reference; the promise is kept.

    Raises Forbidden for anybody but an officer, NotFound, Conflict when it is not approved, DomainError at
    ``bank_ref`` without one or for one in use, at ``paid_on`` for a day that has not come, or before it was
    approved.
    """
    actor.demand(Role.OFFICER)
    refund = _take(session, actor, ref, "approved")
    reference = bank.tidy_reference(bank_ref, field="bank_ref")
    if paid_on > clock.today():
        raise DomainError("paid_day_ahead", "paid_on")
    if refund.approved_at is None or paid_on < clock.legal_day(refund.approved_at):
        raise DomainError("paid_day_early", "paid_on")
    bank.note_payment(
        session,
        actor=actor,
        owner=owner_of(refund),
        transfer_id=money.end_promise(session, transfer_id=refund.hold_id, paid=True),
        reference=reference,
        paid_on=paid_on,
        field="bank_ref",
    )
    refund.state, refund.bank_ref, refund.paid_on = "paid", reference, paid_on
    refund.paid_by_id, refund.paid_at = actor.user_id, clock.now()
    session.flush()
    _note(session, actor, "pay", refund)
    return refund


def note_returned(
    session: Session, *, actor: Actor, ref: str, reference: str, returned_on: date, reason: str
) -> Refund:
    """Note as an officer that the bank sent a refund back: its sum is to be given back anew.

    ``reference`` is the serial under which it came back; an open line with it, and its day or sum, is set
    aside, for it is no top-up. Raises Forbidden, NotFound, Conflict when it is not paid, DomainError at
    ``reference`` when that line is matched, or the refund's own, and as ``bank.note_return``.
    """
    actor.demand(Role.OFFICER)
    refund = _take(session, actor, ref, "paid")
    payment = bank.find_standing(session, district_id=refund.district_id, owner=owner_of(refund))
    if payment is None:
        raise LookupError(f"refund {ref} is paid without a payment")
    bank.note_return(
        session,
        actor=actor,
        payment=payment,
        reference=reference,
        returned_on=returned_on,
        reason=reason,
        transfer_id=money.enter(
            session,
            session.get_one(TopUp, refund.top_up_id),
            Code.COME_BACK,
            amount_fen=refund.amount_fen,
            key=str(refund.id),
        ),
    )
    match = session.get_one(LineMatch, refund.match_id, populate_existing=True)
    if match.line.serial == payment.returned_reference:  # copied off the line of which it gave back
        raise DomainError("return_is_matched", "reference")
    match.refunded_fen -= refund.amount_fen
    refund.state = "returned"
    session.flush()
    matching.set_return_aside(session, actor=actor, payment=payment, refund_ref=refund.ref)
    _note(session, actor, "return", refund)
    return refund


def owner_of(refund: Refund) -> str:
    """Return what the bank's payments say a refund is."""
    return f"refund:{refund.id}"


def reject(session: Session, *, actor: Actor, ref: str, reason: str) -> Refund:
    """Give a refund up that is not paid, with a reason: its money is to be given back again.

    Once it is approved the bank may have paid: then only a checker who did not prepare it may. Raises
    Forbidden, NotFound, Conflict when it is paid or given up, DomainError at ``reason`` without one.
    """
    actor.demand(Role.OFFICER, Role.CHECKER)
    reason = stated(reason)
    refund = _take(session, actor, ref, "prepared", "approved")
    if not may_reject(refund, actor):
        raise Forbidden("refund_approved")
    match = session.get_one(LineMatch, refund.match_id, populate_existing=True)
    match.refunded_fen -= refund.amount_fen
    refund.state, refund.reason = "rejected", reason
    refund.rejected_by_id, refund.rejected_at = actor.user_id, clock.now()
    session.flush()
    money.end_promise(session, transfer_id=refund.hold_id, paid=False)
    _note(session, actor, "reject", refund)
    return refund


def may_reject(refund: Refund, actor: Actor) -> bool:
    """Tell whether somebody may give a refund up."""
    if refund.state == "approved":
        return actor.role is Role.CHECKER and actor.user_id != refund.prepared_by_id
    return refund.state == "prepared" and actor.role in {Role.OFFICER, Role.CHECKER}


def _take(session: Session, actor: Actor, ref: str, *states: str) -> Refund:
    """Return a refund in one of these states, its top-up locked."""
    refund = found.get_refund(session, actor=actor, ref=ref)
    locks.lock(session, TopUp, refund.top_up_id)
    session.refresh(refund)
    if refund.state not in states:
        raise Conflict("refund_moved")
    return refund


def _note(session: Session, actor: Actor, verb: str, refund: Refund) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"refund.{verb}",
        object_type="refund",
        object_id=refund.id,
        top_up_id=refund.top_up_id,
        amount_fen=refund.amount_fen,
    )
