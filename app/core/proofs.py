"""Proofs: rules that must hold of what is stored, each with the query that finds what breaks it.

They run against whatever the database holds, however it came there, and trust no constraint and no trigger.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session


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
        Breach(rule, *row) for rule, query in rules.items() for row in session.execute(text(given + query))
    ]
