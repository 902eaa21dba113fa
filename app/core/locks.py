"""The only place that locks rows.

FOR NO KEY UPDATE, so that inserting a child row (an allocation, a price version) does not wait for its
parent; read anew (``populate_existing``, ``Whole``), so that what is checked after the lock is what the lock
returned, not what the identity map remembered. Classes are locked in one order and ids ascending within a
class: two transactions can wait for each other only if one of them goes down that order, which is refused as
a programming error.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from functools import cache
from typing import Any, ClassVar, Final, Generic, TypeVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Engine,
    Select,
    SQLColumnExpression,
    any_,
    bindparam,
    event,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session, SessionTransaction

from app.core.db import Base
from app.core.prepared import Prepared, Whole

T = TypeVar("T", bound=Base)


class Rank(IntEnum):
    """The one order in which classes are locked."""

    CHECK_BATCH = 0
    """What is decided about many purchases at once comes before each of them."""
    DEVELOPMENT = 1
    BUILDING = 2
    HOME = 3
    VOUCHER = 4
    AGREEMENT = 5
    """After the vouchers over it, whose terms count from its day."""
    REDEMPTION = 6
    PAYMENT = 7
    SETTLEMENT = 8
    """Claims of developers and what funds bring, before the accounts that they move."""
    LEDGER_ACCOUNT = 9
    MONITOR_RUN = 10
    """Its results come before the signals that they open."""
    RECORD = 11
    """Rows that no two classes of acts compete for: approvals, signals, listings' own paperwork."""
    POOL_MEMBERSHIP = 12
    """After the approval that decides on it."""
    PLACE = 13
    """Whose act it is: whether they still work there is looked at when everything else is done."""
    HELP = 14
    """By whose leave somebody helps a household: looked at when the act itself is done."""
    TOKEN = 15
    """Whose program acts."""
    PERSON = 16
    """Whose password and second factor prove who acts: looked at last but one."""
    AUDIT_HEAD = 17


class LockOrderError(AssertionError):
    """Code locked downwards; it would dead-lock one day, so it fails on the first."""


class LockPolicy:
    """How a select becomes a lock. Race tests wire another policy to show the race that locks prevent."""

    takes_names: ClassVar[bool] = True

    def apply(self, statement: Select[Any], *of: type[Base]) -> Select[Any]:
        """Return the statement, locking the rows it reads, of several classes only those ``of`` some."""
        return statement.with_for_update(key_share=True, of=of or None)


class _SharedLocks(LockPolicy):
    def apply(self, statement: Select[Any], *of: type[Base]) -> Select[Any]:
        return statement.with_for_update(read=True, of=of or None)


_ROW_LOCKS = LockPolicy()
_SHARED_LOCKS = _SharedLocks()


def lock_all(session: Session, model: type[T], ids: Iterable[int]) -> list[T]:
    """Lock rows by id and return them, sorted by id, as they are now; rows that do not exist are absent.

    Raises LockOrderError on a descent. A lock that is not granted in time surfaces at the edge as Busy.
    """
    wanted = sorted(set(ids))
    _climb(session, model, wanted)
    policy: LockPolicy = session.info.get("lock_policy", _ROW_LOCKS)
    return _take(session, model, wanted, policy)


def _take(session: Session, model: type[T], wanted: list[int], policy: LockPolicy) -> list[T]:
    if len(wanted) == 1:
        row = _lock_of_one(model, policy).first(session, row_id=wanted[0])
        return [] if row is None else [row]
    statement = _lock_of_many(model, policy)
    return list(session.scalars(statement, {"ids": wanted}, execution_options={"populate_existing": True}))


def lock_rows(session: Session, model: type[Base], ids: Iterable[int]) -> int:
    """Lock rows by id without reading them, for statements that change many at once; return how many exist.

    Raises LockOrderError on a descent.
    """
    wanted = sorted(set(ids))
    _climb(session, model, wanted)
    policy: LockPolicy = session.info.get("lock_policy", _ROW_LOCKS)
    key: Any = model.__table__.c.id
    locked = policy.apply(
        select(key).where(key == any_(bindparam("ids", type_=ARRAY(BigInteger)))).order_by(key)
    )
    return session.scalar(select(func.count()).select_from(locked.subquery()), {"ids": wanted}) or 0


@cache
def _lock_of_one(model: type[T], policy: LockPolicy) -> Whole[T]:
    """Build the lock of a single row once for each class: every writing transaction takes some.

    Apart from that of many, because PostgreSQL plans an array of ids anew each time, and this only once.
    """
    key: Any = model.__table__.c.id
    return Whole(model, policy.apply(select(model).where(key == bindparam("row_id"))))


@cache
def _lock_of_many(model: type[T], policy: LockPolicy) -> Select[T]:
    key: Any = model.__table__.c.id
    ids = bindparam("ids", type_=ARRAY(BigInteger))
    return policy.apply(select(model).where(key == any_(ids)).order_by(key))


