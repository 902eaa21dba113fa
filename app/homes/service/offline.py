"""Writing what a sale outside the platform does to a home: sold at once, out of every pool, or back again."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes import states
from app.homes.models import Home, PoolListing
from app.homes.service.own import touch


def sell_offline(session: Session, home: Home) -> None:
    """Note that a cash buyer has a home. The caller has locked it. Raises Conflict when it is not free."""
    home.status = states.after(states.HOME, home.status, "sell_offline")
    set_aside(session, home)


def take_back(session: Session, home: Home) -> None:
    """Note that an offline sale of a home is undone: free, and not listed. The caller has locked it."""
    home.status = states.after(states.HOME, home.status, "take_back")
    put_back(session, home)


def set_aside(session: Session, home: Home) -> None:
    """Take a home out of every pool, never to be listed while somebody claims to have bought it."""
    _move_listings(session, home, "sell_offline", PoolListing.out_reason.is_distinct_from("sold_offline"))


def put_back(session: Session, home: Home) -> None:
    """End the claim: the home stays out of its pools as if withdrawn, and may be listed again."""
    _move_listings(session, home, "take_back", PoolListing.out_reason == "sold_offline")


def _move_listings(session: Session, home: Home, action: str, concerned: ColumnElement[bool]) -> None:
    statement = select(PoolListing).where(PoolListing.home_id == home.id, concerned)
    rows = session.scalars(statement.order_by(PoolListing.id), execution_options={"populate_existing": True})
    for listing in rows.all():
        listing.state = states.after(states.LISTING, listing.state, action)
        listing.out_reason = "sold_offline" if action == "sell_offline" else "withdrawn"
        listing.changed_at = clock.now()
    touch(session, home)
