"""Around 24:00 local: what waited for a lock is judged by the moment it got it, and a quote by one moment.

A deadline of the day is over from 00:00:00 of the next; so are a quote, a bonus tier and a voucher.
"""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core import locks
from app.core.clock import FixedClock
from app.homes.models import Home
from app.redemptions import queries, service, snapshot
from app.redemptions.errors import VoucherNotUsable
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.sales import service as sales
from app.vouchers.models import Voucher
from tests.concurrency.buying import contracting, reserving
from tests.concurrency.race import PATIENCE, Act, Outcome, do, queue_up, wait_until_waiting
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_quote,
    make_redemption,
)
from tests.factories.sales import make_number

MOMENT_BEFORE = timedelta(microseconds=1)


def midnight() -> datetime:
    """Return 24:00 of the clock's day."""
    return business_clock.end_of_day(business_clock.today())


def waiting_over(engine: Engine, first: Act, act: Act, clock: FixedClock, moment: datetime) -> Outcome:
    """Let an act wait for what ``first`` locks, until the clock shows a later moment; return how it ended."""
    with Session(engine) as holder, ThreadPoolExecutor(1) as pool:
        first(holder)
        running = pool.submit(do, engine, act)
        wait_until_waiting(engine, 1)
        clock.moment = moment
        holder.rollback()
        return running.result(PATIENCE)


def holding(kind: type[Home] | type[Voucher], row_id: int) -> Act:
    return lambda session: locks.lock(session, kind, row_id)


@pytest.mark.parametrize("waits_for", ["home", "voucher"])
def test_a_quote_that_waited_past_midnight_is_over(
    engine: Engine, setting: Session, home: Home, buyer: Buyer, clock: FixedClock, waits_for: str
) -> None:
    clock.moment = midnight() - MOMENT_BEFORE
    quote = make_quote(setting, buyer, home)
    held = holding(Home, home.id) if waits_for == "home" else holding(Voucher, buyer.vouchers[0].id)
    ended = waiting_over(engine, held, reserving(buyer, quote.ref), clock, quote.expires_at)
    assert ended == "quote_expired"
    assert setting.scalars(select(Redemption)).all() == []


@pytest.mark.parametrize("waits_for", ["home", "voucher"])
def test_a_voucher_that_lapsed_while_its_lock_waited_buys_nothing(
    engine: Engine, setting: Session, home: Home, buyer: Buyer, clock: FixedClock, waits_for: str
) -> None:
    voucher = buyer.vouchers[0]
    assert voucher.expires_at is not None
    clock.moment = voucher.expires_at - MOMENT_BEFORE
    quote = make_quote(setting, buyer, home)
    held = holding(Home, home.id) if waits_for == "home" else holding(Voucher, voucher.id)
    ended = waiting_over(engine, held, reserving(buyer, quote.ref), clock, voucher.expires_at)
    assert ended in {"quote_expired", "voucher_lapsed"}
    assert setting.scalars(select(Redemption)).all() == []


@pytest.mark.parametrize("edge", ["tier", "lapse"])
def test_a_quote_is_of_one_day_wherever_midnight_falls_within_it(
    setting: Session, home: Home, buyer: Buyer, edge: str
) -> None:
    """The clock is past the edge from the first time that it is asked, from the second and each later one."""
    voucher = buyer.vouchers[0]
    assert voucher.expires_at is not None
    first = snapshot.read(make_quote(setting, buyer, home).snapshot).parts[0]
    assert first.rate_last_day is not None
    over = voucher.expires_at if edge == "lapse" else business_clock.end_of_day(first.rate_last_day)
    rates: set[int | None] = set()
    for calls in itertools.count():
        ticking = CrossingClock(over, calls)
        business_clock.use(ticking)
        try:
            quote = service.quote(setting, actor=buyer.actor, home_ref=home.ref, parts=buyer.parts())
        except VoucherNotUsable:
            setting.rollback()
            rates.add(None)
        else:
            part = snapshot.read(quote.snapshot).parts[0]
            assert quote.expires_at <= business_clock.end_of_day(business_clock.legal_day(quote.made_at))
            assert part.rate_last_day is not None
            assert business_clock.legal_day(quote.made_at) <= part.rate_last_day
            assert quote.made_at < voucher.expires_at
            rates.add(part.rate_bp)
            setting.rollback()
        if not ticking.crossed:
            break
    assert (len(rates), None in rates) == (2, edge == "lapse")


