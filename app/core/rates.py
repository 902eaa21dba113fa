"""Rate counters in PostgreSQL, so that a limit holds across all processes and machines.

In memory, "5 a minute" lets five through on every worker process.
"""

from datetime import timedelta

from limits.storage import Storage
from sqlalchemy import Engine, case, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant

SCHEME = "anju-postgresql"


class RateCounter(Base):
    """Hits on one limit key within its present window."""

    __tablename__ = "rate_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[Instant] = mapped_column(index=True)


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
        if PostgresCounters.engine is None:
            raise RuntimeError("rate counters have no engine: create_app sets it")
        return PostgresCounters.engine

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count hits and return how many the window now holds; a new one lasts ``expiry`` seconds."""
        moment = clock.system_now()
        until = moment + timedelta(seconds=expiry)
        stale = RateCounter.expires_at <= moment
        statement = (
            insert(RateCounter)
            .values(key=key, hits=amount, expires_at=until)
            .on_conflict_do_update(
                index_elements=["key"],
                set_={
                    "hits": case((stale, amount), else_=RateCounter.hits + amount),
                    "expires_at": case((stale, until), else_=RateCounter.expires_at),
                },
            )
            .returning(RateCounter.hits)
        )
        with self._engine().begin() as connection:
            return int(connection.execute(statement).scalar_one())

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
