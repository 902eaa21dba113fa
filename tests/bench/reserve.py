"""Locks a second through the service, against the same rows written by hand in psycopg, in the same run.

All lock homes one after the other on one connection, in turns of a few dozen, so that the machine's moods
fall on all of them. The ratio to the rows alone is the goal: 0.45 or more. The other one, to psycopg that
asks what a lock stands on as well, tells what the checks cost and what the service.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.core.actor import Actor
from app.core.driver import LeanCursor
from app.extensions import db
from app.ledger import queries as ledger
from app.ledger.models import LedgerAccount
from app.redemptions import queries as redemptions
from app.redemptions import service
from app.wiring import TEST_MOMENT
from tests.bench.harness import Result, compared
from tests.bench.reserve_by_hand import ByHand
from tests.database import Cluster, disconnect, settings_for
from tests.factories.policies import ROOMY
from tests.factories.redemptions import make_buyer, make_home, make_quote, make_shop
from tests.factories.vouchers import make_desk

TURNS, LOCKS_A_TURN = 8, 40
WARM_UP = 20
BUYERS = 20


@dataclass(frozen=True)
class Waiting:
    """A quote that nobody used yet."""

    actor: Actor
    ref: str


def run() -> list[Result]:
    """Measure both, prove that the books are sound, and return the figure."""
    clock.use(clock.FixedClock(TEST_MOMENT))
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        addresses = cluster.clone(name)
        app = create_app(settings_for(addresses))
        clock.use(clock.FixedClock(TEST_MOMENT))
        with app.app_context():
            engine = create_engine(db.engine.url, connect_args={"cursor_factory": LeanCursor})
        by_service, by_hand, checking = _measure(engine, addresses.app)
        engine.dispose()
        disconnect(app)
    finally:
        cluster.drop(name)
        cluster.close()
    return [
        compared("reserve through the service, over psycopg by hand", "locks/s", by_service, by_hand),
        compared("the same, over psycopg that checks what a lock stands on", "locks/s", by_service, checking),
    ]


def _measure(engine: Engine, url: str) -> list[float]:
    waiting = iter(_quotes(engine, 3 * (TURNS * LOCKS_A_TURN + WARM_UP)))
    with psycopg.connect(url, autocommit=True) as connection, Session(engine) as session:
        accounts = {
            account.kind: account.id
            for account in session.scalars(select(LedgerAccount).where(~LedgerAccount.guarded))
        }
        plain, checking = (
            ByHand(
                connection,
                key=b"only-for-tests-only-for-tests-only",
                bonus=accounts["bonus"],
                payable=accounts["developer_payable"],
                checks=checks,
            )
            for checks in (False, True)
        )
        session.rollback()
        moment = clock.now()

        def through_service(quote: Waiting) -> None:
            with Session(engine) as session:
                service.reserve(session, actor=quote.actor, quote_ref=quote.ref)
                session.commit()

        def by_hand(quote: Waiting) -> None:
            plain.reserve(quote.actor, quote.ref, moment)

        def by_hand_checking(quote: Waiting) -> None:
            checking.reserve(quote.actor, quote.ref, moment)

        ways = (through_service, by_hand, by_hand_checking)
        for way in ways:
            _time(way, waiting, WARM_UP)
        turns = [[_time(way, waiting, LOCKS_A_TURN) for way in ways] for _ in range(TURNS)]
        if ledger.verify(session) or redemptions.verify(session):
            raise AssertionError("the ways left different books")
    return [TURNS * LOCKS_A_TURN / sum(turn[place] for turn in turns) for place in range(len(ways))]


def _time(way: Callable[[Waiting], None], waiting: Iterator[Waiting], count: int) -> float:
    quotes = [next(waiting) for _ in range(count)]
    began = time.perf_counter()
    for quote in quotes:
        way(quote)
    return time.perf_counter() - began


def _quotes(engine: Engine, count: int) -> list[Waiting]:
    """Return so many quotes, each over one voucher and a home of its own."""
    with Session(engine, expire_on_commit=False) as session:
        shop = make_shop(session, desk=make_desk(session, policy=ROOMY))
        buyers = [make_buyer(session, shop.desk, faces=(100_000_000_000,)) for _ in range(BUYERS)]
        # The first lock opens the district's control accounts, which the hand-written one takes as given.
        service.reserve(
            session,
            actor=buyers[0].actor,
            quote_ref=make_quote(session, buyers[0], make_home(session, shop)).ref,
        )
        session.commit()
        quotes = []
        for number in range(count):
            buyer = buyers[number % BUYERS]
            quote = make_quote(session, buyer, make_home(session, shop))
            quotes.append(Waiting(buyer.actor, quote.ref))
        return quotes
