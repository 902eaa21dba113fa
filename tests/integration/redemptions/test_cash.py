"""Bonus in cash: promised at the lock, owed with the write-off, paid by two people, undone with it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.approvals.errors import AlreadyDecided, SamePerson
from app.core.clock import FixedClock, today
from app.core.errors import Conflict, DomainError
from app.notices.models import Notice
from app.redemptions import cash, cash_queries, change_queries, later, service
from app.redemptions.models import Redemption
from app.redemptions.past import pasts
from app.redemptions.service import changes
from app.vouchers.stop_proofs import STOPS
from app.web.change_money import steps
from tests.factories.cash import (
    CASH,
    agree,
    assert_proven,
    broken,
    buy,
    come_back,
    correct,
    order,
    owed,
    pay,
    prepare,
    propose,
    send_back,
    undo,
)
from tests.factories.endings import payee
from tests.factories.moves import MOVING, carry_out, other_of, split_of, transfer_of
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.stops import approve as approve_stop
from tests.factories.stops import freeze, lift, suspend
from tests.factories.vouchers import make_desk


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=CASH))


@pytest.fixture
def bought(session: Session, shop: Shop) -> Redemption:
    buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
    (part,) = locked.allocations
    # The price is paid without it: 20% of 40 万 come afterwards.
    assert (part.spent_fen, part.bonus_fen, part.cash_fen) == (40_000_000, 0, 8_000_000)
    assert cash_queries.list_of(session, locked) == []
    return redeem(session, shop, locked)


def test_it_is_paid_once_by_two_people_to_the_holder(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    desk, ref = shop.desk, owed(session).ref
    with pytest.raises(DomainError, match="payee_not_holder"):
        cash.prepare(session, actor=desk.officer, ref=ref, payee=payee("别人"))
    with pytest.raises(Conflict, match="cash_bonus_owed"):
        cash.approve(session, actor=desk.checker, ref=ref)
    session.rollback()
    found = pay(session, shop)
    assert (found.state, found.fen, cash_queries.account_of(found)) == (
        "paid",
        8_000_000,
        "6222021302001234567",
    )
    with pytest.raises(Conflict, match="cash_bonus_paid"):
        cash.pay(session, actor=desk.officer, ref=ref, bank_reference="网银-2", paid_on=today())
    session.rollback()
    assert_proven(session)


def test_whoever_typed_the_account_does_not_approve_it(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    ref = owed(session).ref
    prepare(session, shop)
    session.execute(text("UPDATE cash_bonuses SET prepared_by_id = :id"), {"id": shop.desk.checker.user_id})
    with pytest.raises(SamePerson):
        cash.approve(session, actor=shop.desk.checker, ref=ref)
    session.rollback()
    send_back(session, shop, "账号少一位")
    assert (owed(session).state, owed(session).account, owed(session).reason) == ("owed", None, "账号少一位")


def test_a_stop_holds_its_payment(session: Session, shop: Shop, bought: Redemption) -> None:
    """Nobody lets the bank pay it while a court, or a doubt, holds the voucher; a frozen sum does not."""
    desk, ref, found = shop.desk, owed(session).ref, owed(session)
    voucher_ref = found.allocation.voucher.ref
    freeze(session, desk, voucher_ref, 1_000_000)
    assert cash_queries.stopped_voucher(session, found) is None
    stop = suspend(session, desk, voucher_ref)
    prepare(session, shop)
    with pytest.raises(Conflict, match="voucher_stopped"):
        cash.approve(session, actor=desk.checker, ref=ref)
    session.rollback()
    assert_proven(session)
    forged = "UPDATE cash_bonuses SET state = 'approved', approved_by_id = :id, approved_at = now()"
    session.execute(text(forged), {"id": desk.checker.user_id})
    session.execute(text("UPDATE cash_bonuses SET approved_at = :at"), {"at": stop.began_at + timedelta(1)})
    wrong = "no bonus in cash was approved while a stop held its voucher"
    assert len(session.execute(text(STOPS[wrong])).all()) == 1
    session.rollback()
    lift(session, desk, approve_stop(session, desk, stop))
    cash.approve(session, actor=desk.checker, ref=ref)
    session.commit()
    assert owed(session).state == "approved"
    assert_proven(session)


def test_it_is_taken_back_with_a_purchase_that_is_undone(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    undo(session, shop, bought)
    assert owed(session).state == "taken_back"
    assert_proven(session)


def test_a_purchase_is_undone_once_what_was_paid_is_back(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    pay(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        undo(session, shop, bought)
    session.rollback()
    come_back(session, shop)
    assert told(session)[-1] == "cash_bonus_returned"
    change = change_queries.list_of(session, bought)[0]
    agree(session, shop, change)
    assert owed(session).state == "taken_back"
    assert told(session)[-1] == "cash_bonus_taken_back"
    assert_proven(session)


def test_a_purchase_is_not_undone_while_the_bank_may_be_paying(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    """What the bank paid meanwhile could be noted nowhere, and nobody would ask for it back."""
    order(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_approved_undone"):
        undo(session, shop, bought)
    session.rollback()
    change = change_queries.list_of(session, bought)[0]
    assert "复核人先退回" in steps(session, changes.foresee(session, change, bought), bought)[0]
    send_back(session, shop, "问过银行，没有付出")
    agree(session, shop, change)
    assert owed(session).state == "taken_back"
    assert_proven(session)


def test_its_household_is_told_of_each_step(
    session: Session, shop: Shop, bought: Redemption, clock: FixedClock
) -> None:
    order(session, shop)
    send_back(session, shop, "账户已销户")
    account = ["cash_bonus_account", "cash_bonus_approved"]
    assert told(session) == ["cash_bonus_owed", *account, "cash_bonus_recalled"]
    noted = session.scalars(select(Notice.text).where(Notice.kind == "cash_bonus_account")).one()
    assert "尾号 4567 的收款账户，等另一个人核对" in noted
    clock.advance(timedelta(hours=1))
    pay(session, shop)
    assert told(session)[-3:] == [*account, "cash_bonus_paid"]
    newest = session.scalars(select(Notice).order_by(Notice.id.desc())).first()
    assert newest is not None
    assert "现金奖励 80,000 元" in newest.text
    assert "尾号 4567" in newest.text
    assert newest.household_id == owed(session).household_id


def told(session: Session) -> list[str]:
    """Return the kinds of messages about the bonus, the oldest first."""
    about = select(Notice.kind).where(Notice.kind.startswith("cash_bonus"))
    return list(session.scalars(about.order_by(Notice.id)))


def test_what_is_cancelled_promises_nothing(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40_000_000))
    service.cancel(session, actor=buyer.actor, redemption_ref=locked.ref)
    session.commit()
    assert cash_queries.list_of(session, locked) == []
    assert_proven(session)


def test_proofs_find_a_sum_that_no_purchase_promised(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    rules = broken(session, "UPDATE cash_bonuses SET fen = fen + 1")
    assert "what is owed in cash is what a written-off purchase promised" in rules


def test_proofs_find_a_bonus_that_is_owed_to_another_household(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    other = make_buyer(session, shop.desk).household
    rules = broken(session, f"UPDATE cash_bonuses SET household_id = {other.id}")
    assert "what is owed in cash is what a written-off purchase promised" in rules


def test_less_is_owed_once_the_home_costs_less(session: Session, shop: Shop, bought: Redemption) -> None:
    """20% of what is spent at the lower price; officer and checker see both sums."""
    change = propose(session, shop, bought, 30_000_000)
    shown = changes.foresee(session, change, bought)
    assert (shown["now"]["shares"][0]["cash_fen"], shown["then"]["shares"][0]["cash_fen"]) == (
        8_000_000,
        6_000_000,
    )
    agree(session, shop, change)
    assert (owed(session).state, owed(session).due_fen) == ("owed", 6_000_000)
    assert pasts(session, [bought.allocations[0].voucher_id]).popitem()[1].each[0][1] == 6_000_000
    assert_proven(session)
    pay(session, shop)
    assert_proven(session)
    # What is paid is not owed less behind the bank's back: it comes back first.
    again = propose(session, shop, bought, 20_000_000)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        agree(session, shop, again)
    session.rollback()
    come_back(session, shop)
    agree(session, shop, again)
    assert owed(session).due_fen == 4_000_000
    assert_proven(session)
    undo(session, shop, bought)
    assert owed(session).state == "taken_back"
    assert_proven(session)


def test_what_the_bank_may_be_paying_is_sent_back_before_it_is_less(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    change = propose(session, shop, bought, 30_000_000)
    order(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_approved_less"):
        agree(session, shop, change)
    session.rollback()
    send_back(session, shop, "金额要改")
    agree(session, shop, change)
    assert owed(session).due_fen == 6_000_000
    assert_proven(session)


def test_a_checker_approves_the_sum_that_they_read(session: Session, shop: Shop, bought: Redemption) -> None:
    """The account is the same; what is paid to it became less since."""
    desk, ref = shop.desk, owed(session).ref
    change = propose(session, shop, bought, 30_000_000)
    prepare(session, shop)
    seen = later.mark_of(session, owed(session))
    agree(session, shop, change)
    with pytest.raises(AlreadyDecided):
        cash.approve(session, actor=desk.checker, ref=ref, seen=seen)
    session.rollback()
    cash.approve(session, actor=desk.checker, ref=ref, seen=later.mark_of(session, owed(session)))
    session.commit()
    assert (owed(session).state, owed(session).due_fen) == ("approved", 6_000_000)


def test_nothing_is_owed_below_what_earns_it(session: Session, clock: FixedClock) -> None:
    policy = CASH.replace("rate: 20%", "rate: 20%, least_spent: 60%")
    assert policy != CASH
    shop, bought = buy(session, clock, policy)
    correct(session, shop, bought, 30_000_000)
    assert (owed(session).state, owed(session).due_fen) == ("taken_back", 0)
    assert_proven(session)
    undo(session, shop, bought)
    assert_proven(session)


def test_a_stop_of_either_half_holds_what_the_whole_had_earned(session: Session) -> None:
    """Whose bonus it is may have split the voucher that earned it: a court that freezes a half holds it."""
    text_ = MOVING.replace("base: spent", "base: spent\n  paid: cash")
    shop = make_shop(session, desk=make_desk(session, policy=text_))
    desk, buyer = shop.desk, make_buyer(session, shop.desk, faces=(60_000_000,))
    home = make_home(session, shop, voucher_fen=20_000_000)
    redeem(session, shop, make_redemption(session, buyer, home))
    ref = owed(session).ref
    halves = carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 20_000_000))
    prepare(session, shop)
    for half in halves:
        stop = suspend(session, desk, half.ref)
        with pytest.raises(Conflict, match="voucher_stopped"):
            cash.approve(session, actor=desk.checker, ref=ref)
        session.rollback()
        forged = "UPDATE cash_bonuses SET state = 'approved', approved_by_id = :id, approved_at = :at"
        at = stop.began_at + timedelta(1)
        session.execute(text(forged), {"id": desk.checker.user_id, "at": at})
        wrong = "no bonus in cash was approved while a stop held its voucher"
        assert len(session.execute(text(STOPS[wrong])).all()) == 1
        session.rollback()
        lift(session, desk, approve_stop(session, desk, stop))
    (given,) = carry_out(session, desk, buyer.actor, transfer_of(halves[1]), other_of(7))
    suspend(session, desk, given.ref)
    cash.approve(session, actor=desk.checker, ref=ref)
    session.commit()
    assert_proven(session)
