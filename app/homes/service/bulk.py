"""Writing many homes of one development at once, by statements over a table of wishes: all or nothing.

Everything that nobody else could wait for is written first: new homes, and prices, which only whoever holds a
home's lock changes. Then the homes that change are locked and compared with what was seen, and one statement
is left. Whoever works on one of the homes meanwhile goes first: the lock is not waited for, all is given up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    String,
    Subquery,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor
from app.core.errors import Busy, NotFound
from app.core.queue import enqueue
from app.homes.deals import has_due_plan, is_promoted
from app.homes.errors import HomesMoved
from app.homes.events import broke_price_rules, placed
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.rules import KINDS
from app.homes.service.due import settle_those
from app.homes.service.filing import BUREAU_REASON
from app.homes.service.own import hold_names
from app.homes.service.prices import FIRST_REASON

FACTS: Final = ("rooms", "area_m2", "inner_area_m2", "orientation", "finish")

_INDEXED_AT_ONCE: Final = 2_000
"""Homes in one job of the search index."""

_SOMEBODY_THERE: Final = frozenset({"55P03", "40P01", "23505"})
"""lock_not_available, deadlock_detected, unique_violation: a home got a first price meanwhile."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: counts, and the listings that left their pool because their prices broke the rule."""

    new: int
    changed: int
    listings_out: list[int]


