"""Bonus in cash that a day after the lock decides: promised at most, paid by its day, and proven."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.core.errors import Conflict
from app.ledger import queries as ledger
from app.notices import words
from app.notices.models import Notice
from app.redemptions import cash, flows, later, queries
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.changes import Wish
from app.web.change_money import lines
from tests.factories.endings import payee
from tests.factories.midnight import at_every_look
from tests.factories.policies import HAILING
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    verify,
)
from tests.factories.vouchers import make_desk
from tests.integration.redemptions.test_cash_interest import (
    assert_proven,
    broken,
    correct,
    moved,
    owed,
    pay,
    undo,
)

WAN = 1_000_000
AS_SAID = "what a later day leaves of a bonus in cash is what its quote said of that day"
AT_LESS = "what a later day leaves of a bonus in cash at a lower price is what its policy says of that day"


def deciding(event: str) -> str:
    """Return a policy by which 5% are paid in the first three months and 3% until the twelfth."""
    bonus = f"""bonus:
  base: spent
  paid: cash
  fixed_by: {event}
  delay: counts
  tiers:
    - {{from_month: 1, to_month: 3, rate: 5%}}
    - {{from_month: 4, to_month: 12, rate: 3%}}
"""
    head, rest = HAILING.split("bonus:", 1)
    return head + bonus + rest[rest.index("\nhold:") + 1 :]


def bought(
    session: Session, clock: FixedClock, event: str, *, file_after: int = 0, check_after: int = 0
) -> tuple[Shop, Redemption]:
    """Return a purchase locked 85 days after the issue; the first tier ends six or seven days later."""
    shop = make_shop(session, desk=make_desk(session, policy=deciding(event)))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=85))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    clock.advance(timedelta(days=file_after))
    contract(session, shop, locked)
    clock.advance(timedelta(days=check_after))
    return shop, verify(session, shop, locked)


def texts(session: Session, kind: str) -> list[str]:
    return list(session.scalars(select(Notice.text).where(Notice.kind == kind)))


@pytest.mark.parametrize(
    ("event", "file_after", "check_after", "pay_after", "fen"),
    [
        ("filed", 3, 30, 30, 2 * WAN),
        ("filed", 12, 0, 0, 1_200_000),
        ("verified", 3, 0, 30, 2 * WAN),
        ("verified", 3, 30, 30, 1_200_000),
        ("paid", 0, 0, 0, 2 * WAN),
        ("paid", 0, 0, 30, 1_200_000),
    ],
)
def test_its_day_decides_what_is_paid(
    session: Session,
    clock: FixedClock,
    event: str,
    file_after: int,
    check_after: int,
    pay_after: int,
    fen: int,
) -> None:
    shop, _ = bought(session, clock, event, file_after=file_after, check_after=check_after)
    found = owed(session)
    assert (found.fen, found.decided_by, found.less_fen) == (2 * WAN, event, 0)
    (told,) = texts(session, "cash_bonus_owed")
    assert ("锁定时说的是最多 20,000 元" in told) is (later.less_now(session, found) > 0)
    assert_proven(session)
    clock.advance(timedelta(days=pay_after))
    found = pay(session, shop)
    less = 2 * WAN - fen
    assert (found.due_fen, found.less_fen, later.less_now(session, found)) == (2 * WAN, less, less)
    assert moved(session, "cash_bonus.paid") == [fen]
    assert moved(session, "cash_bonus.later") == ([less] if less else [])
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET less_fen = less_fen + 1"))
    assert {
        "what a later day leaves of a bonus in cash is what its quote said of that day",
        "what a payment of a bonus in cash is less moves with it",
        "no more is paid in cash than the present price brings",
    } <= broken(session)
    session.rollback()
    session.execute(
        text("UPDATE cash_bonuses SET decided_by = NULL, decided_on = NULL, counted_on = NULL, less_fen = 0")
    )
    assert "a bonus in cash is decided by the day that its quote said" in broken(session)
    session.rollback()


@pytest.mark.parametrize("event", ["filed", "verified", "paid"])
@pytest.mark.parametrize(("first", "second"), [("5000", "8000"), ("8000", "5000")])
def test_the_caps_are_those_of_the_tier_of_its_day(
    session: Session, clock: FixedClock, event: str, first: str, second: str
) -> None:
    policy = deciding(event)
    for rate, yuan in (("5%", first), ("3%", second)):
        policy = policy.replace(f"rate: {rate}}}", f"rate: {rate}, caps: [{{of: home, yuan: {yuan}}}]}}")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=85))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    assert_proven(session)
    more = "cash_fen = 800001, cash_bonuses = jsonb_set(cash_bonuses, '{bonus}', '800001')"
    session.execute(text(f"UPDATE allocations SET {more}"))
    assert "no purchase earns more than the caps of its tier" in broken(session)
    session.rollback()
    clock.advance(timedelta(days=12))
    contract(session, shop, locked)
    verify(session, shop, locked)
    assert owed(session).fen == 800_000
    paid = pay(session, shop)
    assert paid.fen - paid.less_fen == int(second) * 100
    assert_proven(session)


def came_back(session: Session, shop: Shop) -> None:
    how = {"reference": "退-1", "returned_on": today(), "reason": "账户已销户"}
    cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()


FIRST = "the first payment of a bonus in cash goes on deciding what is paid of it"


@pytest.mark.parametrize(
    ("paid_after", "again_after", "fen"), [(0, 30, 2 * WAN), (0, 400, 2 * WAN), (30, 400, 1_200_000)]
)
def test_a_payment_that_came_back_is_owed_by_its_own_day(
    session: Session, clock: FixedClock, paid_after: int, again_after: int, fen: int
) -> None:
    """The household did nothing late: neither the next tier, nor the end of the last one, takes anything."""
    shop, _ = bought(session, clock, "paid")
    clock.advance(timedelta(days=paid_after))
    pay(session, shop)
    clock.advance(timedelta(days=again_after))
    came_back(session, shop)
    assert (owed(session).less_fen, owed(session).due_fen) == (0, 2 * WAN)
    less = [2 * WAN - fen] if fen < 2 * WAN else []
    assert moved(session, "cash_bonus.later_back") == less
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "owed"
    assert texts(session, "cash_bonus_lost") == []
    assert_proven(session)
    cash.prepare(session, actor=shop.desk.officer, ref=owed(session).ref, payee=payee())
    session.commit()
    cash.approve(session, actor=shop.desk.checker, ref=owed(session).ref)
    session.commit()
    cash.send_back(session, actor=shop.desk.checker, ref=owed(session).ref, reason="账号少一位")
    session.commit()
    assert flows.end_too_late(session) == []
    pay(session, shop, "网银-2")
    assert moved(session, "cash_bonus.paid") == [fen, fen]
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET counted_on = paid_on + 1"))
    assert FIRST in broken(session)
    session.rollback()


def test_an_order_that_was_approved_in_time_is_noted_as_the_bank_carried_it_out(
    session: Session, clock: FixedClock
) -> None:
    """The bank pays what the order says, on whatever day it does."""
    shop, _ = bought(session, clock, "paid")
    desk, ref = shop.desk, owed(session).ref
    cash.prepare(session, actor=desk.officer, ref=ref, payee=payee())
    session.commit()
    cash.approve(session, actor=desk.checker, ref=ref)
    session.commit()
    approved_on = today()
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET counted_on = counted_on + 1"))
    assert FIRST in broken(session)
    session.rollback()
    clock.advance(timedelta(days=400))
    assert later.less_now(session, owed(session)) == 0
    cash.pay(session, actor=desk.officer, ref=ref, bank_reference="网银-1", paid_on=today())
    session.commit()
    assert moved(session, "cash_bonus.paid") == [2 * WAN]
    (told,) = texts(session, "cash_bonus_paid")
    assert f"按批准付款那天（{words.named_day(approved_on)}）算" in told
    assert_proven(session)
    came_back(session, shop)
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "owed"
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET counted_on = NULL"))
    assert FIRST in broken(session)
    session.rollback()


def test_after_the_last_tier_nothing_is_owed(session: Session, clock: FixedClock) -> None:
    bought(session, clock, "verified", file_after=3, check_after=400)
    found = owed(session)
    assert (found.state, found.less_fen, found.back_transfer_id is None) == ("taken_back", 0, False)
    assert moved(session, "cash_bonus.back") == [2 * WAN]
    (told,) = texts(session, "cash_bonus_lost")
    assert "最多另发现金奖励 20,000 元" in told
    assert texts(session, "cash_bonus_owed") == []
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET decided_on = decided_on - 300"))
    assert "a bonus in cash is taken back with its purchase" in broken(session)
    session.rollback()


def test_what_was_lost_goes_back_no_second_time_once_the_home_costs_less(
    session: Session, clock: FixedClock
) -> None:
    shop, redemption = bought(session, clock, "verified", file_after=3, check_after=400)
    correct(session, shop, redemption, 30 * WAN)
    assert (moved(session, "cash_bonus.back"), moved(session, "cash_bonus.less")) == ([2 * WAN], [])
    known = {"district_id": redemption.district_id, "kind": "household_payable"}
    assert ledger.control_balance(session, **known) == 0
    assert_proven(session)
    undo(session, shop, redemption)
    assert ledger.control_balance(session, **known) == 0
    assert_proven(session)


def test_what_a_lower_price_leaves_nothing_of_is_owed_no_more(session: Session, clock: FixedClock) -> None:
    """The later tier asks for 60% of the face: 40 of 60 万 are, 30 are not."""
    policy = deciding("verified").replace("rate: 3%}", "rate: 3%, least_spent: 60%}")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=85))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    contract(session, shop, locked)
    clock.advance(timedelta(days=30))
    purchase = verify(session, shop, locked)
    assert (owed(session).state, later.less_now(session, owed(session))) == ("owed", 800_000)
    correct(session, shop, purchase, 36 * WAN)
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("owed", [])
    assert_proven(session)
    correct(session, shop, purchase, 30 * WAN)
    assert (owed(session).state, owed(session).due_fen) == ("taken_back", 1_500_000)
    assert moved(session, "cash_bonus.less") == [200_000, 300_000]
    assert moved(session, "cash_bonus.back") == [1_500_000]
    assert_proven(session)
    correct(session, shop, purchase, 20 * WAN)
    undo(session, shop, purchase)
    known = {"district_id": purchase.district_id, "kind": "household_payable"}
    assert ledger.control_balance(session, **known) == 0
    assert moved(session, "cash_bonus.back") == [1_500_000]
    assert_proven(session)


def test_what_nothing_is_left_of_cannot_be_paid(session: Session, clock: FixedClock) -> None:
    shop, _ = bought(session, clock, "paid")
    clock.advance(timedelta(days=400))
    with pytest.raises(Conflict, match="cash_bonus_nothing"):
        pay(session, shop)
    session.rollback()
    assert_proven(session)


def test_what_no_payment_brings_any_more_ends_with_a_word_to_the_household(
    session: Session, clock: FixedClock
) -> None:
    """The payment's day decides; after the last tier nothing is left of it, and nobody waits for it."""
    bought(session, clock, "paid")
    assert flows.end_too_late(session) == []
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("owed", [])
    clock.advance(timedelta(days=400))
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("taken_back", [2 * WAN])
    (told,) = texts(session, "cash_bonus_lost")
    assert "20,000 元" in told
    assert texts(session, "cash_bonus_taken_back") == []
    assert_proven(session)
    assert flows.end_too_late(session) == []
    assert moved(session, "cash_bonus.back") == [2 * WAN]
    back = "UPDATE cash_bonuses SET back_transfer_id = (SELECT min(pending_id) FROM ledger_transfers)"
    session.execute(text(back))
    assert "a bonus in cash is taken back with its purchase" in broken(session)
    session.rollback()


