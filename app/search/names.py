"""The names that homes are found by: kept, suggested while somebody types, and compared with mistyped words.

One table in PostgreSQL for both engines: names are few (some 45,000 for 20,000 developments), so they need no
engine, and what is suggested is the same whichever answers.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    delete,
    func,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from app.search import sounds, text
from app.search.models import SearchName
from app.search.postgres import answering
from app.search.request import Status
from app.search.sounds import MOST_LETTERS, Likeness

MOST_SUGGESTED: Final = 8
_CANDIDATES: Final = 30
"""Names that each way of looking may bring; twice as many are compared closely."""
_LEAST_SHARED: Final = 0.4
"""The share of three-letter pieces of what was typed that a name has to have to be compared at all."""
_MOST_SIGNS: Final = 10
_FEWEST_TO_LACK_ONE: Final = 3
_LONGEST_TYPED: Final = 30
_SHORTEST_TYPED: Final = 2
"""Letters: what is shorter begins a thousand names."""

_Key = tuple[str, str]


class NameKind(StrEnum):
    """What has the name."""

    DEVELOPMENT = "development"
    DISTRICT = "district"
    STREET = "street"
    DEVELOPER = "developer"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name to look for, and how many homes a voucher can choose there."""

    kind: NameKind
    name: str
    homes: int


@dataclass(frozen=True, slots=True)
class Near:
    """A name that a mistyped word may have meant, and which part of it."""

    suggestion: Suggestion
    likeness: Likeness

    @property
    def meant(self) -> str:
        """What to look for instead: the name, or the part of it that was meant."""
        return self.suggestion.name if self.likeness.whole else self.likeness.part


# --- keeping them
# ----------------------------------------------------------------------------------------------------


def recount(session: Session) -> int:
    """Bring the names up to what PostgreSQL's index holds, and return how many there are."""
    counted = _count(session)
    kept = {(row.kind, row.name): row.homes for row in session.execute(_kept())}
    gone = [key for key in kept if key not in counted]
    changed = {key: homes for key, homes in counted.items() if kept.get(key) != homes}
    if gone:
        session.execute(delete(SearchName).where(tuple_(SearchName.kind, SearchName.name).in_(gone)))
    if changed:
        statement = insert(SearchName)
        statement = statement.on_conflict_do_update(
            index_elements=["kind", "name"], set_={"homes": statement.excluded.homes}
        )
        session.execute(statement, [_row(key, homes) for key, homes in sorted(changed.items())])
    return len(counted)


def renew(session: Session) -> int:
    """Write all names anew, as after a change of how they are analysed; return how many there are."""
    session.execute(delete(SearchName))
    return recount(session)


def _kept() -> Select[*tuple[Any, ...]]:
    return select(SearchName.kind, SearchName.name, SearchName.homes)


def _count(session: Session) -> Counter[_Key]:
    """Return how many available homes each name finds; one pass over the index, some 20,000 groups."""
    table = answering(session)
    columns = {
        NameKind.DEVELOPMENT: table.c.development,
        NameKind.DISTRICT: table.c.district,
        NameKind.STREET: table.c.street,
        NameKind.DEVELOPER: table.c.developer,
    }
    statement = (
        select(*columns.values(), func.count())
        .where(table.c.status == Status.AVAILABLE.value)
        .group_by(*columns.values())
    )
    counted: Counter[_Key] = Counter()
    for *names, homes in session.execute(statement):
        counted.update({(kind.value, name): homes for kind, name in zip(columns, names, strict=True) if name})
    return counted


def _row(key: _Key, homes: int) -> dict[str, Any]:
    kind, name = key
    return {
        "kind": kind,
        "name": name,
        "key": text.key(name),
        "spelt": " ".join(sounds.spelt_ways(name)),
        "starts": sorted(sounds.typed_starts(name)),
        "homes": homes,
    }


# --- asking for them
# ---------------------------------------------------------------------------------------------------


def suggest(session: Session, typed: str) -> list[Suggestion]:
    """Return names that begin as was typed, at any of their signs; if none does, names that are like it."""
    wanted = typed[:_LONGEST_TYPED]
    key, spelt = text.key(wanted), sounds.spelt(wanted)[:MOST_LETTERS]
    if len(spelt) < _SHORTEST_TYPED:
        return []
    found = [_suggestion(row) for row in session.execute(_beginning(key, spelt))]
    return found or [near.suggestion for near in nearest(session, wanted)[:MOST_SUGGESTED]]


