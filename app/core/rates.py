"""Rate counters in PostgreSQL, so that a limit holds across all processes and machines.

In memory, "5 a minute" lets five through on every worker process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from limits.storage import Storage
from sqlalchemy import ARRAY, Engine, Text, any_, bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant
from app.core.prepared import Prepared

SCHEME = "anju-postgresql"


class RateCounter(Base):
    """Hits on one limit key within its present window."""

    __tablename__ = "rate_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[Instant] = mapped_column(index=True)


_STALE: Final = RateCounter.expires_at <= bindparam("moment", type_=RateCounter.expires_at.type)
_NEW: Final = insert(RateCounter)
_WINDOW: Final = {
    "hits": case((_STALE, _NEW.excluded.hits), else_=RateCounter.hits + _NEW.excluded.hits),
    "expires_at": case((_STALE, _NEW.excluded.expires_at), else_=RateCounter.expires_at),
}
"""A window that has ended is begun anew by the next hit."""

_COUNT: Final = _NEW.on_conflict_do_update(index_elements=["key"], set_=_WINDOW).returning(RateCounter.hits)
_COUNT_UP_TO: Final = Prepared(
    _NEW.on_conflict_do_update(
        index_elements=["key"],
        set_=_WINDOW,
        where=_STALE | (RateCounter.hits <= bindparam("most", type_=RateCounter.hits.type)),
    ).returning(RateCounter.hits),
    ("key", "hits", "expires_at"),
)
_HELD: Final = (
    select(RateCounter.key)
    .where(RateCounter.key == any_(bindparam("keys", type_=ARRAY(Text))))
    .order_by(RateCounter.key)
    .with_for_update()
    .cte("held")
)
_GIVE_BACK: Final = Prepared(
    update(RateCounter)
    .where(RateCounter.key == _HELD.c.key)
    .values(hits=func.greatest(RateCounter.hits - 1, 0))
    .returning(RateCounter.hits)
)
"""All are built once: each sign-in counts by them several times."""


def _hit(key: str, seconds: int, hits: int = 1) -> dict[str, Any]:
    """Return what the statements are given: hits on a key whose window lasts so many seconds."""
    moment = clock.system_now()
    return {"key": key, "hits": hits, "expires_at": moment + timedelta(seconds=seconds), "moment": moment}


class PostgresCounters(Storage):
    """Fixed-window counters; each hit is its own short transaction, kept whatever becomes of the request."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012  # the base class declares it so
    engine: Engine | None = None
    """Set by the wiring before the first request."""

    @property
    def base_exceptions(self) -> type[Exception]:
        """The errors that mean the store is out of reach."""
        return SQLAlchemyError

    def _engine(self) -> Engine:
        return shared_engine()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count hits and return how many the window now holds; a new one lasts ``expiry`` seconds."""
        with self._engine().begin() as connection:
            return int(connection.execute(_COUNT, _hit(key, expiry, amount)).scalar_one())

    def get(self, key: str) -> int:
        """Return the hits in the present window."""
        live = select(RateCounter.hits).where(
            RateCounter.key == key, RateCounter.expires_at > clock.system_now()
        )
        with self._engine().begin() as connection:
            return int(connection.execute(live).scalar() or 0)

    def get_expiry(self, key: str) -> float:
        """Return when the window ends, in seconds since the epoch."""
        with self._engine().begin() as connection:
            until = connection.execute(select(RateCounter.expires_at).where(RateCounter.key == key)).scalar()
        return (until or clock.system_now()).timestamp()

    def check(self) -> bool:
        """Tell whether the store answers."""
        with self._engine().begin() as connection:
            connection.execute(select(1))
        return True

    def reset(self) -> int | None:
        """Forget every window that has ended and return how many there were."""
        with self._engine().begin() as connection:
            return connection.execute(
                delete(RateCounter).where(RateCounter.expires_at <= clock.system_now())
            ).rowcount

    def clear(self, key: str) -> None:
        """Forget one key."""
        with self._engine().begin() as connection:
            connection.execute(delete(RateCounter).where(RateCounter.key == key))


def shared_engine() -> Engine:
    """Return the engine of the process. Raises RuntimeError before the wiring has set it."""
    if PostgresCounters.engine is None:
        raise RuntimeError("rate counters have no engine: create_app sets it")
    return PostgresCounters.engine


@dataclass(frozen=True)
class Bucket:
    """So many tries in so many seconds, all that share one key counted together.

    The key is stored as it is: whoever makes it hashes what is personal in it.
    """

    key: str
    most: int
    seconds: int


@dataclass(frozen=True)
class Full:
    """A bucket that took no more; ``first`` for the first refusal of its window."""

    bucket: Bucket
    first: bool


def take(buckets: Sequence[Bucket]) -> Full | None:
    """Count one try in each bucket, in order, and return None; stop at the first that is full and return it.

    Counted before the try is made and given back when it turns out well, so that a thousand tries at one
    moment are not all judged by the count before them.
    """
    for bucket in buckets:
        hits = _take(bucket)
        if hits is None or hits > bucket.most:
            return Full(bucket, first=hits is not None)
    return None


def _take(bucket: Bucket) -> int | None:
    """Return the window's hits with this one: ``most + 1`` for the first refusal, None for later ones."""
    with shared_engine().begin() as connection:
        counted = _COUNT_UP_TO.first_on(connection, **_hit(bucket.key, bucket.seconds), most=bucket.most)
    return counted[0] if counted else None


def give_back(buckets: Sequence[Bucket]) -> None:
    """Take back a try that turned out well: in one statement, whose rows are taken in order of their keys."""
    with shared_engine().begin() as connection:
        _GIVE_BACK.first_on(connection, keys=[bucket.key for bucket in buckets])