def test_one_that_the_bank_may_be_paying_waits_for_the_checker(session: Session, clock: FixedClock) -> None:
    shop, _ = bought(session, clock, "paid")
    ref = owed(session).ref
    cash.prepare(session, actor=shop.desk.officer, ref=ref, payee=payee())
    session.commit()
    cash.approve(session, actor=shop.desk.checker, ref=ref)
    session.commit()
    clock.advance(timedelta(days=400))
    assert flows.end_too_late(session) == []
    assert owed(session).state == "approved"
    cash.send_back(session, actor=shop.desk.checker, ref=ref, reason="银行没有付出")
    session.commit()
    assert flows.end_too_late(session) == []
    session.expire_all()
    assert owed(session).state == "taken_back"
    assert_proven(session)


def test_a_purchase_that_is_undone_takes_back_what_was_promised(session: Session, clock: FixedClock) -> None:
    shop, redemption = bought(session, clock, "verified", file_after=3, check_after=30)
    undo(session, shop, redemption)
    assert (owed(session).state, moved(session, "cash_bonus.back")) == ("taken_back", [2 * WAN])
    assert_proven(session)


@pytest.mark.parametrize("event", ["verified", "paid"])
def test_of_a_lower_price_the_day_leaves_its_own_share(
    session: Session, clock: FixedClock, event: str
) -> None:
    shop, redemption = bought(session, clock, event, file_after=3, check_after=30)
    correct(session, shop, redemption, 30 * WAN)
    assert (owed(session).due_fen, later.less_now(session, owed(session))) == (1_500_000, 600_000)
    assert_proven(session)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [900_000]
    assert_proven(session)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        correct(session, shop, redemption, 20 * WAN)
    session.rollback()
    for wrong in ("fen", "less_fen - 1", "less_fen + 1"):
        session.execute(text(f"UPDATE cash_bonuses SET less_fen = {wrong}"))
        assert (AT_LESS in broken(session), AS_SAID in broken(session)) == (True, wrong == "fen"), wrong
        session.rollback()
    session.execute(text("UPDATE cash_bonuses SET less_fen = 0"))
    assert {AT_LESS, AS_SAID} <= broken(session), "less than at the price of the lock it never brings"
    session.rollback()


