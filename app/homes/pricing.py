"""What a developer sees of its promotions and planned prices, and what buyers see of a home's promotions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound
from app.homes import deals, rules
from app.homes.models import DWELLING, Building, Development, Home
from app.homes.pool_models import PoolListing
from app.homes.pricing_models import PlannedPrice, Promotion, PromotionHome
from app.homes.promotions import Deal
from app.homes.queries import PLACE, current_prices
from app.homes.rules import Amounts
from app.identity.models import User


@dataclass(frozen=True, slots=True)
class PromotionView:
    """A promotion with its building loaded, and who declared and stopped it."""

    promotion: Promotion
    author: str
    stopped_by: str | None

    @property
    def standing(self) -> str:
        """How it stands: ``coming``, ``holding``, ``stopped`` or ``over``."""
        moment, promotion = clock.now(), self.promotion
        if promotion.over_at <= moment:
            return "over" if promotion.stopped_at is None else "stopped"
        return "holding" if promotion.starts_at <= moment else "coming"


@dataclass(frozen=True, slots=True)
class PlanView:
    """A planned price, its home's place loaded, and who planned it."""

    plan: PlannedPrice
    author: str


def count_promotions(session: Session, *, actor: Actor, development_id: int | None = None) -> int:
    """Return how many promotions the actor's company ever declared, of one development if it is named."""
    own = _own_promotions(actor, development_id).subquery()
    return session.scalar(select(func.count()).select_from(own)) or 0


def list_promotions(
    session: Session, *, actor: Actor, development_id: int | None = None, limit: int, offset: int = 0
) -> list[PromotionView]:
    """Return the company's promotions: those not over first, the newest first."""
    over = func.coalesce(deals.over_at <= clock.now(), False)
    ids = _own_promotions(actor, development_id).order_by(over, Promotion.id.desc())
    return _promotion_views(session, session.scalars(ids.limit(limit).offset(offset)).all())


def get_promotion(session: Session, *, actor: Actor, ref: str) -> PromotionView:
    """Return one of the company's promotions. Raises NotFound for anybody else's."""
    found = session.scalar(_own_promotions(actor, None).where(Promotion.ref == ref))
    if found is None:
        raise NotFound("promotion_gone")
    return _promotion_views(session, [found])[0]


def _own_promotions(actor: Actor, development_id: int | None) -> Select[int]:
    statement = (
        select(Promotion.id)
        .join(Development, Development.id == Promotion.development_id)
        .where(Development.developer_id == actor.organisation)
    )
    return (
        statement if development_id is None else statement.where(Promotion.development_id == development_id)
    )


def _promotion_views(session: Session, ids: Sequence[int]) -> list[PromotionView]:
    author, stopper = aliased(User), aliased(User)
    statement = (
        select(Promotion, author.display_name, stopper.display_name)
        .join(author, author.id == Promotion.author_id)
        .outerjoin(stopper, stopper.id == Promotion.stopped_by_id)
        .where(Promotion.id.in_(ids))
        .options(joinedload(Promotion.development), joinedload(Promotion.building))
    )
    found = {row.id: PromotionView(row, by, stopped) for row, by, stopped in session.execute(statement)}
    return [found[one] for one in ids]


def count_covered(session: Session, promotion: Promotion) -> int:
    """Return how many homes a promotion is for."""
    covered = select(func.count()).select_from(Home).join(Promotion, deals.covers())
    return session.scalar(covered.where(Promotion.id == promotion.id)) or 0


def covered_ids(session: Session, promotion: Promotion) -> Sequence[int]:
    """Return the ids of the homes that a promotion is for."""
    covered = select(Home.id).join(Promotion, deals.covers()).where(Promotion.id == promotion.id)
    return session.scalars(covered.order_by(Home.id)).all()


def named_homes(session: Session, promotion: Promotion) -> Sequence[Home]:
    """Return the homes that a promotion of the scope ``homes`` names."""
    statement = (
        select(Home)
        .join(PromotionHome, PromotionHome.home_id == Home.id)
        .where(PromotionHome.promotion_id == promotion.id)
        .options(joinedload(Home.building))
        .order_by(Home.id)
    )
    return session.scalars(statement).all()


def homes_in(
    session: Session, *, development_id: int, building: str | None = None, refs: Iterable[str] | None = None
) -> Sequence[Home]:
    """Return a development's homes, of one building or with these references if either is given.

    Its spaces only where they are named.
    """
    statement = select(Home).where(Home.development_id == development_id).options(*PLACE)
    if building is not None:
        statement = statement.join(Building, Building.id == Home.building_id).where(Building.name == building)
    statement = statement.where(DWELLING if refs is None else Home.ref.in_(list(refs)))
    return session.scalars(statement.order_by(Home.building_id, Home.unit, Home.storey, Home.room)).all()


def fallen_by(session: Session, home_ids: Iterable[int], deal: Deal) -> list[int]:
    """Return which of these homes stand listed and would leave the pool by one more promotion."""
    listed = (
        select(PoolListing.home_id)
        .join(Home, Home.id == PoolListing.home_id)
        .where(Home.id.in_(list(home_ids)), Home.status != "sold", PoolListing.state == "listed")
    )
    prices = current_prices(session, session.scalars(listed.distinct()))
    return [home_id for home_id, one in prices.items() if rules.find_breach(_with(one.amounts, deal))]


def _with(amounts: Amounts, deal: Deal) -> Amounts:
    return Amounts(amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen, (*amounts.deals, deal))


def list_plans(session: Session, *, home_id: int, limit: int = 20) -> list[PlanView]:
    """Return a home's planned prices: those that wait first, by their moment, then the latest decided."""
    statement = _plans().where(PlannedPrice.home_id == home_id)
    order = (PlannedPrice.state != "waiting", PlannedPrice.decided_at.desc(), PlannedPrice.effective_at)
    return [PlanView(*row) for row in session.execute(statement.order_by(*order).limit(limit))]


def get_plan(session: Session, *, actor: Actor, ref: str) -> PlanView:
    """Return one of the company's planned prices. Raises NotFound for anybody else's."""
    row = session.execute(_own_plans(actor).where(PlannedPrice.ref == ref)).first()
    if row is None:
        raise NotFound("plan_gone")
    return PlanView(*row)


def list_refused_plans(session: Session, *, actor: Actor, limit: int = 20) -> list[PlanView]:
    """Return the company's planned prices that the rule refused at their start and nobody has read yet."""
    unread = _own_plans(actor).where(PlannedPrice.state == "refused", PlannedPrice.read_at.is_(None))
    rows = session.execute(unread.order_by(PlannedPrice.decided_at.desc()).limit(limit))
    return [PlanView(*row) for row in rows]


def _plans() -> Select[PlannedPrice, str]:
    return (
        select(PlannedPrice, User.display_name)
        .join(User, User.id == PlannedPrice.author_id)
        .options(
            joinedload(PlannedPrice.home).joinedload(Home.building),
            joinedload(PlannedPrice.home).joinedload(Home.development),
        )
    )


def _own_plans(actor: Actor) -> Select[PlannedPrice, str]:
    return (
        _plans()
        .join(Home, Home.id == PlannedPrice.home_id)
        .join(Development, Development.id == Home.development_id)
        .where(Development.developer_id == actor.organisation)
    )
