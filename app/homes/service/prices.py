"""Writing prices: each a version of its own, from one moment to the next."""

from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.homes import rules
from app.homes.events import broke_price_rule
from app.homes.models import PriceVersion
from app.homes.queries import current_prices
from app.homes.rules import PriceKind
from app.homes.service.due import settle
from app.homes.service.own import lock_own, refuse_sold, touch
from app.homes.service.versions import end_version, insert_price, leave_pools

FIRST_REASON = "首次填报"
"""The reason stored with the prices a home is created with."""


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
    DomainError when nothing would change, when a filing number or reason is missing, for a filed price that
    the bureau has registered, and the refusals of ``rules.check_change``.
    """
    if not reason.strip():
        raise DomainError("price_reason_missing", "reason")
    number = rules.check_filing_number(kind, filing_number)
    home = lock_own(session, actor, home_id, seen_version)
    refuse_sold(home)
    settle(session, [home], clock.now())
    prices = current_prices(session, [home.id])[home.id]
    before = prices.of(kind)
    if before and before.source == "bureau":
        raise DomainError("filed_by_bureau", "filed_price", filed_fen=before.amount_fen)
    if before and (before.amount_fen, before.filing_number) == (amount_fen, number):
        raise DomainError("price_unchanged", f"{kind}_price")
    after = rules.check_change(kind, amount_fen, prices.amounts)
    moment = end_version(session, before, clock.now())
    version = insert_price(session, actor, home, kind, amount_fen, moment, reason, number)
    fallen = leave_pools(session, {home.id: after}, moment)
    touch(session, home)
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
    session.flush()
    for listing in fallen:
        broke_price_rule.publish(
            session, listing_id=listing.id, home_id=home.id, district_id=listing.district_id
        )
    return version
