"""Choosing favourites and saving searches: the acting household's, or its helper's for it."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.ids import new_ref
from app.following import queries, rules
from app.following.holding import hold_household
from app.following.models import Favourite, SavedSearch
from app.following.rules import Telling
from app.homes.queries import get_public_home
from app.projects import helping_acts
from app.search.request import SearchRequest


def add_favourite(session: Session, *, actor: Actor, home_ref: str) -> None:
    """Make a home a favourite of the acting household; one that is stays as it is.

    Raises NotFound for a home that was never listed, Conflict("favourites_full").
    """
    home = get_public_home(session, ref=home_ref)
    hold_household(session, actor)
    if queries.find_favourite(session, actor=actor, home_id=home.id) is not None:
        return
    if queries.count_favourites(session, actor=actor) >= rules.MOST_FAVOURITES:
        raise Conflict("favourites_full", most=rules.MOST_FAVOURITES)
    added = insert(Favourite).values(
        district_id=actor.district,
        household_id=actor.household,
        home_id=home.id,
        note="",
        added_at=clock.now(),
    )
    session.execute(added.on_conflict_do_nothing())
    helping_acts.note_prepared(session, actor=actor, what="favourite_add", about_ref=home.ref)


def remove_favourite(session: Session, *, actor: Actor, home_ref: str) -> None:
    """Let a home be no favourite any more; nothing happens for one that is none. Raises NotFound."""
    home = get_public_home(session, ref=home_ref)
    own = (Favourite.household_id == actor.household, Favourite.home_id == home.id)
    session.execute(delete(Favourite).where(*own))
    helping_acts.note_prepared(session, actor=actor, what="favourite_remove", about_ref=home.ref)


def note_favourite(session: Session, *, actor: Actor, home_ref: str, note: str) -> None:
    """Keep the household's own words about a favourite; an empty note takes them away.

    Raises NotFound, DomainError("note_long") at ``note``; Conflict for a home that is no favourite.
    """
    tidy = rules.tidy_note(note)
    home = get_public_home(session, ref=home_ref)
    found = queries.find_favourite(session, actor=actor, home_id=home.id)
    if found is None:
        raise Conflict("favourite_gone")
    found.note = tidy
    session.flush()
    helping_acts.note_prepared(session, actor=actor, what="favourite_note", about_ref=home.ref)


def save_search(
    session: Session, *, actor: Actor, request: SearchRequest, name: str, telling: Telling
) -> SavedSearch:
    """Save a search for the acting household and return it; the same search again is renamed and told anew.

    Raises DomainError at ``name``, and for a search of too many filters; Conflict("searches_full").
    """
    query = rules.kept_of(request).query_string()
    if len(query) > rules.LONGEST_QUERY:
        raise DomainError("search_query_long")
    tidy = rules.tidy_name(name, missing="search_name_missing")
    hold_household(session, actor)
    found = queries.find_saved(session, actor=actor, query=query)
    if found is None and queries.count_searches(session, actor=actor) >= rules.MOST_SEARCHES:
        raise Conflict("searches_full", most=rules.MOST_SEARCHES)
    chosen = {"name": tidy, "telling": telling.value}
    saved = (
        insert(SavedSearch)
        .values(
            district_id=actor.district,
            household_id=actor.household,
            ref=new_ref("SS"),
            query=query,
            saved_at=clock.now(),
            **chosen,
        )
        .on_conflict_do_update(index_elements=["household_id", "query"], set_=chosen)
        .returning(SavedSearch)
    )
    search = session.scalars(saved, execution_options={"populate_existing": True}).one()
    helping_acts.note_prepared(session, actor=actor, what="search_save", about_ref=search.ref)
    return search


def change_search(session: Session, *, actor: Actor, ref: str, name: str, telling: Telling) -> None:
    """Rename a saved search, or change when it is told of. Raises NotFound, DomainError at ``name``."""
    search = queries.get_search(session, actor=actor, ref=ref)
    search.name, search.telling = rules.tidy_name(name, missing="search_name_missing"), telling.value
    session.flush()
    helping_acts.note_prepared(session, actor=actor, what="search_change", about_ref=ref)


def stop_telling(session: Session, *, actor: Actor, ref: str) -> None:
    """Tell nothing more of a saved search; its page goes on listing changes. Raises NotFound."""
    search = queries.get_search(session, actor=actor, ref=ref)
    search.telling = Telling.NEVER.value
    session.flush()
    helping_acts.note_prepared(session, actor=actor, what="search_stop", about_ref=ref)


def delete_search(session: Session, *, actor: Actor, ref: str) -> None:
    """Delete a saved search with what it brought. Raises NotFound."""
    search = queries.get_search(session, actor=actor, ref=ref)
    session.execute(delete(SavedSearch).where(SavedSearch.id == search.id))
    helping_acts.note_prepared(session, actor=actor, what="search_delete", about_ref=ref)
