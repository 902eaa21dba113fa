"""Reading the basket (选房篮): what a household collects, and the quotes over several homes of it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.prepared import Prepared
from app.homes.models import Development, Home
from app.redemptions.models import BasketHome, BasketQuote, Quote, Redemption
from app.redemptions.queries import TO_LOCK, quotes_to_lock


def list_basket(session: Session, *, actor: Actor) -> Sequence[BasketHome]:
    """Return the homes that the acting household collects, in its order, each with its place loaded."""
    statement = (
        select(BasketHome)
        .where(BasketHome.household_id == actor.household, BasketHome.district_id == actor.district)
        .options(
            joinedload(BasketHome.home).joinedload(Home.building),
            joinedload(BasketHome.home).joinedload(Home.development).joinedload(Development.developer),
            joinedload(BasketHome.home).joinedload(Home.development).joinedload(Development.district),
            joinedload(BasketHome.beside).joinedload(Home.building),
            joinedload(BasketHome.beside).joinedload(Home.development),
        )
        .order_by(BasketHome.place, BasketHome.id)
    )
    return session.scalars(statement).all()


def places_in_basket(session: Session, *, actor: Actor) -> dict[int, int]:
    """Return the homes that ``list_basket`` lists by id, each with its place in the order."""
    return dict(_PLACES.rows(session, household_id=actor.household, district_id=actor.district))


_PLACES: Final = Prepared(
    select(BasketHome.home_id, BasketHome.place).where(
        BasketHome.household_id == bindparam("household_id"),
        BasketHome.district_id == bindparam("district_id"),
    )
)


def get_basket_quote(session: Session, *, actor: Actor, ref: str) -> BasketQuote:
    """Return the quote over several homes of the household that acts, its quotes loaded. Raises NotFound."""
    statement = select(BasketQuote).where(
        BasketQuote.ref == ref,
        BasketQuote.household_id == actor.household,
        BasketQuote.district_id == actor.district,
    )
    basket = session.scalars(statement.options(selectinload(BasketQuote.quotes))).first()
    if basket is None:
        raise NotFound("quote_gone")
    return basket


def get_basket_to_lock(session: Session, *, actor: Actor, ref: str) -> tuple[list[Quote], list[int]]:
    """Return a basket's quotes in order, with the ids of all the household's issued vouchers.

    Raises NotFound as ``get_basket_quote`` does.
    """
    asked = {"ref": ref, "household_id": actor.household, "district_id": actor.district}
    return quotes_to_lock(session, _BASKET_TO_LOCK.rows(session, **asked))


_BASKET_TO_LOCK: Final = Prepared(
    select(*TO_LOCK)
    .join(BasketQuote, BasketQuote.id == Quote.basket_quote_id)
    .where(
        BasketQuote.ref == bindparam("ref"),
        BasketQuote.household_id == bindparam("household_id"),
        BasketQuote.district_id == bindparam("district_id"),
    )
    .order_by(Quote.place)
)


def redemptions_of_basket(session: Session, basket: BasketQuote) -> Sequence[Redemption]:
    """Return what a basket's quote became, in its order; none while it was never locked."""
    statement = select(Redemption).join(Quote, Quote.id == Redemption.quote_id)
    return session.scalars(statement.where(Quote.basket_quote_id == basket.id).order_by(Quote.place)).all()
