"""Plays a scenario step by step, under one policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.policies.rules import Policy
from app.reports.simulation import changes, closings, coming_back, purchases
from app.reports.simulation.accounts import Account
from app.reports.simulation.book import Book, Outcome, Refused
from app.reports.simulation.scenario import Scenario, Step

_ACTS: Final[dict[str, Callable[[Book, Mapping[str, Any]], Outcome]]] = {
    "issue": purchases.issue,
    "buy": purchases.buy,
    "cancel": coming_back.cancel,
    "extend": changes.extend,
    "transfer": changes.transfer,
    "split": changes.split,
    "merge": changes.merge,
    "inherit": changes.inherit,
    "payout": closings.payout,
    "give_up": closings.give_up,
    "lapse": closings.lapse,
    "claim": closings.claim,
    "settle": closings.settle,
}


@dataclass(frozen=True, slots=True)
class Played:
    """A step with what it came to, and how every voucher stood after it."""

    step: Step
    outcome: Outcome
    accounts: tuple[Account, ...]


def play(policy: Policy, scenario: Scenario) -> list[Played]:
    """Return what each step came to; one that a rule refuses changes nothing, and the next is played."""
    return play_in(Book(policy, scenario))


def play_in(book: Book) -> list[Played]:
    """Return the same of a book's scenario; the book knows what became of everything after the last step."""
    return [_play(book, step) for step in book.scenario.steps]


def _play(book: Book, step: Step) -> Played:
    try:
        outcome = _ACTS[step.act](book, step.said)
    except Refused as refused:
        outcome = Outcome(refused_by=refused.rule)
    return Played(step, outcome, tuple(account.copied() for account in book.accounts.values()))
