"""The only writer of price signals: found by an event, decided by a person."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.cases import evidence, rules, states, telling
from app.cases.errors import ReasonMissing, SignalGone
from app.cases.evidence import Evidence, HomeFacts, PriceFacts
from app.cases.models import Signal, SignalMove
from app.cases.rules import RULES
from app.core import audit, clock, locks
from app.core.actor import Actor, system_actor
from app.core.ids import new_ref
from app.homes import rules as price_rules
from app.homes.models import Home, PoolListing, PriceVersion
from app.homes.queries import Prices, current_prices, find_listing
from app.homes.rules import PriceKind
from app.identity.models import District, Membership


def open_price_signal(session: Session, /, **ids: int) -> None:
    """Handle ``homes.broke_price_rule``: open a grade A signal with the evidence frozen as it is now.

    Ids: ``listing_id``, ``home_id``, ``district_id``. The same breach found twice, also by two transactions
    at once, is one signal. Raises LookupError when no rule is broken: the event was published for nothing.
    """
    home = session.get_one(Home, ids["home_id"])
    listing = find_listing(session, district_id=ids["district_id"], home_id=home.id)
    prices = current_prices(session, [home.id])[home.id]
    broken = price_rules.find_breach(prices.amounts)
    if broken is None or listing is None:
        raise LookupError(f"home {home.id} breaks no price rule in district {ids['district_id']}")
    found = _evidence(session, home, listing, prices, RULES[broken])
    values = {
        "district_id": listing.district_id,
        "ref": new_ref("XS"),
        "grade": "A",
        "kind": found.rule,
        "home_id": home.id,
        "developer_id": home.development.developer_id,
        "natural_key": rules.natural_key(
            RULES[broken],
            voucher_version_id=found.voucher.version_id,
            against_version_id=found.compared.version_id,
        ),
        "evidence": evidence.write(found),
        "state": "signal",
        "opened_at": found.found_at,
    }
    once = insert(Signal).on_conflict_do_nothing(index_elements=[Signal.district_id, Signal.natural_key])
    signal = session.scalars(once.values(values).returning(Signal)).first()
    if signal is not None:
        _note(session, system_actor(listing.district_id), signal, "find", None, None)
        telling.tell_opened(session, signal, found)


def dismiss(session: Session, *, actor: Actor, signal_ref: str, reason: str) -> Signal:
    """Dismiss (排除) a signal of the actor's district, with the reason the developer will read.

    Raises SignalGone, SignalDecided when it was decided before, ReasonMissing.
    """
    return _decide(session, actor, signal_ref, "dismiss", reason)


def open_case(session: Session, *, actor: Actor, signal_ref: str, reason: str) -> Signal:
    """Open a case (立案) on a signal of the actor's district; the reason stays within the authorities.

    Raises SignalGone, SignalDecided when it was decided before, ReasonMissing.
    """
    return _decide(session, actor, signal_ref, "open", reason)


def _decide(session: Session, actor: Actor, signal_ref: str, action: str, reason: str) -> Signal:
    if not reason.strip():
        raise ReasonMissing
    mine = select(Signal.id).where(Signal.ref == signal_ref, Signal.district_id == actor.district)
    signal_id = session.scalar(mine)
    if signal_id is None:
        raise SignalGone
    signal = locks.lock(session, Signal, signal_id)
    before = signal.state
    signal.state = states.after(before, action)
    _note(session, actor, signal, action, before, reason.strip())
    return signal


def _note(
    session: Session, actor: Actor, signal: Signal, action: str, before: str | None, reason: str | None
) -> None:
    """Write the step into the signal's history and the audit trail."""
    session.add(
        SignalMove(
            district_id=signal.district_id,
            signal_id=signal.id,
            action=action,
            from_state=before,
            to_state=signal.state,
            user_id=actor.user_id,
            reason=reason,
            at=clock.now(),
        )
    )
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        object_type="signal",
        object_id=signal.id,
        natural_key=signal.natural_key,
    )


def _evidence(
    session: Session, home: Home, listing: PoolListing, prices: Prices, rule: rules.Rule
) -> Evidence:
    versions = _versions(prices)
    roles = _author_roles(session, versions.values(), home.development.developer_id)
    facts = {kind: _price_facts(version, roles) for kind, version in versions.items()}
    gap = rules.excess(voucher_fen=facts["voucher"].amount_fen, against_fen=facts[rule.against].amount_fen)
    return Evidence(
        rule=rule.name,
        rule_version=rule.version,
        against=rule.against,
        found_at=clock.now(),
        district=session.get_one(District, listing.district_id).name,
        developer=home.development.developer.name,
        home=_home_facts(home),
        prices=facts,
        difference_fen=gap.fen,
        difference_bp=gap.rate_bp,
        first_listed_at=listing.first_listed_at,
        left_pool_at=listing.changed_at,
    )


def _versions(prices: Prices) -> dict[PriceKind, PriceVersion]:
    found: dict[PriceKind, PriceVersion] = {}
    for kind in price_rules.KINDS:
        version = prices.of(kind)
        if version is None:
            raise LookupError(f"a home stood in the pool without a {kind} price")
        found[kind] = version
    return found


def _home_facts(home: Home) -> HomeFacts:
    return HomeFacts(
        ref=home.ref,
        development_ref=home.development.ref,
        development=home.development.name,
        address=home.development.address,
        building=home.building.name,
        unit=home.unit,
        storey=home.storey,
        room=home.room,
        rooms=home.rooms,
        area_m2=home.area_m2,
    )


def _price_facts(version: PriceVersion, roles: dict[int, str]) -> PriceFacts:
    return PriceFacts(
        version_id=version.id,
        amount_fen=version.amount_fen,
        effective_from=version.effective_from,
        author_role=roles.get(version.author_id) if version.author_id else None,
        reason=version.reason,
        filing_number=version.filing_number,
    )


def _author_roles(session: Session, versions: Iterable[PriceVersion], developer_id: int) -> dict[int, str]:
    """Return the role of each author by user id: that of the home's developer first, then the newest one."""
    authors = {version.author_id for version in versions if version.author_id is not None}
    statement = (
        select(Membership.user_id, Membership.role)
        .where(Membership.user_id.in_(authors))
        .order_by(Membership.organisation_id.is_not_distinct_from(developer_id), Membership.id)
    )
    return dict(session.execute(statement).all())
