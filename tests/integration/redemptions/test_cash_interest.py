"""Interest on what was spent that runs on after the lock: paid with the bonus in cash, and proven."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock, today
from app.core.errors import Conflict, DomainError
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.notices.models import Notice
from app.redemptions import beyond, cash, queries, service
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.changes import Wish
from app.wiring import TEST_MOMENT
from tests.factories import contracts
from tests.factories.endings import payee
from tests.factories.midnight import at_every_look
from tests.factories.moves import actor_of
from tests.factories.played import rolled_back
from tests.factories.policies import HAILING
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk
from tests.unit.policies.played import steps_of

WAN = 1_000_000


def bearing(to: str) -> str:
    """Return a policy by which a ten-thousandth a day is borne from the issue."""
    bonus = f"""bonus:
  base: held
  paid: cash
  fixed_by: lock
  counted_from: issue
  tiers: [{{from_month: 1, to_month: 18, interest: {{rate: 3.65%, to: {to}}}}}]
"""
    head, rest = HAILING.split("bonus:", 1)
    return head + bonus + rest[rest.index("\nhold:") + 1 :]


def bought(
    session: Session, clock: FixedClock, to: str, *, wait: int = 10, check: int = 3
) -> tuple[Shop, Redemption]:
    """Return a purchase locked ``wait`` days after the issue and written off ``check`` days later."""
    shop = make_shop(session, desk=make_desk(session, policy=bearing(to)))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=wait))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    clock.advance(timedelta(days=check))
    return shop, redeem(session, shop, locked)


def owed(session: Session) -> CashBonus:
    return session.scalars(select(CashBonus)).one()


def pay(session: Session, shop: Shop, reference: str = "网银-1") -> CashBonus:
    desk, ref = shop.desk, owed(session).ref
    cash.prepare(session, actor=desk.officer, ref=ref, payee=payee())
    session.commit()
    cash.approve(session, actor=desk.checker, ref=ref)
    session.commit()
    cash.pay(session, actor=desk.officer, ref=ref, bank_reference=reference, paid_on=today())
    session.commit()
    return owed(session)


def moved(session: Session, code: str) -> list[int]:
    found = select(LedgerTransfer.amount_fen).where(LedgerTransfer.code == code)
    return list(session.scalars(found.order_by(LedgerTransfer.id)))


def assert_proven(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def broken(session: Session) -> set[str]:
    return {one.rule for one in queries.verify(session)}


@pytest.mark.parametrize(("to", "days"), [("contract", 3), ("filed", 3), ("verified", 3), ("paid", 8)])
def test_it_is_paid_with_what_the_lock_promised(
    session: Session, clock: FixedClock, to: str, days: int
) -> None:
    shop, _ = bought(session, clock, to)
    found = owed(session)
    # 40 万 bear 40 yuan a day: 10 days to the lock, and from then on.
    assert (found.fen, found.interest_fen) == (40_000, 0)
    assert beyond.interest_now(session, found) == 3 * 4_000
    told = session.scalars(select(Notice.text).where(Notice.kind == "cash_bonus_owed")).one()
    assert "520 元" in told
    assert "其中锁定以后的利息 120 元" in told
    assert_proven(session)
    clock.advance(timedelta(days=5))
    found = pay(session, shop)
    assert (found.due_fen, found.interest_fen) == (40_000, days * 4_000)
    assert moved(session, "cash_bonus.paid") == [40_000 + days * 4_000]
    assert moved(session, "cash_bonus.interest") == [days * 4_000]
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET interest_fen = interest_fen - 1"))
    assert {
        "interest beyond the lock is what the policy bears on what was spent",
        "interest of a bonus in cash moves with its payment",
    } <= broken(session)
    session.rollback()
    session.execute(text("UPDATE cash_bonuses SET runs_on = false, runs_to = NULL, interest_fen = 0"))
    assert "interest on what was spent runs on as the quote said" in broken(session)
    session.rollback()


def test_a_payment_that_came_back_bears_anew(session: Session, clock: FixedClock) -> None:
    shop, _ = bought(session, clock, "paid")
    pay(session, shop)
    clock.advance(timedelta(days=1))
    desk = shop.desk
    how = {"reference": "退-1", "returned_on": today(), "reason": "账户已销户"}
    cash.note_returned(session, actor=desk.officer, ref=owed(session).ref, **how)
    session.commit()
    assert owed(session).interest_fen == 0
    assert_proven(session)
    clock.advance(timedelta(days=4))
    assert pay(session, shop, "网银-2").interest_fen == 8 * 4_000
    assert moved(session, "cash_bonus.interest") == [12_000, 32_000]
    assert moved(session, "cash_bonus.interest_back") == [12_000]
    assert moved(session, "cash_bonus.paid") == [52_000, 72_000]
    assert_proven(session)


def test_who_buys_on_the_first_day_is_paid_what_is_borne_after_it(
    session: Session, clock: FixedClock
) -> None:
    shop, purchase = bought(session, clock, "paid", wait=0, check=0)
    assert (owed(session).fen, purchase.allocations[0].cash_fen) == (0, 0)
    assert_proven(session)
    with pytest.raises(DomainError, match="cash_bonus_nothing"):
        pay(session, shop)
    session.rollback()
    clock.advance(timedelta(days=7))
    desk, ref = shop.desk, owed(session).ref
    cash.pay(session, actor=desk.officer, ref=ref, bank_reference="网银-1", paid_on=today())
    session.commit()
    assert moved(session, "cash_bonus.paid") == [7 * 4_000]
    assert_proven(session)


def test_a_contract_of_the_locks_day_owes_nothing_more(session: Session, clock: FixedClock) -> None:
    bought(session, clock, "contract", wait=0, check=0)
    assert session.scalars(select(CashBonus)).all() == []
    assert_proven(session)


def test_what_was_written_off_on_the_locks_day_is_paid_later_without_more(
    session: Session, clock: FixedClock
) -> None:
    shop, _ = bought(session, clock, "verified", check=0)
    clock.advance(timedelta(days=5))
    found = pay(session, shop)
    assert (found.due_fen, found.interest_fen) == (40_000, 0)
    assert_proven(session)


def test_a_sum_that_a_year_of_360_days_brings_exactly_is_no_breach(
    session: Session, clock: FixedClock
) -> None:
    held = (
        "{base: held, paid: cash, fixed_by: lock, counted_from: issue, tiers: [{from_month: 1, to_month: 18,"
    )
    several = f"""bonus:
  - {{base: spent, fixed_by: lock, tiers: []}}
  - {held} interest: {{rate: 7%, days_in_year: 360}}}}]}}
