"""Two vouchers of one household used at one moment, which share a limit; without locks each has all of it."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries, service
from app.redemptions.models import Allocation
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop
from tests.factories.vouchers import make_desk

WAN = 1_000_000
MOST = 20 * WAN
RULE = "the vouchers of a household spend no more on a kind of stock than its policy lets them"
OUTCOMES = (
    ("policy", "expected", "spent"),
    [
        pytest.param(None, ["done", "quote_past_changed"], MOST, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 2 * MOST, id="none: the race"),
    ],
)


@pytest.fixture
def shop(setting: Session) -> Shop:
    shared = ROOMY + "limits: [{kinds: [home], yuan: 200000, of: household}]\n"
    return make_shop(setting, desk=make_desk(setting, policy=shared))


def locking(setting: Session, shop: Shop, buyer: Buyer, ref: str) -> Act:
    """Return a lock of a home of its own with one voucher, quoted while nothing was spent."""
    home = make_home(setting, shop, voucher_fen=30 * WAN)
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(ref, None)])
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


def helped(setting: Session, shop: Shop, owner: Buyer, place: int) -> Act:
    """Return the lock of another household that may use one of the owner's vouchers."""
    buyer = make_buyer(setting, shop.desk, faces=(1,))
    ref, home = owner.vouchers[place].ref, make_home(setting, shop, voucher_fen=30 * WAN)
    consent = service.ask_kin(
        setting,
        actor=buyer.actor,
        home_ref=home.ref,
        voucher_ref=ref,
        relation="child",
        most_fen=30 * WAN,
    )
    setting.commit()
    service.give_consent(setting, actor=owner.actor, consent_ref=consent.ref, seen_fen=30 * WAN)
    setting.commit()
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(ref, None)])
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


def raced(
    engine: Engine, setting: Session, acts: list[Act], policy: LockPolicy | None
) -> tuple[list[str], int]:
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert {breach.rule for breach in queries.verify(setting)} == ({RULE} if policy else set())
    return sorted(map(str, outcomes)), setting.scalars(select(func.sum(Allocation.spent_fen))).one()


@pytest.mark.parametrize(*OUTCOMES)
def test_two_vouchers_of_a_household_do_not_pass_what_they_share(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None, expected: list[str], spent: int
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(50 * WAN, 50 * WAN))
    acts = [locking(setting, shop, buyer, voucher.ref) for voucher in buyer.vouchers]
    assert raced(engine, setting, acts, policy) == (expected, spent)


@pytest.mark.parametrize(*OUTCOMES)
def test_nor_do_two_households_that_each_have_one_of_them_by_consent(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None, expected: list[str], spent: int
) -> None:
    owner = make_buyer(setting, shop.desk, faces=(50 * WAN, 50 * WAN))
    acts = [helped(setting, shop, owner, place) for place in range(2)]
    assert raced(engine, setting, acts, policy) == (expected, spent)
