"""A voucher is stopped in the very moment in which its household locks a home with it.

Whoever comes second waits for the first: either the home was locked before, and goes on, or nothing is
promised any more. The control takes the locks away: then the database itself has to say no.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.redemptions.models import Redemption
from app.vouchers import stops
from app.vouchers.models import Voucher
from tests.concurrency.buying import locking
from tests.concurrency.race import Act, NoLocks, Outcome, before, do, queue_up
from tests.factories.redemptions import Buyer, Shop, make_buyer


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    return make_buyer(setting, shop.desk, faces=(100_000_000,))


def stopping(shop: Shop, buyer: Buyer) -> Act:
    return lambda session: stops.suspend(
        session, actor=shop.desk.officer, voucher_ref=buyer.vouchers[0].ref, reason="有疑问"
    )


def locked(setting: Session) -> int | None:
    return setting.scalar(select(func.count(Redemption.id)))


def test_whoever_comes_second_finds_the_first(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, check_sound: Callable[[], None]
) -> None:
    lock, stop = locking(setting, shop, buyer), stopping(shop, buyer)

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == buyer.vouchers[0].id).with_for_update())

    assert queue_up(engine, hold, [stop, lock]) == ["done", "voucher_stopped"]
    assert locked(setting) == 0
    check_sound()


def stopped_between(engine: Engine, lock: Act, stop: Act) -> Outcome:
    """Lock a home without locks, and stop the voucher between the check and the write."""

    def interrupt() -> None:
        assert do(engine, stop, policy=NoLocks()) == "done"

    def act(session: Session) -> None:
        before(session, interrupt)
        lock(session)

    return do(engine, act, policy=NoLocks())


def test_without_locks_the_trigger_keeps_a_stopped_voucher_from_paying(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, check_sound: Callable[[], None]
) -> None:
    refused = stopped_between(engine, locking(setting, shop, buyer), stopping(shop, buyer))
    assert isinstance(refused, IntegrityError)
    assert "voucher_not_stopped" in str(refused)
    assert locked(setting) == 0
    check_sound()


def test_without_locks_and_trigger_a_stopped_voucher_pays(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP TRIGGER allocations_not_stopped ON allocations")
    assert stopped_between(engine, locking(setting, shop, buyer), stopping(shop, buyer)) == "done"
    assert locked(setting) == 1, "the control: this is what lock and trigger prevent"
