"""Households' sums go to the bank in lists: on one at a time, held where a single payment should wait."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import clock
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.ledger import queries as ledger
from app.redemptions import cash
from app.redemptions import queries as redemptions
from app.settlements import household_sums, pay_list_proofs, pay_lists, pay_receipts, pay_table
from app.settlements import pay_list_queries as queries
from app.settlements.household_sums import Owner
from app.vouchers import payouts
from app.vouchers.endings import approve as approve_ending
from tests.factories import endings, stops
from tests.factories.cash import bearing
from tests.factories.identity import make_actor, make_district
from tests.factories.inheritances import note_death
from tests.factories.pay_lists import (
    BOTH,
    WAN,
    Cashiers,
    approved_bonus,
    approved_ending,
    codes,
    lines_of,
    make_cashiers,
    make_list,
    mark,
    read,
    receipt,
    said,
)
from tests.frugality import at_most

INTEREST = "interest: {rate: 3.65%, from: issue, on: [leftover]}\n"
BEARING = BOTH + INTEREST
RUNNING = bearing("paid") + "leftover: [{spent_from: 0%, rate: 100%}]\n" + INTEREST
"""Interest runs to the payment, of a bonus too."""


@pytest.fixture
def cashiers(session: Session) -> Cashiers:
    return make_cashiers(session)


@pytest.fixture(autouse=True)
def proven(session: Session) -> object:
    yield
    session.expire_all()
    assert pay_list_proofs.verify(session) == []
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []


def waiting(session: Session, cashiers: Cashiers) -> dict[str, str | None]:
    """Return what is approved and unpaid, by reference, with what holds it."""
    session.expire_all()
    rows = household_sums.approved(session, district_id=cashiers.desk.district.id, day=clock.today())
    return {one.owner.ref: one.held for one in rows}


def test_both_kinds_stand_on_one_list_and_are_paid_by_its_receipt(
    session: Session, cashiers: Cashiers
) -> None:
    ending, bonus = approved_ending(session, cashiers), approved_bonus(session, cashiers)
    assert waiting(session, cashiers) == {ending.ref: None, bonus.ref: None}
    made = make_list(session, cashiers, ending, bonus)
    assert (made.count, made.total_fen) == (2, 38 * WAN)
    lines = lines_of(session, made)
    assert [line.amount_fen for line in lines] == [30 * WAN, 8 * WAN]
    assert pay_table.for_bank(session, made) == lines
    found = read(session, cashiers, made, receipt(*(said(line) for line in lines)))
    assert codes(session, found) == [None, None]
    assert [line.state for line in lines_of(session, made)] == ["listed", "listed"], "nothing is marked yet"
    assert mark(session, cashiers, found).done == 2
    assert codes(session, found) == ["done", "done"]
    assert [line.state for line in lines_of(session, made)] == ["paid", "paid"]
    assert (ending.state, bonus.state) == ("paid", "paid")
    assert ending.bank_reference is not None
    again = mark(session, cashiers, found)
    assert (again.done, again.left) == (0, 0)
    with pytest.raises(Conflict, match="pay_list_nothing_left"):
        pay_table.for_bank(session, made)


def test_a_sum_stands_on_one_open_list(session: Session, cashiers: Cashiers) -> None:
    ending, other = approved_ending(session, cashiers), approved_ending(session, cashiers)
    make_list(session, cashiers, ending)
    with pytest.raises(Conflict, match="pay_sum_listed"):
        make_list(session, cashiers, ending, other, who=cashiers.colleague)
    session.rollback()
    make_list(session, cashiers, other, who=cashiers.colleague)


def test_who_may_and_what_is_asked_of_a_list(session: Session, cashiers: Cashiers) -> None:
    ending = approved_ending(session, cashiers)
    stranger = make_actor(session, role=cashiers.officer.role, district=make_district(session))
    session.commit()
    today = clock.today()

    def make(who: object = cashiers.officer, refs: tuple[str, ...] = (ending.ref,), days: int = 0) -> None:
        pay_lists.make(session, actor=who, refs=refs, pay_on=today + timedelta(days=days))  # type: ignore[arg-type]

    for who, refusal in ((cashiers.checker, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            make(who)
    for refs in ((), tuple(f"DF-{number}" for number in range(201))):
        with pytest.raises(DomainError, match="pay_list_sums_bad"):
            make(refs=refs)
    for days in (-1, 32):
        with pytest.raises(DomainError, match="pay_on_bad"):
            make(days=days)
    with pytest.raises(NotFound, match="pay_sum_gone"):
        make(refs=(ending.ref, "DF-22222-22222"))
    made = make_list(session, cashiers, ending)
    content = receipt(said(lines_of(session, made)[0]))
    found = read(session, cashiers, made, content)
    with pytest.raises(NotFound):
        pay_receipts.read(session, actor=stranger, list_ref=made.ref, content=content, name="a.csv")
    for who, refusal in ((cashiers.checker, Forbidden), (stranger, NotFound)):
        with pytest.raises(refusal):
            pay_receipts.mark(session, actor=who, receipt_ref=found.ref, row=2)
    assert codes(session, found) == [None]


def test_a_list_is_of_the_sums_that_were_shown(session: Session) -> None:
    cashiers = make_cashiers(session, policy=BEARING)
    bearing_one = approved_ending(session, cashiers)
    today, later = clock.today(), clock.today() + timedelta(days=9)
    how = {"actor": cashiers.officer, "refs": [bearing_one.ref]}
    with pytest.raises(DomainError, match="pay_sums_of_day"):
        pay_lists.make(session, **how, pay_on=later, shown_on=today)
    session.rollback()
    assert pay_lists.make(session, **how, pay_on=later, shown_on=later).count == 1
    session.commit()


def test_what_a_stop_or_a_death_holds_is_not_listed(session: Session, cashiers: Cashiers) -> None:
    ending, bonus, free = (
        approved_ending(session, cashiers),
        approved_bonus(session, cashiers),
        approved_ending(session, cashiers),
    )
    stop = stops.freeze(session, cashiers.desk, ending.voucher.ref)
    note_death(session, cashiers.desk, bonus.allocation.voucher)
    assert waiting(session, cashiers) == {ending.ref: "stopped", bonus.ref: "death", free.ref: None}
    for held in (ending, bonus):
        with pytest.raises(Conflict, match="pay_sum_held"):
            make_list(session, cashiers, held, free)
        session.rollback()
    made = make_list(session, cashiers, free)
    later = stops.freeze(session, cashiers.desk, free.voucher.ref)
    (line,) = lines_of(session, made)
    assert pay_table.left_out(session, [line]) == {line.id: "stopped"}
    with pytest.raises(Conflict, match="pay_list_nothing_left"):
        pay_table.for_bank(session, made)
    found = read(session, cashiers, made, receipt(said(line)))
    assert mark(session, cashiers, found).done == 1, "the money is gone, as when it is noted by hand"
    assert stop.ref != later.ref


def test_a_list_is_given_up_by_a_second_person_who_says_why(session: Session, cashiers: Cashiers) -> None:
    sums = [approved_ending(session, cashiers) for _ in range(2)]
    made = make_list(session, cashiers, *sums)
    first, second = lines_of(session, made)
    mark(session, cashiers, read(session, cashiers, made, receipt(said(first))))
    with pytest.raises(Forbidden):
        pay_lists.give_up(session, actor=cashiers.officer, ref=made.ref, reason="银行没有收到")
    both = replace(cashiers.checker, user_id=cashiers.officer.user_id)
    with pytest.raises(SamePerson):
        pay_lists.give_up(session, actor=both, ref=made.ref, reason="银行没有收到")
    with pytest.raises(DomainError, match="reason_missing"):
        pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason=" ")
    session.rollback()
    pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="银行没有收到其余的")
    session.commit()
    assert [line.state for line in lines_of(session, made)] == ["paid", "given_up"]
    with pytest.raises(Conflict, match="pay_list_given_up"):
        pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="再来")
    with pytest.raises(Conflict, match="pay_list_given_up"):
        pay_table.for_bank(session, made)
    session.rollback()
    anew = make_list(session, cashiers, sums[1])
    late = read(session, cashiers, anew, receipt(said(second)))
    assert codes(session, late) == ["other_list"], "a line of a list that was given up is paid by nobody"


def test_what_the_bank_paid_although_its_list_was_given_up_is_noted_and_never_twice(
    session: Session, clock: FixedClock
) -> None:
    cashiers = make_cashiers(session, policy=BEARING)
    sums = [approved_ending(session, cashiers) for _ in range(4)]
    made = make_list(session, cashiers, *sums)
    lines = lines_of(session, made)
    pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="银行没有收到")
    session.commit()
    clock.advance(timedelta(days=5))
    endings.pay(session, cashiers.desk, sums[1], reference="网银-1")
    anew = make_list(session, cashiers, sums[2], who=cashiers.colleague)
    answer = receipt(*(said(line) for line in lines[:3]), said(lines[3], result="失败"))
    found = read(session, cashiers, made, answer)
    judged = pay_receipts.judge(session, found)
    assert [(one.code, one.elsewhere) for one in judged] == [
        (None, None),
        ("twice", "网银-1"),
        ("listed_anew", anew.ref),
        ("closed", None),
    ]
    assert mark(session, cashiers, found).done == 1
    session.refresh(sums[0])
    assert sums[0].paid_fen + sums[0].interest_fen == lines[0].amount_fen, "the bank carried that order out"
    assert [one.state for one in sums] == ["paid", "paid", "approved", "approved"]
    assert codes(session, found) == ["done", "twice", "listed_anew", "closed"]
    pay_lists.give_up(session, actor=cashiers.checker, ref=anew.ref, reason="请银行停付了")
    session.commit()
    assert mark(session, cashiers, found).done == 1, "then it is noted once"
    assert codes(session, found) == ["done", "twice", "done", "closed"]
    late = read(session, cashiers, anew, receipt(said(lines_of(session, anew)[0])))
    assert codes(session, late) == ["twice"]
    assert mark(session, cashiers, late).done == 0
    assert [line.state for line in lines_of(session, made)] == ["given_up"] * 4


def test_a_payment_of_a_given_up_order_that_was_noted_by_hand_is_told_with_its_sum(
    session: Session, clock: FixedClock
) -> None:
    """By hand it bears interest to the day on which it was paid; the bank paid the order's sum."""
    cashiers = make_cashiers(session, policy=BEARING)
    other, back = (approved_ending(session, cashiers) for _ in range(2))
    made = make_list(session, cashiers, other, back)
    lines = lines_of(session, made)
    pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="银行没有收到")
    session.commit()
    clock.advance(timedelta(days=20))
    for one, serial in ((other, "网银-1"), (back, "网银-2")):
        endings.pay(session, cashiers.desk, one, reference=serial)
    answer = receipt(said(lines[0], serial="网银-1"), said(lines[1], serial="网银-2"))
    found = read(session, cashiers, made, answer)
    returned = {"reference": "退-2", "returned_on": clock.now().date(), "reason": "账户已销户"}
    payouts.note_returned(session, actor=cashiers.officer, ending_ref=back.ref, **returned)
    session.commit()
    judged = pay_receipts.judge(session, found)
    noted_fen = other.paid_fen + other.interest_fen
    assert noted_fen > lines[0].amount_fen
    assert [(one.code, one.due_fen) for one in judged] == [("noted", noted_fen), ("done", None)]


