"""Locks of one voucher at one moment, whose policy pays its bonus once; without locks it pays twice."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries, service
from app.redemptions.models import Allocation
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import NANJING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop
from tests.factories.vouchers import make_desk

ONCE = 10_000_000
RULES = {
    "a voucher earns no more than its policy's caps",
    "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs",
}


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting, desk=make_desk(setting, policy=NANJING))


def locking(setting: Session, shop: Shop, buyer: Buyer) -> Act:
    """Return a lock of a home of its own, quoted while nothing was earned."""
    home = make_home(setting, shop, voucher_fen=30_000_000)
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=buyer.parts())
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


@pytest.mark.parametrize(
    ("policy", "expected", "earned"),
    [
        pytest.param(None, ["done", "quote_past_changed"], ONCE, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 2 * ONCE, id="none: the race"),
    ],
)
def test_a_bonus_of_the_face_is_promised_once(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None, expected: list[str], earned: int
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(100_000_000,))
    acts = [locking(setting, shop, buyer) for _ in range(2)]
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert sorted(map(str, outcomes)) == expected
    assert setting.scalar(select(func.sum(Allocation.bonus_fen))) == earned
    assert {breach.rule for breach in queries.verify(setting)} == (RULES if policy else set())
