"""Many buyers, few homes: one buyer a home, and every fen in its place."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.audit import AuditRow
from app.core.locks import LockPolicy
from app.homes.models import Home
from app.ledger.queries import balances
from app.redemptions import queries, service
from app.redemptions.models import Redemption
from tests.concurrency.buying import holding, reserving, spoken
from tests.concurrency.race import PURCHASE, NoLocks, queue_up, race
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Shop, make_buyer, make_home, make_quote, make_shop
from tests.factories.vouchers import make_desk

BUYERS, HOMES = 200, 20


def test_two_hundred_buyers_on_twenty_homes(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    homes = [make_home(setting, shop) for _ in range(HOMES)]
    buyers = [make_buyer(setting, shop.desk) for _ in range(BUYERS)]
    quotes = [make_quote(setting, buyer, homes[number % HOMES]).ref for number, buyer in enumerate(buyers)]
    outcomes = race(engine, [reserving(buyer, ref) for buyer, ref in zip(buyers, quotes, strict=True)])
    assert Counter(map(str, outcomes)) == {"done": HOMES, "home_locked": BUYERS - HOMES}
    winners = {
        buyer.household.id for buyer, outcome in zip(buyers, outcomes, strict=True) if outcome == "done"
    }
    setting.expire_all()
    locked = setting.scalars(select(Redemption)).all()
    assert {redemption.household_id for redemption in locked} == winners
    assert {redemption.home_id for redemption in locked} == {home.id for home in homes}
    assert {redemption.state for redemption in locked} == {"locked"}
    assert setting.scalars(select(Home.status).distinct()).all() == ["locked"]
    held = balances(setting, [buyer.vouchers[0].account_id or 0 for buyer in buyers])
    assert Counter(balance.held_fen for balance in held.values()) == {38_500_000: HOMES, 0: BUYERS - HOMES}
    noted = select(func.count()).where(AuditRow.action == "redemption.reserve")
    assert setting.scalar(noted) == HOMES
    check_sound()


CONTROLS = [
    pytest.param(None, False, ["done", "home_locked"], id="locks and index"),
    pytest.param(None, True, ["done", "home_locked"], id="locks alone"),
    pytest.param(NoLocks(), False, ["done", "uq_redemptions_one_buyer"], id="index alone"),
    pytest.param(NoLocks(), True, ["done", "done"], id="neither: the race"),
]


@pytest.mark.parametrize(("policy", "drop_index", "expected"), CONTROLS)
def test_lock_and_index_each_prevent_the_race_and_without_them_it_happens(
    engine: Engine,
    setting: Session,
    shop: Shop,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
    expected: list[str],
) -> None:
    home = make_home(setting, shop)
    buyers = [make_buyer(setting, shop.desk) for _ in range(2)]
    acts = [reserving(buyer, make_quote(setting, buyer, home).ref) for buyer in buyers]
    if drop_index:
        as_owner("DROP INDEX uq_redemptions_one_buyer")
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert sorted(map(spoken, outcomes)) == expected
    buying = select(func.count(Redemption.id)).where(Redemption.home_id == home.id)
    assert setting.scalar(buying) == expected.count("done")
    found = {breach.rule for breach in queries.verify(setting)}
    raced = expected == ["done", "done"]
    assert found == ({"a home is locked, sold or free as its redemptions say"} if raced else set())


def test_a_quote_sent_twice_locks_once(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    home, buyer = make_home(setting, shop), make_buyer(setting, shop.desk)
    act = reserving(buyer, make_quote(setting, buyer, home).ref)
    assert queue_up(engine, holding(home), [act, act, act]) == ["done", "quote_used", "quote_used"]
    assert setting.scalar(select(func.count(Redemption.id))) == 1
    check_sound()


def test_a_voucher_for_one_home_does_not_pay_for_two(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(50_000_000,))
    quotes = [make_quote(setting, buyer, make_home(setting, shop)).ref for _ in range(8)]
    outcomes = race(engine, [reserving(buyer, ref) for ref in quotes])
    assert Counter(map(str, outcomes)) == {"done": 1, "insufficient_balance": 7}
    check_sound()


def test_vouchers_chosen_in_opposite_orders_do_not_dead_lock(
    engine: Engine, setting: Session, check_sound: Callable[[], None]
) -> None:
    roomy = make_desk(setting, policy=ROOMY)
    shop = make_shop(setting, desk=roomy)
    buyer = make_buyer(setting, roomy, faces=(400_000_000, 400_000_000))
    acts = []
    for number in range(12):
        home = make_home(setting, shop)
        parts = buyer.parts() if number % 2 else buyer.parts()[::-1]
        capped = [(parts[0][0], 20_000_000), parts[1]]
        quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=capped)
        setting.commit()
        acts.append(reserving(buyer, quote.ref))
    assert race(engine, acts) == ["done"] * 12
    check_sound()