def test_what_the_bank_has_answered_whole_is_not_given_up(session: Session, cashiers: Cashiers) -> None:
    made = make_list(session, cashiers, approved_ending(session, cashiers))
    mark(session, cashiers, read(session, cashiers, made, receipt(said(lines_of(session, made)[0]))))
    with pytest.raises(Conflict, match="pay_list_answered"):
        pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="银行没有收到")


def test_a_failed_line_is_listed_anew_by_another_officer(session: Session, cashiers: Cashiers) -> None:
    sums: list[Owner] = [approved_ending(session, cashiers), approved_bonus(session, cashiers)]
    made = make_list(session, cashiers, *sums)
    lines = lines_of(session, made)
    found = read(session, cashiers, made, receipt(*(said(one, result="失败：账号户名不符") for one in lines)))
    assert mark(session, cashiers, found).done == 2
    assert [(line.state, line.reason) for line in lines_of(session, made)] == [
        ("failed", "失败：账号户名不符")
    ] * 2
    assert {one.state for one in sums} == {"approved"}
    for one in sums:
        with pytest.raises(Forbidden, match="pay_same_person"):
            make_list(session, cashiers, one)
        session.rollback()
    anew = make_list(session, cashiers, *sums, who=cashiers.colleague)
    assert [line.state for line in lines_of(session, anew)] == ["listed"] * 2


