"""What following costs at size: 1,000 different saved searches about 500 changed homes, and homes alike.

Timed is what is asked of the search, as the job and a home's page ask it; nothing is written.
"""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import product
from statistics import median
from typing import Final

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core import clock
from app.following import rules
from app.search import flows, queries, source
from app.search.postgres import PostgresEngine, answering
from app.search.request import SearchRequest
from app.wiring import TEST_MOMENT
from tests.bench import city
from tests.bench.harness import Result
from tests.bench.search_scale import HOMES as MOST_HOMES
from tests.database import Cluster

HOMES: Final = min(MOST_HOMES, 100_000)
SEARCHES, CHANGED, ALIKE = 1_000, 500, 100
_WORDS: Final = ("", "滨江", "锦绣", "jinxiu", "凤凰国际", "花园", "长江 家园", "bj", "现房", "电梯")


def run() -> list[Result]:
    """Fill a database, ask, and return the figures."""
    clock.use(clock.FixedClock(TEST_MOMENT))
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        owner = cluster.clone(name).owner
        with psycopg.connect(owner, autocommit=True) as connection:
            city.fill(connection, HOMES)
        engine = create_engine(make_url(owner).set(drivername="postgresql+psycopg"))
        with Session(engine) as session:
            own = PostgresEngine(lambda: session)
            flows.reindex(session, own, lambda _done: None)
            session.execute(text(f"ANALYZE {answering(session).name}"))
            session.commit()
            results = [*_looked(session, own), *_alike(session, own)]
        engine.dispose()
    finally:
        cluster.drop(name)
        cluster.close()
    return results


def _searches() -> list[SearchRequest]:
    """Return as many different searches as people save them: most have a place, rooms or a bound."""
    drawn = product(_WORDS, (None, 60_000_000, 90_000_000, 120_000_000), (1, 2, 3, 4, 0), range(5))
    found = [
        SearchRequest(
            q=word,
            price_max=most,
            rooms=(rooms,) if rooms else (),
            district=(f"bench-{place}",) if place else (),
            area_min=Decimal(40 + place),
        )
        for word, most, rooms, place in drawn
    ]
    return found[:SEARCHES]


def _looked(session: Session, own: PostgresEngine) -> list[Result]:
    changed = list(source.public_ids(session, after=0, limit=CHANGED))
    searches = _searches()
    began = time.perf_counter()
    asked = {rules.unbounded(request) for request in searches}
    found = sum(len(queries.matching(session, own, request, changed)) for request in asked)
    seconds = time.perf_counter() - began
    return [
        Result(f"{len(searches)} saved searches asked about {CHANGED} changed homes", "s", seconds),
        Result("questions they are without their bounds", "", len(asked)),
        Result("homes they found among these", "", found),
    ]


def _alike(session: Session, own: PostgresEngine) -> list[Result]:
    ids = source.public_ids(session, after=0, limit=HOMES)[:: HOMES // ALIKE]
    homes = source.load(session, ids).values()
    took = sorted(_milliseconds(partial(queries.similar, session, own, home, limit=3)) for home in homes)
    return [
        Result(f"homes alike among {HOMES}, p50", "ms", median(took)),
        Result(f"homes alike among {HOMES}, p95", "ms", took[int(len(took) * 0.95)]),
    ]


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
