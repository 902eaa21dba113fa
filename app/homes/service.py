"""The only writer of developments, buildings, homes, their prices and the pool.

Whatever touches a home's price, state or place in the pool first locks the home, and writes the new
``doc_version`` in the same transaction. A price change while a redemption holds the home is allowed: the
buyer's quote is frozen, and the listing must not show a price that is no longer true. It may also come back
into the pool then; it may not be withdrawn. A sold home changes no more.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.homes import rules, states
from app.homes.errors import HomeChanged
from app.homes.events import broke_price_rule
from app.homes.models import Building, Development, Home, PoolListing, PoolMembership, PriceVersion
from app.homes.queries import current_prices, find_listing, is_admitted
from app.homes.rules import Amounts, PriceKind

FIRST_REASON = "首次填报"
"""The reason stored with the prices a home is created with."""


def admit_developer(session: Session, *, actor: Actor, developer_id: int) -> PoolMembership:
    """Admit (入库) a developer to the pool of the actor's district, its equal-treatment undertaking signed.

    Raises Conflict when it was admitted before.
    """
    values = {"district_id": actor.district, "developer_id": developer_id, "admitted_at": clock.now()}
    statement = insert(PoolMembership).values(values).on_conflict_do_nothing().returning(PoolMembership)
    membership = session.scalars(statement).first()
    if membership is None:
        raise Conflict("already_admitted")
    audit.record(
        session,
        actor=actor,
        action="homes.admit_developer",
        object_type="organisation",
        object_id=developer_id,
    )
    return membership


def create_development(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    name: str,
    address: str,
    stage: str,
    sales_phone: str,
    presale_permit: str | None = None,
    delivery_on: date | None = None,
    lat: float | None = None,
    lon: float | None = None,
) -> Development:
    """Create a development of the actor's company; ``stage`` is finished (现房) or presale (期房).

    Raises DomainError at ``name`` when the company has one of that name, at ``presale_permit`` or
    ``delivery_on`` when homes not yet built lack the permit or the day they will be handed over.
    """
    if stage == "presale" and not presale_permit:
        raise DomainError("presale_permit_missing", "presale_permit")
    if stage == "presale" and delivery_on is None:
        raise DomainError("delivery_day_missing", "delivery_on")
    values = {
        "ref": new_ref("DV"),
        "developer_id": actor.organisation,
        "district_id": district_id,
        "name": name.strip(),
        "address": address,
        "lat": lat,
        "lon": lon,
        "stage": stage,
        "presale_permit": presale_permit or None,
        "delivery_on": delivery_on,
        "sales_phone": sales_phone,
        "created_at": clock.now(),
    }
    unique = [Development.developer_id, Development.name]
    statement = insert(Development).values(values).on_conflict_do_nothing(index_elements=unique)
    development = session.scalars(statement.returning(Development)).first()
    if development is None:
        raise DomainError("development_name_taken", "name")
    audit.record(
        session,
        actor=actor,
        action="homes.create_development",
        object_type="development",
        object_id=development.id,
    )
    return development


def create_building(
    session: Session, *, actor: Actor, development_id: int, name: str, storeys: int
) -> Building:
    """Create a building of one of the actor's developments.

    Raises NotFound for somebody else's development, DomainError at ``name`` when it has one of that name.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    values = {"development_id": development_id, "name": name.strip(), "storeys": storeys}
    unique = [Building.development_id, Building.name]
    statement = insert(Building).values(values).on_conflict_do_nothing(index_elements=unique)
    building = session.scalars(statement.returning(Building)).first()
    if building is None:
        raise DomainError("building_name_taken", "name")
    audit.record(
        session, actor=actor, action="homes.create_building", object_type="building", object_id=building.id
    )
    return building