def test_the_database_has_another_officer_list_anew(session: Session, cashiers: Cashiers) -> None:
    ending = approved_ending(session, cashiers)
    made = make_list(session, cashiers, ending)
    (line,) = lines_of(session, made)
    mark(session, cashiers, read(session, cashiers, made, receipt(said(line, result="失败"))))
    other = make_list(session, cashiers, approved_ending(session, cashiers))
    with pytest.raises(IntegrityError, match="does not list it anew"):
        session.execute(
            text(
                "INSERT INTO pay_lines (district_id, ref, list_id, list_state, ending_id, amount_fen, "
                "approved_at, state) SELECT district_id, 'FB-1', :list, 'open', ending_id, amount_fen, "
                "approved_at, 'listed' FROM pay_lines WHERE id = :line"
            ),
            {"list": other.id, "line": line.id},
        )
    session.rollback()


def test_what_is_noted_by_hand_leaves_its_list(session: Session, cashiers: Cashiers) -> None:
    ending, bonus = approved_ending(session, cashiers), approved_bonus(session, cashiers)
    made = make_list(session, cashiers, ending, bonus)
    lines = lines_of(session, made)
    content = receipt(*(said(line) for line in lines))
    endings.pay(session, cashiers.desk, ending)
    how = {"bank_reference": "网银-2", "paid_on": clock.today()}
    cash.pay(session, actor=cashiers.officer, ref=bonus.ref, **how)
    session.commit()
    assert [line.state for line in lines_of(session, made)] == ["paid", "paid"]
    assert all(line.receipt_id is None for line in lines_of(session, made))
    assert codes(session, read(session, cashiers, made, content)) == ["answered", "answered"]


