"""A leftover is asked for in the very moment in which its household locks a home with it, or asks again.

With the locks whoever comes second sees the first. The control takes the locks away: the ledger alone still
gives every fen once, but not every refusal is told why any more, and a guard of the database has to say no.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.approvals.queries import find_latest, mark_of
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.locks import LockPolicy
from app.redemptions.models import Redemption
from app.vouchers import endings, lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from tests.concurrency.buying import locking
from tests.concurrency.race import PATIENCE, Act, NoLocks, come, held, queue_up, race
from tests.factories.endings import VOIDING, payee
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting, desk=make_desk(setting, policy=VOIDING))


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    return make_buyer(setting, shop.desk, faces=(100_000_000,))


def asking(setting: Session, buyer: Buyer) -> Act:
    voucher = setting.get_one(Voucher, buyer.vouchers[0].id)
    seen_fen = outlook(setting, voucher, Kind.PAYOUT).parts.paid_fen
    setting.commit()
    return lambda session: endings.ask(
        session,
        actor=buyer.actor,
        voucher_ref=voucher.ref,
        kind=Kind.PAYOUT,
        payee=payee(),
        seen_fen=seen_fen,
    )


def counted(setting: Session) -> tuple[int | None, int | None]:
    """Return how many endings and how many purchases there are."""
    return setting.scalar(select(func.count(VoucherEnding.id))), setting.scalar(
        select(func.count(Redemption.id))
    )


def test_whoever_comes_second_is_told_why(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, check_sound: Callable[[], None]
) -> None:
    lock, ask = locking(setting, shop, buyer), asking(setting, buyer)

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == buyer.vouchers[0].id).with_for_update())

    assert queue_up(engine, hold, [ask, lock]) == ["done", "voucher_ending"]
    other = make_buyer(setting, shop.desk, faces=(100_000_000,))
    lock, ask = locking(setting, shop, other), asking(setting, other)

    def hold_other(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == other.vouchers[0].id).with_for_update())

    assert queue_up(engine, hold_other, [lock, ask]) == ["done", "ending_homes_held"]
    check_sound()


@pytest.mark.parametrize("locks_first", [True, False], ids=["a home is locked first", "a leftover first"])
def test_without_the_locks_the_ledger_alone_gives_a_fen_once(
    engine: Engine,
    setting: Session,
    shop: Shop,
    buyer: Buyer,
    locks_first: bool,
    check_sound: Callable[[], None],
) -> None:
    # Opens the district's accounts, for which the two would otherwise wait.
    make_redemption(setting, make_buyer(setting, shop.desk), make_home(setting, shop))
    lock, ask = locking(setting, shop, buyer), asking(setting, buyer)
    first, second = (lock, ask) if locks_first else (ask, lock)
    # Who locks a home looks for the reason once the ledger has refused; who asks does not.
    told = "insufficient_balance" if locks_first else "voucher_ending"
    assert held(engine, first, second, policy=NoLocks()) == told
    assert counted(setting) == ((0, 2) if locks_first else (1, 1))
    check_sound()


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "none: the index alone"])
def test_two_that_ask_at_once_get_one_ending(
    engine: Engine, setting: Session, buyer: Buyer, policy: LockPolicy | None, check_sound: Callable[[], None]
) -> None:
    ask = asking(setting, buyer)
    outcomes = race(engine, [ask, ask], policy=policy, meet_at="INSERT INTO voucher_endings ")
    assert sorted(map(str, outcomes)) == ["done", "ending_open"]
    assert counted(setting)[0] == 1
    check_sound()


def test_without_lock_and_index_a_leftover_is_written_down_twice_but_promised_once(
    engine: Engine, setting: Session, buyer: Buyer, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP INDEX uq_voucher_endings_live")
    ask = asking(setting, buyer)
    outcomes = race(engine, [ask, ask], policy=NoLocks(), meet_at="INSERT INTO voucher_endings ")
    assert sorted(map(str, outcomes)) == ["done", "insufficient_balance"], "the ledger gives it once"


def test_two_jobs_at_once_end_a_voucher_once(
    engine: Engine, setting: Session, buyer: Buyer, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    outcomes = race(engine, [lapses.lapse_due, lapses.lapse_due])
    assert outcomes == ["done", "done"]
    assert counted(setting)[0] == 1
    check_sound()


@pytest.mark.parametrize("minds", [True, False], ids=["by what was read", "control: by no mark"])
def test_what_is_prepared_anew_while_its_approval_waits_is_not_approved_unread(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, clock: FixedClock, minds: bool
) -> None:
    ending = asking(setting, buyer)(setting)
    endings.prepare(setting, actor=shop.desk.officer, ending_ref=ending.ref)
    colleague = make_actor(setting, role=Role.CHECKER, district=shop.desk.district)
    setting.commit()
    read = find_latest(setting, actor=shop.desk.checker, kind=endings.END, subject_id=ending.id)
    mark = mark_of(read) if minds else None
    setting.commit()

    def approve(session: Session) -> None:
        endings.approve(session, actor=shop.desk.checker, ending_ref=ending.ref, seen=mark)

    with ThreadPoolExecutor(1) as pool, Session(engine) as anew:
        endings.send_back(anew, actor=colleague, ending_ref=ending.ref, reason="账号不清楚")
        clock.advance(timedelta(minutes=5))
        endings.prepare(anew, actor=shop.desk.officer, ending_ref=ending.ref)
        approving = come(pool, engine, approve)
        anew.commit()
        assert approving.result(PATIENCE) == ("approval_decided" if minds else "done")
    setting.refresh(ending)
    assert (ending.state == "prepared") is minds