@pytest.mark.parametrize("base", ["spent", "price\n  without_vat: 5%\n  rounding: yuan"])
def test_a_fen_of_another_day_at_a_lower_price_is_found(
    session: Session, clock: FixedClock, base: str
) -> None:
    policy = deciding("verified").replace("base: spent", f"base: {base}")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=85))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    contract(session, shop, locked)
    clock.advance(timedelta(days=30))
    purchase = verify(session, shop, locked)
    correct(session, shop, purchase, 30 * WAN + 12_345)
    pay(session, shop)
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET less_fen = less_fen - 1"))
    assert AT_LESS in broken(session)
    session.rollback()


def test_the_page_of_a_correction_says_what_is_paid_then_and_not_the_promise(
    session: Session, clock: FixedClock
) -> None:
    """Of 20,000 that were promised the day of the write-off leaves 12,000; at 30 万 of 15,000 9,000."""
    shop, redemption = bought(session, clock, "verified", file_after=3, check_after=30)
    wish = Wish(Kind.PRICE, "更正", price_fen=30 * WAN)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    shown = changes.foresee(session, change, redemption)
    (row,) = [one for one in lines(session, shown, redemption, None) if "现金奖励" in one[0]]
    assert row[1:3] == ["¥12,000", "¥9,000"]
    assert "算" in row[0]


