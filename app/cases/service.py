"""The only writer of price signals: found by an event, decided by a person."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.cases import evidence, rules, states, telling
from app.cases.errors import ReasonMissing, SignalGone
from app.cases.evidence import Evidence, Nets, PromotionFacts
from app.cases.facts import Roles, author_roles, home_facts, price_facts
from app.cases.models import Signal, SignalMove
from app.cases.rules import RULES
from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.errors import Busy
from app.core.ids import new_ref
from app.homes import rules as price_rules
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.queries import PLACE, Prices, current_prices
from app.homes.rules import PriceKind
from app.identity.models import District

_BATCH: Final = 500
"""Signals opened at a time."""


def open_price_signal(session: Session, /, **ids: int) -> None:
    """Handle ``homes.broke_price_rule``: open a grade A signal with the evidence frozen as it is now.

    Ids: ``listing_id``, ``home_id``, ``district_id``. The same breach found twice, also by two transactions
    at once, is one signal. Raises LookupError when no rule is broken: the event was published for nothing.
    """
    open_price_signals(session, [ids["listing_id"]])


def open_price_signals(session: Session, listing_ids: Sequence[int]) -> None:
    """Handle ``homes.broke_price_rules``: the same for each of many listings, some hundred at a time."""
    opened: list[tuple[Signal, Evidence]] = []
    for start in range(0, len(listing_ids), _BATCH):
        statement = select(PoolListing).where(PoolListing.id.in_(listing_ids[start : start + _BATCH]))
        ordered = statement.order_by(PoolListing.id)
        opened += _open(
            session, session.scalars(ordered, execution_options={"populate_existing": True}).all()
        )
    telling.tell_many(session, opened)


def _open(session: Session, listings: Sequence[PoolListing]) -> list[tuple[Signal, Evidence]]:
    """Open the signals of these listings that nobody opened before, and return them."""
    ids = [listing.home_id for listing in listings]
    homes = {home.id: home for home in session.scalars(select(Home).where(Home.id.in_(ids)).options(*PLACE))}
    prices = current_prices(session, ids)
    versions = [version for one in prices.values() for version in _versions(one).values()]
    roles = author_roles(session, versions)
    found = {
        one.home_id: _found(session, homes[one.home_id], one, prices[one.home_id], roles) for one in listings
    }
    values = [_signal(homes[one.home_id], one, found[one.home_id]) for one in listings]
    once = insert(Signal).on_conflict_do_nothing(index_elements=[Signal.district_id, Signal.natural_key])
    signals = session.scalars(once.returning(Signal), values).all() if values else []
    for signal in signals:
        note(session, system_actor(signal.district_id), signal, "find", None, None)
    session.flush()
    return [(signal, found[signal.home_id]) for signal in signals if signal.home_id is not None]


def _found(session: Session, home: Home, listing: PoolListing, prices: Prices, roles: Roles) -> Evidence:
    broken = price_rules.find_breach(prices.amounts)
    if broken is None:
        raise LookupError(f"home {home.id} breaks no price rule")
    return _evidence(session, home, listing, prices, RULES[broken], roles)


def _signal(home: Home, listing: PoolListing, found: Evidence) -> dict[str, Any]:
    return {
        "district_id": listing.district_id,
        "ref": new_ref("XS"),
        "grade": "A",
        "kind": found.rule,
        "level": "flag",
        "home_id": home.id,
        "development_id": home.development_id,
        "developer_id": home.development.developer_id,
        "natural_key": rules.natural_key(
            RULES[found.rule],
            above=found.above,
            above_version_id=found.dearer.version_id,
            against_version_id=found.compared.version_id,
            promotion_ids=[one.promotion_id for one in found.nets.promotions] if found.nets else (),
        ),
        "evidence": evidence.write(found),
        "state": "signal",
        "opened_at": found.found_at,
    }


def dismiss(session: Session, *, actor: Actor, signal_ref: str, reason: str) -> Signal:
    """Dismiss (排除) a signal of the actor's district, with the reason the developer will read.

    Those that were merged into it go with it. Raises SignalGone, SignalMerged, SignalDecided when it was
    decided before, ReasonMissing.
    """
    return decide(session, actor=actor, signal_refs=[signal_ref], action="dismiss", reason=reason)[0]


def open_case(session: Session, *, actor: Actor, signal_ref: str, reason: str) -> Signal:
    """Open a case (立案) on a signal of the actor's district; the reason stays within the authorities.

    Those that were merged into it go with it. Raises SignalGone, SignalMerged, SignalDecided when it was
    decided before, ReasonMissing.
    """
    return decide(session, actor=actor, signal_refs=[signal_ref], action="open", reason=reason)[0]


def decide(
    session: Session,
    *,
    actor: Actor,
    signal_refs: Sequence[str],
    action: Literal["dismiss", "open"],
    reason: str,
) -> list[Signal]:
    """Decide several signals for one reason, all or none, and return them; merged ones go with their main.

    Raises as ``dismiss`` does.
    """
    told = said(reason)
    ids = mine(session, actor, signal_refs)
    along = _merged_into(session, ids)
    locked = {one.id: one for one in locks.lock_all(session, Signal, [*ids, *along])}
    if set(_merged_into(session, ids)) != set(along):
        raise Busy  # merged a moment ago: the edge tries once more, with all of them
    for signal_id in ids:
        step(session, actor, locked[signal_id], action, told)
    for signal_id in along:
        if locked[signal_id].state == "merged":
            step(session, actor, locked[signal_id], states.ALONG[action], told)
    return [locked[signal_id] for signal_id in ids]


def _merged_into(session: Session, ids: Sequence[int]) -> Sequence[int]:
    merged = select(Signal.id).where(Signal.merged_into_id.in_(ids)).order_by(Signal.id)
    return session.scalars(merged).all()


def said(text: str) -> str:
    """Return what somebody gave as the reason. Raises ReasonMissing for nothing."""
    if not text.strip():
        raise ReasonMissing
    return text.strip()


def mine(session: Session, actor: Actor, refs: Sequence[str]) -> list[int]:
    """Return the ids of signals of the actor's district, in order. Raises SignalGone if one is not there."""
    owned = select(Signal.id).where(Signal.ref.in_(refs), Signal.district_id == actor.district)
    ids = list(session.scalars(owned.order_by(Signal.id)))
    if len(ids) != len(set(refs)):
        raise SignalGone
    return ids