def create_home(
    session: Session,
    *,
    actor: Actor,
    building_id: int,
    unit: str,
    storey: int,
    room: str,
    rooms: int,
    area_m2: Decimal,
    filed_fen: int | None = None,
    filing_number: str | None = None,
    cash_fen: int | None = None,
    voucher_fen: int | None = None,
) -> Home:
    """Create a home with as many of its three prices as are known; it is not listed yet.

    ``rooms`` counts bedrooms, ``area_m2`` is the gross floor area. Raises NotFound for somebody else's
    building; DomainError at ``storey`` above the building's top, at ``room`` when unit, storey and room are
    taken, at ``filing_number`` when a filed price lacks it, and the refusals of ``rules.check_first_prices``.
    """
    building = session.get(Building, building_id)
    if building is None or building.development.developer_id != actor.organisation:
        raise NotFound("building_not_found")
    if not 1 <= storey <= building.storeys:
        raise DomainError("storey_not_in_building", "storey", storeys=building.storeys)
    amounts = Amounts(filed_fen, cash_fen, voucher_fen)
    rules.check_first_prices(amounts)
    number = None if filed_fen is None else rules.check_filing_number("filed", filing_number)
    home = _insert_home(session, building, unit=unit, storey=storey, room=room, rooms=rooms, area_m2=area_m2)
    for kind in rules.KINDS:
        amount = amounts.of(kind)
        if amount is not None:
            filed = number if kind == "filed" else None
            _insert_price(session, actor, home, kind, amount, home.created_at, FIRST_REASON, filed)
    session.flush()
    audit.record(session, actor=actor, action="homes.create_home", object_type="home", object_id=home.id)
    return home


def _insert_home(
    session: Session, building: Building, *, unit: str, storey: int, room: str, rooms: int, area_m2: Decimal
) -> Home:
    values = {
        "ref": new_ref("FY"),
        "development_id": building.development_id,
        "building_id": building.id,
        "unit": rules.tidy_unit(unit),
        "storey": storey,
        "room": rules.tidy_room(room),
        "kind": "home",
        "rooms": rooms,
        "area_m2": area_m2,
        "status": "free",
        "doc_version": 1,
        "created_at": clock.now(),
    }
    unique = [Home.building_id, Home.unit, Home.storey, Home.room]
    statement = insert(Home).values(values).on_conflict_do_nothing(index_elements=unique)
    home = session.scalars(statement.returning(Home)).first()
    if home is None:
        raise DomainError("home_exists", "room")
    return home


def set_price(
    session: Session,
    *,
    actor: Actor,
    home_id: int,
    kind: PriceKind,
    amount_fen: int,
    reason: str,
    filing_number: str | None = None,
    seen_version: int | None = None,
) -> PriceVersion:
    """Give a home a new price from now on; what it was stays in the history.

    A lowered cash or filed price that falls below the voucher price is accepted, takes the home out of every
    pool at once and publishes ``broke_price_rule``. ``seen_version`` is the ``doc_version`` of the page the
    actor decided on. Raises NotFound, Conflict when the home is sold, HomeChanged when it changed since,
    DomainError when nothing would change or a filing number or reason is missing, and the refusals of
    ``rules.check_change``.
    """
    if not reason.strip():
        raise DomainError("price_reason_missing", "reason")
    number = rules.check_filing_number(kind, filing_number)
    home = _lock_own(session, actor, home_id, seen_version)
    _refuse_sold(home)
    prices = current_prices(session, [home.id])[home.id]
    before = prices.of(kind)
    if before and (before.amount_fen, before.filing_number) == (amount_fen, number):
        raise DomainError("price_unchanged", f"{kind}_price")
    after = rules.check_change(kind, amount_fen, prices.amounts)
    moment = clock.now()
    if before:
        # Never before its own start: the clocks of two web servers may differ by a little.
        moment = max(moment, before.effective_from)
        before.effective_to = moment
        session.flush()
    version = _insert_price(session, actor, home, kind, amount_fen, moment, reason, number)
    fallen = _leave_pools(session, home, after, moment)
    _touch(session, home)
    audit.record(
        session,
        actor=actor,
        action="homes.set_price",
        object_type="home",
        object_id=home.id,
        kind=kind,
        price_version_id=version.id,
        amount_fen=amount_fen,
        listings_out=[listing.id for listing in fallen],
    )
    for listing in fallen:
        broke_price_rule.publish(
            session, listing_id=listing.id, home_id=home.id, district_id=listing.district_id
        )
    return version


def publish(session: Session, *, actor: Actor, home_id: int, seen_version: int | None = None) -> PoolListing:
    """List (上架) a home in the pool of its district.

    Raises NotFound, NotAdmitted, Conflict when it is sold or listed already, HomeChanged when it changed
    since the page was shown, DomainError while a price is missing, VoucherAboveCash or VoucherAboveFiled.
    """
    home = _lock_own(session, actor, home_id, seen_version)
    development = home.development
    rules.check_listing(
        status=home.status,
        amounts=current_prices(session, [home.id])[home.id].amounts,
        admitted=is_admitted(
            session, district_id=development.district_id, developer_id=development.developer_id
        ),
        district=development.district.name,
    )
    listing = _put_in_pool(session, home, development.district_id)
    _touch(session, home)
    audit.record(
        session,
        actor=actor,
        action="homes.publish",
        object_type="home",
        object_id=home.id,
        listing_id=listing.id,
    )
    return listing


