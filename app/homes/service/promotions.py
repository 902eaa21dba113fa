"""Writing promotions: declared, opened to voucher buyers, stopped before their time; never changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, insert, select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.homes import promotions as promotion_rules
from app.homes import rules
from app.homes.errors import StopBreaksRule
from app.homes.models import Building, Development, Home
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import Promotion, PromotionHome
from app.homes.promotions import PromotionKind
from app.homes.queries import current_prices
from app.homes.service.due import settle
from app.homes.service.own import lock_homes


@dataclass(frozen=True, slots=True)
class Declared:
    """A promotion as written, and the listings that left the pool by it."""

    promotion: Promotion
    fallen: Sequence[PoolListing]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which homes of a development a promotion is for: one building's, those named, or all."""

    building_id: int | None = None
    home_ids: Collection[int] = ()

    @property
    def name(self) -> str:
        """What the table calls it."""
        return "building" if self.building_id is not None else "homes" if self.home_ids else "development"


def declare_promotion(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    scope: Scope,
    kind: PromotionKind,
    title: str,
    off_fen: int = 0,
    rate_bp: int = 0,
    worth_fen: int = 0,
    stackable: bool,
    open_to_vouchers: bool,
    first_day: date,
    last_day: date,
    reason: str,
) -> Declared:
    """Declare a promotion from the start of one legal day (today: from now) to 24:00 of another.

    Always accepted, whatever it does to listings: those that break the price rule by it leave the pool at
    once and ``broke_price_rule`` is published. Raises NotFound for somebody else's development, building or
    homes; DomainError at ``title`` or ``reason``, and as ``check_terms``.
    """
    check_terms(
        kind=kind,
        off_fen=off_fen,
        rate_bp=rate_bp,
        worth_fen=worth_fen,
        first_day=first_day,
        last_day=last_day,
    )
    if not title.strip():
        raise DomainError("promotion_title_missing", "title")
    if not reason.strip():
        raise DomainError("promotion_reason_missing", "reason")
    _check_own(session, actor, development_id, scope)
    homes = lock_homes(session, _homes_of(development_id, scope))
    moment = clock.now()
    promotion = Promotion(
        ref=new_ref("YH"),
        development_id=development_id,
        scope=scope.name,
        building_id=scope.building_id,
        kind=kind,
        title=title.strip(),
        off_fen=off_fen,
        rate_bp=rate_bp,
        worth_fen=worth_fen,
        stackable=stackable,
        open_to_vouchers=open_to_vouchers,
        starts_at=max(clock.start_of_day(first_day), moment),
        ends_at=clock.end_of_day(last_day),
        reason=reason.strip(),
        author_id=actor.user_id,
        declared_at=moment,
    )
    return Declared(promotion, _declare(session, actor, promotion, scope.home_ids, homes, moment))


def check_terms(
    *,
    kind: PromotionKind,
    off_fen: int = 0,
    rate_bp: int = 0,
    worth_fen: int = 0,
    first_day: date,
    last_day: date,
) -> None:
    """Check what a promotion is worth and when it holds, before anybody is asked about its consequences.

    Raises DomainError at ``first_day`` or ``last_day``, and the refusals of ``promotions.check_figures``.
    """
    promotion_rules.check_figures(kind, off_fen=off_fen, rate_bp=rate_bp, worth_fen=worth_fen)
    if first_day < clock.today():
        raise DomainError("promotion_starts_before_today", "first_day")
    if last_day < first_day:
        raise DomainError("promotion_ends_before_start", "last_day")


def open_promotion(session: Session, *, actor: Actor, promotion_ref: str, reason: str) -> Promotion:
    """Open a promotion to voucher buyers from now on: the old one stops, and one like it takes its place.

    Raises NotFound, Conflict when it is over, stopped or open already, DomainError without a reason.
    """
    old, homes = _take(session, actor, promotion_ref, reason)
    if old.open_to_vouchers:
        raise Conflict("promotion_open_already")
    moment = clock.now()
    named = session.scalars(select(PromotionHome.home_id).where(PromotionHome.promotion_id == old.id)).all()
    _stop(session, actor, old, reason, moment)
    new = Promotion(
        ref=new_ref("YH"),
        open_to_vouchers=True,
        starts_at=max(old.starts_at, moment),
        reason=reason.strip(),
        author_id=actor.user_id,
        declared_at=moment,
        **{name: getattr(old, name) for name in _KEPT},
    )
    _declare(session, actor, new, named, homes, moment)
    return new


