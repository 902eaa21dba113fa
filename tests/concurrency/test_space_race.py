"""Two households' and one household's two hands at spaces: none is sold twice, no home gets one too many."""

import itertools
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.homes.models import Home
from app.redemptions import queries, service
from app.redemptions.models import BasketQuote, Redemption
from tests.concurrency.buying import spoken
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop, make_space
from tests.factories.vouchers import make_desk

WAN = 1_000_000


@pytest.fixture
def shop(setting: Session) -> Shop:
    one_each = WITH_SPACES.replace("spaces_a_home: 2", "spaces_a_home: 1")
    return make_shop(setting, desk=make_desk(setting, policy=one_each))


def ask(session: Session, buyer: Buyer, space: Home, home: Home | None = None) -> BasketQuote:
    basket = service.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[space.ref],
        parts=buyer.parts(),
        beside={space.ref: home.ref} if home else {},
    )
    session.commit()
    return basket


def bought(session: Session, shop: Shop) -> tuple[Buyer, Home]:
    buyer, home = make_buyer(session, shop.desk, faces=(200 * WAN,)), make_home(session, shop)
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=buyer.parts())
    session.commit()
    service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    return buyer, home


def reserving(buyer: Buyer, basket: BasketQuote) -> Act:
    return lambda session: service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)


def controls(index: str) -> list[object]:
    return [
        pytest.param(None, False, ["basket_refused", "done"], id="locks and index"),
        pytest.param(None, True, ["basket_refused", "done"], id="locks alone"),
        pytest.param(NoLocks(), False, ["done", index], id="index alone"),
        pytest.param(NoLocks(), True, ["done", "done"], id="neither: the race"),
    ]


@pytest.mark.parametrize(("policy", "drop_index", "expected"), controls("uq_redemptions_one_buyer"))
def test_a_space_is_not_sold_twice(
    engine: Engine,
    setting: Session,
    shop: Shop,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
    expected: list[str],
) -> None:
    both, space = [bought(setting, shop) for _ in range(2)], make_space(setting, shop)
    if drop_index:
        as_owner("DROP INDEX uq_redemptions_one_buyer")
    acts = [reserving(buyer, ask(setting, buyer, space, home)) for buyer, home in both]
    assert sorted(map(spoken, race(engine, acts, policy=policy, meet_at=PURCHASE))) == expected
    buying = select(func.count(Redemption.id)).where(Redemption.home_id == space.id)
    assert setting.scalar(buying) == expected.count("done")


@pytest.mark.parametrize(("policy", "drop_index", "expected"), controls("uq_redemptions_one_buyer"))
def test_a_space_alone_is_not_sold_twice(
    engine: Engine,
    setting: Session,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
    expected: list[str],
) -> None:
    """Two households that have bought nothing meet at one space; neither has a home's lock to wait for."""
    shop = make_shop(setting, desk=make_desk(setting, policy=WITH_SPACES + "spaces: alone\n"))
    buyers, space = [make_buyer(setting, shop.desk) for _ in range(2)], make_space(setting, shop)
    if drop_index:
        as_owner("DROP INDEX uq_redemptions_one_buyer")
    acts = [reserving(buyer, ask(setting, buyer, space)) for buyer in buyers]
    assert sorted(map(spoken, race(engine, acts, policy=policy, meet_at=PURCHASE))) == expected
    buying = select(func.count(Redemption.id)).where(Redemption.home_id == space.id)
    assert setting.scalar(buying) == expected.count("done")


@pytest.mark.parametrize(("policy", "drop_index", "expected"), controls("uq_redemptions_beside"))
def test_a_home_gets_no_space_too_many(
    engine: Engine,
    setting: Session,
    shop: Shop,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
    expected: list[str],
) -> None:
    buyer, home = bought(setting, shop)
    baskets = [ask(setting, buyer, make_space(setting, shop), home) for _ in range(2)]
    if drop_index:
        as_owner("DROP INDEX uq_redemptions_beside")
    acts = list(itertools.starmap(reserving, ((buyer, basket) for basket in baskets)))
    assert sorted(map(spoken, race(engine, acts, policy=policy, meet_at=PURCHASE))) == expected
    beside = select(func.count(Redemption.id)).where(Redemption.beside_id.is_not(None))
    assert setting.scalar(beside) == expected.count("done")


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(None, ["done", "spaces_held_full"], id="locks"),
        pytest.param(NoLocks(), ["done", "done"], id="none: the race"),
    ],
)
def test_a_household_holds_no_more_spaces_alone_than_its_policy_lets_it(
    engine: Engine, setting: Session, policy: LockPolicy | None, expected: list[str]
) -> None:
    """Each space by a voucher of its own, so that nothing but the household is the same."""
    two = WITH_SPACES.replace("hold:\n", "hold:\n  spaces: 2\n") + "spaces: alone\n"
    shop = make_shop(setting, desk=make_desk(setting, policy=two))
    buyer = make_buyer(setting, shop.desk, faces=(20 * WAN,) * 3)
    first, *both = [ask_by(setting, shop, buyer, voucher.ref) for voucher in buyer.vouchers]
    assert race(engine, [reserving(buyer, first)]) == ["done"]
    outcomes = race(engine, [reserving(buyer, one) for one in both], policy=policy, meet_at=PURCHASE)
    assert sorted(map(spoken, outcomes)) == expected
    rule = "a household holds no more spaces alone than its policy lets it"
    assert {breach.rule for breach in queries.verify(setting)} == ({rule} if policy else set())


def ask_by(session: Session, shop: Shop, buyer: Buyer, voucher_ref: str) -> BasketQuote:
    asked = {"home_refs": [make_space(session, shop).ref], "parts": [(voucher_ref, None)]}
    basket = service.quote_basket(session, actor=buyer.actor, **asked, beside={})
    session.commit()
    return basket
