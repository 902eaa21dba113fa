"""What must fit together where a bonus in cash is paid only once the certificate is there."""

import yaml

from app.policies.later_checks import Bonuses
from app.policies.shape import Problems, child


def check_paid_after(problems: Problems, bonuses: Bonuses) -> None:
    """Only what is paid out can wait, and one payment pays all that a home brings in cash."""
    first: tuple[str, str | None] | None = None
    for here, path, bonus in bonuses:
        waits = bonus.get("paid_after")
        if waits is not None and bonus["paid"] != "cash":
            _blame(problems, here, path, "only means something with paid: cash")
        if bonus["paid"] != "cash" or not bonus["tiers"]:
            continue
        first = first or (path, waits)
        if waits != first[1]:
            _blame(problems, here, path, f"must be the same as {first[0]}.paid_after: one payment pays both")


def _blame(problems: Problems, here: yaml.Node, path: str, reason: str) -> None:
    problems.blame(child(here, "paid_after"), f"{path}.paid_after", reason)
