"""What a change of a home means to whoever follows it: pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from app.core.errors import DomainError
from app.search.request import DEFAULT_SIZE, Group, SearchRequest, Sort, Status

MOST_FAVOURITES: Final = 100
MOST_SEARCHES: Final = 50
"""Far above what anybody uses; a guard against programs, not against people."""
LONGEST_QUERY: Final = 2_400
"""Bytes of a saved search's address: an index holds no more."""
LONGEST_NOTE: Final = 200
LONGEST_NAME: Final = 60
MOST_COMPARED: Final = 4
"""As many as stand beside each other on a sheet of paper."""
MOST_PLANS: Final = 5
MOST_PLANNED: Final = 9
"""Homes of one plan: three times what the average household buys, and still one page."""


class Telling(StrEnum):
    """When a household hears of what a saved search brings; the page lists it in any case."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    PAPER = "paper"
    """On a printed list that somebody brings, or that is ready at the counter."""
    NEVER = "never"


class Way(StrEnum):
    """Where a home moves in the order of its plan."""

    UP = "up"
    DOWN = "down"


class Kind(StrEnum):
    """What happened to a home that is followed."""

    NEW = "new"
    """It can be chosen now and could not before, or its price came into the bounds."""
    DOWN = "down"
    UP = "up"
    GONE = "gone"
    """It can no longer be chosen, or its price left the bounds."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How a home stands for a voucher buyer: its public status, and what is to be paid, in fen."""

    status: Status
    payable_fen: int


def tidy_name(name: str, *, missing: str) -> str:
    """Return the name of a plan or a search with single blanks.

    Raises DomainError at ``name``: with the code ``missing`` for none, "name_bad" for what is long or unseen.
    """
    tidy = " ".join(name.split())
    if not tidy:
        raise DomainError(missing, "name")
    if len(tidy) > LONGEST_NAME or not tidy.isprintable():
        raise DomainError("name_bad", "name", most=LONGEST_NAME)
    return tidy


def tidy_note(note: str) -> str:
    """Return a household's own words with single blanks. Raises DomainError("note_long") at ``note``."""
    tidy = " ".join(note.split())
    if len(tidy) > LONGEST_NOTE:
        raise DomainError("note_long", "note", most=LONGEST_NOTE)
    return tidy


def kept_of(request: SearchRequest) -> SearchRequest:
    """Return what is kept of a search: its filters, without page, size, order and what is listed."""
    return replace(request, group=Group.HOME, sort=Sort.RELEVANCE, size=DEFAULT_SIZE, after=None)


def unbounded(request: SearchRequest) -> SearchRequest:
    """Return the search without what a change may move a home across: price bounds and status."""
    return replace(request, price_min=None, price_max=None, status=tuple(Status), after=None)


def for_search(request: SearchRequest, before: Stand | None, after: Stand) -> Kind | None:
    """Return what a change means to a search that the home matches but for price and status; None: nothing.

    ``before`` is None for a home that nobody could see before.
    """
    was = before is not None and _fits(request, before)
    now = _fits(request, after)
    if now and not was:
        return Kind.NEW
    if was and not now:
        return Kind.GONE
    if before is None or not now or after.payable_fen >= before.payable_fen:
        return None
    return Kind.DOWN


def for_favourite(before: Stand | None, after: Stand) -> Kind | None:
    """Return what a change means to whoever chose the home as a favourite; None: nothing to tell."""
    if before is None:
        return None
    if (before.status is Status.AVAILABLE) != (after.status is Status.AVAILABLE):
        return Kind.NEW if after.status is Status.AVAILABLE else Kind.GONE
    if after.status is not Status.AVAILABLE or before.payable_fen == after.payable_fen:
        return None
    return Kind.DOWN if after.payable_fen < before.payable_fen else Kind.UP


def _fits(request: SearchRequest, stand: Stand) -> bool:
    low, high = request.price_min, request.price_max
    return (
        stand.status in request.status
        and (low is None or stand.payable_fen >= low)
        and (high is None or stand.payable_fen <= high)
    )


def count_kinds(kinds: Iterable[str]) -> dict[Kind, int]:
    """Return how many of each kind there are, all kinds named."""
    counted = dict.fromkeys(Kind, 0)
    for kind in kinds:
        counted[Kind(kind)] += 1
    return counted
