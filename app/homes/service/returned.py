"""Writing what an undone purchase does to a home: free again, in its pools if it may be, or out of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes import states
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.homes.queries import is_admitted
from app.homes.service.due import settle
from app.homes.service.own import touch


def take_home_back(session: Session, home: Home, *, to_pool: bool) -> None:
    """Note that a purchase of a home was undone: it is free. The caller has locked it.

    A listing that stood while it was sold is judged by its prices now; without ``to_pool``, or where its
    developer is no more in the pool, the home leaves it, and may be listed again.
    """
    home.status = states.after(states.HOME, home.status, "undo" if home.status == "sold" else "release")
    listed = select(PoolListing).where(PoolListing.home_id == home.id, PoolListing.state == "listed")
    developer_id = home.development.developer_id
    for listing in session.scalars(listed.order_by(PoolListing.id)).all():
        if not (to_pool and is_admitted(session, district_id=listing.district_id, developer_id=developer_id)):
            listing.state = states.after(states.LISTING, listing.state, "withdraw")
            listing.out_reason, listing.changed_at = "withdrawn", clock.now()
    settle(session, [home], clock.now())
    touch(session, home)
