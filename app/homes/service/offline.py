"""Writing what a sale outside the platform does to a home: sold at once, out of every pool, or back again."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.queue import enqueue
from app.homes import rules, states
from app.homes.deals import has_due_plan, is_promoted
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.homes.queries import current_prices, is_admitted
from app.homes.service.due import settle, settle_those
from app.homes.service.own import touch

_INDEXED_AT_ONCE: Final = 2_000
"""Homes in one job of the search index."""


def sell_offline(session: Session, home: Home) -> None:
    """Note that a cash buyer has a home. The caller has locked it. Raises Conflict when it is not free."""
    home.status = states.after(states.HOME, home.status, "sell_offline")
    set_aside(session, home)


def take_back(session: Session, home: Home) -> None:
    """Note that an offline sale of a home is undone: free, and not listed. The caller has locked it."""
    home.status = states.after(states.HOME, home.status, "take_back")
    put_back(session, home)


def settle_before_sale(session: Session, homes: Sequence[Home]) -> None:
    """Carry out what time alone did to the prices of homes that are about to be sold; they are locked."""
    moment = clock.now()
    settle_those(session, [home.id for home in homes], or_(has_due_plan(moment), is_promoted(moment)))


def sell_all_offline(session: Session, homes: Sequence[Home]) -> None:
    """Do to many homes by statements what ``sell_offline`` does to one. The caller has locked them."""
    moment = clock.now()
    for home in homes:
        states.after(states.HOME, home.status, "sell_offline")
    _write_all(session, homes, status="sold", claimed_at=func.coalesce(Home.claimed_at, moment))
    session.execute(
        update(PoolListing)
        .where(PoolListing.home_id.in_([home.id for home in homes]))
        .where(PoolListing.out_reason.is_distinct_from("sold_offline"))
        .values(
            returns=PoolListing.state == "listed", state="out", out_reason="sold_offline", changed_at=moment
        )
        .execution_options(synchronize_session=False)
    )


def take_all_back(session: Session, homes: Sequence[Home]) -> None:
    """Do to many homes by statements what ``take_back`` does to one. The caller has locked them."""
    for home in homes:
        states.after(states.HOME, home.status, "take_back")
    _write_all(session, homes, status="free", claimed_at=None)
    session.execute(
        update(PoolListing)
        .where(PoolListing.home_id.in_([home.id for home in homes]), PoolListing.out_reason == "sold_offline")
        .values(state="out", out_reason="withdrawn", returns=False, changed_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _write_all(session: Session, homes: Sequence[Home], **values: object) -> None:
    """Write the same into many homes, and have them indexed some thousand at a time."""
    ids = [home.id for home in homes]
    statement = (
        update(Home)
        .where(Home.id.in_(ids))
        .values(doc_version=Home.doc_version + 1, **values)
        .returning(Home)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    session.scalars(statement).all()
    for start in range(0, len(ids), _INDEXED_AT_ONCE):
        enqueue(session, "search.index", home_ids=ids[start : start + _INDEXED_AT_ONCE])


def set_aside(session: Session, home: Home) -> None:
    """Take a home out of every pool, never to be listed while somebody claims to have bought it."""
    home.claimed_at = home.claimed_at or clock.now()
    for listing in _listings(session, home):
        if listing.out_reason == "sold_offline":
            continue
        listing.returns = listing.state == "listed"
        listing.state = states.after(states.LISTING, listing.state, "sell_offline")
        listing.out_reason, listing.changed_at = "sold_offline", clock.now()
    touch(session, home)


def put_back(session: Session, home: Home, *, restore: bool = False) -> None:
    """End the claim: the home stays out of its pools as if withdrawn, and may be listed again.

    With ``restore``, because the claim was never about this home, it is listed again where it was, as far as
    its prices and the place of its developer allow.
    """
    home.claimed_at = None
    if restore:
        settle(session, [home], clock.now())
    for listing in _listings(session, home):
        if listing.out_reason != "sold_offline":
            continue
        back = restore and listing.returns and _may_return(session, home, listing)
        listing.state = states.after(states.LISTING, listing.state, "restore" if back else "take_back")
        listing.out_reason = None if back else "withdrawn"
        listing.returns, listing.changed_at = False, clock.now()
    touch(session, home)


def _may_return(session: Session, home: Home, listing: PoolListing) -> bool:
    amounts = current_prices(session, [home.id])[home.id].amounts
    return (
        home.status != "sold"
        and amounts.complete
        and rules.find_breach(amounts) is None
        and is_admitted(session, district_id=listing.district_id, developer_id=home.development.developer_id)
    )


def _listings(session: Session, home: Home) -> list[PoolListing]:
    statement = select(PoolListing).where(PoolListing.home_id == home.id).order_by(PoolListing.id)
    return list(session.scalars(statement, execution_options={"populate_existing": True}))
