"""Finding what changed for those who follow homes, and telling them.

A job gives the homes whose document was just written (``look``); another tells, once a minute or once a day,
what was found since (``tell``). What a home was before is remembered with the version of its document, so a
job that runs twice, late or beside another finds nothing new.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.apart import Due
from app.following import rules
from app.following.models import Change, Favourite, SavedSearch
from app.following.rules import Kind, Stand, Telling
from app.homes.models import Home
from app.homes.queries import PLACE
from app.notices.service import Recipient
from app.notices.service import tell as write_notice
from app.projects.models import Household
from app.redemptions.ground import place_of
from app.redemptions.queries import buyers_of
from app.search import source
from app.search.documents import HomeFacts
from app.search.engine import OwnEngine
from app.search.queries import matching
from app.search.request import SearchRequest, Status, find_request

_AT_A_TIME: Final = 500

_SEE: Final = text("""
INSERT INTO home_sightings AS seen (home_id, doc_version, status, payable_fen)
SELECT home_id, doc_version, status, payable_fen
FROM json_to_recordset(:rows) AS given(home_id bigint, doc_version bigint, status text, payable_fen bigint)
ORDER BY home_id
ON CONFLICT (home_id) DO UPDATE
SET doc_version = excluded.doc_version, status = excluded.status, payable_fen = excluded.payable_fen
WHERE seen.doc_version < excluded.doc_version
RETURNING new.home_id, old.status, old.payable_fen
""")
"""Remember how homes stand and return how they stood, for those not seen in this version before; in one
statement, so that two jobs with the same home cannot both find it changed."""

_FAVOURITE_KINDS: Final = {
    Kind.NEW: "favourite_back",
    Kind.DOWN: "favourite_down",
    Kind.UP: "favourite_up",
    Kind.GONE: "favourite_gone",
}


class _Moved(NamedTuple):
    """A home that stands otherwise than before; ``before`` is None for one seen for the first time.

    ``buyers`` are the households that hold or bought it: they know.
    """

    home: HomeFacts
    before: Stand | None
    after: Stand
    buyers: frozenset[int]


def look(session: Session, *, engine: OwnEngine, home_ids: Sequence[int]) -> int:
    """Write down what these homes' changes mean to whoever follows them; return how many rows were written.

    The engine's documents of these homes must be written. Harmless when repeated.
    """
    written, searches = 0, _alike(session)
    for start in range(0, len(home_ids), _AT_A_TIME):
        moved = _moved(session, home_ids[start : start + _AT_A_TIME])
        rows = [*_of_favourites(session, moved), *_of_searches(session, engine, searches, moved)]
        if rows:
            session.execute(insert(Change).on_conflict_do_nothing(), rows)
        written += len(rows)
    return written


def tell(session: Session, *, telling: Telling, only: int | None = None) -> int:
    """Write messages of what was found since the last time, and return how many changes were told.

    What searches told this way brought; of favourites it is told at once. Two at once tell nothing twice.
    ``only`` tells one household.
    """
    claimed = _claim(session, telling, only)
    homes = _homes(session, {change.home_id for change in claimed})
    by_search: dict[int, list[Change]] = defaultdict(list)
    for change in claimed:
        if change.saved_search_id is None:
            _tell_favourite(session, change, homes[change.home_id])
        else:
            by_search[change.saved_search_id].append(change)
    for search in session.scalars(select(SavedSearch).where(SavedSearch.id.in_(by_search))):
        _tell_search(session, search, by_search[search.id])
    return len(claimed)


def untold(session: Session, *, telling: Telling) -> list[Due[int]]:
    """Return the households that ``tell`` has something for."""
    told = select(Change.household_id).where(_untold(telling))
    wanted = select(Household.id, Household.district_id, Household.ref).where(Household.id.in_(told))
    return [Due(*one) for one in session.execute(wanted.order_by(Household.id))]


def _moved(session: Session, home_ids: Sequence[int]) -> list[_Moved]:
    facts = source.load(session, home_ids)
    if not facts:
        return []
    rows = [
        {
            "home_id": home.home_id,
            "doc_version": home.doc_version,
            "status": home.status.value,
            "payable_fen": home.voucher_net.payable_fen,
        }
        for home in facts.values()
    ]
    found = session.execute(_SEE, {"rows": json.dumps(rows)}).all()
    buyers = buyers_of(session, home_ids=[row.home_id for row in found])
    moved = []
    for home_id, status, payable_fen in found:
        home = facts[home_id]
        before = Stand(Status(status), payable_fen) if status is not None else None
        after = Stand(home.status, home.voucher_net.payable_fen)
        if before != after:
            moved.append(_Moved(home, before, after, buyers.get(home_id, frozenset())))
    return moved


def _of_favourites(session: Session, moved: Sequence[_Moved]) -> Iterator[dict[str, Any]]:
    by_id = {one.home.home_id: one for one in moved}
    if not by_id:
        return
    for favourite in session.scalars(select(Favourite).where(Favourite.home_id.in_(by_id))):
        one = by_id[favourite.home_id]
        kind = rules.for_favourite(one.before, one.after)
        if kind is not None and favourite.household_id not in one.buyers:
            yield _row(favourite, None, one, kind)


def _of_searches(
    session: Session, engine: OwnEngine, alike: Mapping[str, list[SavedSearch]], moved: Sequence[_Moved]
) -> Iterator[dict[str, Any]]:
    if not moved:
        return
    by_id = {one.home.home_id: one for one in moved}
    matched: dict[SearchRequest, list[int]] = {}
    for query, searches in alike.items():
        request = find_request(query)
        if request is None:
            continue
        # Many searches differ in their bounds alone, which are looked at below.
        asked = rules.unbounded(request)
        if asked not in matched:
            matched[asked] = sorted(matching(session, engine, asked, list(by_id)))
        for home_id in matched[asked]:
            yield from _for_each(searches, request, by_id[home_id])


def _alike(session: Session) -> Mapping[str, list[SavedSearch]]:
    """Return all saved searches by what they ask for: each question is asked once."""
    found: dict[str, list[SavedSearch]] = defaultdict(list)
    for search in session.scalars(select(SavedSearch).order_by(SavedSearch.id)):
        found[search.query].append(search)
    return found


def _for_each(
    searches: Iterable[SavedSearch], request: SearchRequest, one: _Moved
) -> Iterator[dict[str, Any]]:
    kind = rules.for_search(request, one.before, one.after)
    if kind is None:
        return
    for search in searches:
        if search.household_id in one.buyers:
            continue
        # A home that stood there before the search was saved is no news, even if nobody looked at it since.
        if one.before is not None or one.home.first_listed_at >= search.saved_at:
            yield _row(search, search.id, one, kind)


def _row(owner: Favourite | SavedSearch, search_id: int | None, one: _Moved, kind: Kind) -> dict[str, Any]:
    return {
        "district_id": owner.district_id,
        "household_id": owner.household_id,
        "saved_search_id": search_id,
        "home_id": one.home.home_id,
        "doc_version": one.home.doc_version,
        "kind": kind.value,
        "before_fen": one.before.payable_fen if one.before else None,
        "after_fen": one.after.payable_fen,
        "happened_at": clock.now(),
        "told_at": None,
    }


def _claim(session: Session, telling: Telling, only: int | None) -> Sequence[Change]:
    """Mark what is to be told now as told, and return it, the oldest first."""
    statement = update(Change).where(_untold(telling))
    if only is not None:
        statement = statement.where(Change.household_id == only)
    claimed = session.scalars(statement.values(told_at=clock.now()).returning(Change))
    return sorted(claimed, key=lambda change: change.id)


def _untold(telling: Telling) -> ColumnElement[bool]:
    wanted = select(SavedSearch.id).where(SavedSearch.telling == telling.value)
    due: ColumnElement[bool] = Change.saved_search_id.in_(wanted)
    if telling is Telling.AT_ONCE:
        due = or_(Change.saved_search_id.is_(None), due)
    return and_(Change.told_at.is_(None), due)


def _homes(session: Session, home_ids: Iterable[int]) -> dict[int, Home]:
    statement = select(Home).where(Home.id.in_(home_ids)).options(*PLACE)
    return {home.id: home for home in session.scalars(statement)}


def _tell_favourite(session: Session, change: Change, home: Home) -> None:
    write_notice(
        session,
        kind=_FAVOURITE_KINDS[Kind(change.kind)],
        to=Recipient(district_id=change.district_id, household_id=change.household_id),
        event=f"following.favourite:{change.id}",
        about_ref=home.ref,
        home=place_of(home),
        before=change.before_fen or change.after_fen,
        after=change.after_fen,
    )


def _tell_search(session: Session, search: SavedSearch, changes: Sequence[Change]) -> None:
    counts = rules.count_kinds(change.kind for change in changes)
    write_notice(
        session,
        kind="search_brought",
        to=Recipient(district_id=search.district_id, household_id=search.household_id),
        event=f"following.search:{search.id}:{changes[-1].id}",
        about_ref=search.ref,
        search=search.name,
        new=counts[Kind.NEW],
        down=counts[Kind.DOWN],
        gone=counts[Kind.GONE],
    )
