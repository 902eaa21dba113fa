"""Writing the pool: which home stands in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, NotFound
from app.homes import rules, states
from app.homes.deals import has_due_plan, is_promoted
from app.homes.errors import CandidatesChanged, NotAdmitted
from app.homes.models import Development, Home
from app.homes.pool_models import MEMBERSHIP_RULE, PoolListing
from app.homes.queries import current_prices, find_listing, is_admitted, listings_of
from app.homes.service.due import settle, settle_those
from app.homes.service.own import lock_own, refuse_sold, touch


def publish(session: Session, *, actor: Actor, home_id: int, seen_version: int | None = None) -> PoolListing:
    """List (上架) a home in the pool of its district.

    Raises NotFound, NotAdmitted, Conflict when it is sold, claimed by an offline contract or listed already,
    HomeChanged when it changed since the page was shown, DomainError while a price is missing,
    VoucherAboveCash or VoucherAboveFiled.
    """
    home = lock_own(session, actor, home_id, seen_version)
    settle(session, [home], clock.now())
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
    touch(session, home)
    audit.record(
        session,
        actor=actor,
        action="homes.publish",
        object_type="home",
        object_id=home.id,
        listing_id=listing.id,
    )
    return listing


def publish_many(session: Session, *, actor: Actor, development_id: int, seen: Mapping[int, int]) -> int:
    """List homes of one development in the pool of its district: all of them or none; return how many.

    ``seen`` is the version of each home as it was shown, by id. Raises CandidatesChanged when one changed
    since, NotFound for somebody else's home or another development's, otherwise as ``publish`` for the first,
    by id, that may not be listed.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    homes = locks.lock_all(session, Home, seen)
    if len(homes) < len(seen) or any(home.development_id != development_id for home in homes):
        raise NotFound("home_not_found")
    if any(home.doc_version != seen[home.id] for home in homes):
        raise CandidatesChanged
    district, moment = development.district, clock.now()
    ids = [home.id for home in homes]
    settle_those(session, ids, has_due_plan(moment) | is_promoted(moment))
    admitted = is_admitted(session, district_id=district.id, developer_id=development.developer_id)
    prices = current_prices(session, ids)
    listings = listings_of(session, district_id=district.id, home_ids=ids)
    for home in homes:
        rules.check_listing(
            status=home.status, amounts=prices[home.id].amounts, admitted=admitted, district=district.name
        )
        listing = listings.get(home.id)
        _refuse_claimed(home)
        states.after(states.LISTING, listing.state if listing else "new", "publish")
    listed = {"state": "listed", "out_reason": None, "changed_at": moment}
    fresh = [home.id for home in homes if home.id not in listings]
    with _membership_guard(district.name), session.begin_nested():
        if fresh:
            new = {"district_id": district.id, "first_listed_at": moment, **listed}
            session.execute(insert(PoolListing), [{**new, "home_id": home_id} for home_id in fresh])
        for listing in listings.values():
            for name, value in listed.items():
                setattr(listing, name, value)
    touch(session, *homes)
    audit.record(
        session,
        actor=actor,
        action="homes.publish_many",
        object_type="development",
        object_id=development_id,
        home_ids=ids,
    )
    return len(homes)


def withdraw(session: Session, *, actor: Actor, home_id: int) -> PoolListing:
    """Take (下架) a home out of the pool of its district.

    Raises NotFound, and Conflict when it is not listed, is sold, or a household is buying it right now.
    """
    home = lock_own(session, actor, home_id, None)
    refuse_sold(home)
    if home.status == "locked":
        raise Conflict("home_being_bought")
    listing = find_listing(session, district_id=home.development.district_id, home_id=home.id)
    if listing is None:
        raise Conflict("not_listed")
    listing.state = states.after(states.LISTING, listing.state, "withdraw")
    listing.out_reason, listing.changed_at = "withdrawn", clock.now()
    touch(session, home)
    audit.record(
        session,
        actor=actor,
        action="homes.withdraw",
        object_type="home",
        object_id=home.id,
        listing_id=listing.id,
    )
    return listing


def _put_in_pool(session: Session, home: Home, district_id: int) -> PoolListing:
    moment = clock.now()
    _refuse_claimed(home)
    listing = find_listing(session, district_id=district_id, home_id=home.id)
    state = states.after(states.LISTING, listing.state if listing else "new", "publish")
    with _membership_guard(home.development.district.name), session.begin_nested():
        if listing is None:
            listing = PoolListing(district_id=district_id, home_id=home.id, first_listed_at=moment)
            session.add(listing)
        listing.state, listing.out_reason, listing.changed_at = state, None, moment
    return listing


def _refuse_claimed(home: Home) -> None:
    if home.claimed_at is not None:
        raise Conflict("home_claimed_offline")


@contextmanager
def _membership_guard(district: str) -> Iterator[None]:
    """Say so where a developer was admitted when it was checked, and suspended before this was written."""
    try:
        yield
    except IntegrityError as error:
        if error.orig is None or error.orig.diag.constraint_name != MEMBERSHIP_RULE:  # type: ignore[attr-defined]  # psycopg's
            raise
        raise NotAdmitted(district) from error