def nearest(session: Session, typed: str) -> list[Near]:
    """Return names a part of which is near what was typed, the nearest first; [] when none is."""
    wanted = text.key(typed[:_LONGEST_TYPED])
    spelt = sounds.spelt(wanted)
    if len(spelt) < _SHORTEST_TYPED:
        return []
    session.execute(
        sql("SELECT set_config('pg_trgm.word_similarity_threshold', :share, true)"),
        {"share": str(_LEAST_SHARED)},
    )
    candidates = session.execute(_sounding_like(spelt, [sign.spelt for sign in sounds.signs(wanted)]))
    near = list(_near(wanted, [_suggestion(row) for row in candidates]))
    return sorted(near, key=_nearness)


def all_of(session: Session, kind: NameKind) -> list[str]:
    """Return all names of a kind, those with most homes first."""
    rows = select(SearchName.name).where(SearchName.kind == kind.value)
    return list(session.scalars(rows.order_by(SearchName.homes.desc(), SearchName.name)))


def _near(wanted: str, candidates: list[Suggestion]) -> Iterator[Near]:
    for one in candidates:
        likeness = sounds.likeness(wanted, one.name)
        if likeness is not None:
            yield Near(one, likeness)


def _nearness(near: Near) -> tuple[float, bool, bool, int, str]:
    """Order by distance, whole names first, developments first, then by homes."""
    one, likeness = near.suggestion, near.likeness
    other = one.kind is not NameKind.DEVELOPMENT
    return likeness.distance, not likeness.whole, other, -one.homes, one.name


def _beginning(key: str, spelt: str) -> Select[*tuple[Any, ...]]:
    """Return the select of names that begin so: as written before as sounding, at the start first."""
    written = func.strpos(SearchName.key, key)
    return (
        select(SearchName.kind, SearchName.name, SearchName.homes)
        .where(_holds([spelt]))
        .order_by(
            (written == 1).desc(),
            (written > 0).desc(),
            (func.strpos(func.concat(" ", SearchName.spelt), f" {spelt}") > 0).desc(),
            SearchName.homes.desc(),
            SearchName.name,
        )
        .limit(MOST_SUGGESTED)
    )


def _sounding_like(spelt: str, signs: list[str]) -> Select[*tuple[Any, ...]]:
    """Return the select of names worth a closer look.

    They share three-letter pieces with what was typed (slips in pinyin), or all its signs but one, in any
    order (a wrong sign, two that changed places). Each way is a select of its own, which its index answers:
    for all in one condition the planner reads every row.
    """
    ways = (literal(spelt).bool_op("<%")(SearchName.spelt), *map(_holds, _all_but_one(signs)))
    alike = func.word_similarity(spelt, SearchName.spelt)
    order = (alike.desc(), SearchName.homes.desc(), SearchName.name)
    columns = (SearchName.kind, SearchName.name, SearchName.homes, alike.label("alike"))
    selects = (select(*columns).where(way).order_by(*order).limit(_CANDIDATES) for way in ways)
    found = union(*(one.subquery().select() for one in selects)).subquery()
    return (
        select(found.c.kind, found.c.name, found.c.homes)
        .order_by(found.c.alike.desc(), found.c.homes.desc(), found.c.name)
        .limit(2 * _CANDIDATES)
    )


def _holds(starts: list[str]) -> ColumnElement[bool]:
    return SearchName.starts.contains(cast(starts, ARRAY(Text)))


def _all_but_one(signs: list[str]) -> list[list[str]]:
    """Return the sets of sounds of which a name must have one whole; of two signs both count."""
    folded = [sounds.fold(sign) for sign in signs[:_MOST_SIGNS]]
    if len(folded) < _FEWEST_TO_LACK_ONE:
        return [folded]
    return [folded[:place] + folded[place + 1 :] for place in range(len(folded))]


def _suggestion(row: Any) -> Suggestion:
    return Suggestion(NameKind(row.kind), row.name, row.homes)