"""
    head, rest = HAILING.split("bonus:", 1)
    policy = head + several + rest[rest.index("\nhold:") + 1 :]
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=12))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=45 * WAN)))
    assert owed(session).fen == 105_000  # 45 万 x 7% x 12 / 360
    assert_proven(session)


def undo(session: Session, shop: Shop, purchase: Redemption) -> None:
    change = changes.ask(
        session, actor=shop.desk.officer, redemption_ref=purchase.ref, wish=Wish(Kind.REJECT, "材料不实")
    )
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


@pytest.mark.parametrize("wait", [0, 10])
def test_it_goes_with_a_purchase_that_is_undone(session: Session, clock: FixedClock, wait: int) -> None:
    shop, purchase = bought(session, clock, "paid", wait=wait)
    pay(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        undo(session, shop, purchase)
    session.rollback()
    how = {"reference": "退-1", "returned_on": today(), "reason": "购房撤销"}
    cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    (change,) = session.scalars(text("SELECT ref FROM purchase_changes")).all()
    changes.approve(session, actor=shop.desk.checker, change_ref=change)
    session.commit()
    assert (owed(session).state, owed(session).interest_fen) == ("taken_back", 0)
    assert_proven(session)


def test_less_that_is_spent_bears_less_and_what_was_paid_of_it_comes_back_first(
    session: Session, clock: FixedClock
) -> None:
    """Also where the lock promised nothing that could become less."""
    shop, purchase = bought(session, clock, "paid", wait=0)
    wish = Wish(Kind.PRICE, "更正房价", price_fen=30 * WAN)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=purchase.ref, wish=wish)
    session.commit()
    pay(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.rollback()
    how = {"reference": "退-1", "returned_on": today(), "reason": "房价更正"}
    cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    assert owed(session).state == "owed"
    assert_proven(session)
    assert pay(session, shop, "网银-2").interest_fen == 3 * 3_000
    assert_proven(session)


def correct(session: Session, shop: Shop, purchase: Redemption, price_fen: int) -> None:
    wish = Wish(Kind.PRICE, "更正房价", price_fen=price_fen)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=purchase.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


def test_it_runs_on_where_nothing_is_left_of_the_promise(session: Session, clock: FixedClock) -> None:
    """One day of 10,100 yuan is a whole yuan, one of 9,900 is none; 100 days are."""
    policy = bearing("paid").replace("paid: cash", "paid: cash\n  rounding: yuan")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=1))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=1_010_000))
    purchase = redeem(session, shop, locked)
    assert owed(session).fen == 100
    correct(session, shop, purchase, 990_000)
    assert (owed(session).state, owed(session).due_fen) == ("owed", 0)
    assert_proven(session)
    clock.advance(timedelta(days=100))
    assert pay(session, shop).interest_fen == 9_900
    assert_proven(session)
    how = {"reference": "退-1", "returned_on": today(), "reason": "购房撤销"}
    cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    undo(session, shop, purchase)
    assert (owed(session).state, moved(session, "cash_bonus.less")) == ("taken_back", [100])
    assert_proven(session)


@pytest.mark.parametrize("to", ["contract", "filed", "verified"])
@pytest.mark.parametrize(("price_fen", "state"), [(1_010_000, "owed"), (990_000, None)])
def test_nothing_is_owed_of_what_never_comes_to_a_sum(
    session: Session, clock: FixedClock, to: str, price_fen: int, state: str | None
) -> None:
    """Nothing was promised, and one day of 9,900 yuan is no whole yuan: it waits for nobody's account."""
    policy = bearing(to).replace("paid: cash", "paid: cash\n  rounding: yuan")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=price_fen))
    clock.advance(timedelta(days=1))
    purchase = redeem(session, shop, locked)
    assert session.scalars(select(CashBonus.state)).first() == state
    assert_proven(session)
    if state:
        correct(session, shop, purchase, 990_000)
        assert owed(session).state == "taken_back"
        assert_proven(session)
        session.execute(text("UPDATE cash_bonuses SET state = 'owed'"))
        assert "a bonus in cash is taken back with its purchase" in broken(session)
        session.rollback()


