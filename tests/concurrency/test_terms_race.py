"""Better terms for cash buyers begin in the very moment in which a household locks the home.

With the locks the lock is taken before they begin, or refused. The control takes the locks away and lets the
terms begin between the check and the write: then a home is locked against the rule.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.redemptions import service
from tests.concurrency.race import PATIENCE, NoLocks, Outcome, before, come, do, queue_up
from tests.factories.promotions import declare
from tests.factories.redemptions import PRICE_FEN, Buyer, Shop, make_buyer, make_home, make_quote, make_shop

Act = Callable[[Session], object]


class Scene:
    """A quoted home, and what makes its voucher price break the rule."""

    def __init__(self, session: Session, clock: FixedClock, kind: str) -> None:
        self.shop: Shop = make_shop(session)
        self.home: Home = make_home(session, self.shop)
        self.buyer: Buyer = make_buyer(session, self.shop.desk)
        self.clock = clock
        self.kind = kind
        if kind == "plan":
            homes.plan_price(
                session,
                actor=self.shop.developer,
                home_id=self.home.id,
                kind="cash",
                amount_fen=PRICE_FEN - 1,
                effective_at=business_clock.now() + timedelta(minutes=1),
                reason="降价",
            )
            session.commit()
        self.quote = make_quote(session, self.buyer, self.home)

    def begin(self, session: Session) -> object:
        """Let the terms begin."""
        if self.kind == "plan":
            self.clock.advance(timedelta(minutes=1))
            return homes.settle_due(session)
        return declare(session, self.shop.developer, self.home, off_fen=2_000_000)

    def reserve(self, session: Session) -> object:
        """Lock the home."""
        return service.reserve(session, actor=self.buyer.actor, quote_ref=self.quote.ref)

    def hold(self, session: Session) -> None:
        """Keep the home locked, so that others wait for it."""
        session.execute(select(Home).where(Home.id == self.home.id).with_for_update(key_share=True))

    def out_reason(self, engine: Engine) -> str | None:
        """Return why the home left the pool."""
        with Session(engine) as session:
            return session.scalar(select(PoolListing.out_reason).where(PoolListing.home_id == self.home.id))


KINDS = pytest.mark.parametrize(
    ("kind", "reason"), [("promotion", "voucher_above_net"), ("plan", "voucher_above_cash")]
)


@KINDS
def test_whoever_comes_second_sees_the_first(
    engine: Engine, setting: Session, clock: FixedClock, kind: str, reason: str
) -> None:
    first = Scene(setting, clock, kind)
    assert queue_up(engine, first.hold, [first.begin, first.reserve]) == ["done", "home_not_listed"]
    second = Scene(setting, clock, kind)
    if kind == "promotion":  # a planned price counts from its moment, whether or not the job was first
        assert queue_up(engine, second.hold, [second.reserve, second.begin]) == ["done", "done"]
        assert second.out_reason(engine) == reason, "the purchase goes on, the listing is out"


def meet(scene: Scene, engine: Engine, policy: LockPolicy) -> tuple[object, bool]:
    """Reserve, and let the terms begin just before the redemption is written.

    Returns how the lock ended, and whether the terms were committed before it was written.
    """
    began: list[Future[Outcome]] = []
    committed: list[bool] = []
    with ThreadPoolExecutor(1) as pool:

        def interrupt() -> None:
            began.append(come(pool, engine, scene.begin, policy=policy))
            committed.append(began[0].done())

        def reserve(session: Session) -> object:
            before(session, interrupt)
            return scene.reserve(session)

        outcome = do(engine, reserve, policy=policy)
        assert [one.result(PATIENCE) for one in began] == ["done"]
    return outcome, committed[0]


@KINDS
def test_nothing_begins_between_check_and_write(
    engine: Engine, setting: Session, clock: FixedClock, kind: str, reason: str
) -> None:
    scene = Scene(setting, clock, kind)
    assert meet(scene, engine, LockPolicy()) == ("done", False)
    assert scene.out_reason(engine) == reason


@KINDS
def test_without_the_locks_a_home_is_locked_after_the_rule_forbade_it(
    engine: Engine, setting: Session, clock: FixedClock, kind: str, reason: str
) -> None:
    scene = Scene(setting, clock, kind)
    assert meet(scene, engine, NoLocks()) == ("done", True)
    assert scene.out_reason(engine) == reason
