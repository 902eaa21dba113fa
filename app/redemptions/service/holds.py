"""Locking homes (锁定房源), and letting them go: given up, or past their deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core import clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.core.prepared import Insert
from app.homes import service as homes
from app.homes.models import Home
from app.ledger.errors import InsufficientBalance
from app.payments import service as payments
from app.redemptions import (
    basket_queries,
    contracts,
    ground,
    kin,
    origins,
    promises,
    queries,
    snapshot,
    states,
)
from app.redemptions import spots as besides
from app.redemptions.errors import BasketRefused, NotBuyer, QuoteExpired, QuoteUsed, Refusal
from app.redemptions.events import reserved
from app.redemptions.ground import Ground
from app.redemptions.models import BasketHome, Quote, Redemption
from app.redemptions.rules import common_kinds, is_full, top_up_owner
from app.redemptions.service import record
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action, State
from app.vouchers.models import Voucher

_INSERT_REDEMPTION: Final = Insert(
    Redemption,
    (
        *("district_id", "ref", "household_id", "home_id", "developer_id", "quote_id", "beside_id"),
        *("beside_place", "state", "price_fen", "top_up_fen", "locked_at", "deadline_at"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Lot:
    """One quote to be locked: what it froze, its home, and what the lock stands on."""

    quote: Quote
    frozen: Snapshot
    home: Home
    now: Ground


def reserve(session: Session, *, actor: Actor, quote_ref: str) -> Redemption:
    """Lock (锁定) the home of a quote with its vouchers' money, on exactly the terms that were shown.

    A hold on the home whose deadline has passed is expired first. Raises NotFound for somebody else's quote;
    QuoteUsed, QuoteExpired, QuoteHomeChanged, QuotePriceChanged, QuotePastChanged; Conflict when the home is
    out of the pool, locked or sold; VoucherNotUsable; HoldsFull; InsufficientBalance when the vouchers' money
    went elsewhere meanwhile.
    """
    states.demand(actor.role, Action.RESERVE)
    asked, purse_ids = queries.get_quote_to_lock(session, actor=actor, ref=quote_ref)
    try:
        (redemption,) = _lock(session, actor, [asked], purse_ids)
    except BasketRefused as refused:
        raise refused.refusals[0].error from refused
    return redemption


def reserve_basket(session: Session, *, actor: Actor, basket_ref: str) -> list[Redemption]:
    """Lock all homes of a basket's quote, or none of them; return the redemptions in the basket's order.

    Raises NotFound for somebody else's; QuoteUsed, QuoteExpired, QuotePastChanged, HoldsFull for the whole;
    BasketRefused with every home that cannot be had, each with what ``reserve`` would say.
    """
    states.demand(actor.role, Action.RESERVE)
    asked, purse_ids = basket_queries.get_basket_to_lock(session, actor=actor, ref=basket_ref)
    return _lock(session, actor, asked, purse_ids)


def _lock(
    session: Session, actor: Actor, asked: Sequence[Quote], purse_ids: Sequence[int]
) -> list[Redemption]:
    """Lock the homes of quotes of one household made together: all of them or, by an error, none."""
    frozen = [snapshot.read(quote.snapshot) for quote in asked]
    home_by_id = {home.id: home for home in locks.lock_all(session, Home, [one.home_id for one in asked])}
    # All of them, whichever pay: so two locks of one household share a voucher, and the second counts the
    # first.
    used_ids = {part.voucher_id for one in frozen for part in one.used_parts}
    purses = locks.lock_all(session, Voucher, used_ids.union(purse_ids, _beside_kin(session, frozen)))
    # Only now: whatever began or ended while this waited for the locks counts.
    moment = clock.now()
    vouchers = {voucher.id: voucher for voucher in purses if voucher.id in used_ids}
    lots = [
        _Lot(quote, one, home_by_id[quote.home_id], ground.read(session, quote=quote, moment=moment))
        for quote, one in zip(asked, frozen, strict=True)
    ]
    _check(session, lots, vouchers, moment)
    household_id = asked[0].household_id
    ground.check_pasts(session, frozen, household_id)
    more = sum(one.is_home for one in frozen)
    if more and is_full(lots[0].now.holding, lots[0].frozen.hold_homes, more=more):
        ground.check_room(session, frozen[0], household_id=household_id, moment=moment, more=more)
    ground.check_spaces(session, frozen, household_id=household_id, moment=moment)
    bought_ids = besides.bought_ids(session, household_id, frozen)
    overdue_ids = {redemption_id for lot in lots for redemption_id in lot.now.overdue}
    found = locks.lock_all(session, Redemption, overdue_ids | bought_ids) if overdue_ids | bought_ids else []
    overdue = [one for one in found if one.id in overdue_ids]
    spots = besides.Spots(session, [one for one in found if one.id in bought_ids], moment)
    promises.lock(session, overdue, vouchers=vouchers.values())
    for stale in overdue:
        home = home_by_id[stale.home_id]
        record.release(session, system_actor(stale.district_id), stale, home, Action.EXPIRE)
    locked = [_begin(session, actor, lot, vouchers, moment, spots) for lot in lots]
    # What is locked is no longer being looked for.
    if any(lot.now.is_collected for lot in lots):
        collected = (BasketHome.household_id == household_id, BasketHome.home_id.in_(home_by_id))
        session.execute(delete(BasketHome).where(*collected))
    return locked


def _beside_kin(session: Session, frozen: Sequence[Snapshot]) -> Sequence[int]:
    """Return all vouchers of households that let one pay: what they share, two buyers could use at once.

    And all that stand over the same agreements, where these earn something once, whoever holds them.
    """
    parts = [part for one in frozen for part in one.used_parts]
    kin_ids = {part.kin.household_id for part in parts if part.kin and part.past}
    found = list(origins.beside(session, {part.past.origin for part in parts if part.past} - {0}))
    if kin_ids:
        theirs = select(Voucher.id).where(Voucher.household_id.in_(kin_ids), Voucher.state == "issued")
        found += session.scalars(theirs)
    return found


def _check(session: Session, lots: Sequence[_Lot], vouchers: dict[int, Voucher], moment: datetime) -> None:
    """Raise BasketRefused with every home that cannot be had; what concerns the whole is raised as it is."""
    refusals = []
    consents = kin.consents_of(session, [part for lot in lots for part in lot.frozen.used_parts])
    for lot in lots:
        try:
            ground.check_quote(session, lot.quote, lot.frozen, lot.now, lot.home, moment)
            ground.check_vouchers(lot.quote, lot.frozen, vouchers, consents, moment)
        except (QuoteUsed, QuoteExpired, NotFound):
            raise
        except DomainError as error:
            refusals.append(Refusal(lot.frozen.home.ref, lot.frozen.home.line, error))
    if refusals:
        raise BasketRefused(refusals)


def _begin(
    session: Session,
    actor: Actor,
    lot: _Lot,
    vouchers: dict[int, Voucher],
    moment: datetime,
    spots: besides.Spots,
) -> Redemption:
    """Write one redemption with its promises.

    Raises BasketRefused when a voucher holds too little, or a space has no place beside its home.
    """
    asked, frozen, home = lot.quote, lot.frozen, lot.home
    try:
        beside_id, beside_place = spots.take(frozen)
    except DomainError as error:
        raise BasketRefused([Refusal(frozen.home.ref, frozen.home.line, error)]) from error
    values = {
        "district_id": asked.district_id,
        "ref": new_ref("GF"),
        "household_id": asked.household_id,
        "home_id": asked.home_id,
        "developer_id": frozen.home.developer_id,
        "quote_id": asked.id,
        "beside_id": beside_id,
        "beside_place": beside_place,
        "state": State.LOCKED,
        "price_fen": frozen.price_fen,
        "top_up_fen": frozen.top_up_fen,
        "locked_at": moment,
        "deadline_at": frozen.hold_until,
    }
    redemption = _INSERT_REDEMPTION.made(session, **values)
    set_committed_value(redemption, "quote", asked)  # in hand: the messages would read it again,
    set_committed_value(redemption, "home", home)  # and who tells what is locked the home
    spots.add(frozen, redemption)
    try:
        promises.make(session, redemption, frozen.used_parts, vouchers.values(), lot.now.controls)
        homes.mark_locked(session, home)
    except InsufficientBalance as error:
        why = ground.shortage(session, frozen, error)
        raise BasketRefused([Refusal(frozen.home.ref, frozen.home.line, why)]) from error
    except DomainError as error:
        raise BasketRefused([Refusal(frozen.home.ref, frozen.home.line, error)]) from error
    if frozen.top_up_fen:
        payments.expect(
            session,
            district_id=asked.district_id,
            owner=top_up_owner(redemption.id),
            payer_name=frozen.buyers[0] if frozen.buyers else "",
            development_id=home.development_id,
            amount_fen=frozen.top_up_fen,
            kinds=common_kinds(contracts.policies_of(session, frozen)),
        )
    for consent in kin.consents_of(session, frozen.used_parts).values():
        consent.state, consent.redemption_id = "used", redemption.id
    record.note(
        session,
        actor,
        redemption,
        Action.RESERVE,
        before=None,
        home_id=home.id,
        quote_id=asked.id,
        spent_fen=frozen.spent_fen,
        bonus_fen=frozen.bonus_fen,
        top_up_fen=frozen.top_up_fen,
    )
    reserved.publish(
        session, redemption_id=redemption.id, home_id=home.id, district_id=redemption.district_id
    )
    return redemption


def cancel(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Give up a lock before the contract: home and money are free again.

    Raises NotFound for another household's, NotBuyer for one whose voucher only helps to pay, Conflict once
    a contract is entered or the redemption has ended.
    """
    home, redemption = record.take(session, actor, redemption_ref)
    if actor.role == Role.HOUSEHOLD and redemption.household_id != actor.household:
        raise NotBuyer
    states.after(actor.role, State(redemption.state), Action.CANCEL)
    promises.lock(session, [redemption])
    record.release(session, actor, redemption, home, Action.CANCEL)
    return redemption