def stop_promotion(session: Session, *, actor: Actor, promotion_ref: str, reason: str) -> Promotion:
    """Stop a promotion before its end, or cancel one that has not begun.

    Raises NotFound, Conflict when it is over or stopped, DomainError without a reason, StopBreaksRule when
    voucher buyers would then pay more than the rule lets them.
    """
    promotion, homes = _take(session, actor, promotion_ref, reason)
    _stop(session, actor, promotion, reason, clock.now())
    if promotion.open_to_vouchers:
        _refuse_breaking(session, homes)
    settle(session, homes, clock.now())
    return promotion


_KEPT = (
    "development_id",
    "scope",
    "building_id",
    "kind",
    "title",
    "off_fen",
    "rate_bp",
    "worth_fen",
    "stackable",
    "ends_at",
)
"""What a promotion opened to voucher buyers has of the one before it."""


def _declare(
    session: Session,
    actor: Actor,
    promotion: Promotion,
    named: Collection[int],
    homes: Sequence[Home],
    moment: datetime,
) -> list[PoolListing]:
    session.add(promotion)
    session.flush()
    if named:
        rows = [{"promotion_id": promotion.id, "home_id": home_id} for home_id in sorted(set(named))]
        session.execute(insert(PromotionHome), rows)
    fallen = settle(session, homes, moment)
    audit.record(
        session,
        actor=actor,
        action="homes.declare_promotion",
        object_type="promotion",
        object_id=promotion.id,
        kind=promotion.kind,
        homes=len(homes),
        open_to_vouchers=promotion.open_to_vouchers,
        listings_out=[listing.id for listing in fallen],
    )
    return fallen


def _stop(session: Session, actor: Actor, promotion: Promotion, reason: str, moment: datetime) -> None:
    promotion.stopped_at, promotion.stop_reason = moment, reason.strip()
    promotion.stopped_by_id = actor.user_id
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="homes.stop_promotion",
        object_type="promotion",
        object_id=promotion.id,
    )


def _refuse_breaking(session: Session, homes: Sequence[Home]) -> None:
    offered = [home.id for home in homes if home.status != "sold"]
    listed = set(
        session.scalars(
            select(PoolListing.home_id).where(PoolListing.home_id.in_(offered), PoolListing.state == "listed")
        )
    )
    prices = current_prices(session, listed)
    broken = [home_id for home_id in listed if rules.find_breach(prices[home_id].amounts)]
    if broken:
        raise StopBreaksRule(len(broken))


def _take(session: Session, actor: Actor, ref: str, reason: str) -> tuple[Promotion, list[Home]]:
    """Return a promotion of the actor's company that is not over, and its homes, all locked."""
    if not reason.strip():
        raise DomainError("promotion_reason_missing", "reason")
    own = select(Promotion).join(Development, Development.id == Promotion.development_id)
    found = session.scalars(
        own.where(Promotion.ref == ref, Development.developer_id == actor.organisation)
    ).first()
    if found is None:
        raise NotFound("promotion_gone")
    homes = lock_homes(session, covered_by(found))
    promotion = locks.lock(session, Promotion, found.id)
    if promotion.over_at <= clock.now() or promotion.stopped_at is not None:
        raise Conflict("promotion_over")
    return promotion, homes


def covered_by(promotion: Promotion) -> ColumnElement[bool]:
    """Return the condition on homes that a promotion is for."""
    if promotion.scope == "building":
        return Home.building_id == promotion.building_id
    if promotion.scope == "development":
        return Home.development_id == promotion.development_id
    return exists().where(PromotionHome.promotion_id == promotion.id, PromotionHome.home_id == Home.id)


def _homes_of(development_id: int, scope: Scope) -> ColumnElement[bool]:
    if scope.building_id is not None:
        return Home.building_id == scope.building_id
    return Home.id.in_(scope.home_ids) if scope.home_ids else Home.development_id == development_id


def _check_own(session: Session, actor: Actor, development_id: int, scope: Scope) -> None:
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    if scope.building_id is not None:
        building = session.get(Building, scope.building_id)
        if building is None or building.development_id != development_id:
            raise NotFound("building_not_found")
    if scope.home_ids:
        here = select(Home.id).where(Home.id.in_(scope.home_ids), Home.development_id == development_id)
        if set(session.scalars(here)) != set(scope.home_ids):
            raise NotFound("home_not_found", "homes")
