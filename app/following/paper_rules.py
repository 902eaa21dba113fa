"""What stands on a printed list (纸质清单): pure."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from app.following.rules import Kind

MOST_OF_A_PILE: Final = 200
"""Households of one pile: what one PDF holds, and what one person carries."""
_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a home, as ``models.Change`` keeps it; sums in fen."""

    kind: str
    before_fen: int | None
    after_fen: int


@dataclass(frozen=True, slots=True)
class Net:
    """What several changes of one home come to; sums in fen, ``before_fen`` for a lower price alone."""

    kind: Kind
    before_fen: int | None
    after_fen: int


@dataclass(frozen=True, slots=True)
class Line:
    """One home on the list."""

    kind: str
    place: str
    ref: str
    area_m2: str
    rooms: int
    day: str
    """The legal day of the last change, as ``2026-11-30``."""
    before_fen: int | None
    after_fen: int


@dataclass(frozen=True, slots=True)
class Part:
    """What one saved search brought."""

    name: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Brought:
    """A household's list; ``since`` and ``until`` are legal days."""

    holder: str
    household: str
    project: str
    address: str
    district: str
    since: str
    until: str
    parts: Sequence[Part]

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"schema": _SCHEMA, **asdict(self)}


def from_json(body: dict[str, Any]) -> Brought:
    """Return a list as it was kept."""
    parts = [Part(part["name"], [Line(**line) for line in part["lines"]]) for part in body["parts"]]
    names = ("holder", "household", "project", "address", "district", "since", "until")
    return Brought(**{name: body[name] for name in names}, parts=parts)


def net(steps: Sequence[Step]) -> Net | None:
    """Return what changes of one home, oldest first, come to since the last list; None for nothing to tell.

    The first and the last of them tell. A home that came and went meanwhile is no news, nor is one that went
    and came back at no lower price.
    """
    first, last = steps[0], steps[-1]
    was_there = first.kind != Kind.NEW
    if last.kind == Kind.GONE:
        return Net(Kind.GONE, None, last.after_fen) if was_there else None
    if not was_there:
        return Net(Kind.NEW, None, last.after_fen)
    if first.before_fen is None or last.after_fen >= first.before_fen:
        return None
    return Net(Kind.DOWN, first.before_fen, last.after_fen)


def counted(brought: Brought) -> dict[Kind, int]:
    """Return how many homes of each kind stand on a list."""
    kinds = [line.kind for part in brought.parts for line in part.lines]
    return {kind: kinds.count(kind) for kind in (Kind.NEW, Kind.DOWN, Kind.GONE)}


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Return lines as they are read: what can be chosen first, and the cheapest of it first."""
    order = list(Kind)
    return sorted(lines, key=lambda line: (order.index(Kind(line.kind)), line.after_fen, line.ref))
