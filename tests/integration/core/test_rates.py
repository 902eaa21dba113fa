from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from app.core.rates import PostgresCounters
from app.extensions import db


def test_a_limit_holds_across_processes_that_share_the_database(committed_app: Flask) -> None:
    with committed_app.app_context():
        PostgresCounters.engine = db.engine
    limit = RateLimitItemPerMinute(5)

    def hit(_: int) -> bool:
        # As another process would: an own store and limiter, nothing shared but the database.
        return FixedWindowRateLimiter(PostgresCounters()).hit(limit, "somebody")

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(hit, range(20))) == 5


def test_a_new_window_starts_at_one(committed_app: Flask) -> None:
    with committed_app.app_context():
        PostgresCounters.engine = db.engine
    store = PostgresCounters()
    assert [store.incr("k", 60), store.incr("k", 60), store.get("k")] == [1, 2, 2]
    assert [store.incr("gone", 0), store.incr("gone", 60)] == [1, 1]
    store.clear("k")
    assert store.get("k") == 0
