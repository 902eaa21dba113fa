"""Baskets that overlap in every order: each home goes once, nobody deadlocks, everybody is told why."""

import itertools
import random
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.homes.models import Home
from app.redemptions import queries, service
from app.redemptions.errors import BasketRefused
from app.redemptions.models import BasketQuote, Redemption
from tests.concurrency.buying import spoken
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption

BUYERS, HOMES, IN_A_BASKET = 40, 10, 3
WAN = 1_000_000


def ask(session: Session, buyer: Buyer, wanted: list[Home]) -> BasketQuote:
    refs = [home.ref for home in wanted]
    basket = service.quote_basket(session, actor=buyer.actor, home_refs=refs, parts=buyer.parts())
    session.commit()
    return basket


def going_on(buyer: Buyer, basket_ref: str, told: list[str]) -> Act:
    """Reserve; what cannot be had is left out, as the page offers, until some is locked or all gone."""

    def act(session: Session) -> None:
        ref, gone = basket_ref, set()
        while True:
            try:
                service.reserve_basket(session, actor=buyer.actor, basket_ref=ref)
                return
            except BasketRefused as refused:
                session.rollback()
                told.extend(one.error.code for one in refused.refusals)
                gone = {one.home_ref for one in refused.refusals}
            while True:
                try:
                    ref = service.requote_basket(session, actor=buyer.actor, basket_ref=ref, without=gone).ref
                    session.commit()
                    break
                except BasketRefused as refused:
                    session.rollback()
                    told.extend(one.error.code for one in refused.refusals)
                    gone |= {one.home_ref for one in refused.refusals}

    return act


def test_every_home_goes_once_and_every_refusal_has_its_reason(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    homes = [make_home(setting, shop) for _ in range(HOMES)]
    buyers = [make_buyer(setting, shop.desk, faces=(200 * WAN,)) for _ in range(BUYERS)]
    chance = random.Random(2016)
    told: list[str] = []
    acts = [
        going_on(buyer, ask(setting, buyer, chance.sample(homes, IN_A_BASKET)).ref, told) for buyer in buyers
    ]
    outcomes = Counter(map(str, race(engine, acts)))
    assert set(outcomes) == {"done", "basket_empty"}
    assert set(told) == {"home_locked"}
    setting.expire_all()
    locked = setting.scalars(select(Redemption)).all()
    assert sorted(one.home_id for one in locked) == sorted(home.id for home in homes)
    assert outcomes["done"] == len({one.household_id for one in locked})
    check_sound()


CONTROLS = [
    pytest.param(None, False, ["basket_refused", "done"], id="locks and index"),
    pytest.param(None, True, ["basket_refused", "done"], id="locks alone"),
    pytest.param(NoLocks(), False, ["done", "uq_redemptions_one_buyer"], id="index alone"),
    pytest.param(NoLocks(), True, ["done", "done"], id="neither: the race"),
]


@pytest.mark.parametrize(("policy", "drop_index", "expected"), CONTROLS)
def test_two_baskets_that_share_a_home(
    engine: Engine,
    setting: Session,
    shop: Shop,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
    expected: list[str],
) -> None:
    # Opens the district's accounts, for which the two would otherwise wait.
    make_redemption(setting, make_buyer(setting, shop.desk), make_home(setting, shop))
    one, shared, two = (make_home(setting, shop) for _ in range(3))
    buyers = [make_buyer(setting, shop.desk, faces=(200 * WAN,)) for _ in range(2)]
    # The shared home comes last, so that both arrive at it before either has changed it.
    asked = [ask(setting, buyers[0], [one, shared]), ask(setting, buyers[1], [two, shared])]

    def reserving(buyer: Buyer, ref: str) -> Act:
        return lambda session: service.reserve_basket(session, actor=buyer.actor, basket_ref=ref)

    if drop_index:
        as_owner("DROP INDEX uq_redemptions_one_buyer")
    acts = list(itertools.starmap(reserving, zip(buyers, [basket.ref for basket in asked], strict=True)))
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert sorted(map(spoken, outcomes)) == expected
    buying = select(func.count(Redemption.id)).where(Redemption.home_id == shared.id)
    assert setting.scalar(buying) == expected.count("done")
    # All or nothing, also for whoever came too late.
    assert setting.scalar(select(func.count(Redemption.id))) == 1 + 2 * expected.count("done")
    broken = {breach.rule for breach in queries.verify(setting)}
    raced = expected == ["done", "done"]
    assert broken == ({"a home is locked, sold or free as its redemptions say"} if raced else set())
