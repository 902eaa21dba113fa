"""Writing the bureau's filed prices: registered once, the developer's own figure is only compared."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.homes.models import Development, Home, PriceVersion
from app.homes.queries import stored_prices
from app.homes.service.due import settle
from app.homes.service.own import refuse_sold, touch
from app.homes.service.versions import end_version, leave_pools, tell_fallen

BUREAU_REASON = "主管部门登记"
"""The reason stored with a price that the bureau registered."""


def file_prices(
    session: Session,
    *,
    actor: Actor,
    amounts: Mapping[int, int],
    filing_number: str,
    filed_on: date,
) -> list[PriceVersion]:
    """Register the filed prices of homes, fen by home id, under one filing; from now on they are in force.

    Always accepted, whatever it does to a listing: a home whose voucher or cash price is above leaves its
    pools at once. Raises NotFound for a home of another district, DomainError at ``filing_number`` without
    one or when nothing would change, at ``filed_on`` for a day to come, and Conflict when one is sold.
    """
    number = filing_number.strip()
    if not number:
        raise DomainError("filing_number_missing", "filing_number")
    if filed_on > clock.today():
        raise DomainError("filed_on_ahead", "filed_on")
    here = (
        select(Home.id)
        .join(Development, Development.id == Home.development_id)
        .where(Development.district_id == actor.district)
    )
    if set(session.scalars(here.where(Home.id.in_(amounts)))) != set(amounts):
        raise NotFound("home_not_found")
    homes = locks.lock_all(session, Home, amounts)
    for home in homes:
        refuse_sold(home)
    settle(session, homes, clock.now())
    made = _register(session, actor, homes, amounts, number, filed_on)
    if not made:
        raise DomainError("filing_unchanged", "filing_number")
    return made


def _register(
    session: Session,
    actor: Actor,
    homes: Sequence[Home],
    amounts: Mapping[int, int],
    number: str,
    filed_on: date,
) -> list[PriceVersion]:
    moment = clock.now()
    before = stored_prices(session, amounts, moment)
    made, after, changed = [], {}, []
    for home in homes:
        old, amount = before[home.id].filed, amounts[home.id]
        if old is not None and _same(old, amount, number, filed_on):
            continue
        version = PriceVersion(
            home_id=home.id,
            kind="filed",
            amount_fen=amount,
            effective_from=end_version(session, old, moment),
            reason=BUREAU_REASON,
            source="bureau",
            filing_number=number,
            filed_on=filed_on,
            author_id=actor.user_id,
        )
        session.add(version)
        made.append(version)
        changed.append(home)
        after[home.id] = before[home.id].amounts.with_price("filed", amount)
    session.flush()
    fallen = leave_pools(session, after, moment)
    touch(session, *changed)
    for home, version in zip(changed, made, strict=True):
        audit.record(
            session,
            actor=actor,
            action="homes.file_price",
            object_type="home",
            object_id=home.id,
            price_version_id=version.id,
            amount_fen=version.amount_fen,
            listings_out=[listing.id for listing in fallen if listing.home_id == home.id],
        )
    tell_fallen(session, fallen)
    return made


def _same(old: PriceVersion, amount_fen: int, number: str, filed_on: date) -> bool:
    present = (old.source, old.amount_fen, old.filing_number, old.filed_on)
    return present == ("bureau", amount_fen, number, filed_on)
