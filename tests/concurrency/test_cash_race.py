"""A bonus in cash is approved in the very moment in which its home's price is corrected."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import cash, later
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from tests.concurrency.race import NoLocks, held
from tests.factories.cash import CASH
from tests.factories.endings import payee
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk


@pytest.mark.parametrize(
    ("policy", "expected", "state"),
    [
        pytest.param(None, "approval_decided", "prepared", id="locks"),
        pytest.param(NoLocks(), "done", "approved", id="none: the race"),
    ],
)
def test_whoever_waited_for_a_correction_does_not_approve_another_sum(
    engine: Engine, setting: Session, policy: LockPolicy | None, expected: str, state: str
) -> None:
    """What was read before the lock, of the part that its voucher pays, counts no more."""
    shop = make_shop(setting, desk=make_desk(setting, policy=CASH))
    desk, buyer = shop.desk, make_buyer(setting, shop.desk, faces=(60_000_000,))
    bought = redeem(
        setting, shop, make_redemption(setting, buyer, make_home(setting, shop, voucher_fen=40_000_000))
    )
    bonus = setting.scalars(select(CashBonus)).one()
    cash.prepare(setting, actor=desk.officer, ref=bonus.ref, payee=payee())
    setting.commit()
    seen = later.mark_of(setting, bonus)
    wish = Wish(Kind.PRICE, "更正房价", price_fen=30_000_000)
    change = changes.ask(setting, actor=desk.officer, redemption_ref=bought.ref, wish=wish)
    setting.commit()
    outcome = held(
        engine,
        lambda session: changes.approve(session, actor=desk.checker, change_ref=change.ref),
        lambda session: cash.approve(session, actor=desk.checker, ref=bonus.ref, seen=seen),
        policy=policy,
    )
    assert outcome == expected
    setting.expire_all()
    found = setting.scalars(select(CashBonus)).one()
    assert (found.state, found.due_fen) == (state, 6_000_000)
