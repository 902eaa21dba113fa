"""The only writer of bonus in cash: owed with the write-off, paid by two people, taken back if undone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided, SamePerson
from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.apart import Due
from app.core.errors import Conflict, DomainError, NotFound, stated
from app.core.ids import new_ref
from app.ledger import bank
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.redemptions import beyond, cash_payees, cash_queries, later, paid_after
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import Action, State, after
from app.redemptions.cash_telling import tell_step
from app.redemptions.change_models import ChangePart
from app.redemptions.events import cash_bonus_answered
from app.redemptions.models import Redemption
from app.redemptions.verifiable import Part
from app.vouchers.endings import Payee
from app.vouchers.estate_papers import Estate
from app.vouchers.models import Voucher

_PAID: Final = "cash_bonus.paid"
_RETURNED: Final = "cash_bonus.returned"
_BACK: Final = "cash_bonus.back"
"""Codes of the transfers: to the bank, from it again, and back to the district's bonus."""
_INTEREST: Final = "cash_bonus.interest"
_INTEREST_BACK: Final = "cash_bonus.interest_back"
"""Codes of the interest that a payment bears, and of the same when it came back."""
_LATER: Final = "cash_bonus.later"
_LATER_BACK: Final = "cash_bonus.later_back"
"""Codes of what a payment is less by its day, or the event's, and of the same when it came back."""
_TOLD_FIRST: Final[dict[str, str]] = {State.TAKEN_BACK: "lose", State.WAITING: "wait", State.OWED: "owe"}
"""What a household is told with the write-off."""
_TO_DISTRICT: Final = (AccountKind.HOUSEHOLD_PAYABLE, AccountKind.BONUS)
_TO_HOUSEHOLD: Final = (AccountKind.BONUS, AccountKind.HOUSEHOLD_PAYABLE)


def owner_of(bonus: CashBonus) -> str:
    """Return what the bank's payments say a bonus in cash is."""
    return f"cash_bonus:{bonus.id}"


def owe(session: Session, redemption: Redemption, parts: Sequence[Part], frozen: Mapping[str, Any]) -> None:
    """Note what households are owed in cash for a purchase that is written off: its promises are kept.

    ``frozen`` is its quote as it is stored: by it interest may run on. Where nothing was promised and the
    interest comes to nothing either, by rounding, nothing is owed.
    """
    runs = beyond.runs_of(session, redemption, parts, frozen)
    waiting = paid_after.waiting_of(frozen)
    decides = later.deciding(session, redemption, parts, frozen)
    owed = [
        CashBonus(
            district_id=redemption.district_id,
            ref=new_ref("JL"),
            allocation_id=part.id,
            household_id=part.household_id,
            fen=part.cash_fen,
            runs_on=part.voucher_id in runs,
            runs_to=runs[part.voucher_id].day if part.voucher_id in runs else None,
            decided_by=decides[part.voucher_id].event if part.voucher_id in decides else None,
            decided_on=decides[part.voucher_id].day if part.voucher_id in decides else None,
            state=State.WAITING if part.voucher_id in waiting else State.OWED,
            owed_at=clock.now(),
        )
        for part in parts
        if part.cash_fen or beyond.will_pay(session, part.id, runs.get(part.voucher_id))
    ]
    session.add_all(owed)
    session.flush()
    for bonus in owed:
        if _is_nothing(session, bonus):
            bonus.back_transfer_id = _move(session, bonus, _BACK, *_TO_DISTRICT, times=0)
            bonus.state = State.TAKEN_BACK
            session.flush()
        tell_step(session, bonus, _TOLD_FIRST[bonus.state])


def take_back(session: Session, *, actor: Actor, redemption: Redemption) -> None:
    """Take the bonus in cash of a written-off purchase back to the district, because it is undone.

    The caller has locked the purchase's vouchers. Raises Conflict("cash_bonus_paid_out") while the bank has
    paid one of them: the household pays it back first, which ``note_returned`` notes;
    Conflict("cash_bonus_approved_undone") while it may be paying: a checker sends it back first.
    """
    owed = [one for one in cash_queries.list_of(session, redemption) if one.state != State.TAKEN_BACK]
    if any(bonus.state == State.PAID for bonus in owed):
        raise Conflict("cash_bonus_paid_out")
    if any(bonus.state == State.APPROVED for bonus in owed):
        raise Conflict("cash_bonus_approved_undone")
    for bonus in owed:
        _end(session, actor, bonus)