def test_a_recalled_account_leaves_its_list_and_comes_back_on_another(
    session: Session, cashiers: Cashiers
) -> None:
    ending, bonus = approved_ending(session, cashiers), approved_bonus(session, cashiers)
    made = make_list(session, cashiers, ending, bonus)
    content = receipt(*(said(line) for line in lines_of(session, made)))
    payouts.recall(session, actor=cashiers.checker, ending_ref=ending.ref, reason="账户不对")
    cash.send_back(session, actor=cashiers.checker, ref=bonus.ref, reason="账户不对")
    session.commit()
    assert [line.state for line in lines_of(session, made)] == ["recalled", "recalled"]
    apart = household_sums.without_account(session, district_id=cashiers.desk.district.id)
    assert [(one.owner.ref, one.held) for one in apart] == [
        (ending.ref, "returned"),
        (bonus.ref, "returned"),
    ]
    assert codes(session, read(session, cashiers, made, content)) == ["closed", "closed"]
    with pytest.raises(Conflict, match="pay_sum_not_approved"):
        make_list(session, cashiers, ending)
    session.rollback()
    endings.prepare(session, cashiers.desk, ending)
    cash.prepare(session, actor=cashiers.officer, ref=bonus.ref, payee=endings.payee())
    session.commit()
    apart = household_sums.without_account(session, district_id=cashiers.desk.district.id)
    assert [(one.owner.ref, one.held) for one in apart] == [(ending.ref, "renewed"), (bonus.ref, "renewed")]
    cash.approve(session, actor=cashiers.checker, ref=bonus.ref)
    session.commit()
    approve_ending(session, actor=cashiers.checker, ending_ref=ending.ref)
    session.commit()
    assert household_sums.without_account(session, district_id=cashiers.desk.district.id) == []
    assert make_list(session, cashiers, ending).count == 1


