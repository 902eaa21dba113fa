"""Printed lists (纸质清单): the only writer of what is new on paper since the last one.

Printing gives a household's new changes the list they stand on, so the next list begins behind them. A list
that was asked for in person is delivered by that; those of a pile are marked once they were brought.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Busy, Conflict
from app.core.ids import new_ref
from app.following import paper_queries as queries
from app.following import paper_rules as rules
from app.following.models import Change, SavedSearch
from app.following.paper_models import PrintedList
from app.following.paper_rules import Brought, Line, Part, Step
from app.following.rules import Telling
from app.homes.models import Home
from app.homes.queries import PLACE
from app.identity.models import District
from app.projects import helping_acts
from app.projects.models import Household
from app.projects.queries import get_household_by_id
from app.redemptions.ground import place_of


def print_own(session: Session, *, actor: Actor) -> PrintedList:
    """Print what is new of all searches of the acting household, for whoever stands there, and return it.

    That is the household itself, a clerk at the counter or a helper for it. Raises Conflict("list_empty").
    """
    household = get_household_by_id(session, actor=actor, household_id=actor.household)
    made = _print(session, actor, household, pile_ref=None)
    if made is None:
        raise Conflict("list_empty")
    helping_acts.note_prepared(session, actor=actor, what="search_print", about_ref=made.ref)
    return made


def print_pile(session: Session, *, actor: Actor, project_id: int) -> str:
    """Print what is new for the next households of a project that asked for paper; return the pile.

    At most ``MOST_OF_A_PILE``, in the order of the roster. Raises Forbidden for anybody but an officer,
    Conflict("list_empty") when nobody waits.
    """
    actor.demand(Role.OFFICER)
    locks.hold_names(session, [f"printed_lists:{project_id}"])
    pile_ref, printed = new_ref("QD"), 0
    for household in queries.list_waiting(session, actor=actor, project_id=project_id):
        if printed < rules.MOST_OF_A_PILE and _print(session, actor, household, pile_ref=pile_ref):
            printed += 1
    if not printed:
        raise Conflict("list_empty")
    return pile_ref


def deliver(session: Session, *, actor: Actor, pile_ref: str, refs: Collection[str]) -> int:
    """Mark these lists of a pile as brought to their households; return how many were not before.

    Raises Forbidden for anybody but an officer, NotFound for another district's pile.
    """
    actor.demand(Role.OFFICER)
    lists = _lock_pile(session, actor, pile_ref)
    brought = [one for one in lists if one.ref in refs and queries.is_waiting(one)]
    for one in brought:
        one.delivered_at, one.delivered_by_id = clock.now(), actor.user_id
    session.flush()
    _note_told(session, [one.id for one in brought])
    for one in brought:
        _record(session, actor, one, "deliver")
    return len(brought)


def take_back(session: Session, *, actor: Actor, pile_ref: str, but: Collection[str] = ()) -> int:
    """Undo the lists of a pile that were not brought, but some; return how many.

    The next print has their changes anew. Raises Forbidden for anybody but an officer, NotFound,
    Conflict("list_all_delivered"), Conflict("list_none_left_out") when ``but`` names every one.
    """
    actor.demand(Role.OFFICER)
    waiting = [one for one in _lock_pile(session, actor, pile_ref) if queries.is_waiting(one)]
    if not waiting:
        raise Conflict("list_all_delivered")
    lists = [one for one in waiting if one.ref not in but]
    if not lists:
        raise Conflict("list_none_left_out")
    for one in lists:
        one.taken_back_at, one.taken_back_by_id = clock.now(), actor.user_id
        _record(session, actor, one, "take_back")
    session.flush()
    freed = update(Change).where(Change.printed_list_id.in_([one.id for one in lists]))
    session.execute(freed.values(printed_list_id=None))
    return len(lists)


def _print(
    session: Session, actor: Actor, household: Household, *, pile_ref: str | None
) -> PrintedList | None:
    """Put a household's new changes on a list of its own; None where they come to nothing.

    A pile prints the searches that are told on paper, whoever asks in person gets all. Raises Busy when
    somebody else printed some of it at the same moment.
    """
    changes = queries.list_unprinted(session, household_id=household.id, on_paper_alone=pile_ref is not None)
    parts = _parts(session, changes)
    if not parts:
        return None
    now, asked = clock.now(), pile_ref is None
    made = PrintedList(
        district_id=household.district_id,
        household_id=household.id,
        ref=new_ref("QD"),
        pile_ref=pile_ref,
        body=_brought(session, household, parts).to_json(),
        printed_at=now,
        printed_by_id=actor.user_id,
        delivered_at=now if asked else None,
        delivered_by_id=actor.user_id if asked else None,
    )
    session.add(made)
    session.flush()
    _claim(session, made, changes)
    if asked:
        _note_told(session, [made.id])
    _record(session, actor, made, "print")
    return made


def _brought(session: Session, household: Household, parts: Sequence[Part]) -> Brought:
    since = queries.last_printed_at(session, household_id=household.id)
    return Brought(
        holder=household.holder_name,
        household=household.ref,
        project=household.project.name,
        address=household.old_address,
        district=session.get_one(District, household.district_id).name,
        since=clock.legal_day(since).isoformat() if since else "",
        until=clock.today().isoformat(),
        parts=parts,
    )


def _claim(session: Session, made: PrintedList, changes: Sequence[Change]) -> None:
    """Give changes their list, unless another list has them meanwhile: no two say the same."""
    mine = update(Change).where(
        Change.id.in_([change.id for change in changes]), Change.printed_list_id.is_(None)
    )
    claimed = session.scalars(mine.values(printed_list_id=made.id).returning(Change.id)).all()
    if len(claimed) < len(changes):
        raise Busy


def _parts(session: Session, changes: Sequence[Change]) -> list[Part]:
    """Return what changes come to, by search as they were saved."""
    steps: dict[int, dict[int, list[Change]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        steps[change.saved_search_id or 0][change.home_id].append(change)
    homes = {
        home.id: home
        for home in session.scalars(
            select(Home).where(Home.id.in_({change.home_id for change in changes})).options(*PLACE)
        )
    }
    searches = session.scalars(select(SavedSearch).where(SavedSearch.id.in_(steps)).order_by(SavedSearch.id))
    parts = []
    for search in searches:
        lines = [_line(homes[home_id], found) for home_id, found in steps[search.id].items()]
        told = rules.in_order(line for line in lines if line is not None)
        if told:
            parts.append(Part(search.name, told))
    return parts


def _line(home: Home, changes: Sequence[Change]) -> Line | None:
    comes_to = rules.net([Step(one.kind, one.before_fen, one.after_fen) for one in changes])
    if comes_to is None:
        return None
    return Line(
        kind=comes_to.kind,
        place=place_of(home),
        ref=home.ref,
        area_m2=f"{home.area_m2:.2f}",
        rooms=home.rooms,
        day=clock.legal_day(changes[-1].happened_at).isoformat(),
        before_fen=comes_to.before_fen,
        after_fen=comes_to.after_fen,
    )


def _lock_pile(session: Session, actor: Actor, pile_ref: str) -> list[PrintedList]:
    found = queries.get_pile(session, actor=actor, pile_ref=pile_ref)
    return locks.lock_all(session, PrintedList, [one.id for one in found])


def _note_told(session: Session, list_ids: Sequence[int]) -> None:
    """Note that what is told on paper was told; what is told by message still goes out, too."""
    on_paper = select(SavedSearch.id).where(SavedSearch.telling == Telling.PAPER)
    told = update(Change).where(
        Change.printed_list_id.in_(list_ids),
        Change.saved_search_id.in_(on_paper),
        Change.told_at.is_(None),
    )
    session.execute(told.values(told_at=clock.now()))


def _record(session: Session, actor: Actor, made: PrintedList, what: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"printed_list.{what}",
        object_type="printed_list",
        object_id=made.id,
        household_id=made.household_id,
    )
