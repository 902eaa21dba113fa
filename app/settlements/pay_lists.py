"""The only writer of lists of payments to households: made by an officer, given up by a second person.

A sum stands on one open list at most: on two the bank would pay it twice. What becomes of a line is heard of
the payment itself (``vouchers.payouts``, ``redemptions.cash``), whoever notes it.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.ledger import bank
from app.ledger.bank_models import BankPayment
from app.redemptions.cash_models import CashBonus
from app.settlements import household_sums
from app.settlements import pay_list_queries as queries
from app.settlements.household_sums import Owed, Owner
from app.settlements.pay_list_models import PayLine, PayList
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher

MOST_LINES: Final = 200
DAYS_AHEAD: Final = 31
"""So far ahead the bank may be told to pay."""


def make(
    session: Session, *, actor: Actor, refs: Collection[str], pay_on: date, shown_on: date | None = None
) -> PayList:
    """Put approved sums on a list as an officer, each as it comes to if the bank pays on a day.

    ``shown_on`` is the day by which the page showed them; None asks nothing. Raises Forbidden, also for
    whoever noted that one of them was not paid, NotFound, DomainError at ``sums`` for none or too many, at
    ``pay_on`` for a day gone by or too far ahead, or where one of them is another sum by the day that was
    shown, Conflict for one that is not approved, is held (a stop, a death, heirs since), or stands on an
    open list.
    """
    actor.demand(Role.OFFICER)
    wanted = set(refs)
    if not 0 < len(wanted) <= MOST_LINES:
        raise DomainError("pay_list_sums_bad", "sums", most=MOST_LINES)
    if not clock.today() <= pay_on <= clock.today() + timedelta(days=DAYS_AHEAD):
        raise DomainError("pay_on_bad", "pay_on", most=DAYS_AHEAD)
    found = household_sums.find(session, district_id=actor.district, refs=wanted)
    if len(found) != len(wanted):
        raise NotFound("pay_sum_gone", "sums")
    owners = _lock(session, found)
    _demand_free(session, actor, owners)
    owed = household_sums.look(session, owners, pay_on)
    for one in owed:
        if one.held:
            raise Conflict("pay_sum_held", "sums", ref=one.owner.ref)
    if shown_on is not None and shown_on != pay_on:
        _demand_same(session, owed, shown_on)
    made = PayList(
        district_id=actor.district,
        ref=new_ref("FD"),
        pay_on=pay_on,
        count=len(owed),
        total_fen=sum(one.fen for one in owed),
        state="open",
        made_by_id=actor.user_id,
        made_at=clock.now(),
    )
    session.add(made)
    session.flush()
    with unless_taken(session, "uq_pay_lines_", Conflict("pay_sum_listed", "sums")):
        session.add_all(_lines(session, made, owed))
    for one in owed:
        one.owner.ordered_on = pay_on
    _note(session, actor, "make_list", made, count=made.count)
    return made


def _demand_free(session: Session, actor: Actor, owners: Sequence[Owner]) -> None:
    """Have all of them be approved, on no open list, and none be noted by the actor as not paid."""
    for one in owners:
        if one.state != "approved":
            raise Conflict("pay_sum_not_approved", "sums", ref=one.ref)
    if queries.are_listed(session, owners):
        raise Conflict("pay_sum_listed", "sums")
    if any(line.closed_by_id == actor.user_id for line in queries.undone(session, owners).values()):
        raise Forbidden("pay_same_person", "sums")


def _demand_same(session: Session, owed: Sequence[Owed], shown_on: date) -> None:
    """Have every sum be the one that was shown as of another day."""
    if any(household_sums.fen_on(session, one.owner, shown_on) != one.fen for one in owed):
        raise DomainError("pay_sums_of_day", "pay_on")


def _lines(session: Session, made: PayList, owed: Sequence[Owed]) -> list[PayLine]:
    moments = household_sums.approved_at(session, [one.owner for one in owed])
    return [
        PayLine(
            district_id=made.district_id,
            ref=new_ref("FB"),
            list_id=made.id,
            list_state=made.state,
            ending_id=one.owner.id if isinstance(one.owner, VoucherEnding) else None,
            cash_bonus_id=None if isinstance(one.owner, VoucherEnding) else one.owner.id,
            amount_fen=one.fen,
            approved_at=moment,
            state="listed",
        )
        for one, moment in zip(owed, moments, strict=True)
    ]


def give_up(session: Session, *, actor: Actor, ref: str, reason: str) -> PayList:
    """Say as a checker that the bank does not pay what it has not answered about: it may be listed anew.

    Raises NotFound, Forbidden, SamePerson for whoever made the list, Conflict when it was given up or the
    bank has answered about all of it, DomainError at ``reason`` without one.
    """
    actor.demand(Role.CHECKER)
    found = queries.get_list(session, actor=actor, ref=ref)
    found = locks.lock(session, PayList, found.id)
    if found.state != "open":
        raise Conflict("pay_list_given_up")
    if found.made_by_id == actor.user_id:
        raise SamePerson
    why = stated(reason)
    _lock(session, [queries.owner_of(line) for line in queries.lines_of(session, found)])
    still = select(PayLine).where(PayLine.list_id == found.id, PayLine.state == "listed")
    waiting = session.scalars(still, execution_options={"populate_existing": True}).all()
    if not waiting:
        raise Conflict("pay_list_answered")
    for line in waiting:
        _close(line, "given_up", actor.user_id)
    session.flush()
    found.state, found.reason = "given_up", why
    found.given_up_by_id, found.given_up_at = actor.user_id, clock.now()
    _note(session, actor, "give_up_list", found, count=len(waiting))
    return found


def fail(session: Session, *, actor: Actor, line: PayLine, receipt_id: int, reason: str) -> None:
    """Note that the bank's receipt says it did not pay a line; the locks of its sum are held."""
    line.receipt_id, line.reason = receipt_id, reason
    _close(line, "failed", actor.user_id)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="settlements.fail_line",
        object_type="pay_line",
        object_id=line.id,
    )


