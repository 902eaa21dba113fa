"""Writing many homes of one development at once, by statements over a table of wishes: all or nothing.

Everything that nobody else could wait for is written first; then the homes that change are locked, and what
is left takes a few statements, however many homes they are.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    String,
    Subquery,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.queue import enqueue
from app.homes.deals import has_due_plan, is_promoted
from app.homes.errors import HomesMoved
from app.homes.events import broke_price_rules
from app.homes.models import Building, Development, Home, PoolListing, PriceVersion
from app.homes.rules import KINDS
from app.homes.service.due import settle_those
from app.homes.service.filing import BUREAU_REASON
from app.homes.service.prices import FIRST_REASON

FACTS: Final = ("rooms", "area_m2", "inner_area_m2", "orientation", "finish")

_INDEXED_AT_ONCE: Final = 2_000
"""Homes in one job of the search index."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: counts, and the listings that left their pool because their prices broke the rule."""

    new: int
    changed: int
    listings_out: list[int]


def write_homes(
    session: Session, *, actor: Actor, development_id: int, wishes: Subquery, reason: str
) -> Written:
    """Create and change homes as a table of wishes says; the caller has judged every wish by the rules.

    ``wishes`` has the columns ``home_id`` (None: a new home), ``seen_version``, ``ref``, ``building`` (its
    name), ``unit``, ``storey``, ``room``, those of ``FACTS``, ``filed_fen``, ``filing_number``, ``cash_fen``,
    ``voucher_fen`` and ``leaves`` (why it leaves the pool it is listed in). For a home that exists only what
    changes is set. ``reason`` goes with each changed price.

    Raises NotFound for somebody else's development, HomesMoved when a home changed since it was seen or a
    new one is there already: then nothing may be kept.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    moment = clock.now()
    new = _insert_homes(session, actor, development_id, wishes, moment)
    changed = _lock_seen(session, wishes)
    settle_those(session, changed, has_due_plan(moment))
    moment = max(moment, _latest_start(session, wishes))
    out = _leave_pools(session, wishes, moment)
    _change_prices(session, actor, wishes, moment, reason)
    _change_facts(session, wishes)
    _index(session, wishes)
    broke_price_rules.publish(session, out)
    # The wishes were judged when they were read: a promotion declared since then is judged here.
    out += [listing.id for listing in settle_those(session, changed, is_promoted(moment))]
    return Written(new, len(changed), out)


def write_filings(session: Session, *, actor: Actor, wishes: Subquery) -> Written:
    """Register the bureau's filed prices as a table of wishes says; from now on they are in force.

    ``wishes`` has the columns ``home_id``, ``seen_version``, ``filed_fen``, ``filing_number``, ``filed_on``
    and ``leaves``, as in ``write_homes``. A lower price is accepted whatever it does to a listing.

    Raises NotFound for a home of another district, HomesMoved when one changed since it was seen: then
    nothing may be kept.
    """
    here = select(Home.id).join(Development, Development.id == Home.development_id)
    here = here.where(Development.district_id == actor.district)
    if session.scalar(select(exists().where(wishes.c.home_id.not_in(here)))):
        raise NotFound("home_not_found")
    moment = clock.now()
    changed = _lock_seen(session, wishes)
    settle_those(session, changed, has_due_plan(moment))
    moment = max(moment, _latest_start(session, wishes))
    out = _leave_pools(session, wishes, moment)
    _register(session, actor, wishes, moment)
    _index(session, wishes)
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
    session.execute(
        update(Home)
        .where(Home.id == wishes.c.home_id)
        .values(doc_version=Home.doc_version + 1)
        .execution_options(synchronize_session=False)
    )


def _insert_homes(
    session: Session, actor: Actor, development_id: int, wishes: Subquery, moment: datetime
) -> int:
    fresh = wishes.c.home_id.is_(None)
    buildings = (
        select(literal(development_id), wishes.c.building, func.max(wishes.c.storey), literal(1))
        .where(fresh)
        .group_by(wishes.c.building)
    )
    columns = ["development_id", "name", "storeys", "version"]
    session.execute(
        pg_insert(Building)
        .from_select(columns, buildings)
        .on_conflict_do_nothing(index_elements=[Building.development_id, Building.name])
    )
    facts = {
        "ref": wishes.c.ref,
        "development_id": literal(development_id),
        "building_id": Building.id,
        "unit": wishes.c.unit,
        "storey": wishes.c.storey,
        "room": wishes.c.room,
        "kind": literal("home"),
        **{name: wishes.c[name] for name in FACTS},
        "status": literal("free"),
        "doc_version": literal(1),
        "created_at": literal(moment),
    }
    homes = (
        select(*facts.values())
        .join_from(wishes, Building, Building.name == wishes.c.building)
        .where(fresh, Building.development_id == development_id)
    )
    unique = [Home.building_id, Home.unit, Home.storey, Home.room]
    session.execute(
        pg_insert(Home).from_select(list(facts), homes).on_conflict_do_nothing(index_elements=unique)
    )
    wanted = session.scalar(select(func.count()).select_from(wishes).where(fresh)) or 0
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


def _lock_seen(session: Session, wishes: Subquery) -> list[int]:
    """Lock the homes that change and return their ids. Raises HomesMoved unless all are as they were seen."""
    existing = wishes.c.home_id.is_not(None)
    ids = list(session.scalars(select(wishes.c.home_id).where(existing)))
    locks.lock_rows(session, Home, ids)
    same = (
        select(func.count())
        .select_from(wishes)
        .join(Home, (Home.id == wishes.c.home_id) & (Home.doc_version == wishes.c.seen_version))
    )
    if session.scalar(same) != len(ids):
        raise HomesMoved
    return ids


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
