"""Bonus in cash that waits for the certificate: owed with the write-off, payable once it is found."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, Forbidden
from app.notices.models import Notice
from app.redemptions import cash, cash_queries, flows
from app.redemptions.models import Redemption
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE, HANDOVER
from tests.factories.cash import assert_proven, broken, come_back, correct, moved, owed, pay, undo
from tests.factories.endings import ask, payee
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.settlements import reach, reported
from tests.factories.vouchers import make_desk

WAN = 1_000_000
WAITS = HAILING.replace("base: spent", "base: spent\n  paid: cash\n  paid_after: certificate")
PROVEN = "a bonus in cash waits for the certificate where its policy says so, and only until it is there"


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=WAITS))


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(60 * WAN,))


@pytest.fixture
def bought(session: Session, shop: Shop, buyer: Buyer) -> Redemption:
    return redeem(
        session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    )


def told(session: Session) -> list[str]:
    """Return the kinds of messages about the bonus, the oldest first."""
    about = select(Notice.kind).where(Notice.kind.startswith("cash_bonus"))
    return list(session.scalars(about.order_by(Notice.id)))


def test_it_is_owed_at_once_and_payable_with_the_certificate(
    session: Session, shop: Shop, buyer: Buyer, bought: Redemption
) -> None:
    desk, found = shop.desk, owed(session)
    assert (found.state, found.fen, told(session)) == ("waiting", 8 * WAN, ["cash_bonus_waiting"])
    assert cash_queries.count(session, actor=desk.officer, states=["owed"]) == 0
    assert_proven(session)
    with pytest.raises(Conflict, match="cash_bonus_waiting"):
        cash.prepare(session, actor=desk.officer, ref=found.ref, payee=payee())
    session.rollback()
    reach(session, shop, buyer, bought, HANDOVER)
    assert owed(session).state == "waiting"
    reach(session, shop, buyer, bought, CERTIFICATE)
    assert (owed(session).state, told(session)[-1]) == ("owed", "cash_bonus_owed")
    assert_proven(session)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [8 * WAN]
    assert_proven(session)


def test_what_was_reported_and_not_found_in_the_register_frees_nothing(
    session: Session, shop: Shop, bought: Redemption
) -> None:
    made = milestones.report(
        session, actor=shop.developer, redemption_ref=bought.ref, told=reported(CERTIFICATE)
    )
    session.commit()
    assert owed(session).state == "waiting"
    milestones.object_to(session, actor=shop.desk.officer, ref=made.ref, reason="查无此证")
    session.commit()
    assert owed(session).state == "waiting"
    assert_proven(session)


def test_a_household_brings_its_certificate_and_two_people_see_it(
    session: Session, shop: Shop, buyer: Buyer, bought: Redemption
) -> None:
    """Who waits for its developer's report would wait for its money as long."""
    desk = shop.desk
    for told_of, actor in ((CERTIFICATE, buyer.actor), (CERTIFICATE, desk.checker), (HANDOVER, desk.officer)):
        with pytest.raises(Forbidden):
            milestones.report(session, actor=actor, redemption_ref=bought.ref, told=reported(told_of))
        session.rollback()
    made = milestones.report(
        session, actor=desk.officer, redemption_ref=bought.ref, told=reported(CERTIFICATE)
    )
    session.commit()
    with pytest.raises(SamePerson):
        milestones.confirm(session, actor=desk.officer, ref=made.ref)
    session.rollback()
    milestones.confirm(session, actor=desk.checker, ref=made.ref)
    session.commit()
    assert owed(session).state == "owed"
    assert_proven(session)


def test_another_officer_may_look_it_up(session: Session, shop: Shop, bought: Redemption) -> None:
    desk = shop.desk
    made = milestones.report(
        session, actor=desk.officer, redemption_ref=bought.ref, told=reported(CERTIFICATE)
    )
    session.commit()
    colleague = make_actor(session, role=Role.OFFICER, district=desk.district)
    milestones.confirm(session, actor=colleague, ref=made.ref)
    session.commit()
    assert owed(session).state == "owed"


