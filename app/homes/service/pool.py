"""Writing the pool: which home stands in it."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import Conflict
from app.homes import rules, states
from app.homes.errors import NotAdmitted
from app.homes.models import MEMBERSHIP_RULE, Home, PoolListing
from app.homes.queries import current_prices, find_listing, is_admitted
from app.homes.service.due import settle
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
    listing = find_listing(session, district_id=district_id, home_id=home.id)
    state = states.after(states.LISTING, listing.state if listing else "new", "publish")
    if listing is not None and listing.out_reason == "sold_offline":
        raise Conflict("home_claimed_offline")
    try:
        with session.begin_nested():
            if listing is None:
                listing = PoolListing(district_id=district_id, home_id=home.id, first_listed_at=moment)
                session.add(listing)
            listing.state, listing.out_reason, listing.changed_at = state, None, moment
    except IntegrityError as error:
        if error.orig is None or error.orig.diag.constraint_name != MEMBERSHIP_RULE:  # type: ignore[attr-defined]  # psycopg's
            raise
        # Admitted when it was checked, suspended before this was written.
        raise NotAdmitted(home.development.district.name) from error
    return listing