def demand_open(
    session: Session,
    redemption: Redemption,
    lessened: Collection[int],
    spending_less: Collection[int],
    *,
    is_cheaper: bool,
) -> None:
    """Refuse to owe less in cash than what the bank has paid, or was told to pay.

    ``lessened`` are the vouchers of which less is owed, ``spending_less`` those that spend less, which bears
    less interest; where the home ``is_cheaper`` a later day may leave less, too. Raises
    Conflict("cash_bonus_paid_out") while the bank has paid one, Conflict("cash_bonus_approved_less") while it
    may be paying: a checker sends it back first.
    """
    for bonus in cash_queries.list_of(session, redemption):
        is_less = bonus.allocation.voucher_id in (spending_less if bonus.runs_on else lessened)
        is_less = is_less or (is_cheaper and bonus.decided_by is not None)
        if is_less and bonus.state in (State.PAID, State.APPROVED):
            raise Conflict("cash_bonus_paid_out" if bonus.state == State.PAID else "cash_bonus_approved_less")


def drop_nothing_owed(session: Session, *, actor: Actor, redemption: Redemption) -> None:
    """End the bonuses in cash of a purchase of which nothing is owed any more, since it costs less.

    Interest that runs on is owed also where nothing is left of what the lock promised, if it comes to any.
    """
    for bonus in cash_queries.list_of(session, redemption):
        if bonus.state != State.TAKEN_BACK and _is_nothing(session, bonus):
            _end(session, actor, bonus)


def too_late(session: Session) -> list[Due[int]]:
    """Return the bonuses in cash of which no day of a payment leaves anything any more.

    One that a bank may be paying is none: it may have been paid on a day that counts.
    """
    return [
        Due(bonus.id, bonus.district_id, bonus.ref)
        for bonus in cash_queries.open_until_paid(session)
        if _is_nothing(session, bonus)
    ]


def end_too_late(session: Session, *, only: int) -> None:
    """End a bonus in cash of which nothing is left, where that is still so; its household is told."""
    bonus = session.get_one(CashBonus, only)
    locks.lock_all(session, Voucher, [bonus.allocation.voucher_id])
    session.refresh(bonus)
    if bonus.state in (State.WAITING, State.OWED, State.PREPARED) and _is_nothing(session, bonus):
        _end(session, system_actor(bonus.district_id), bonus, told="lose")


def prepare(
    session: Session, *, actor: Actor, ref: str, payee: Payee, estate: Estate | None = None
) -> CashBonus:
    """Note as an officer the account that was brought, and ask a checker to compare it.

    Of a holder who died ``estate`` says by which papers one receives for all heirs. Raises NotFound,
    Conflict, Forbidden; DomainError as ``cash_payees.note``.
    """
    bonus = _take(session, actor, ref)
    act = Action.PREPARE if estate is None else Action.PREPARE_HEIR
    state = after(actor.role, bonus.state, act)
    cash_payees.note(session, actor, bonus, payee, estate)
    bonus.state = state
    return _note(session, actor, bonus, act)


def approve(session: Session, *, actor: Actor, ref: str, seen: str | None = None) -> CashBonus:
    """Approve sum and account as a checker: they wait for the bank.

    Where the payment's day decides, it is this one, unless the bank paid it before: the order says the sum.
    ``seen`` is the mark of what the page showed; None asks nothing. Raises NotFound, Conflict, AlreadyDecided
    when another account was typed or another sum is owed since, Conflict("cash_bonus_sum_changed") where a
    later day decides and leaves another sum than was shown, Forbidden, SamePerson for whoever typed it;
    Conflict("voucher_stopped") while a stop holds its voucher, Conflict("cash_bonus_nothing") where the day
    leaves nothing, Conflict("cash_bonus_heirs_since") where heirs have the voucher since.
    """
    bonus = _take(session, actor, ref)
    state = after(actor.role, bonus.state, Action.APPROVE)
    if bonus.prepared_by_id == actor.user_id:
        raise SamePerson
    moment = clock.now()
    if bonus.decided_by == "paid":  # before anything is worked out: no midnight comes between page and order
        bonus.counted_on = bonus.counted_on or clock.legal_day(moment)
    if not _is_seen(session, bonus, seen):
        raise AlreadyDecided if bonus.decided_by is None else Conflict("cash_bonus_sum_changed")
    if cash_queries.stopped_voucher(session, bonus) is not None:
        raise Conflict("voucher_stopped")
    cash_payees.demand_present(session, bonus)
    if bonus.decided_by == "paid" and _is_nothing(session, bonus):
        raise Conflict("cash_bonus_nothing")
    bonus.state, bonus.approved_by_id, bonus.approved_at = state, actor.user_id, moment
    return _note(session, actor, bonus, Action.APPROVE)


