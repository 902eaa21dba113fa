"""The basket (选房篮) in which a household collects homes before it asks for a quote."""

from itertools import pairwise
from typing import Final, cast

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.prepared import Prepared
from app.homes.models import Home
from app.homes.queries import get_public_home, get_public_stock
from app.projects import helping_acts
from app.redemptions import basket_queries, states
from app.redemptions.beside import find_bought, is_space, may_pay
from app.redemptions.ground import place_of
from app.redemptions.models import BasketHome
from app.redemptions.rules import MOST_HOMES_IN_BASKET
from app.redemptions.states import Action
from app.vouchers.queries import wallet


def add_home(session: Session, *, actor: Actor, home_ref: str, beside_ref: str | None = None) -> None:
    """Put a home at the end of the acting household's basket; one that is in it stays where it is.

    A space is put there beside a home of its development (``beside_ref``), in the basket or bought, or alone
    where a voucher buys one so. Raises NotFound for what was never listed, Conflict("basket_full"), Conflict
    for a space elsewhere, or alone where no voucher of the household does.
    """
    states.demand(actor.role, Action.RESERVE)
    home = get_public_stock(session, ref=home_ref)
    beside = _beside(session, actor, home, beside_ref)
    # Two at once would both count one too few.
    locks.hold_names(session, [f"basket:{actor.household}"])
    in_it = basket_queries.places_in_basket(session, actor=actor)
    if home.id in in_it:
        return
    if len(in_it) >= MOST_HOMES_IN_BASKET:
        raise Conflict("basket_full", most=MOST_HOMES_IN_BASKET)
    _ADD.run(
        session,
        district_id=actor.district,
        household_id=actor.household,
        home_id=home.id,
        beside_id=beside.id if beside else None,
        place=max(in_it.values(), default=0) + 1,
    )
    _note(session, actor, home, "basket_add")


_ADD: Final = Prepared(
    insert(cast(Table, BasketHome.__table__)).on_conflict_do_nothing().inline(),
    ("district_id", "household_id", "home_id", "beside_id", "place"),
)


def remove_home(session: Session, *, actor: Actor, home_ref: str) -> None:
    """Take a home out of the acting household's basket; nothing happens for one that is not in it.

    Spaces that were to stand beside it go with it, unless it is bought.
    """
    states.demand(actor.role, Action.RESERVE)
    home = get_public_stock(session, ref=home_ref)
    gone = BasketHome.home_id == home.id
    if not find_bought(session, actor=actor, home_refs=[home.ref]):
        gone |= BasketHome.beside_id == home.id
    session.execute(delete(BasketHome).where(BasketHome.household_id == actor.household, gone))
    _note(session, actor, home, "basket_remove")


def move_up(session: Session, *, actor: Actor, home_ref: str) -> None:
    """Let a home change places with the one before it; nothing happens for the first one."""
    states.demand(actor.role, Action.RESERVE)
    rows = list(basket_queries.list_basket(session, actor=actor))
    for before, row in pairwise(rows):
        if row.home.ref == home_ref:
            before.place, row.place = row.place, before.place
            session.flush()
            _note(session, actor, row.home, "basket_up")
            return


def _beside(session: Session, actor: Actor, home: Home, ref: str | None) -> Home | None:
    """Return the home that a space is put beside, None for a home, or for a space alone.

    Raises Conflict, NotFound.
    """
    if not is_space(home):
        return None
    if ref is None:
        purses = wallet(session, household_id=actor.household)
        if not any(may_pay(purse, home, None) for purse in purses):
            raise Conflict("space_alone")
        return None
    beside = get_public_home(session, ref=ref)
    if beside.development_id != home.development_id:
        raise Conflict("space_elsewhere")
    return beside


def _note(session: Session, actor: Actor, home: Home, what: str) -> None:
    """Keep in the log what a helper did to the basket; the household itself leaves no trace."""
    helping_acts.note_prepared(session, actor=actor, what=what, about_ref=home.ref, place=place_of(home))