class CrossingClock:
    """Stands just before an edge, and from so many calls on at it."""

    def __init__(self, edge: datetime, calls: int) -> None:
        self._edge = edge
        self._left = calls

    @property
    def crossed(self) -> bool:
        """Whether it passed the edge already."""
        return self._left < 0

    def now(self) -> datetime:
        """Return the moment of this call."""
        self._left -= 1
        return self._edge if self._left < 0 else self._edge - MOMENT_BEFORE


@pytest.mark.parametrize("contract_first", [True, False])
def test_at_the_deadline_the_contract_is_too_late_and_the_next_buyer_has_the_home(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    clock: FixedClock,
    check_sound: Callable[[], None],
    contract_first: bool,
) -> None:
    stale = make_redemption(setting, make_buyer(setting, shop.desk), home)
    clock.moment = stale.deadline_at
    acts = [contracting(shop, stale), reserving(buyer, make_quote(setting, buyer, home).ref)]
    outcomes = queue_up(engine, holding(Home, home.id), acts if contract_first else acts[::-1])
    late = "hold_over" if contract_first else "redemption_expired"
    assert outcomes == ([late, "done"] if contract_first else ["done", late])
    setting.refresh(stale)
    assert stale.state == State.EXPIRED
    check_sound()


@pytest.mark.parametrize("contract_first", [True, False])
def test_a_moment_before_the_deadline_the_contract_holds_against_the_next_buyer(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    clock: FixedClock,
    check_sound: Callable[[], None],
    contract_first: bool,
) -> None:
    quote = make_quote(setting, buyer, home)
    held = make_redemption(setting, make_buyer(setting, shop.desk), home)
    held.deadline_at = quote.expires_at
    setting.commit()
    clock.moment = held.deadline_at - MOMENT_BEFORE
    acts = [contracting(shop, held), reserving(buyer, quote.ref)]
    outcomes = queue_up(engine, holding(Home, home.id), acts if contract_first else acts[::-1])
    assert set(outcomes) == {"done", "home_locked"}
    setting.refresh(held)
    assert held.state == State.CONTRACTED
    check_sound()


def test_a_contract_that_waited_past_the_deadline_is_too_late(
    engine: Engine, setting: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    held = make_redemption(setting, buyer, home)
    clock.moment = held.deadline_at - MOMENT_BEFORE
    act = contracting(shop, held)
    assert waiting_over(engine, holding(Home, home.id), act, clock, held.deadline_at) == "hold_over"
    setting.refresh(held)
    assert (held.state, held.contract_number) == (State.LOCKED, None)


def test_a_hold_that_ended_while_the_job_waited_is_not_lengthened(
    engine: Engine, setting: Session, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    held = make_redemption(setting, buyer, home)
    clock.moment = held.deadline_at - MOMENT_BEFORE
    ended = waiting_over(engine, holding(Home, home.id), service.extend_unanswered, clock, held.deadline_at)
    assert ended == "done"
    setting.refresh(held)
    assert held.extended_at is None
    assert queries.is_over(held, clock.now())


def test_a_hold_that_ended_while_a_cash_contract_waited_gives_way_to_it(
    engine: Engine, setting: Session, shop: Shop, home: Home, buyer: Buyer, clock: FixedClock
) -> None:
    held = make_redemption(setting, buyer, home)
    clock.moment = held.deadline_at - MOMENT_BEFORE
    day = business_clock.today()

    def report(session: Session) -> None:
        sales.report(
            session,
            actor=shop.developer,
            home_id=home.id,
            contract_number=make_number(),
            signed_on=day,
            price_fen=None,
            payment=None,
        )

    ended = waiting_over(engine, holding(Home, home.id), report, clock, held.deadline_at)
    assert ended == "done"
    setting.refresh(held)
    setting.refresh(home)
    assert (held.state, home.status) == (State.EXPIRED, "sold")