def step(
    session: Session, actor: Actor, signal: Signal, action: str, reason: str | None, **about: Any
) -> SignalMove:
    """Take a locked signal where the table of states says, and write the step down.

    ``about`` are further columns of the step. Raises what ``states.after`` raises.
    """
    before = signal.state
    signal.state = states.after(before, action)
    if action != "watch" and signal.state != before:
        signal.watch_until = None
    if signal.state in ("dismissed", "lapsed"):
        signal.answer_due = None
    move = note(session, actor, signal, action, before, reason, **about)
    session.flush()
    return move


def note(
    session: Session,
    actor: Actor,
    signal: Signal,
    action: str,
    before: str | None,
    reason: str | None,
    **about: Any,
) -> SignalMove:
    """Write the step into the signal's history and the audit trail."""
    earlier = select(func.count()).where(SignalMove.signal_id == signal.id)
    move = SignalMove(
        district_id=signal.district_id,
        signal_id=signal.id,
        number=1 if before is None else session.scalars(earlier).one() + 1,
        action=action,
        from_state=before,
        to_state=signal.state,
        user_id=actor.user_id,
        reason=reason,
        at=clock.now(),
        **about,
    )
    session.add(move)
    audit.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        object_type="signal",
        object_id=signal.id,
        natural_key=signal.natural_key,
    )
    return move


def _evidence(
    session: Session, home: Home, listing: PoolListing, prices: Prices, rule: rules.Rule, roles: Roles
) -> Evidence:
    developer_id = home.development.developer_id
    facts = {kind: price_facts(version, developer_id, roles) for kind, version in _versions(prices).items()}
    nets = _nets(prices) if rule.name == "voucher_above_net" else None
    above = price_rules.above_filed(prices.amounts) if rule.against == "filed" else None
    dearer = facts[above or "voucher"].amount_fen
    gap = rules.excess(
        price_fen=nets.voucher_fen if nets else dearer,
        against_fen=nets.cash_fen if nets else facts[rule.against].amount_fen,
    )
    return Evidence(
        rule=rule.name,
        rule_version=rule.version,
        above=above or "voucher",
        against=rule.against,
        found_at=clock.now(),
        district=session.get_one(District, listing.district_id).name,
        developer=home.development.developer.name,
        home=home_facts(home),
        prices=facts,
        difference_fen=gap.fen,
        difference_bp=gap.rate_bp,
        first_listed_at=listing.first_listed_at,
        left_pool_at=listing.changed_at,
        nets=nets,
    )


def _nets(prices: Prices) -> Nets:
    amounts = prices.amounts
    cash, voucher = amounts.cash_net, amounts.voucher_net
    if cash is None or voucher is None:
        raise LookupError("a home stood in the pool without its prices")
    return Nets(
        cash_fen=cash.fen,
        mode=cash.mode,
        voucher_fen=voucher.fen,
        payable_fen=voucher.payable_fen,
        promotions=tuple(PromotionFacts(**asdict(deal)) for deal in prices.deals),
    )


def _versions(prices: Prices) -> dict[PriceKind, PriceVersion]:
    found: dict[PriceKind, PriceVersion] = {}
    for kind in price_rules.KINDS:
        version = prices.of(kind)
        if version is None:
            raise LookupError(f"a home stood in the pool without a {kind} price")
        found[kind] = version
    return found