def test_it_ends_with_a_purchase_that_is_undone(session: Session, shop: Shop, bought: Redemption) -> None:
    undo(session, shop, bought)
    assert (owed(session).state, told(session)[-1]) == ("taken_back", "cash_bonus_taken_back")
    assert_proven(session)


def test_less_is_owed_of_a_home_that_costs_less(
    session: Session, shop: Shop, buyer: Buyer, bought: Redemption
) -> None:
    correct(session, shop, bought, 30 * WAN)
    assert (owed(session).state, owed(session).due_fen) == ("waiting", 6 * WAN)
    assert_proven(session)
    reach(session, shop, buyer, bought, CERTIFICATE)
    pay(session, shop)
    assert moved(session, "cash_bonus.paid") == [6 * WAN]
    assert_proven(session)


def test_an_ending_takes_of_it_as_of_what_is_payable(session: Session) -> None:
    """Half of the bonus that a voucher earned, waiting or not; what is owed of it stays owed whole."""
    for more in ("", "\n  paid_after: certificate"):
        policy = HAILING.replace("base: spent", f"base: spent\n  paid: cash{more}")
        policy += "leftover: [{spent_from: 0%, rate: 100%, claw_back: 50%}]\n"
        shop = make_shop(session, desk=make_desk(session, policy=policy))
        buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
        home = make_home(session, shop, voucher_fen=40 * WAN)
        bought = redeem(session, shop, make_redemption(session, buyer, home))
        assert ask(session, buyer).paid_fen == (20 - 4) * WAN
        (found,) = cash_queries.list_of(session, bought)
        assert (found.state, found.due_fen) == ("waiting" if more else "owed", 8 * WAN)
    reach(session, shop, buyer, bought, CERTIFICATE)
    (found,) = cash_queries.list_of(session, bought)
    assert (found.state, found.due_fen) == ("owed", 8 * WAN)
    assert_proven(session)


def test_a_payment_that_came_back_waits_for_no_second_certificate(
    session: Session, shop: Shop, buyer: Buyer, bought: Redemption
) -> None:
    reach(session, shop, buyer, bought, CERTIFICATE)
    pay(session, shop)
    come_back(session, shop)
    assert owed(session).state == "owed"
    assert_proven(session)


def test_the_ledger_tells_what_was_freed_without_a_certificate_or_holds_on_with_one(
    session: Session, shop: Shop, buyer: Buyer, bought: Redemption
) -> None:
    assert broken(session, "UPDATE cash_bonuses SET state = 'owed'") == {PROVEN}
    reach(session, shop, buyer, bought, CERTIFICATE)
    assert broken(session, "UPDATE cash_bonuses SET state = 'waiting'") == {PROVEN}


def test_a_day_of_payment_that_decides_runs_out_while_it_waits(session: Session, clock: FixedClock) -> None:
    """Nothing is left of it once the last tier is over: the household is told, and no paper frees it."""
    head, rest = HAILING.split("bonus:", 1)
    bonus = """bonus:
  base: spent
  paid: cash
  paid_after: certificate
  fixed_by: paid
  delay: counts
  tiers: [{from_month: 1, to_month: 3, rate: 5%}]
"""
    policy = head + bonus + rest[rest.index("\nhold:") + 1 :]
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    locked = make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
    bought = redeem(session, shop, locked)
    assert (owed(session).state, owed(session).due_fen) == ("waiting", 2 * WAN)
    clock.advance(timedelta(days=120))
    assert flows.end_too_late(session) == []
    assert (owed(session).state, told(session)[-1]) == ("taken_back", "cash_bonus_lost")
    reach(session, shop, buyer, bought, CERTIFICATE)
    assert owed(session).state == "taken_back"
    assert_proven(session)
