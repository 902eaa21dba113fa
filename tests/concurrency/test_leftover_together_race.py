"""A leftover is asked for while another voucher of the household locks a home: its band counts both."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries
from app.vouchers import endings
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from tests.concurrency.buying import locking, locking_by_consent
from tests.concurrency.race import Act, NoLocks, held
from tests.factories.endings import payee
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_shop
from tests.factories.vouchers import make_desk

WAN = 1_000_000
RULE = "an ending counts what all vouchers of its household spent, where its policy does"
SHARED = ROOMY + (
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 30%, rate: 100%, spent_of: household}]\n"
)


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting, desk=make_desk(setting, policy=SHARED))


def asking(setting: Session, buyer: Buyer, place: int) -> Act:
    voucher = setting.get_one(Voucher, buyer.vouchers[place].id)
    seen = outlook(setting, voucher, Kind.PAYOUT).parts.paid_fen
    setting.commit()
    return lambda session: endings.ask(
        session,
        actor=buyer.actor,
        voucher_ref=voucher.ref,
        kind=Kind.PAYOUT,
        payee=payee(buyer.household.holder_name),
        seen_fen=seen,
    )


@pytest.mark.parametrize("lock_of", [locking, locking_by_consent])
@pytest.mark.parametrize(
    ("policy", "expected", "paid"),
    [
        pytest.param(None, "ending_household_open", [], id="locks"),
        pytest.param(NoLocks(), "done", [25 * WAN], id="none: the race"),
    ],
)
def test_a_leftover_waits_for_the_home_that_another_voucher_locks(
    engine: Engine,
    setting: Session,
    shop: Shop,
    lock_of: Callable[..., Act],
    policy: LockPolicy | None,
    expected: str,
    paid: list[int],
) -> None:
    buyer = make_buyer(setting, shop.desk, faces=(50 * WAN, 50 * WAN))
    ask = asking(setting, buyer, 1)
    lock = lock_of(setting, shop, buyer, buyer.vouchers[0].ref, voucher_fen=40 * WAN)
    assert held(engine, lock, ask, policy=policy) == expected
    assert list(setting.scalars(select(VoucherEnding.paid_fen))) == paid
    assert {breach.rule for breach in queries.verify(setting)} == ({RULE} if policy else set())


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "none"])
def test_two_leftovers_of_a_household_do_not_hinder_each_other(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None
) -> None:
    """Neither face nor what was spent changes by a payout: in any order both are paid by the same band."""
    buyer = make_buyer(setting, shop.desk, faces=(50 * WAN, 50 * WAN))
    first, second = (asking(setting, buyer, place) for place in range(2))
    assert held(engine, first, second, policy=policy) == "done"
    assert list(setting.scalars(select(VoucherEnding.paid_fen))) == [25 * WAN, 25 * WAN]
    assert queries.verify(setting) == []
