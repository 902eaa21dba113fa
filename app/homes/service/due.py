"""What time alone does to homes: planned prices begin, promotions begin and end, listings fall by them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    any_,
    bindparam,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import system_actor
from app.core.apart import Due
from app.homes import deals, plans
from app.homes.models import Home, PriceVersion
from app.homes.plans import Outcome
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import PlannedPrice, Promotion
from app.homes.queries import current_prices, play_due, stored_prices
from app.homes.service.own import touch
from app.homes.service.versions import end_version, insert_price, leave_pools, tell_fallen

_HOMES_A_RUN: Final = 1_000


def settle(
    session: Session, homes: Sequence[Home], moment: datetime, *, repriced: Collection[int] = ()
) -> list[PoolListing]:
    """Carry out what is due for homes that the caller has locked; return the listings that fell out by it.

    Planned prices begin at their own moments or are refused by the price rule, and homes whose prices and
    promotions break it now leave the pool. Doing it twice is doing it once. ``repriced``: ids of
    those for which voucher buyers pay another sum than before; their search documents change, too.
    """
    by_id = {home.id: home for home in homes}
    waiting = plans.due(session, list(by_id), moment)
    before = stored_prices(session, waiting, moment) if waiting else {}
    changed = set(repriced)
    for home_id, planned in waiting.items():
        for outcome in play_due(session, home_id, before[home_id], planned):
            _carry_out(session, by_id[home_id], outcome, moment)
            changed.add(home_id)
    session.flush()
    amounts = {home_id: prices.amounts for home_id, prices in current_prices(session, by_id).items()}
    fallen = leave_pools(session, amounts, moment)
    changed.update(listing.home_id for listing in fallen)
    touch(session, *(by_id[home_id] for home_id in sorted(changed)))
    if fallen:
        audit.record(
            session,
            actor=system_actor(),
            action="homes.break_rule",
            object_type="home",
            object_id=fallen[0].home_id,
            listings_out=[listing.id for listing in fallen],
        )
    tell_fallen(session, fallen)
    return fallen


def catch_up(session: Session, *, home_ids: Sequence[int]) -> None:
    """Settle those of some homes whose planned price is due; others are neither locked nor changed."""
    due = plans.due(session, home_ids, clock.now())
    if due:
        settle(session, locks.lock_all(session, Home, due), clock.now())


def settle_due(session: Session, *, limit: int = _HOMES_A_RUN) -> int:
    """Settle the homes for which something became due, at most ``limit``; return how many.

    A promotion is settled once after it was declared, once it has begun and once it is over: a home that was
    published in the same moment as it was declared is found by the first of these.
    """
    moment = clock.now()
    due = select(PlannedPrice.home_id).where(
        PlannedPrice.state == "waiting", PlannedPrice.effective_at <= moment
    )
    home_ids = set(session.scalars(due.order_by(PlannedPrice.effective_at).limit(limit)))
    repriced: set[int] = set()
    for promotion in session.scalars(select(Promotion).where(_unsettled(moment)).order_by(Promotion.id)):
        covered = select(Home.id).join(Promotion, deals.covers()).where(Promotion.id == promotion.id)
        homes_of = set(session.scalars(covered))
        if home_ids and len(home_ids | homes_of) > limit:
            break
        home_ids |= homes_of
        if promotion.open_to_vouchers and promotion.starts_at <= moment:
            repriced |= homes_of
        session.execute(update(Promotion).where(Promotion.id == promotion.id).values(settled_at=moment))
    homes = locks.lock_all(session, Home, home_ids)
    settle(session, homes, moment, repriced=repriced)
    return len(homes)


def planned_due(session: Session, *, limit: int = _HOMES_A_RUN) -> list[Due[int]]:
    """Return the homes whose planned price is due; ``catch_up`` settles one."""
    planned = select(PlannedPrice.home_id).where(
        PlannedPrice.state == "waiting", PlannedPrice.effective_at <= clock.now()
    )
    return _named(
        session, select(Home.id, Home.ref).where(Home.id.in_(planned)).order_by(Home.id).limit(limit)
    )


def promotions_due(session: Session) -> list[Due[int]]:
    """Return the promotions that were declared, began or ended and are not settled."""
    wanted = select(Promotion.id, Promotion.ref).where(_unsettled(clock.now()))
    return _named(session, wanted.order_by(Promotion.id))


def settle_promotion(session: Session, promotion_id: int) -> None:
    """Settle the homes of one promotion that was declared, began or ended."""
    moment = clock.now()
    promotion = session.get_one(Promotion, promotion_id)
    covered = select(Home.id).join(Promotion, deals.covers()).where(Promotion.id == promotion_id)
    homes = locks.lock_all(session, Home, session.scalars(covered))
    promotion.settled_at = moment
    begun = promotion.open_to_vouchers and promotion.starts_at <= moment
    settle(session, homes, moment, repriced={home.id for home in homes} if begun else ())


def judge_all(session: Session, *, only: int | None = None) -> list[PoolListing]:
    """Judge every listed home whose prices or promotions may break the rule; return the listings that fell.

    None should: it is the proof, once a day, that no writer went past ``settle``. Homes listed under a
    milder rule leave by it, too. ``only`` judges one home.
    """
    moment = clock.now()
    doubtful = select(Home.id).where(*_doubtful(moment))
    if only is not None:
        doubtful = doubtful.where(Home.id == only)
    return settle(session, locks.lock_all(session, Home, session.scalars(doubtful)), moment)


def doubtful(session: Session) -> list[Due[int]]:
    """Return the homes that ``judge_all`` judges."""
    return _named(session, select(Home.id, Home.ref).where(*_doubtful(clock.now())).order_by(Home.id))


def settle_those(session: Session, home_ids: Sequence[int], where: ColumnElement[bool]) -> list[PoolListing]:
    """Settle those homes that meet a condition, of many that the caller has locked."""
    concerned = session.scalars(select(Home.id).where(_among(home_ids), where)).all()
    return settle(session, locks.lock_all(session, Home, concerned), clock.now()) if concerned else []


def _doubtful(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    listed = exists().where(PoolListing.home_id == Home.id, PoolListing.state == "listed")
    return listed, Home.status != "sold", deals.is_promoted(moment) | _disordered()


def _named(session: Session, statement: Select[int, str]) -> list[Due[int]]:
    """Return homes or promotions, which are no district's, by id and reference."""
    return [Due(row_id, None, ref) for row_id, ref in session.execute(statement)]


