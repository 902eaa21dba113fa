"""The only writer of quotes and redemptions.

A step locks the home, then (``reserve``) all vouchers of the household, then the redemption, then its ledger
accounts together. Whatever ends a redemption ends every promise it made, in the same transaction.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.approvals import service as approvals
from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices, get_public_home
from app.redemptions import contract, ground, payload, promises, queries, quoting, snapshot, states, telling
from app.redemptions.errors import ActedAtCounter, ContractNumberTaken, HoldOver
from app.redemptions.events import ended_unsold
from app.redemptions.models import Quote, Redemption, RedemptionMove
from app.redemptions.rules import is_full, quote_expires_at
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action, State
from app.vouchers.models import Voucher

VERIFY: Final = "redemption.verify"
"""Kind of the approval: an officer asks, a checker decides."""

_REDEMPTIONS: Final = cast(Table, Redemption.__table__)
_INSERT_REDEMPTION: Final = select(Redemption).from_statement(insert(_REDEMPTIONS).returning(_REDEMPTIONS))
_INSERT_MOVE: Final = insert(cast(Table, RedemptionMove.__table__))
"""Built once, for every lock uses them."""

_LONGEST_CONTRACT_NUMBER: Final = 60
_NUMBER_GUARDS: Final = ("uq_redemptions_contract", "uq_contract_numbers")
"""Of another purchase by voucher, and of a contract paid in cash."""


def quote(session: Session, *, actor: Actor, home_ref: str, parts: Sequence[tuple[str, int | None]]) -> Quote:
    """Freeze what a home costs the acting household with these vouchers, spent in this order.

    ``parts`` are voucher references, each with the most to spend of it in fen, or None. Raises NotFound for
    an unknown home or somebody else's voucher; Conflict when the home is not listed in the household's
    district, locked or sold; DomainError at ``vouchers`` when none is chosen, one twice, or one cannot pay
    (lapsed, empty, limit, kind); VoucherShareLow, and HoldsFull while the household could not lock it anyway.
    """
    states.demand(actor.role, Action.RESERVE)
    home = get_public_home(session, ref=home_ref)
    homes.catch_up(session, home_id=home.id)
    moment = clock.now()
    found = queries.find_obstacle(session, district_id=actor.district, home=home, moment=moment)
    if found:
        raise Conflict(found)
    prices = current_prices(session, [home.id])[home.id]
    chosen = quoting.choose(session, actor=actor, home=home, parts=parts, moment=moment)
    frozen = quoting.freeze(home, prices, chosen, moment)
    ground.check_room(session, frozen, household_id=actor.household, moment=moment)
    made = Quote(
        district_id=actor.district,
        ref=new_ref("BJ"),
        household_id=actor.household,
        home_id=home.id,
        snapshot=snapshot.write(frozen),
        made_at=moment,
        expires_at=quote_expires_at(moment),
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="redemption.quote",
        object_type="quote",
        object_id=made.id,
        home_id=home.id,
        price_fen=frozen.price_fen,
        top_up_fen=frozen.top_up_fen,
    )
    return made


def reserve(session: Session, *, actor: Actor, quote_ref: str) -> Redemption:
    """Lock (锁定) the home of a quote with its vouchers' money, on exactly the terms that were shown.

    A hold on the home whose deadline has passed is expired first. Raises NotFound for somebody else's quote;
    QuoteUsed, QuoteExpired, QuoteHomeChanged, QuotePriceChanged; Conflict when the home is out of the pool,
    locked or sold; VoucherNotUsable; HoldsFull; InsufficientBalance when the vouchers' money went elsewhere
    meanwhile.
    """
    states.demand(actor.role, Action.RESERVE)
    asked, purse_ids = queries.get_quote_to_lock(session, actor=actor, ref=quote_ref)
    frozen = snapshot.read(asked.snapshot)
    home = locks.lock(session, Home, asked.home_id)
    # Only now: whatever began while this waited for the lock counts.
    moment = clock.now()
    # All of them, whichever pay: so two locks of one household share a voucher, and the second counts the
    # first.
    used_ids = {part.voucher_id for part in frozen.used_parts}
    purses = locks.lock_all(session, Voucher, used_ids.union(purse_ids))
    vouchers = [voucher for voucher in purses if voucher.id in used_ids]
    now = ground.read(session, quote=asked, moment=moment)
    ground.check_quote(session, asked, frozen, now, home, moment)
    ground.check_vouchers(asked, vouchers, moment)
    if is_full(now.holding, frozen.hold_homes):
        ground.check_room(session, frozen, household_id=asked.household_id, moment=moment)
    overdue = locks.lock_all(session, Redemption, now.overdue) if now.overdue else []
    promises.lock(session, overdue, vouchers=vouchers)
    for stale in overdue:
        _release(session, system_actor(stale.district_id), stale, home, Action.EXPIRE)
    redemption = _begin(session, asked, frozen, moment)
    set_committed_value(redemption, "quote", asked)  # in hand: the messages would read it again
    promises.make(session, redemption, frozen.used_parts, vouchers)
    _note(
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
    homes.mark_locked(session, home)
    return redemption


def cancel(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Give up a lock before the contract: home and money are free again.

    Raises NotFound for another household's, Conflict once a contract is entered or the redemption has ended.
    """
    home, redemption = _take(session, actor, redemption_ref)
    states.after(actor.role, State(redemption.state), Action.CANCEL)
    promises.lock(session, [redemption])
    _release(session, actor, redemption, home, Action.CANCEL)
    return redemption