def withdraw(session: Session, *, actor: Actor, home_id: int) -> PoolListing:
    """Take (下架) a home out of the pool of its district.

    Raises NotFound, and Conflict when it is not listed, is sold, or a household is buying it right now.
    """
    home = _lock_own(session, actor, home_id, None)
    _refuse_sold(home)
    if home.status == "locked":
        raise Conflict("home_being_bought")
    listing = find_listing(session, district_id=home.development.district_id, home_id=home.id)
    if listing is None:
        raise Conflict("not_listed")
    listing.state = states.after(states.LISTING, listing.state, "withdraw")
    listing.out_reason, listing.changed_at = "withdrawn", clock.now()
    _touch(session, home)
    audit.record(
        session,
        actor=actor,
        action="homes.withdraw",
        object_type="home",
        object_id=home.id,
        listing_id=listing.id,
    )
    return listing


def mark_locked(session: Session, home: Home) -> None:
    """Note that a redemption holds a home. The caller has locked it. Raises Conflict when it is not free."""
    _move(session, home, "lock")


def mark_free(session: Session, home: Home) -> None:
    """Note that a home is free again. The caller has locked it."""
    _move(session, home, "release")


def mark_sold(session: Session, home: Home) -> None:
    """Note that a home is sold. The caller has locked it."""
    _move(session, home, "sell")


def _move(session: Session, home: Home, action: str) -> None:
    home.status = states.after(states.HOME, home.status, action)
    _touch(session, home)


def _lock_own(session: Session, actor: Actor, home_id: int, seen_version: int | None) -> Home:
    owner = select(Development.developer_id).join(Home, Home.development_id == Development.id)
    if session.scalar(owner.where(Home.id == home_id)) != actor.organisation:
        raise NotFound("home_not_found")
    home = locks.lock(session, Home, home_id)
    if seen_version is not None and seen_version != home.doc_version:
        raise HomeChanged
    return home


def _refuse_sold(home: Home) -> None:
    if home.status == "sold":
        raise Conflict("home_sold")


def _insert_price(
    session: Session,
    actor: Actor,
    home: Home,
    kind: PriceKind,
    amount_fen: int,
    moment: datetime,
    reason: str,
    filing_number: str | None,
) -> PriceVersion:
    version = PriceVersion(
        home_id=home.id,
        kind=kind,
        amount_fen=amount_fen,
        effective_from=moment,
        reason=reason.strip(),
        filing_number=filing_number,
        author_id=actor.user_id,
    )
    session.add(version)
    return version


def _leave_pools(session: Session, home: Home, prices: Amounts, moment: datetime) -> list[PoolListing]:
    """Take the home out of every pool where it stands listed, if its prices break the rule; return those."""
    breach = rules.find_breach(prices)
    if breach is None:
        return []
    statement = select(PoolListing).where(PoolListing.home_id == home.id, PoolListing.state == "listed")
    fallen = session.scalars(
        statement.order_by(PoolListing.id), execution_options={"populate_existing": True}
    ).all()
    for listing in fallen:
        listing.state = states.after(states.LISTING, listing.state, "break_rule")
        listing.out_reason, listing.changed_at = breach, moment
    return list(fallen)


def _put_in_pool(session: Session, home: Home, district_id: int) -> PoolListing:
    moment = clock.now()
    listing = find_listing(session, district_id=district_id, home_id=home.id)
    state = states.after(states.LISTING, listing.state if listing else "new", "publish")
    if listing is None:
        listing = PoolListing(district_id=district_id, home_id=home.id, first_listed_at=moment)
        session.add(listing)
    listing.state, listing.out_reason, listing.changed_at = state, None, moment
    session.flush()
    return listing


def _touch(session: Session, home: Home) -> None:
    """Give the home's search document its next version, and have it indexed once this commits."""
    home.doc_version += 1
    enqueue(session, "search.index", home_ids=[home.id])
