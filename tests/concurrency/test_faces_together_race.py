"""Two vouchers of one household used at one moment, which share a cap by all its faces; and without locks."""

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
RULE = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
CAPPED = ROOMY.replace(
    "  fixed_by: lock\n", "  fixed_by: lock\n  caps: [{of: household, share_of_faces: 3%}]\n"
)


def locking(setting: Session, shop: Shop, buyer: Buyer, ref: str) -> Act:
    """Return a lock of a home of its own with one voucher, quoted while nothing was earned."""
    home = make_home(setting, shop, voucher_fen=30 * WAN)
    quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=[(ref, None)])
    setting.commit()
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)


@pytest.mark.parametrize(
    ("policy", "expected", "earned"),
    [
        pytest.param(None, ["done", "quote_past_changed"], 3 * WAN, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 6 * WAN, id="none: the race"),
    ],
)
def test_two_vouchers_of_a_household_do_not_pass_the_cap_that_they_share(
    engine: Engine, setting: Session, policy: LockPolicy | None, expected: list[str], earned: int
) -> None:
    """20% of 25 万 would be 5 万 each; 3% of both faces together are 3 万."""
    shop = make_shop(setting, desk=make_desk(setting, policy=CAPPED))
    buyer = make_buyer(setting, shop.desk, faces=(70 * WAN, 30 * WAN))
    acts = [locking(setting, shop, buyer, voucher.ref) for voucher in buyer.vouchers]
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert {breach.rule for breach in queries.verify(setting)} == ({RULE} if policy else set())
    assert sorted(map(str, outcomes)) == expected
    assert setting.scalars(select(func.sum(Allocation.bonus_fen))).one() == earned
