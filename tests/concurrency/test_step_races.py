"""Two people take different steps at the same moment: one happens, the other is told why not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.homes.models import Home
from app.ledger.models import LedgerTransfer
from app.redemptions import service
from app.redemptions.models import Redemption, RedemptionMove
from tests.concurrency.buying import cancelling, contracting, holding
from tests.concurrency.race import queue_up
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_quote,
    make_redemption,
    verify_first,
)


def sweeping(session: Session) -> None:
    service.expire_overdue(session)


def steps(session: Session, redemption: Redemption) -> list[str]:
    moves = select(RedemptionMove.action).where(RedemptionMove.redemption_id == redemption.id)
    return list(session.scalars(moves.order_by(RedemptionMove.id)))


def open_promises(session: Session) -> int:
    ended = select(LedgerTransfer.pending_id).where(LedgerTransfer.pending_id.is_not(None))
    pending = select(func.count(LedgerTransfer.id)).where(
        LedgerTransfer.kind == "pending", LedgerTransfer.id.not_in(ended)
    )
    return session.scalars(pending).one()


@pytest.mark.parametrize("cancel_first", [True, False])
def test_cancelling_races_the_contract(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    check_sound: Callable[[], None],
    cancel_first: bool,
) -> None:
    locked = make_redemption(setting, buyer, home)
    acts = [cancelling(buyer, locked), contracting(shop, locked)]
    outcomes = queue_up(engine, holding(home), acts if cancel_first else acts[::-1])
    setting.refresh(locked)
    if cancel_first:
        assert outcomes == ["done", "redemption_cancelled"]
        assert (locked.state, locked.contract_number, open_promises(setting)) == ("cancelled", None, 0)
    else:
        assert outcomes == ["done", "contract_entered"]
        assert (locked.state, locked.contract_number, open_promises(setting)) == ("contracted", "网签-1", 2)
    check_sound()


@pytest.mark.parametrize("sweep_first", [True, False])
def test_the_sweep_races_the_next_buyer(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    clock: FixedClock,
    check_sound: Callable[[], None],
    sweep_first: bool,
) -> None:
    stale = make_redemption(setting, make_buyer(setting, shop.desk), home)
    clock.moment = stale.deadline_at
    quote_ref = make_quote(setting, buyer, home).ref

    def reserve(session: Session) -> None:
        service.reserve(session, actor=buyer.actor, quote_ref=quote_ref)

    acts = [sweeping, reserve]
    outcomes = queue_up(engine, holding(home), acts if sweep_first else acts[::-1])
    assert outcomes == ["done", "done"]
    assert steps(setting, stale) == ["reserve", "expire"]
    setting.expire_all()
    states = select(Redemption.state).where(Redemption.home_id == home.id).order_by(Redemption.id)
    assert setting.scalars(states).all() == ["expired", "locked"]
    check_sound()


def test_two_sweeps_and_a_late_cancellation_release_once(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    clock: FixedClock,
    check_sound: Callable[[], None],
) -> None:
    stale = make_redemption(setting, buyer, home)
    clock.moment = stale.deadline_at + timedelta(days=1)
    acts = [sweeping, sweeping, cancelling(buyer, stale)]
    assert queue_up(engine, holding(home), acts) == ["done", "done", "redemption_expired"]
    assert steps(setting, stale) == ["reserve", "expire"]
    assert open_promises(setting) == 0
    check_sound()


@pytest.mark.parametrize("refuse_first", [True, False])
def test_writing_off_races_the_refusal(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    check_sound: Callable[[], None],
    refuse_first: bool,
) -> None:
    checked = make_redemption(setting, buyer, home)
    contract(setting, shop, checked)
    verify_first(setting, shop, checked)
    checker = shop.desk.checker

    def refuse(session: Session) -> None:
        service.refuse(session, actor=checker, redemption_ref=checked.ref, reason="面积不符")

    def verify(session: Session) -> None:
        service.verify_second(session, actor=checker, redemption_ref=checked.ref)

    outcomes = queue_up(engine, holding(home), [refuse, verify] if refuse_first else [verify, refuse])
    assert outcomes == ["done", "redemption_refused" if refuse_first else "redemption_redeemed"]
    setting.refresh(home)
    assert home.status == ("free" if refuse_first else "sold")
    assert open_promises(setting) == 0
    check_sound()