def test_a_cap_keeps_what_each_day_brings_apart(session: Session, clock: FixedClock) -> None:
    """At most 1 万 at either tier: a price that falls lessens what the later day brings alone."""
    policy = deciding("verified").replace("  tiers:", "  caps: [{of: home, yuan: 10000}]\n  tiers:")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=85))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    contract(session, shop, locked)
    clock.advance(timedelta(days=30))
    purchase = verify(session, shop, locked)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [WAN]
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        correct(session, shop, purchase, 30 * WAN)
    session.rollback()
    how = {"reference": "退-1", "returned_on": today(), "reason": "房价更正"}
    cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    (change,) = session.scalars(text("SELECT ref FROM purchase_changes")).all()
    changes.approve(session, actor=shop.desk.checker, change_ref=change)
    session.commit()
    pay(session, shop, "网银-2")
    assert moved(session, "cash_bonus.paid") == [WAN, 900_000]
    assert_proven(session)


def test_a_page_from_before_midnight_approves_no_sum_of_the_next_tier(
    session: Session, clock: FixedClock
) -> None:
    """5% are shown on the first tier's last day, 3% paid from midnight on: the checker sees them first."""
    shop, _redemption = bought(session, clock, "paid")
    found = session.scalars(select(CashBonus)).one()
    cash.prepare(session, actor=shop.desk.officer, ref=found.ref, payee=payee())
    session.commit()
    seen, due_fen = later.mark_of(session, found), found.due_fen
    while later.less_on(session, found, today() + timedelta(days=1)) == 0:
        clock.advance(timedelta(days=1))
    assert later.mark_of(session, found) == seen, "another day with the same sum"
    clock.advance(timedelta(days=1))
    with pytest.raises(Conflict, match="cash_bonus_sum_changed"):
        cash.approve(session, actor=shop.desk.checker, ref=found.ref, seen=seen)
    session.rollback()
    now = later.mark_of(session, found)
    cash.approve(session, actor=shop.desk.checker, ref=found.ref, seen=now)
    session.commit()
    clock.advance(timedelta(days=300))
    assert later.mark_of(session, found) == now, "the day of the order decides, whenever the bank pays"
    assert due_fen - later.less_now(session, found) == 1_200_000
    assert queries.verify(session) == []


def test_no_midnight_within_an_approval_pays_what_its_page_did_not_show(
    session: Session, clock: FixedClock
) -> None:
    """At whatever look at the clock midnight comes: the sum is the one that was shown, or it is refused."""
    shop, _redemption = bought(session, clock, "paid")
    found = session.scalars(select(CashBonus)).one()
    cash.prepare(session, actor=shop.desk.officer, ref=found.ref, payee=payee())
    session.commit()
    while later.less_on(session, found, today() + timedelta(days=1)) == 0:
        clock.advance(timedelta(days=1))
    seen, shown_fen = later.mark_of(session, found), found.due_fen - later.less_now(session, found)

    def approve(inner: Session) -> None:
        with suppress(Conflict), inner.begin_nested():
            cash.approve(inner, actor=shop.desk.checker, ref=found.ref, seen=seen)

    outcomes = set()
    for inner in at_every_look(session, clock, approve):
        bonus = inner.scalars(select(CashBonus)).one()
        outcomes.add(bonus.state)
        if bonus.state == "approved":
            assert bonus.due_fen - later.less_now(inner, bonus) == shown_fen
        assert queries.verify(inner) == []
    assert outcomes == {"prepared", "approved"}
