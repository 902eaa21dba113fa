"""Two vouchers of one household used at one moment that may buy one home together; without locks both do."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries, service
from app.redemptions.models import Redemption
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_shop
from tests.factories.vouchers import make_desk

WAN = 1_000_000
RULES = {
    "homes: {most: 1, of: household}": (
        "no more homes are bought than a policy lets a voucher, or a household, buy"
    ),
    "limits: [{kinds: [home], number: 1, of: household}]": (
        "no more of a kind of stock is bought than a policy lets a voucher, or a household, buy"
    ),
}


def locking(setting: Session, shop: Shop, buyer: Buyer, ref: str) -> Act:
    """Return a lock of a home of its own with one voucher, quoted while nothing was bought."""
    home = make_home(setting, shop, voucher_fen=30 * WAN)
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(ref, None)])
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


@pytest.mark.parametrize("said", RULES)
@pytest.mark.parametrize(
    ("policy", "expected", "bought"),
    [
        pytest.param(None, ["done", "quote_past_changed"], 1, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 2, id="none: the race"),
    ],
)
def test_two_vouchers_of_a_household_buy_no_more_homes_than_it_may(
    engine: Engine,
    setting: Session,
    said: str,
    policy: LockPolicy | None,
    expected: list[str],
    bought: int,
) -> None:
    shop = make_shop(setting, desk=make_desk(setting, policy=f"{ROOMY}{said}\n".replace("\nhomes: any", "")))
    buyer = make_buyer(setting, shop.desk, faces=(50 * WAN, 50 * WAN))
    acts = [locking(setting, shop, buyer, voucher.ref) for voucher in buyer.vouchers]
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert sorted(map(str, outcomes)) == expected
    assert setting.scalars(select(func.count(Redemption.id))).one() == bought
    # What the race of the control bought too much, the proof finds.
    assert {breach.rule for breach in queries.verify(setting)} == ({RULES[said]} if policy else set())