def lock(session: Session, model: type[T], row_id: int) -> T:
    """Lock one row that must exist and return it as it is now. Raises LookupError when it is gone."""
    rows = lock_all(session, model, [row_id])
    if not rows:
        raise LookupError(f"{model.__name__} {row_id}")
    return rows[0]


class Leading(Generic[T]):
    """A question that leads to a row of a class, which it locks, and tells what else it found on the way."""

    def __init__(self, model: type[T], wanted: Select[T], *beside: SQLColumnExpression[Any]) -> None:
        """Take a class, what selects its row, and the columns that are told."""
        self._model: Final = model
        self._of: Final = cache(lambda policy: Whole(model, policy.apply(wanted, model), *beside))

    def lock(self, session: Session, **given: Any) -> tuple[T, tuple[Any, ...]] | None:
        """Lock the row for these values of the question's parameters; return it as it is now, and the rest.

        None when nothing leads to it. Raises LockOrderError on a descent.
        """
        policy: LockPolicy = session.info.get("lock_policy", _ROW_LOCKS)
        found: tuple[T, tuple[Any, ...]] | None = self._of(policy).first_beside(session, **given)
        if found is not None:
            note(session, self._model, found[0].id)  # type: ignore[attr-defined]  # every model has one
        return found


def share(session: Session, model: type[T], row_id: int) -> T | None:
    """Keep a row as it is until this commits, together with others who do so; None when it is gone.

    Whoever changes the row under ``lock`` waits for all of them.
    """
    return next(iter(share_all(session, model, [row_id])), None)


def share_all(session: Session, model: type[T], ids: Iterable[int]) -> list[T]:
    """Keep rows as they are, as ``share`` does, and return them by id; rows that do not exist are absent."""
    wanted = sorted(set(ids))
    _climb(session, model, wanted)
    policy: LockPolicy = session.info.get("lock_policy", _SHARED_LOCKS)
    return _take(session, model, wanted, policy)


def hold_names(session: Session, names: Iterable[str], *, shared: bool = False) -> None:
    """Hold names until this commits: whoever looks for what has no row yet meets whoever makes it.

    Those who ``share`` a name wait only for one who holds it alone. Names come before all rows. Raises
    LockOrderError on a descent.
    """
    held: set[str] = session.info.setdefault("names_held", set())
    wanted = sorted(set(names))
    fresh = [name for name in wanted if name not in held]
    if fresh and (session.info.get("locks_held") or (held and fresh[0] < max(held))):
        raise LockOrderError(f"name {fresh[0]} held after others")
    held.update(fresh)
    policy: LockPolicy = session.info.get("lock_policy", _ROW_LOCKS)
    if policy.takes_names and wanted:
        (_SHARE_NAMES if shared else _TAKE_NAMES).run(session, names=wanted)


_TAKE_NAMES, _SHARE_NAMES = (
    Prepared(
        text(
            f"SELECT {function}(hashtextextended(name, 0)) "  # noqa: S608  # our own words
            "FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS wanted (name, place)"
        )
    )
    for function in ("pg_advisory_xact_lock", "pg_advisory_xact_lock_shared")
)


def try_name(session: Session, name: str) -> bool:
    """Hold a name until this commits if nobody else holds it, and tell whether that was so; never waits."""
    return bool(session.scalar(_TRY_NAME, {"name": name}))


@contextmanager
def hold_alone(engine: Engine, name: str) -> Iterator[bool]:
    """Hold a name outside any transaction while the block runs, if nobody else does; tell whether it is held.

    It takes a connection of its own and ends with it, so a process that is killed lets go.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        held = bool(connection.scalar(_KEEP_NAME, {"name": name}))
        try:
            yield held
        finally:
            if held:
                connection.execute(_DROP_NAME, {"name": name})


_TRY_NAME, _KEEP_NAME, _DROP_NAME = (
    text(f"SELECT {function}(hashtextextended(:name, 0))")  # our own words
    for function in ("pg_try_advisory_xact_lock", "pg_try_advisory_lock", "pg_advisory_unlock")
)


def note(session: Session, model: type[Base], row_id: int) -> None:
    """Note a row that a conditional UPDATE locked by itself. Raises LockOrderError on a descent."""
    _climb(session, model, [row_id])


def _climb(session: Session, model: type[Base], wanted: list[int]) -> None:
    rank: Rank = model.__lock_rank__  # type: ignore[attr-defined]  # every lockable model declares its rank
    held: dict[Rank, set[int]] = session.info.setdefault("locks_held", {})
    fresh = [row_id for row_id in wanted if row_id not in held.get(rank, ())]
    if not fresh:
        return
    above = [other for other in held if other > rank]
    if above:
        raise LockOrderError(f"{model.__name__} locked after {max(above).name}")
    if held.get(rank) and min(fresh) < max(held[rank]):
        raise LockOrderError(f"{model.__name__} {min(fresh)} locked after {max(held[rank])}")
    held.setdefault(rank, set()).update(fresh)


@event.listens_for(Session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("locks_held", None)
        session.info.pop("names_held", None)