def _among(home_ids: Sequence[int]) -> ColumnElement[bool]:
    return Home.id == any_(bindparam("among", list(home_ids), type_=ARRAY(BigInteger)))


def _disordered() -> ColumnElement[bool]:
    """Return the condition that a home's stored prices do not stand as voucher <= cash <= filed price."""
    voucher, cash, filed = (
        select(PriceVersion.amount_fen)
        .where(
            PriceVersion.home_id == Home.id,
            PriceVersion.kind == kind,
            PriceVersion.effective_to.is_(None),
        )
        .scalar_subquery()
        for kind in ("voucher", "cash", "filed")
    )
    return (voucher > cash) | (cash > filed)


def _unsettled(moment: datetime) -> ColumnElement[bool]:
    begun = (Promotion.starts_at <= moment) & (Promotion.settled_at < Promotion.starts_at)
    over = (deals.over_at <= moment) & (Promotion.settled_at < deals.over_at)
    return or_(Promotion.settled_at.is_(None), begun, over)


def _carry_out(session: Session, home: Home, outcome: Outcome, moment: datetime) -> None:
    plan, refusal = outcome.plan, outcome.refusal
    kind = plans.kind_of(plan)
    stored = stored_prices(session, [home.id], moment)[home.id].of(kind)
    plan.decided_at = moment
    if home.status == "sold":
        plan.state, plan.refusal = "refused", {"code": "home_sold"}
    elif stored and stored.effective_from > plan.effective_at:
        plan.state, plan.refusal = "refused", {"code": "plan_overtaken"}
    elif refusal:
        plan.state, plan.refusal = "refused", {"code": refusal.code, **refusal.params}
    else:
        plan.state = "applied"
        starts_at = end_version(session, stored, plan.effective_at)
        version = insert_price(
            session, system_actor(), home, kind, plan.amount_fen, starts_at, plan.reason, None
        )
        version.author_id = plan.author_id
        session.flush()
    audit.record(
        session,
        actor=system_actor(),
        action=f"homes.plan_{plan.state}",
        object_type="planned_price",
        object_id=plan.id,
        home_id=home.id,
        kind=plan.kind,
        amount_fen=plan.amount_fen,
    )