def write_homes(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    wishes: Subquery,
    reason: str,
    patient: bool = False,
) -> Written:
    """Create and change homes as a table of wishes says; the caller has judged every wish by the rules.

    ``wishes`` has the columns ``home_id`` (None: a new home), ``seen_version``, ``ref``, ``building`` (its
    name), ``unit``, ``storey``, ``room``, ``kind`` (None: a home), those of ``FACTS``, of
    a new building ``storeys``, ``units`` and ``has_lift``, ``filed_fen``, ``filing_number``, ``cash_fen``,
    ``voucher_fen`` and ``leaves`` (why it leaves the pool it is listed in). For a home that exists only what
    changes is set. ``reason`` goes with each changed price. ``patient`` locks the homes before their prices
    are written and waits for each: longer for everybody, for when others never leave a gap.

    Raises NotFound for somebody else's development, HomesMoved when a home changed since it was seen or a
    new one is there already, Busy when somebody works on one of them: then nothing may be kept.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    moment = clock.now()
    hold_names(session, development.district_id, [development.name], shared=True)
    name = development.name
    held = locks.share(session, Development, development_id)
    if held is None or held.name != name:
        raise HomesMoved
    new = _insert_homes(session, actor, development_id, wishes, moment)
    changed = _present(session, wishes)
    with _locked_late(session, wishes, changed, moment, patient=patient):
        starts_at = max(moment, _latest_start(session, wishes))
        out = _leave_pools(session, wishes, starts_at)
        _index(session, wishes)
        _change_prices(session, actor, wishes, starts_at, reason)
    _change_facts(session, wishes)
    broke_price_rules.publish(session, out)
    # The wishes were judged when they were read: a promotion declared since then is judged here.
    out += [listing.id for listing in settle_those(session, changed, is_promoted(moment))]
    made = select(Home.id).join(wishes, wishes.c.ref == Home.ref).where(wishes.c.home_id.is_(None))
    placed.publish(session, session.scalars(made).all())
    return Written(new, len(changed), out)


def write_filings(session: Session, *, actor: Actor, wishes: Subquery, patient: bool = False) -> Written:
    """Register the bureau's filed prices as a table of wishes says; from now on they are in force.

    ``wishes`` has the columns ``home_id``, ``seen_version``, ``filed_fen``, ``filing_number``, ``filed_on``
    and ``leaves``, as in ``write_homes``, like ``patient``. A lower price is accepted whatever it does to a
    listing.

    Raises NotFound for a home of another district, HomesMoved when one changed since it was seen, Busy when
    somebody works on one: then nothing may be kept.
    """
    elsewhere = (
        select(wishes.c.home_id)
        .join(Home, Home.id == wishes.c.home_id)
        .join(Development, Development.id == Home.development_id)
        .where(Development.district_id != actor.district)
    )
    if session.scalar(select(elsewhere.exists())):
        raise NotFound("home_not_found")
    moment = clock.now()
    changed = _present(session, wishes)
    with _locked_late(session, wishes, changed, moment, patient=patient):
        starts_at = max(moment, _latest_start(session, wishes))
        out = _leave_pools(session, wishes, starts_at)
        _index(session, wishes)
        _register(session, actor, wishes, starts_at)
    session.execute(
        update(Home)
        .where(Home.id == wishes.c.home_id)
        .values(doc_version=Home.doc_version + 1)
        .execution_options(synchronize_session=False)
    )
    broke_price_rules.publish(session, out)
    out += [listing.id for listing in settle_those(session, changed, is_promoted(moment))]
    return Written(0, len(changed), out)


def _register(session: Session, actor: Actor, wishes: Subquery, moment: datetime) -> None:
    """End the filed prices of these homes, and begin those of the bureau."""
    filed = select(wishes.c.home_id, literal("filed").label("kind")).subquery("filed")
    _end_prices(session, filed, moment)
    price = {
        "home_id": wishes.c.home_id,
        "kind": literal("filed"),
        "amount_fen": wishes.c.filed_fen,
        "effective_from": literal(moment),
        "reason": literal(BUREAU_REASON),
        "source": literal("bureau"),
        "filing_number": wishes.c.filing_number,
        "filed_on": wishes.c.filed_on,
        "author_id": literal(actor.user_id, BigInteger),
    }
    session.execute(insert(PriceVersion).from_select(list(price), select(*price.values())))


def _insert_homes(
    session: Session, actor: Actor, development_id: int, wishes: Subquery, moment: datetime
) -> int:
    fresh = wishes.c.home_id.is_(None)
    wanted = session.scalar(select(func.count()).select_from(wishes).where(fresh)) or 0
    if not wanted:
        return 0
    facts = [
        func.greatest(1, func.max(wishes.c.storey), func.max(wishes.c.storeys)),
        func.max(wishes.c.units),
        func.bool_or(wishes.c.has_lift),
    ]
    buildings = (
        select(literal(development_id), wishes.c.building, *facts, literal(1))
        .where(fresh)
        .group_by(wishes.c.building)
    )
    columns = ["development_id", "name", "storeys", "units", "has_lift", "version"]
    session.execute(
        pg_insert(Building)
        .from_select(columns, buildings)
        .on_conflict_do_nothing(index_elements=[Building.development_id, Building.name])
    )
    _hold_buildings(session, development_id, wishes)
    of_home = {
        "ref": wishes.c.ref,
        "development_id": literal(development_id),
        "building_id": Building.id,
        "unit": wishes.c.unit,
        "storey": wishes.c.storey,
        "room": wishes.c.room,
        "kind": func.coalesce(wishes.c.kind, literal("home")),
        **{name: wishes.c[name] for name in FACTS},
        "status": literal("free"),
        "doc_version": literal(1),
        "created_at": literal(moment),
    }
    homes = (
        select(*of_home.values())
        .join_from(wishes, Building, Building.name == wishes.c.building)
        .where(fresh, Building.development_id == development_id)
    )
    unique = [Home.building_id, Home.unit, Home.storey, Home.room]
    session.execute(
        pg_insert(Home).from_select(list(of_home), homes).on_conflict_do_nothing(index_elements=unique)
    )
    made = select(func.count()).select_from(Home).join(wishes, wishes.c.ref == Home.ref)
    if session.scalar(made) != wanted:
        raise HomesMoved
    given = _given(wishes)
    prices = select(*_price(actor, given, Home.id, moment, FIRST_REASON).values())
    session.execute(
        insert(PriceVersion).from_select(
            list(_price(actor, given, Home.id, moment, FIRST_REASON)),
            prices.join_from(given, Home, Home.ref == given.c.ref).where(given.c.home_id.is_(None)),
        )
    )
    return wanted


def _hold_buildings(session: Session, development_id: int, wishes: Subquery) -> None:
    """Keep the buildings that get homes as they are. Raises HomesMoved when one shrank since it was seen."""
    fresh = (
        select(Building.id)
        .join(wishes, wishes.c.building == Building.name)
        .where(Building.development_id == development_id, wishes.c.home_id.is_(None))
        .order_by(Building.id)
        .distinct()
    )
    for building_id in session.scalars(fresh).all():
        locks.share(session, Building, building_id)
    number = case((wishes.c.unit.regexp_match("^[0-9]{1,9}$"), cast(wishes.c.unit, BigInteger)), else_=0)
    outside = select(literal(1)).where(
        wishes.c.home_id.is_(None),
        wishes.c.building == Building.name,
        Building.development_id == development_id,
        (wishes.c.storey > Building.storeys) | (number > Building.units),
    )
    if session.scalar(outside.limit(1)) is not None:
        raise HomesMoved


def _present(session: Session, wishes: Subquery) -> list[int]:
    return list(session.scalars(select(wishes.c.home_id).where(wishes.c.home_id.is_not(None))))


@contextmanager
def _locked_late(
    session: Session, wishes: Subquery, ids: list[int], moment: datetime, *, patient: bool
) -> Iterator[None]:
    """Lock the homes after what is written inside; before it, for the patient or where a plan is due.

    Raises HomesMoved unless all are as they were seen, Busy.
    """
    if patient or _any_due(session, wishes, moment):
        _lock_seen(session, wishes, ids)
        settle_those(session, ids, has_due_plan(moment))
        yield
    else:
        with _giving_way(session):
            yield
            _lock_seen(session, wishes, ids)


def _any_due(session: Session, wishes: Subquery, moment: datetime) -> bool:
    """Tell whether a planned price of one of the homes waits to be carried out, which needs its lock."""
    due = select(Home.id).join(wishes, wishes.c.home_id == Home.id).where(has_due_plan(moment))
    return session.scalar(due.limit(1)) is not None


@contextmanager
def _giving_way(session: Session) -> Iterator[None]:
    """Give up, by Busy, where a row is not free at once: its holder may be waiting for one of ours.

    Half of the time after which the database looks for a deadlock, so that it is never the other who fails.
    """
    session.execute(text("SET LOCAL lock_timeout = '500ms'"))
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _SOMEBODY_THERE:
            raise Busy from error
        raise


def _lock_seen(session: Session, wishes: Subquery, ids: list[int]) -> None:
    """Lock the homes that change. Raises HomesMoved unless all are as they were seen."""
    locks.lock_rows(session, Home, ids)
    same = (
        select(func.count())
        .select_from(wishes)
        .join(Home, (Home.id == wishes.c.home_id) & (Home.doc_version == wishes.c.seen_version))
    )
    if session.scalar(same) != len(ids):
        raise HomesMoved


def _latest_start(session: Session, wishes: Subquery) -> datetime:
    """Return when the youngest price of these homes began: none may end before its own start.

    The clocks of two servers may differ by a little.
    """
    statement = select(func.max(PriceVersion.effective_from)).join(
        wishes, wishes.c.home_id == PriceVersion.home_id
    )
    return session.scalar(statement.where(PriceVersion.effective_to.is_(None))) or datetime.min.replace(
        tzinfo=UTC
    )


def _leave_pools(session: Session, wishes: Subquery, moment: datetime) -> list[int]:
    statement = (
        update(PoolListing)
        .where(
            PoolListing.home_id == wishes.c.home_id,
            PoolListing.state == "listed",
            wishes.c.leaves.is_not(None),
        )
        .values(state="out", out_reason=wishes.c.leaves, changed_at=moment)
        .returning(PoolListing.id)
        .execution_options(synchronize_session=False)
    )
    return sorted(session.scalars(statement))


def _change_prices(session: Session, actor: Actor, wishes: Subquery, moment: datetime, reason: str) -> None:
    given = _given(wishes)
    _end_prices(session, given, moment)
    price = _price(actor, given, given.c.home_id, moment, reason)
    changed = select(*price.values()).where(given.c.home_id.is_not(None))
    session.execute(insert(PriceVersion).from_select(list(price), changed))


def _end_prices(session: Session, given: Subquery, moment: datetime) -> None:
    """End the current prices of these homes and kinds."""
    session.execute(
        update(PriceVersion)
        .where(
            PriceVersion.home_id == given.c.home_id,
            PriceVersion.kind == given.c.kind,
            PriceVersion.effective_to.is_(None),
        )
        .values(effective_to=moment)
        .execution_options(synchronize_session=False)
    )


def _given(wishes: Subquery) -> Subquery:
    """Return the prices of the wishes, a row for each."""
    return union_all(
        *(
            select(
                wishes.c.home_id,
                wishes.c.ref,
                literal(kind).label("kind"),
                wishes.c[f"{kind}_fen"].label("amount_fen"),
                (wishes.c.filing_number if kind == "filed" else cast(null(), String)).label("filing_number"),
            ).where(wishes.c[f"{kind}_fen"].is_not(None))
            for kind in KINDS
        )
    ).subquery("given")


def _price(actor: Actor, given: Subquery, home_id: Any, moment: datetime, reason: str) -> dict[str, Any]:
    """Return the columns of a price version that the developer gave."""
    return {
        "home_id": home_id,
        "kind": given.c.kind,
        "amount_fen": given.c.amount_fen,
        "effective_from": literal(moment),
        "reason": literal(reason.strip()),
        "source": literal("developer"),
        "filing_number": given.c.filing_number,
        "author_id": literal(actor.user_id, BigInteger),
    }


def _change_facts(session: Session, wishes: Subquery) -> None:
    changes = {name: func.coalesce(wishes.c[name], getattr(Home, name)) for name in FACTS}
    session.execute(
        update(Home)
        .where(Home.id == wishes.c.home_id)
        .values(**changes, doc_version=Home.doc_version + 1)
        .execution_options(synchronize_session=False)
    )


def _index(session: Session, wishes: Subquery) -> None:
    """Have those that are or were listed indexed anew; others are in no index."""
    public = select(PoolListing.home_id).join(wishes, wishes.c.home_id == PoolListing.home_id).distinct()
    home_ids = session.scalars(public.order_by(PoolListing.home_id)).all()
    for start in range(0, len(home_ids), _INDEXED_AT_ONCE):
        enqueue(session, "search.index", home_ids=list(home_ids[start : start + _INDEXED_AT_ONCE]))