def send_back(session: Session, *, actor: Actor, ref: str, reason: str, seen: str | None = None) -> CashBonus:
    """Say as a checker what is wrong with an account that is not paid yet: it waits for another one.

    ``seen`` as in ``approve``. Raises NotFound, Conflict, Forbidden, DomainError at ``reason`` without one.
    """
    bonus = _take(session, actor, ref)
    was_approved = bonus.state == State.APPROVED
    bonus.state = after(actor.role, bonus.state, Action.SEND_BACK)
    bonus.reason, bonus.ordered_on = stated(reason), None
    if not _is_seen(session, bonus, seen):
        raise AlreadyDecided
    cash_payees.forget(bonus)
    if not bank.count_payments(session, district_id=bonus.district_id, owner=owner_of(bonus)):
        bonus.counted_on = None
    if was_approved:  # the household was told that it would be paid
        tell_step(session, bonus, "recall")
    _note(session, actor, bonus, Action.SEND_BACK)
    if was_approved:
        cash_bonus_answered.publish(session, bonus_id=bonus.id, by_id=actor.user_id or 0)
    return bonus


def pay(
    session: Session,
    *,
    actor: Actor,
    ref: str,
    bank_reference: str,
    paid_on: date,
    seen: str | None = None,
) -> CashBonus:
    """Note as an officer that the bank paid, with its reference and day.

    Interest that runs to the payment stops by the day of the list that told the bank to pay, if one did.
    ``seen`` as in ``approve``. Raises NotFound, Conflict, also when another account was typed since it was
    seen, Forbidden; DomainError at ``paid_on`` for a day before it was approved or to
    come, at ``bank_reference`` without one, or for one of any payment of the district.
    """
    bonus = _take(session, actor, ref)
    state = after(actor.role, bonus.state, Action.PAY)
    if not _is_seen(session, bonus, seen):
        raise Conflict("payee_changed")
    reference = bank.tidy_reference(bank_reference, field="bank_reference")
    if bonus.approved_at is None or not clock.legal_day(bonus.approved_at) <= paid_on <= clock.today():
        raise DomainError("paid_on_bad", "paid_on")
    times = bank.count_payments(session, district_id=bonus.district_id, owner=owner_of(bonus))
    interest_fen, less_fen = (
        beyond.paid_with(session, bonus, paid_on),
        later.less_on(session, bonus, paid_on),
    )
    fen = bonus.due_fen + interest_fen - less_fen
    if not fen:
        raise DomainError("cash_bonus_nothing", "paid_on")
    if interest_fen:
        _move(session, bonus, _INTEREST, *_TO_HOUSEHOLD, times=times, fen=interest_fen)
    if less_fen:
        _move(session, bonus, _LATER, *_TO_DISTRICT, times=times, fen=less_fen)
    bank.note_payment(
        session,
        actor=actor,
        owner=owner_of(bonus),
        transfer_id=_move(
            session,
            bonus,
            _PAID,
            *(AccountKind.HOUSEHOLD_PAYABLE, AccountKind.BANK),
            times=times,
            fen=fen,
        ),
        reference=reference,
        paid_on=paid_on,
        field="bank_reference",
    )
    bonus.state, bonus.paid_on = state, paid_on
    bonus.interest_fen, bonus.less_fen = interest_fen, less_fen
    _note(session, actor, bonus, Action.PAY)
    cash_bonus_answered.publish(session, bonus_id=bonus.id, by_id=actor.user_id or 0)
    return bonus