def test_interest_is_of_the_day_on_which_the_bank_is_to_pay(session: Session, clock: FixedClock) -> None:
    cashiers = make_cashiers(session, policy=BEARING)
    ending = approved_ending(session, cashiers)
    today = clock.now().date()
    soon = today + timedelta(days=3)
    made = make_list(session, cashiers, ending, pay_on=soon)
    (line,) = lines_of(session, made)
    assert line.amount_fen == household_sums.fen_on(session, ending, soon) > ending.paid_fen
    clock.advance(timedelta(days=4))
    assert pay_table.left_out(session, lines_of(session, made)) == {line.id: "sum"}
    late = soon + timedelta(days=1)
    found = read(session, cashiers, made, receipt(said(line, day=late)))
    assert mark(session, cashiers, found).done == 1, "the bank carries the order out when it likes"
    session.refresh(ending)
    assert ending.paid_fen + ending.interest_fen == made.total_fen
    assert (ending.paid_on, ending.ordered_on) == (late, soon)


@pytest.mark.parametrize("days", [-2, 2])
def test_by_hand_too_the_bank_paid_the_sum_of_the_list_on_its_own_day(
    session: Session, clock: FixedClock, days: int
) -> None:
    cashiers = make_cashiers(session, policy=RUNNING)
    ending, bonus = approved_ending(session, cashiers), approved_bonus(session, cashiers)
    soon = clock.now().date() + timedelta(days=3)
    made = make_list(session, cashiers, ending, bonus, pay_on=soon)
    first, second = (line.amount_fen for line in lines_of(session, made))
    clock.advance(timedelta(days=6))
    day = soon + timedelta(days=days)
    payouts.pay(session, actor=cashiers.officer, ending_ref=ending.ref, bank_reference="网银-1", paid_on=day)
    cash.pay(session, actor=cashiers.officer, ref=bonus.ref, bank_reference="网银-2", paid_on=day)
    session.commit()
    assert ending.paid_fen + ending.interest_fen == first
    assert bonus.due_fen + bonus.interest_fen == second
    assert (ending.paid_on, bonus.paid_on) == (day, day)
    back = {"reference": "退-1", "returned_on": clock.now().date(), "reason": "账户已销户"}
    payouts.note_returned(session, actor=cashiers.officer, ending_ref=ending.ref, **back)
    cash.note_returned(session, actor=cashiers.officer, ref=bonus.ref, **back | {"reference": "退-2"})
    session.commit()
    assert (ending.ordered_on, bonus.ordered_on) == (None, None), "the next order has a day of its own"


def test_what_leaves_a_list_unpaid_bears_interest_to_its_payment_again(
    session: Session, clock: FixedClock
) -> None:
    cashiers = make_cashiers(session, policy=BEARING)
    sums = [approved_ending(session, cashiers) for _ in range(2)]
    made = make_list(session, cashiers, *sums)
    first, _ = lines_of(session, made)
    mark(session, cashiers, read(session, cashiers, made, receipt(said(first, result="失败"))))
    pay_lists.give_up(session, actor=cashiers.checker, ref=made.ref, reason="银行没有收到")
    session.commit()
    assert [one.ordered_on for one in sums] == [None, None]
    clock.advance(timedelta(days=20))
    today = clock.now().date()
    for number, one in enumerate(sums):
        due_fen = household_sums.fen_on(session, one, today)
        endings.pay(session, cashiers.desk, one, reference=f"网银-{number}")
        assert one.paid_fen + one.interest_fen == due_fen > made.total_fen // 2


@pytest.mark.parametrize("times", [1, 4])
def test_many_sums_ask_no_more_than_one(session: Session, cashiers: Cashiers, times: int) -> None:
    district_id, today = cashiers.desk.district.id, clock.today()
    sums: list[Owner] = []
    for _ in range(times):
        sums += [approved_ending(session, cashiers), approved_bonus(session, cashiers)]
    refs = [one.ref for one in sums]
    with at_most(session, 11):
        assert len(household_sums.approved(session, district_id=district_id, day=today)) == 2 * times
    with at_most(session, 26):
        made = pay_lists.make(session, actor=cashiers.officer, refs=refs, pay_on=today).ref
    with at_most(session, 12):
        found = queries.get_list(session, actor=cashiers.officer, ref=made)
        assert len(pay_table.for_bank(session, found)) == 2 * times
