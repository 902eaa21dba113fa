"""A sum to a household stands on one list and is paid once, however many press at one moment."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.ledger.bank_models import BankPayment
from app.settlements import pay_list_proofs, pay_list_queries, pay_lists, pay_receipts
from app.settlements.household_sums import Owner
from app.settlements.pay_list_models import PayLine, PayList
from app.vouchers import payouts
from tests.concurrency.race import NoLocks, Outcome, race
from tests.factories.pay_lists import (
    Cashiers,
    approved_bonus,
    approved_ending,
    lines_of,
    make_cashiers,
    make_list,
    read,
    receipt,
    said,
)


def payments(session: Session) -> int:
    """Return how many payments of the bank stand."""
    wanted = select(func.count(BankPayment.id)).where(BankPayment.returned_on.is_(None))
    return session.scalars(wanted).one()


LOCKED = pytest.mark.parametrize("locked", [True, False], ids=["locked", "control: no locks"])


@pytest.fixture
def cashiers(setting: Session) -> Cashiers:
    return make_cashiers(setting)


@pytest.fixture
def check(engine: Engine, check_sound: Callable[[], None]) -> Callable[[], None]:
    def prove() -> None:
        check_sound()
        with Session(engine) as session:
            assert pay_list_proofs.verify(session) == []

    return prove


def refusal(outcomes: list[Outcome]) -> str:
    """Return what the other one was told; exactly one of two may have done it."""
    (told,) = (str(one) for one in outcomes if one != "done")
    return told


@LOCKED
@pytest.mark.parametrize("what", [approved_ending, approved_bonus], ids=["ending", "bonus"])
def test_two_officers_list_a_sum_once(
    engine: Engine,
    setting: Session,
    cashiers: Cashiers,
    check: Callable[[], None],
    what: Callable[[Session, Cashiers], Owner],
    locked: bool,
) -> None:
    """Without the lock the unique index still keeps the second list away."""
    ref = what(setting, cashiers).ref
    other = approved_ending(setting, cashiers).ref
    today = clock.today()

    def make(officer: Actor, refs: list[str]) -> Callable[[Session], object]:
        return lambda session: pay_lists.make(session, actor=officer, refs=refs, pay_on=today)

    acts = [make(cashiers.officer, [ref, other]), make(cashiers.colleague, [ref])]
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    assert refusal(outcomes) == "pay_sum_listed"
    assert setting.scalars(select(func.count(PayList.id))).one() == 1
    check()


def test_two_who_mark_a_receipt_and_one_by_hand_pay_once(
    engine: Engine, setting: Session, cashiers: Cashiers, check: Callable[[], None]
) -> None:
    ending = approved_ending(setting, cashiers)
    made = make_list(setting, cashiers, ending)
    found = read(setting, cashiers, made, receipt(said(lines_of(setting, made)[0])))
    ref, ending_ref, today = found.ref, ending.ref, clock.today()
    setting.commit()

    def mark(session: Session) -> None:
        pay_receipts.mark(session, actor=cashiers.officer, receipt_ref=ref, row=2)

    def pay(session: Session) -> None:
        how = {"bank_reference": "网银-9", "paid_on": today}
        payouts.pay(session, actor=cashiers.colleague, ending_ref=ending_ref, **how)

    outcomes = race(engine, [mark, mark, pay])
    assert outcomes.count("done") == 1
    assert {str(one) for one in outcomes} <= {"done", "pay_row_misfit", "ending_paid"}
    assert setting.scalars(select(PayLine.state)).all() == ["paid"]
    check()


def test_a_list_is_given_up_while_its_receipt_is_marked(
    engine: Engine, setting: Session, cashiers: Cashiers, check: Callable[[], None]
) -> None:
    """What the bank paid is noted once in either order; given up after that, nothing is left to give up."""
    ending = approved_ending(setting, cashiers)
    made = make_list(setting, cashiers, ending)
    found = read(setting, cashiers, made, receipt(said(lines_of(setting, made)[0])))
    ref, list_ref = found.ref, made.ref
    setting.commit()

    def mark(session: Session) -> None:
        pay_receipts.mark(session, actor=cashiers.officer, receipt_ref=ref, row=2)

    def give_up(session: Session) -> None:
        pay_lists.give_up(session, actor=cashiers.checker, ref=list_ref, reason="银行没有收到")

    marked, given_up = (str(one) for one in race(engine, [mark, give_up]))
    assert (marked, given_up) in (("done", "pay_list_answered"), ("done", "done"))
    setting.expire_all()
    (line,) = pay_list_queries.lines_of(setting, made)
    assert line.state == ("given_up" if given_up == "done" else "paid")
    assert ending.state == "paid"
    assert payments(setting) == 1
    check()


@LOCKED
def test_what_was_given_up_is_marked_as_paid_or_listed_anew(
    engine: Engine, setting: Session, cashiers: Cashiers, check: Callable[[], None], locked: bool
) -> None:
    """Noted as paid and on its way to the bank once more, the sum would be paid twice."""
    ending = approved_ending(setting, cashiers)
    made = make_list(setting, cashiers, ending)
    found = read(setting, cashiers, made, receipt(said(lines_of(setting, made)[0])))
    pay_lists.give_up(setting, actor=cashiers.checker, ref=made.ref, reason="银行没有收到")
    ref, ending_ref, today = found.ref, ending.ref, clock.today()
    setting.commit()

    def mark(session: Session) -> None:
        pay_receipts.mark(session, actor=cashiers.officer, receipt_ref=ref, row=2)

    def make(session: Session) -> None:
        pay_lists.make(session, actor=cashiers.colleague, refs=[ending_ref], pay_on=today)

    acts = [mark, make]
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    if not locked:
        assert outcomes == ["done", "done"]
        return
    assert refusal(outcomes) in ("pay_row_misfit", "pay_sum_not_approved")
    assert payments(setting) == (1 if outcomes[0] == "done" else 0)
    check()
