"""The only writer of what the bank paid of endings, what it sent back, and accounts that were wrong."""

from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided
from app.approvals.models import ApprovalRequest
from app.approvals.queries import find_latest, mark_of
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, stated
from app.ledger import bank
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.vouchers import ending_payees, telling
from app.vouchers import ending_states as states
from app.vouchers.ending_interest import bear, give_back
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import Action
from app.vouchers.endings import END, note, take
from app.vouchers.events import ending_answered

_PAID: Final = "ending.paid"
_RETURNED: Final = "ending.returned"


def owner_of(ending: VoucherEnding) -> str:
    """Return what the bank's payments say an ending is."""
    return f"ending:{ending.id}"


def pay(
    session: Session,
    *,
    actor: Actor,
    ending_ref: str,
    bank_reference: str,
    paid_on: date,
    seen: str | None = None,
) -> VoucherEnding:
    """Note as an officer that the bank paid an approved sum, with the bank's reference and day.

    What it paid is the sum with its interest up to that day, or up to the one on which a list told it to pay:
    the bank carries an order out when it likes, and its sum is the order's. A payment that was made is noted
    although a stop stands: the money is gone, and the pages tell that a person has to look.

    ``seen`` is the mark of the approval that the page showed; None asks nothing. Raises NotFound, Conflict,
    also when another account was approved since it was seen, DomainError at ``paid_on`` for a day before it
    was approved or to come, at ``bank_reference`` without one, or for one of any payment of the district.
    """
    ending, _ = take(session, actor, ending_ref)
    after = states.after(actor.role, ending.kind, ending.state, Action.PAY)
    reference = bank.tidy_reference(bank_reference, field="bank_reference")
    approved = find_latest(session, actor=actor, kind=END, subject_id=ending.id)
    if approved is None or approved.decided_at is None:
        raise LookupError(f"ending {ending.ref} is approved by nobody")
    if not _is_seen(approved, seen):
        raise Conflict("payee_changed")
    if not clock.legal_day(approved.decided_at) <= paid_on <= clock.today():
        raise DomainError("paid_on_bad", "paid_on")
    times = bank.count_payments(session, district_id=ending.district_id, owner=owner_of(ending))
    bear(session, ending, paid_on, times=times)
    transfer_id = _move(session, ending, _PAID, times)
    bank.note_payment(
        session,
        actor=actor,
        owner=owner_of(ending),
        transfer_id=transfer_id,
        reference=reference,
        paid_on=paid_on,
        field="bank_reference",
    )
    ending.state, ending.bank_reference = after, reference
    ending.paid_on, ending.paid_at, ending.paid_by_id = paid_on, clock.now(), actor.user_id
    session.flush()
    _note(session, actor, ending, Action.PAY, times)
    ending_answered.publish(session, ending_id=ending.id, by_id=actor.user_id or 0)
    return ending


def note_returned(
    session: Session, *, actor: Actor, ending_ref: str, reference: str, returned_on: date, reason: str
) -> VoucherEnding:
    """Note as an officer that the bank sent a payout back: what was promised stands again.

    It is paid anew to the account that the household brings, by two people as before. Raises NotFound,
    Conflict when it is not paid, DomainError as ``bank.note_return``.
    """
    ending, _ = take(session, actor, ending_ref)
    after = states.after(actor.role, ending.kind, ending.state, Action.RETURN)
    payment = bank.find_standing(session, district_id=ending.district_id, owner=owner_of(ending))
    if payment is None:
        raise LookupError(f"ending {ending.ref} is paid without a payment")
    times = bank.count_payments(session, district_id=ending.district_id, owner=owner_of(ending))
    bank.note_return(
        session,
        actor=actor,
        payment=payment,
        reference=reference,
        returned_on=returned_on,
        reason=reason,
        transfer_id=_move(session, ending, _RETURNED, times - 1),
    )
    give_back(session, ending, times=times - 1)
    ending.state, ending.reason, ending.ordered_on = after, reason.strip(), None
    ending.bank_reference = ending.paid_on = ending.paid_at = ending.paid_by_id = None
    _forget_account(session, ending)
    _note(session, actor, ending, Action.RETURN, times)
    return ending


def recall(
    session: Session, *, actor: Actor, ending_ref: str, reason: str, seen: str | None = None
) -> VoucherEnding:
    """Say as a checker that an approved sum must not be paid to its account, which is wrong.

    Only while the bank has not paid it. The household brings another one. ``seen`` as in ``pay``. Raises
    NotFound, Conflict, AlreadyDecided when another account was approved since it was seen, DomainError at
    ``reason`` without one.
    """
    ending, _ = take(session, actor, ending_ref)
    ending.state = states.after(actor.role, ending.kind, ending.state, Action.RECALL)
    ending.reason, ending.ordered_on = stated(reason), None
    approved = find_latest(session, actor=actor, kind=END, subject_id=ending.id)
    if not _is_seen(approved, seen):
        raise AlreadyDecided
    _forget_account(session, ending)
    _note(session, actor, ending, Action.RECALL, approved.id if approved else 0)
    ending_answered.publish(session, ending_id=ending.id, by_id=actor.user_id or 0)
    return ending


def _is_seen(approved: ApprovalRequest | None, seen: str | None) -> bool:
    return seen is None or seen == mark_of(approved)


def _forget_account(session: Session, ending: VoucherEnding) -> None:
    ending_payees.forget(ending)
    session.flush()


def _move(session: Session, ending: VoucherEnding, code: str, times: int) -> int:
    """Move the sum to the bank, or back; ``times`` it was paid before. Return the transfer's id."""
    payable, at_bank = ledger.control_accounts(
        session, district_id=ending.district_id, kinds=(AccountKind.HOUSEHOLD_PAYABLE, AccountKind.BANK)
    )
    debit_id, credit_id = (payable, at_bank) if code == _PAID else (at_bank, payable)
    return ledger.transfer(
        session,
        district_id=ending.district_id,
        debit_id=debit_id,
        credit_id=credit_id,
        amount_fen=ending.sent_fen,
        code=code,
        key=f"{code}:{ending.id}" + (f":{times}" if times else ""),
    )


def _note(session: Session, actor: Actor, ending: VoucherEnding, action: Action, times: int) -> None:
    note(session, actor, ending, action)
    telling.tell_ending(session, ending, action, times=times)
