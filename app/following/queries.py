"""Reading what a household follows. Everything here is the acting household's own."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.following.models import Change, Favourite, SavedSearch
from app.homes.models import Home


@dataclass(frozen=True, slots=True)
class SearchSeen:
    """A saved search with how many changes it brought in all."""

    search: SavedSearch
    changes: int


def list_favourites(session: Session, *, actor: Actor) -> Sequence[Favourite]:
    """Return the acting household's favourites, the latest first."""
    statement = select(Favourite).where(*_own(Favourite, actor)).order_by(Favourite.id.desc())
    return session.scalars(statement.options(joinedload(Favourite.home))).all()


def count_favourites(session: Session, *, actor: Actor) -> int:
    """Return how many favourites the acting household has."""
    return int(session.scalars(select(func.count(Favourite.id)).where(*_own(Favourite, actor))).one())


def find_favourite(session: Session, *, actor: Actor, home_id: int) -> Favourite | None:
    """Return the acting household's favourite of a home, or None."""
    wanted = (*_own(Favourite, actor), Favourite.home_id == home_id)
    return session.scalars(select(Favourite).where(*wanted)).first()


def list_searches(session: Session, *, actor: Actor) -> Sequence[SearchSeen]:
    """Return the acting household's saved searches, the latest first."""
    changes = select(func.count(Change.id)).where(Change.saved_search_id == SavedSearch.id).scalar_subquery()
    statement = select(SavedSearch, changes).where(*_own(SavedSearch, actor)).order_by(SavedSearch.id.desc())
    return [SearchSeen(search, int(count)) for search, count in session.execute(statement)]


def count_searches(session: Session, *, actor: Actor) -> int:
    """Return how many searches the acting household has saved."""
    return int(session.scalars(select(func.count(SavedSearch.id)).where(*_own(SavedSearch, actor))).one())


def get_search(session: Session, *, actor: Actor, ref: str) -> SavedSearch:
    """Return one of the acting household's saved searches. Raises NotFound."""
    found = session.scalars(
        select(SavedSearch).where(*_own(SavedSearch, actor), SavedSearch.ref == ref)
    ).first()
    if found is None:
        raise NotFound("saved_search_not_found")
    return found


def find_saved(session: Session, *, actor: Actor, query: str) -> SavedSearch | None:
    """Return the acting household's saved search with this query string, or None."""
    wanted = (*_own(SavedSearch, actor), SavedSearch.query == query)
    return session.scalars(select(SavedSearch).where(*wanted)).first()


def count_changes(session: Session, search: SavedSearch) -> int:
    """Return how many changes a saved search brought."""
    statement = select(func.count(Change.id)).where(Change.saved_search_id == search.id)
    return int(session.scalars(statement).one())


def list_changes(session: Session, search: SavedSearch, *, offset: int, limit: int) -> Sequence[Change]:
    """Return the changes that a saved search brought, the latest first, each with its home."""
    statement = select(Change).where(Change.saved_search_id == search.id).order_by(Change.id.desc())
    home = joinedload(Change.home)
    place = (home.joinedload(Home.building), home.joinedload(Home.development))
    return session.scalars(statement.options(*place).offset(offset).limit(limit)).all()


def latest_of_favourites(session: Session, *, actor: Actor, home_ids: Collection[int]) -> dict[int, Change]:
    """Return the latest change of each of these homes since it is a favourite, by home id."""
    statement = (
        select(Change)
        .where(*_own(Change, actor), Change.saved_search_id.is_(None), Change.home_id.in_(home_ids))
        .ext(distinct_on(Change.home_id))
        .order_by(Change.home_id, Change.id.desc())
    )
    return {change.home_id: change for change in session.scalars(statement)}


def _own(model: type[Favourite | SavedSearch | Change], actor: Actor) -> tuple[ColumnElement[bool], ...]:
    return (model.household_id == actor.household, model.district_id == actor.district)