def note_returned(
    session: Session, *, actor: Actor, ref: str, reference: str, returned_on: date, reason: str
) -> CashBonus:
    """Note as an officer that a payment came back, from the bank or from the household: it is owed again.

    Where the payment's day decides, that of the first one goes on deciding. Raises NotFound, Conflict when it
    is not paid, DomainError as ``bank.note_return``.
    """
    bonus = _take(session, actor, ref)
    state = after(actor.role, bonus.state, Action.RETURN)
    payment = bank.find_standing(session, district_id=bonus.district_id, owner=owner_of(bonus))
    if payment is None:
        raise LookupError(f"cash bonus {bonus.ref} is paid without a payment")
    times = bank.count_payments(session, district_id=bonus.district_id, owner=owner_of(bonus))
    bank.note_return(
        session,
        actor=actor,
        payment=payment,
        reference=reference,
        returned_on=returned_on,
        reason=reason,
        transfer_id=_move(
            session,
            bonus,
            _RETURNED,
            *(AccountKind.BANK, AccountKind.HOUSEHOLD_PAYABLE),
            times=times - 1,
            fen=bonus.sent_fen,
        ),
    )
    if bonus.interest_fen:
        _move(session, bonus, _INTEREST_BACK, *_TO_DISTRICT, times=times - 1, fen=bonus.interest_fen)
    if bonus.less_fen:
        _move(session, bonus, _LATER_BACK, *_TO_HOUSEHOLD, times=times - 1, fen=bonus.less_fen)
    bonus.interest_fen = bonus.less_fen = 0
    bonus.state, bonus.reason, bonus.paid_on, bonus.ordered_on = state, reason.strip(), None, None
    cash_payees.forget(bonus)
    return _note(session, actor, bonus, Action.RETURN)


def _take(session: Session, actor: Actor, ref: str) -> CashBonus:
    """Return a bonus of the actor's district as it is under the lock of its voucher, and what that became."""
    found = cash_queries.get(session, actor=actor, ref=ref)
    locks.lock_all(session, Voucher, cash_queries.line_of(session, found))
    session.refresh(found)
    if found.district_id != actor.district:
        raise NotFound("cash_bonus_gone")
    return found


def _is_seen(session: Session, bonus: CashBonus, seen: str | None) -> bool:
    return seen is None or seen == later.mark_of(session, bonus)


def _is_nothing(session: Session, bonus: CashBonus) -> bool:
    """Tell whether it never comes to a sum: its known day leaves nothing, and no interest is ever paid."""
    day = later.day_of(bonus)
    if day is None and later.pays_nothing_from(session, bonus, clock.today()):
        return not beyond.still_pays(session, bonus)
    less_fen = 0 if day is None else later.less_on(session, bonus, day)
    return bonus.due_fen == less_fen and not beyond.still_pays(session, bonus)


def _end(session: Session, actor: Actor, bonus: CashBonus, *, told: str = "take_back") -> None:
    """Send what is still promised of it back to the district: it is owed no more."""
    bonus.back_transfer_id = (
        _move(session, bonus, _BACK, *_TO_DISTRICT, times=0) if bonus.due_fen else _last_less(session, bonus)
    )
    bonus.state, bonus.approved_by_id, bonus.approved_at = State.TAKEN_BACK, None, None
    _note(session, actor, bonus, told)


def _last_less(session: Session, bonus: CashBonus) -> int | None:
    """Return the last transfer by which less was owed, None where there was none."""
    last = select(ChangePart.cash_transfer_id).where(
        ChangePart.allocation_id == bonus.allocation_id, ChangePart.cash_back_fen > 0
    )
    return session.scalars(last.order_by(ChangePart.id.desc())).first()


def _move(
    session: Session,
    bonus: CashBonus,
    code: str,
    debit: str,
    credit: str,
    *,
    times: int,
    fen: int | None = None,
) -> int:
    """Move what is due, or another sum, between two of the district's accounts; ``times`` it was before."""
    kinds: Iterable[str] = (debit, credit)
    debit_id, credit_id = ledger.control_accounts(session, district_id=bonus.district_id, kinds=list(kinds))
    return ledger.transfer(
        session,
        district_id=bonus.district_id,
        debit_id=debit_id,
        credit_id=credit_id,
        amount_fen=bonus.due_fen if fen is None else fen,
        code=code,
        key=f"{code}:{bonus.id}" + (f":{times}" if times else ""),
    )


def _note(session: Session, actor: Actor, bonus: CashBonus, action: str) -> CashBonus:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"cash_bonus.{action}",
        object_type="cash_bonus",
        object_id=bonus.id,
        allocation_id=bonus.allocation_id,
        fen=bonus.sent_fen,
    )
    tell_step(session, bonus, action)
    return bonus