@pytest.mark.parametrize("wait", [0, 10])
@pytest.mark.parametrize("price_fen", [30 * WAN, 30 * WAN - 1])
def test_it_ends_where_less_is_spent_than_it_asks_for(
    session: Session, clock: FixedClock, wait: int, price_fen: int
) -> None:
    policy = bearing("paid").replace("interest:", "least_spent: 50%, interest:")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=wait))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    correct(session, shop, redeem(session, shop, locked), price_fen)
    is_over = price_fen < 30 * WAN
    assert owed(session).state == ("taken_back" if is_over else "owed")
    assert_proven(session)
    clock.advance(timedelta(days=100))
    assert beyond.interest_now(session, owed(session)) == (0 if is_over else 100 * 3_000)


@pytest.mark.parametrize("wait", [0, 10])
def test_a_contract_changed_after_the_write_off_moves_no_day(
    session: Session, clock: FixedClock, wait: int
) -> None:
    shop, purchase = bought(session, clock, "contract", wait=wait, check=0)
    clock.advance(timedelta(days=5))
    changed = contracts.typed(
        purchase, number="网签-变更-1", signed_on=today(), scan=contracts.upload(b"%PDF-1.7 changed")
    )
    wish = Wish(Kind.CONTRACT, "换合同", contract=changed)
    change = changes.ask(session, actor=shop.developer, redemption_ref=purchase.ref, wish=wish)
    session.commit()
    buyer = actor_of(session, shop.desk, purchase.household)
    changes.answer(session, actor=buyer, change_ref=change.ref, agrees=True)
    session.commit()
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    assert purchase.contract_signed_on == today()
    assert_proven(session)