def expire_overdue(session: Session, *, limit: int = 50) -> int:
    """Release holds whose deadline has passed without a contract, the oldest first; return how many.

    Only tidiness: ``reserve`` expires a stale hold by itself.
    """
    moment = clock.now()
    overdue = (
        select(Redemption.id, Redemption.home_id)
        .where(Redemption.state == State.LOCKED, Redemption.deadline_at <= moment)
        .order_by(Redemption.deadline_at, Redemption.id)
        .limit(limit)
    )
    found = session.execute(overdue).all()
    homes_by_id = {home.id: home for home in locks.lock_all(session, Home, [row.home_id for row in found])}
    locked = locks.lock_all(session, Redemption, [row.id for row in found])
    still = [redemption for redemption in locked if queries.is_over(redemption, moment)]
    promises.lock(session, still)
    for redemption in still:
        home = homes_by_id[redemption.home_id]
        record.release(session, system_actor(redemption.district_id), redemption, home, Action.EXPIRE)
    return len(still)


def release(session: Session, *, actor: Actor, redemption: Redemption, home: Home, reason: str) -> None:
    """End a redemption for an older contract of a cash buyer: its money is free again, and its home.

    The caller has locked home and redemption and sells the home. Raises Conflict once it was checked or has
    ended, Forbidden for whoever is no officer.
    """
    states.after(actor.role, State(redemption.state), Action.RELEASE)
    promises.lock(session, [redemption])
    record.release(session, actor, redemption, home, Action.RELEASE, reason)


def lock_holds(session: Session, homes_held: Sequence[Home]) -> dict[int, Redemption]:
    """Return what holds each of these homes, by home id, locked; holds past their deadline are expired first.

    The caller has locked the homes.
    """
    active = select(Redemption.id).where(
        Redemption.home_id.in_([home.id for home in homes_held]), Redemption.state.in_(states.ACTIVE)
    )
    found = locks.lock_all(session, Redemption, session.scalars(active))
    moment = clock.now()
    stale = [redemption for redemption in found if queries.is_over(redemption, moment)]
    promises.lock(session, stale)
    homes_by_id = {home.id: home for home in homes_held}
    for redemption in stale:
        home = homes_by_id[redemption.home_id]
        record.release(session, system_actor(redemption.district_id), redemption, home, Action.EXPIRE)
    return {redemption.home_id: redemption for redemption in found if redemption not in stale}
