"""Short policies as their files have them, and what the steps of a voucher's life come to under them."""

from typing import Any

from app.policies import bodies
from app.reports.simulation import output, scenario
from app.reports.simulation.run import play

HEAD = """schema: 4
code: a
title: 甲
source: 乙
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
"""
"""How a policy begins; what a test is about follows."""


def steps_of(policy: str, *told: str, household: str = "") -> list[dict[str, Any]]:
    """Return the steps told, as the simulation writes them under a policy's whole text."""
    said = bodies.parse(policy)
    text = f"scenario: 1\n{household}steps:\n" + "".join(f"  - {step}\n" for step in told)
    found: list[dict[str, Any]] = output.as_json(said, play(said, scenario.read(text)))["steps"]
    return found
