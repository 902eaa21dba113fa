"""What every change of a price does in the end: versions, the pool, the event. The homes are locked."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes import rules, states
from app.homes.events import broke_price_rules
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.rules import Amounts, PriceKind


def insert_price(
    session: Session,
    actor: Actor,
    home: Home,
    kind: PriceKind,
    amount_fen: int,
    moment: datetime,
    reason: str,
    filing_number: str | None,
) -> PriceVersion:
    """Add a price version that the developer gave; the caller has ended the one before."""
    version = PriceVersion(
        home_id=home.id,
        kind=kind,
        amount_fen=amount_fen,
        effective_from=moment,
        reason=reason.strip(),
        source="developer",
        filing_number=filing_number,
        author_id=actor.user_id,
    )
    session.add(version)
    return version


def end_version(session: Session, before: PriceVersion | None, moment: datetime) -> datetime:
    """End the price before a new one, and return when the new one starts.

    Never before its own start: the clocks of two web servers may differ by a little.
    """
    if before:
        moment = max(moment, before.effective_from)
        before.effective_to = moment
        session.flush()
    return moment


def leave_pools(session: Session, amounts: Mapping[int, Amounts], moment: datetime) -> list[PoolListing]:
    """Take homes, by id, out of every pool where they stand listed against the rule; return those listings.

    A sold home stays: nobody is offered it any more. The caller publishes ``broke_price_rules`` for them once
    everything is written (``tell_fallen``).
    """
    breaches = {home_id: rules.find_breach(prices) for home_id, prices in amounts.items()}
    broken = [home_id for home_id, breach in breaches.items() if breach]
    if not broken:
        return []
    statement = (
        select(PoolListing)
        .join(Home, Home.id == PoolListing.home_id)
        .where(Home.id.in_(broken), Home.status != "sold", PoolListing.state == "listed")
    )
    fallen = session.scalars(
        statement.order_by(PoolListing.id), execution_options={"populate_existing": True}
    ).all()
    for listing in fallen:
        listing.state = states.after(states.LISTING, listing.state, "break_rule")
        listing.out_reason, listing.changed_at = breaches[listing.home_id], moment
    return list(fallen)


def tell_fallen(session: Session, fallen: Iterable[PoolListing]) -> None:
    """Publish ``broke_price_rules`` for listings that fell out."""
    session.flush()
    ids = [listing.id for listing in fallen]
    if ids:
        broke_price_rules.publish(session, ids)
