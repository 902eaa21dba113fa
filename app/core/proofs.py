"""Proofs: rules that must hold of what is stored, each with the query that finds what breaks it.

They run against whatever the database holds, however it came there, and trust no constraint and no trigger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

_ELEMENTS: Final = "jsonb_array_elements("


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold: the rule, and what breaks it."""

    rule: str
    district_id: int | None
    object_type: str
    object_id: int | None
    detail: str | None


def find_breaches(session: Session, rules: Mapping[str, str], *, given: str = "") -> list[Breach]:
    """Return everything that breaks one of the rules; nothing when they hold.

    A rule's query returns rows of district, kind of object, its id and a detail; ``given`` are the WITH
    queries that stand before each. Run all proofs in one REPEATABLE READ transaction: between two snapshots
    money is in flight.
    """
    return [
        Breach(rule, *row)
        for rule, query in rules.items()
        for row in session.execute(text(of_arrays_alone(given + query)))
    ]


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
