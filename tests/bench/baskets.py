"""500 buyers go after 50 homes with baskets that overlap in every order: how long it takes.

Each buyer asks for three homes of the fifty, in an order of its own, and goes on without those that are gone,
as the page offers. It is an error unless exactly 50 homes are locked, every refusal says why, no database
error surfaces and the books are sound.
"""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.core.errors import Busy, DomainError
from app.extensions import db
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.redemptions import service
from app.redemptions.errors import BasketRefused
from app.redemptions.models import Redemption
from app.wiring import TEST_MOMENT
from tests.bench.harness import Result
from tests.database import Cluster, disconnect, settings_for
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_shop

BUYERS, HOMES, IN_A_BASKET, AT_ONCE = 500, 50, 3, 12
MOST_TRIES = 5


def run() -> list[Result]:
    """Let everybody loose, prove what must hold, and return the figures."""
    clock.use(clock.FixedClock(TEST_MOMENT))
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        app = create_app(settings_for(cluster.clone(name)))
        clock.use(clock.FixedClock(TEST_MOMENT))
        with app.app_context():
            engine = create_engine(db.engine.url, pool_size=AT_ONCE + 2, max_overflow=0)
        results = _measure(engine)
        engine.dispose()
        disconnect(app)
    finally:
        cluster.drop(name)
        cluster.close()
    return results


def _measure(engine: Engine) -> list[Result]:
    asked = _baskets(engine)
    told: Counter[str] = Counter()
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for said in pool.map(lambda one: _buy(engine, *one), asked):
            told.update(said)
    seconds = time.perf_counter() - began
    with Session(engine) as session:
        locked = session.scalar(select(func.count(Redemption.id)).where(Redemption.state == "locked"))
        sound = not ledger.verify(session) and not redemptions.verify(session)
    if locked != HOMES or not sound or set(told) - {"home_locked", "basket_empty", "busy"}:
        raise AssertionError(f"{locked} homes locked, sound: {sound}, told: {dict(told)}")
    return [
        Result("baskets: 500 buyers on 50 homes", "s", seconds),
        Result("baskets: homes locked", "homes", float(locked)),
        Result("baskets: refusals because the home was gone", "refusals", float(told["home_locked"])),
        Result("baskets: told to try again, and did", "times", float(told["busy"])),
    ]


def _baskets(engine: Engine) -> list[tuple[Buyer, str]]:
    chance = random.Random(2016)
    with Session(engine, expire_on_commit=False) as session:
        shop = make_shop(session)
        refs = [make_home(session, shop).ref for _ in range(HOMES)]
        asked = []
        for _ in range(BUYERS):
            buyer = make_buyer(session, shop.desk, faces=(200_000_000,))
            wanted = chance.sample(refs, IN_A_BASKET)
            basket = service.quote_basket(session, actor=buyer.actor, home_refs=wanted, parts=buyer.parts())
            session.commit()
            asked.append((buyer, basket.ref))
        return asked


def _buy(engine: Engine, buyer: Buyer, basket_ref: str) -> list[str]:
    """Lock what can be had of a basket; return the code of everything that was refused."""
    told: list[str] = []
    gone: set[str] = set()
    tries = 0
    while tries < MOST_TRIES:
        try:
            with Session(engine) as session, session.begin():
                if gone:
                    basket_ref = service.requote_basket(
                        session, actor=buyer.actor, basket_ref=basket_ref, without=gone
                    ).ref
            with Session(engine) as session, session.begin():
                service.reserve_basket(session, actor=buyer.actor, basket_ref=basket_ref)
                return told
        except BasketRefused as refused:
            told += [one.error.code for one in refused.refusals]
            gone |= {one.home_ref for one in refused.refusals}
        except Busy:
            told.append("busy")
            tries += 1
        except DomainError as refusal:
            return [*told, refusal.code]
    return told
