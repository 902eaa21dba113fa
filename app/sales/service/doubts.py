"""A contract may have sold one of several homes: all are set aside until an officer says which.

The registry's file names no storey, and two companies may call their developments alike. So neither a second
home of one address nor a borrowed name keeps a sold home in the pool.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor, system_actor
from app.core.errors import Busy, Conflict, DomainError, NotFound
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import matching, states, telling
from app.sales.models import CashSale
from app.sales.service import steps
from app.sales.service.plain import fill_home
from app.sales.states import Action, State


def choose(session: Session, *, actor: Actor, sale_ref: str, home_ref: str | None, reason: str) -> CashSale:
    """Say as an officer which home a doubtful contract sold; None: none of ours, and all come back.

    The home is sold, or the contract a conflict where somebody holds or has it, or noted where it is that
    purchase's own. Raises NotFound for another district's or a home that is not in question, Conflict when
    it was decided before, DomainError at ``reason``.
    """
    states.demand(actor.role, Action.CHOOSE)
    stated = reason.strip()
    if not stated:
        raise DomainError("reason_missing", "reason")
    sale, homes, holders = _take(session, actor, sale_ref)
    if home_ref is None:
        steps.move(session, actor, sale, Action.REJECT, reason=stated)
        steps.release(session, sale)
        _question(session, sale)
        return sale
    home = next((one for one in homes if one.ref == home_ref), None)
    if home is None:
        raise NotFound("home_not_found", "home")
    steps.move(session, actor, sale, Action.CHOOSE, reason=stated)
    fill_home(sale, home)
    steps.release(session, sale, chosen=home)
    holder, system = holders.get(home.id), system_actor(sale.district_id)
    paid = matching.voucher_contracts(session, sale.district_id, [sale.contract_number])
    if paid.get(sale.contract_number) == home.id:
        steps.move(session, system, sale, Action.NOTE)
        steps.ease(session, home, holder, restore=True)
    else:
        steps.land(session, system, sale, home, holder)
    _question(session, sale)
    return sale


def doubt(
    session: Session,
    actor: Actor,
    sale: CashSale,
    homes: Sequence[Home],
    holders: dict[int, Redemption],
) -> None:
    """Put a contract in doubt that several homes answer to, and set them aside; all is locked."""
    steps.move(session, actor, sale, Action.DOUBT)
    steps.suspect(session, sale, homes, holders)


def match_placed(session: Session, home_ids: Sequence[int]) -> None:
    """Handle ``homes.placed``: contracts that waited for a home of such an address find it at once.

    The publisher has made or locked the homes, and holds the names that the registry's files look for.
    """
    places = matching.keys_of(session, home_ids)
    waiting = [
        sale
        for district_id in sorted({district_id for district_id, _key in places.values()})
        for sale in matching.list_waiting(
            session, district_id, {key for own, key in places.values() if own == district_id}
        )
    ]
    twins = matching.twins_of(session, places)
    for sale in twins:
        telling.tell_twin(session, sale)
    if not waiting:
        return
    sought = {(sale.district_id, sale.match_key) for sale in waiting}
    homes = locks.lock_all(session, Home, [one for one, place in places.items() if place in sought])
    holders = redemptions.lock_holds(session, homes)
    for sale in waiting:
        found = [home for home in homes if places[home.id] == (sale.district_id, sale.match_key)]
        system = system_actor(sale.district_id)
        if sale.state == State.DOUBTFUL:
            steps.suspect(session, sale, found, holders)
        elif len(found) > 1:
            doubt(session, system, sale, found, holders)
        else:
            fill_home(sale, found[0])
            steps.land(session, system, sale, found[0], holders.get(found[0].id))


def question_entered(session: Session, /, **ids: int) -> None:
    """Handle ``redemptions.contract_entered``: has the registry this contract at an address that is nobody's?

    Then it is in doubt, and an officer says whether it is the purchase's. Ids: ``redemption_id``,
    ``home_id``, ``district_id``. The publisher has locked both.
    """
    redemption = session.get_one(Redemption, ids["redemption_id"])
    sale = matching.find_without_home(session, redemption)
    if sale is not None:
        home = session.get_one(Home, redemption.home_id)
        doubt(session, system_actor(sale.district_id), sale, [home], {home.id: redemption})


def _take(session: Session, actor: Actor, ref: str) -> tuple[CashSale, list[Home], dict[int, Redemption]]:
    """Return a doubtful contract of the actor's district, its homes, and what holds these; all is locked."""
    mine = select(CashSale).where(CashSale.ref == ref, CashSale.district_id == actor.district)
    found = session.scalars(mine).first()
    if found is None:
        raise NotFound("sale_gone")
    paid = matching.voucher_contracts(session, found.district_id, [found.contract_number])
    ids = {row.home_id for row in matching.candidates_of(session, found.id)}
    homes = locks.lock_all(session, Home, ids | set(paid.values()))
    holders = redemptions.lock_holds(session, homes)
    sale = session.get_one(CashSale, found.id, populate_existing=True)
    if sale.state != State.DOUBTFUL:
        raise Conflict("sale_doubt_over")
    if {row.home_id for row in matching.candidates_of(session, sale.id)} != ids:
        raise Busy
    return sale, [home for home in homes if home.id in ids], holders


def _question(session: Session, sale: CashSale) -> None:
    """Look again at the purchase that has the contract's number, if one does."""
    same = select(Redemption).where(
        Redemption.district_id == sale.district_id,
        Redemption.contract_number == sale.contract_number,
        Redemption.ended_at.is_(None),
    )
    redemption = session.scalars(same).first()
    if redemption is not None:
        steps.question_number(session, sale, redemption)