def enter_contract(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    contract_number: str,
    signed_on: date,
    area_m2: Decimal,
    price_fen: int,
) -> Redemption:
    """Enter the registered contract (网签备案) of a locked home of the acting developer; the clock stops.

    Raises NotFound for another developer's, HoldOver after the deadline, Conflict in any other state;
    DomainError at ``contract_number`` when it is missing, too long or in use, at ``contract_signed_on`` for a
    day that is not between the lock and today, and the refusals of ``contract.check`` for another area or
    price than the quote's.
    """
    _, redemption = _take(session, actor, redemption_ref)
    state = states.after(actor.role, State(redemption.state), Action.ENTER_CONTRACT)
    if queries.is_over(redemption, clock.now()):
        raise HoldOver
    number = contract_number.strip()
    if not number:
        raise DomainError("contract_number_missing", "contract_number")
    if len(number) > _LONGEST_CONTRACT_NUMBER:
        raise DomainError("contract_number_long", "contract_number", most=_LONGEST_CONTRACT_NUMBER)
    if signed_on > clock.today():
        raise DomainError("contract_day_ahead", "contract_signed_on")
    if signed_on < clock.legal_day(redemption.locked_at):
        raise DomainError("contract_day_before_lock", "contract_signed_on")
    contract.check(snapshot.read(redemption.quote.snapshot), area_m2=area_m2, price_fen=price_fen)
    try:
        with session.begin_nested():
            redemption.contract_number, redemption.contract_signed_on = number, signed_on
            redemption.contract_area_m2, redemption.contract_price_fen = area_m2, price_fen
            redemption.state = state
    except IntegrityError as error:
        if any(guard in str(error.orig) for guard in _NUMBER_GUARDS):
            raise ContractNumberTaken from error
        raise
    _note(session, actor, redemption, Action.ENTER_CONTRACT, before=State.LOCKED)
    return redemption


