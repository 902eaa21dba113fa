"""Locks of one household at one moment, each with a voucher of its own: no more than its policy lets it."""

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries, service
from app.redemptions.models import Redemption
from tests.concurrency.buying import reserving
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home

MOST = 3
TENTH = 5_000_000
RULE = "a household holds no more homes than its policy lets it"


def acts_of(setting: Session, shop: Shop, buyer: Buyer) -> list[Act]:
    """Return a lock for each voucher, of a home of its own."""
    acts = []
    for voucher in buyer.vouchers:
        home = make_home(setting, shop)
        quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(voucher.ref, TENTH)])
        setting.commit()
        acts.append(reserving(buyer, quote.ref))
    return acts


def test_twelve_vouchers_hold_three_homes(
    engine: Engine, setting: Session, shop: Shop, check_sound: Callable[[], None]
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(50_000_000,) * 12)
    outcomes = race(engine, acts_of(setting, shop, buyer))
    assert Counter(map(str, outcomes)) == {"done": MOST, "holds_full": 12 - MOST}
    assert setting.scalar(select(func.count(Redemption.id))) == MOST
    check_sound()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param(None, ["done", "holds_full"], id="locks"),
        pytest.param(NoLocks(), ["done", "done"], id="none: the race"),
    ],
)
def test_the_lock_on_the_vouchers_prevents_the_race_and_without_it_it_happens(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None, expected: list[str]
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(50_000_000,) * (MOST + 1))
    *held, one, other = acts_of(setting, shop, buyer)
    assert race(engine, held) == ["done"] * (MOST - 1)
    outcomes = race(engine, [one, other], policy=policy, meet_at=PURCHASE)
    assert sorted(map(str, outcomes)) == expected
    found = {breach.rule for breach in queries.verify(setting)}
    assert found == ({RULE} if policy else set())
