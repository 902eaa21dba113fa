"""Proofs: rules that must hold of what is stored, each with the query that finds what breaks it.

They run against whatever the database holds, however it came there, and trust no constraint and no trigger.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

_BESIDE: Final = "beside"
_ELEMENTS: Final = "jsonb_array_elements("


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold: the rule, and what breaks it."""

    rule: str
    district_id: int | None
    object_type: str
    object_id: int | None
    detail: str | None


@contextmanager
def one_snapshot(engine: Engine, *, connections: int) -> Iterator[Session]:
    """Open a session that reads one snapshot of the database, and whose proofs run on so many connections.

    Between two snapshots money is in flight, so all of them see what the first one does.
    """
    with ExitStack() as stack:
        session, *others = (stack.enter_context(Session(engine)) for _ in range(connections))
        _begin(session)
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one() if others else ""
        for other in others:
            _begin(other)
            # It takes no parameter; the name is the server's own.
            other.execute(text(f"SET TRANSACTION SNAPSHOT '{snapshot}'"))
        session.info[_BESIDE] = others
        yield session


def _begin(session: Session) -> None:
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    # A proof of many millions may take longer than any command of an ordinary day.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    # Its joins of whole tables would otherwise be done on disk.
    session.execute(text("SET LOCAL work_mem = '32MB'"))


def find_breaches(session: Session, rules: Mapping[str, str], *, given: str = "") -> list[Breach]:
    """Return everything that breaks one of the rules; nothing when they hold.

    A rule's query returns rows of district, kind of object, its id and a detail; ``given`` are the WITH
    queries that stand before each. Whoever proves more than a few runs all of them in ``one_snapshot``.
    """
    every = [session, *session.info.get(_BESIDE, ())]
    queries = {rule: text(of_arrays_alone(given + query)) for rule, query in rules.items()}
    if len(every) == 1:
        return [Breach(rule, *row) for rule, query in queries.items() for row in session.execute(query)]
    free = SimpleQueue[Session]()
    for one in every:
        free.put(one)

    def find(rule: str) -> list[Breach]:
        asked = free.get()
        try:
            return [Breach(rule, *row) for row in asked.execute(queries[rule])]
        finally:
            free.put(asked)

    with ThreadPoolExecutor(len(every)) as pool:
        return [breach for found in pool.map(find, queries) for breach in found]


def of_arrays_alone(query: str) -> str:
    """Return the query asking elements of arrays alone: of anything else there are none.

    PostgreSQL joins in any order: it may take the bands of every policy apart before it looks which one a
    voucher has, and one that has none would stop this proof and every other.
    """
    before, found, rest = query.partition(_ELEMENTS)
    if not found:
        return query
    end, depth = 0, 1
    while depth:
        depth += {"(": 1, ")": -1}.get(rest[end], 0)
        end += 1
    inner = of_arrays_alone(rest[: end - 1])
    asked = f"CASE jsonb_typeof({inner}) WHEN 'array' THEN {inner} END"
    return f"{before}{found}{asked}){of_arrays_alone(rest[end:])}"