def verify_first(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Verify (核验) a contracted redemption as an officer, and ask a checker to decide.

    Raises NotFound for another district's, Conflict in any other state, ActedAtCounter for whoever did a step
    of it for the household at the counter.
    """
    _, redemption = _take(session, actor, redemption_ref)
    after = states.after(actor.role, State(redemption.state), Action.VERIFY_FIRST)
    _demand_verifiable(session, actor, redemption)
    redemption.state = after
    approvals.request(
        session, actor=actor, kind=VERIFY, subject_id=redemption.id, payload=payload.of(session, redemption)
    )
    _note(session, actor, redemption, Action.VERIFY_FIRST, before=State.CONTRACTED)
    return redemption


def verify_second(session: Session, *, actor: Actor, redemption_ref: str) -> Redemption:
    """Write a redemption off (核销) as a checker: the vouchers' money is spent, the home sold.

    Raises NotFound, Conflict in any other state, SamePerson for whoever verified it first, ActedAtCounter for
    whoever did a step of it for the household at the counter.
    """
    home, redemption = _take(session, actor, redemption_ref)
    after = states.after(actor.role, State(redemption.state), Action.VERIFY_SECOND)
    _demand_verifiable(session, actor, redemption)
    promises.lock(session, [redemption])
    promises.end(session, redemption, keep=True)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    decision = approvals.decide(session, actor=actor, kind=VERIFY, subject_id=redemption.id, approve=True)
    if decision.payload != payload.of(session, redemption, schema=decision.payload["schema"]):
        raise Conflict("redemption_changed")
    redemption.state, redemption.ended_at = after, clock.now()
    homes.mark_sold(session, home)
    _note(session, actor, redemption, Action.VERIFY_SECOND, before=State.CHECKED)
    return redemption


def refuse(session: Session, *, actor: Actor, redemption_ref: str, reason: str) -> Redemption:
    """Refuse a contracted redemption with a reason: home and money are free again.

    A checker's refusal also decides what an officer asked. Raises NotFound, Forbidden for the officer once a
    checker was asked, Conflict in any other state, SamePerson, DomainError("reason_missing", "reason").
    """
    home, redemption = _take(session, actor, redemption_ref)
    before = State(redemption.state)
    states.after(actor.role, before, Action.REFUSE)
    stated = reason.strip()
    if not stated:
        raise DomainError("reason_missing", "reason")
    promises.lock(session, [redemption])
    _release(session, actor, redemption, home, Action.REFUSE, stated)
    if before == State.CHECKED:
        approvals.decide(
            session, actor=actor, kind=VERIFY, subject_id=redemption.id, approve=False, reason=stated
        )
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
        _release(session, system_actor(redemption.district_id), redemption, home, Action.EXPIRE)
    return len(still)


def release(session: Session, *, actor: Actor, redemption: Redemption, home: Home, reason: str) -> None:
    """End a redemption for an older contract of a cash buyer: its money is free again, and its home.

    The caller has locked home and redemption and sells the home. Raises Conflict once it was checked or has
    ended, Forbidden for whoever is no officer.
    """
    states.after(actor.role, State(redemption.state), Action.RELEASE)
    promises.lock(session, [redemption])
    _release(session, actor, redemption, home, Action.RELEASE, reason)


def lock_holds(session: Session, homes_held: Sequence[Home]) -> dict[int, Redemption]:
    """Return what holds each of these homes, by home id, locked; holds past their deadline are expired first.

    The caller has locked the homes.
    """
    moment = clock.now()
    active = select(Redemption.id).where(
        Redemption.home_id.in_([home.id for home in homes_held]), Redemption.state.in_(states.ACTIVE)
    )
    found = locks.lock_all(session, Redemption, session.scalars(active))
    stale = [redemption for redemption in found if queries.is_over(redemption, moment)]
    promises.lock(session, stale)
    homes_by_id = {home.id: home for home in homes_held}
    for redemption in stale:
        home = homes_by_id[redemption.home_id]
        _release(session, system_actor(redemption.district_id), redemption, home, Action.EXPIRE)
    return {redemption.home_id: redemption for redemption in found if redemption not in stale}


def set_disputed(redemption: Redemption, *, disputed: bool) -> None:
    """Note that an offline contract claims the home of a locked redemption too, or that it no longer does."""
    redemption.disputed_at = clock.now() if disputed else None


def _demand_verifiable(session: Session, actor: Actor, redemption: Redemption) -> None:
    """Refuse a purchase whose home is disputed, and whoever stood on the household's side of it."""
    if redemption.disputed_at is not None:
        raise Conflict("redemption_disputed")
    if queries.has_acted_at_counter(session, redemption_id=redemption.id, user_id=actor.user_id):
        raise ActedAtCounter


def _take(session: Session, actor: Actor, ref: str) -> tuple[Home, Redemption]:
    """Return a redemption that the actor may see, with its home, both locked."""
    seen = queries.scoped(select(Redemption.id, Redemption.home_id).where(Redemption.ref == ref), actor)
    found = session.execute(seen).first()
    if found is None:
        raise NotFound("redemption_gone")
    return locks.lock(session, Home, found.home_id), locks.lock(session, Redemption, found.id)


def _begin(session: Session, asked: Quote, frozen: Snapshot, moment: datetime) -> Redemption:
    values = {
        "district_id": asked.district_id,
        "ref": new_ref("GF"),
        "household_id": asked.household_id,
        "home_id": asked.home_id,
        "developer_id": frozen.home.developer_id,
        "quote_id": asked.id,
        "state": State.LOCKED,
        "price_fen": frozen.price_fen,
        "top_up_fen": frozen.top_up_fen,
        "locked_at": moment,
        "deadline_at": frozen.hold_until,
    }
    return cast(Redemption, session.scalars(_INSERT_REDEMPTION, values).one())


def _release(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    home: Home,
    action: Action,
    reason: str | None = None,
) -> None:
    """End a redemption without a sale: its money and its home are free again. Everything is locked."""
    before = State(redemption.state)
    redemption.state, redemption.ended_at = states.after(actor.role, before, action), clock.now()
    promises.end(session, redemption, keep=False)
    homes.mark_free(session, home)
    _note(session, actor, redemption, action, before=before, reason=reason)
    if action != Action.RELEASE:
        ended_unsold.publish(
            session,
            redemption_id=redemption.id,
            home_id=home.id,
            district_id=redemption.district_id,
        )


def _note(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    action: Action,
    *,
    before: State | None,
    reason: str | None = None,
    **detail: Any,
) -> None:
    """Write the step down, for the household's timeline and for the audit trail."""
    session.flush()
    move = {
        "district_id": redemption.district_id,
        "redemption_id": redemption.id,
        "action": action,
        "from_state": before,
        "to_state": redemption.state,
        "user_id": actor.user_id,
        "role": actor.role,
        "visit_id": actor.visit_id,
        "reason": reason,
        "at": clock.now(),
    }
    session.execute(_INSERT_MOVE, move)
    audit.record(
        session,
        actor=actor,
        action=f"redemption.{action}",
        object_type="redemption",
        object_id=redemption.id,
        **detail,
    )
    telling.tell_of(session, redemption, action, reason=reason)