BORNE = [
    "rate: 1.75%",
    "rate: 1.4999%, days_in_year: 360",
    "rate: 0.0055%, per: day",
    "rate: 1.5%, count: begun_months",
    "rate: 0.2%, per: month",
    "rates: [{from_day: 2016-01-01, rate: 1.75%}, {from_day: 2016-07-02, rate: 1.5%}]",
    "terms: [{months: 0, rate: 0.35%}, {months: 1, rate: 1.1%}, {months: 3, rate: 1.35%}]",
    "slices: [{months: 0, rate: 0.35%}, {months: 1, rate: 1.1%}]",
]


@pytest.mark.usefixtures("clock")
@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    borne=st.sampled_from(BORNE),
    to=st.sampled_from(["contract", "filed", "verified", "paid"]),
    rounding=st.sampled_from(["fen", "yuan"]),
    days=st.tuples(st.integers(0, 100), st.integers(0, 14), st.integers(0, 60)),
    price=st.integers(500_000, 45 * WAN),
)
def test_it_is_paid_as_it_is_played(
    app: Flask, borne: str, to: str, rounding: str, days: tuple[int, int, int], price: int
) -> None:
    policy = (
        bearing(to).replace("rate: 3.65%", borne).replace("paid: cash", f"paid: cash\n  rounding: {rounding}")
    )
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    issued = today()
    with rolled_back(app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=policy))
        buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
        clock.advance(timedelta(days=days[0]))
        lock = today()
        locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=price))
        clock.advance(timedelta(days=days[1]))
        signed = today()
        redeem(session, shop, locked)
        clock.advance(timedelta(days=days[2]))
        on = f"contract: {signed}, filed: {signed}, verified: {signed}, paid: {today()}"
        _, home = steps_of(
            policy,
            f"issue: {{voucher: A, on: {issued}, face: 600000}}",
            f"buy: {{home: H, voucher: A, on: {lock}, price: {price / 100:.2f}, {on}}}",
        )
        played = {one["of"]: one["fen"] for one in home["amounts"]}
        there = session.scalars(select(CashBonus)).all()
        if played["bonus in cash"] + played["interest"]:
            found = pay(session, shop)
            assert (found.fen, found.interest_fen) == (played["bonus in cash"], played["interest"])
        else:
            assert not there or beyond.interest_now(session, there[0]) == 0
        assert_proven(session)


def test_midnight_may_come_within_the_write_off(session: Session, clock: FixedClock) -> None:
    """To the write-off interest runs to the day on which the money left, at whichever look a day ends."""
    shop = make_shop(session, desk=make_desk(session, policy=bearing("verified")))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    found = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    clock.advance(timedelta(days=3))
    verify_first(session, shop, contract(session, shop, found))
    seen = set()
    for done in at_every_look(
        session,
        clock,
        lambda inner: service.verify_second(inner, actor=shop.desk.checker, redemption_ref=found.ref),
    ):
        seen.add(owed(done).runs_to)
        assert queries.verify(done) == []
    assert len(seen) == 2


@pytest.mark.parametrize("word", ["each_day", "last_day"])
def test_the_rate_of_the_payments_day_is_proven(session: Session, clock: FixedClock, word: str) -> None:
    """40 yuan a day at 3.65%, 80 at 7.3% from the day after the lock on."""
    raised = (TEST_MOMENT + timedelta(days=11)).date()
    table = f"rates: [{{from_day: 2016-01-01, rate: 3.65%}}, {{from_day: {raised}, rate: 7.3%}}]"
    policy = bearing("paid").replace("rate: 3.65%", f"{table}, rates_on: {word}")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=10))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    redeem(session, shop, locked)
    clock.advance(timedelta(days=5))
    assert owed(session).fen == 40_000
    beyond_lock = 5 * 8_000 if word == "each_day" else 15 * 8_000 - 40_000
    assert pay(session, shop).interest_fen == beyond_lock
    assert_proven(session)
    session.execute(text("UPDATE cash_bonuses SET interest_fen = interest_fen + 1"))
    assert "interest beyond the lock is what the policy bears on what was spent" in broken(session)
    session.rollback()