def ending_answered(session: Session, /, **ids: int) -> None:
    """Close the line of an ending that waits for the bank no more, if it stands on an open list."""
    _answered(session, session.get_one(VoucherEnding, ids["ending_id"]), f"ending:{ids['ending_id']}", ids)


def cash_bonus_answered(session: Session, /, **ids: int) -> None:
    """The same of a bonus in cash."""
    bonus = session.get_one(CashBonus, ids["bonus_id"])
    _answered(session, bonus, f"cash_bonus:{bonus.id}", ids)


def _answered(session: Session, owner: Owner, named: str, ids: dict[str, int]) -> None:
    line = queries.find_listed(session, owner)
    if line is None:
        return
    payment: BankPayment | None = bank.find_standing(session, district_id=line.district_id, owner=named)
    line.bank_payment_id = payment.id if payment else None
    _close(line, "paid" if payment else "recalled", ids["by_id"] or None)
    session.flush()


def _close(line: PayLine, state: str, by_id: int | None) -> None:
    line.state, line.closed_by_id, line.closed_at = state, by_id, clock.now()
    if state != "paid":
        queries.owner_of(line).ordered_on = None


def _lock(session: Session, owners: Collection[Owner]) -> list[Owner]:
    """Lock the vouchers of sums as their payments do, and return the sums as they are then."""
    locks.lock_all(session, Voucher, household_sums.vouchers_of(session, owners))
    return household_sums.read_anew(session, owners)


def lock_line(session: Session, line: PayLine) -> PayLine:
    """Lock what a line's payment locks, and return the line and its sum as they are then."""
    _lock(session, [queries.owner_of(line)])
    (now,) = queries.lines_called(session, district_id=line.district_id, refs=[line.ref])
    return now


def _note(session: Session, actor: Actor, verb: str, found: PayList, *, count: int) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"settlements.{verb}",
        object_type="pay_list",
        object_id=found.id,
        count=count,
    )
