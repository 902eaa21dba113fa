"""Two households lock with parts of a voucher at once: without locks both earn what is earned once."""

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries
from app.redemptions.models import Allocation
from app.vouchers.models import Voucher
from tests.concurrency.buying import locking
from tests.concurrency.race import PURCHASE, NoLocks, race
from tests.factories.redemptions import Buyer, make_buyer, make_shop
from tests.factories.vouchers import make_desk
from tests.integration.moves.test_once_an_agreement import WAN, once, parted

ONCE = "what is earned once by the agreements of a household is, whoever holds their vouchers"
OF_COMPENSATION = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
WITHIN = "no bonus is paid for more ㎡ than its policy pays it for"


@pytest.mark.parametrize(
    ("base", "pays", "fen", "rule"),
    [
        pytest.param("fixed", "yuan: 30000", 3 * WAN, ONCE, id="earned once"),
        # 61.25 of 89.50 ㎡.
        pytest.param("price, within_area: old", "rate: 10%", 2_053_072, WITHIN, id="an area"),
        pytest.param(
            "price, caps: [{of: household, share_of_compensation: 3%}]",
            "rate: 10%",
            3 * WAN,
            OF_COMPENSATION,
            id="a cap",
        ),
    ],
)
@pytest.mark.parametrize(
    ("policy", "expected", "times"),
    [
        pytest.param(None, ["done", "quote_past_changed"], 1, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 2, id="none: the race"),
    ],
)
def test_what_is_earned_once_is_earned_once_in_whatever_hands(
    engine: Engine,
    setting: Session,
    policy: LockPolicy | None,
    expected: list[str],
    times: int,
    base: str,
    pays: str,
    fen: int,
    rule: str,
) -> None:
    shop = make_shop(setting, desk=make_desk(setting, policy=once(base, pays)))
    buyer = make_buyer(setting, shop.desk, faces=(120 * WAN,))
    taker = parted(setting, shop, buyer)
    stays = setting.get_one(Voucher, setting.get_one(Voucher, buyer.vouchers[0].id).successor_id)
    own = Buyer(buyer.actor, buyer.household, [stays])
    acts = [locking(setting, shop, one, voucher_fen=30 * WAN) for one in (own, taker)]
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    assert sorted(map(str, outcomes)) == expected
    assert setting.scalars(select(func.sum(Allocation.bonus_fen))).one() == fen * times
    assert {breach.rule for breach in queries.verify(setting)} == ({rule} if policy else set())
