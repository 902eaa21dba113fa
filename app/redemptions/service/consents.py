"""Consents of kin (近亲属合用房票): asked for one home and one sum, given by the voucher's holder, used once.

Whatever changes a consent first locks its voucher, as ``reserve`` does: so it is withdrawn before the lock of
the home or not at all.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_ref
from app.homes.models import Home
from app.homes.promotions import lowest_net, opened
from app.homes.queries import current_prices, get_public_home
from app.notices.service import Recipient, tell
from app.policies.queries import policy_of
from app.projects import helping_acts, helping_queries
from app.redemptions import kin, queries, states
from app.redemptions.errors import AskedBySame, BuyerNotKin
from app.redemptions.ground import place_of
from app.redemptions.models import KinConsent
from app.redemptions.states import Action
from app.vouchers.models import Voucher
from app.vouchers.queries import purse_of

ASK_DAYS: Final = 3
"""Our own choice: how many days a consent may be given and used, ending at 24:00; long enough to reach an
elderly holder, short enough that the price is still the one they saw."""
_SHOWN: Final = 1


def ask_kin(
    session: Session, *, actor: Actor, home_ref: str, voucher_ref: str, relation: str, most_fen: int
) -> KinConsent:
    """Ask the holder of a voucher of another household to help pay for a home, up to a sum in fen.

    ``relation`` is what the buyer is to the holder, as declared. Raises NotFound for an unknown home or no
    issued voucher of another household of the district, BuyerNotKin where the voucher's policy does not name
    such kin, Conflict when the home cannot be bought now or was asked for with this voucher already.
    """
    states.demand(actor.role, Action.RESERVE)
    moment = clock.now()
    home, price_fen = _priced(session, actor, home_ref)
    voucher = _kins(session, actor, voucher_ref, relation)
    consent = KinConsent(
        district_id=actor.district,
        ref=new_ref("TY"),
        household_id=actor.household,
        owner_id=voucher.household_id,
        voucher_id=voucher.id,
        home_id=home.id,
        relation=relation,
        price_fen=price_fen,
        most_fen=most_fen,
        state="asked",
        asked_at=moment,
        asked_by_id=actor.user_id,
        ends_at=clock.end_of_day(clock.legal_day(moment) + timedelta(days=ASK_DAYS)),
    )
    _end_overdue(session, consent)
    with unless_taken(session, "uq_kin_consents_live", Conflict("kin_asked_already")):
        session.add(consent)
    _note(session, actor, consent, "ask")
    helping_acts.note_prepared(
        session,
        actor=actor,
        what="ask_kin",
        about_ref=consent.ref,
        place=place_of(home),
        sum_fen=most_fen,
        told="helper_asked_kin",
    )
    _tell(session, consent, "kin_asked", consent.owner_id)
    return consent


def _priced(session: Session, actor: Actor, home_ref: str) -> tuple[Home, int]:
    """Return a home that can be bought now, with the least it may cost. Raises NotFound, Conflict."""
    home = get_public_home(session, ref=home_ref)
    prices = current_prices(session, [home.id])[home.id]
    found = queries.find_obstacle(
        session, district_id=actor.district, home=home, prices=prices, moment=clock.now()
    )
    if found or prices.voucher is None:
        raise Conflict(found or "home_not_listed")
    return home, lowest_net(prices.voucher.amount_fen, opened(prices.deals)).payable_fen


def _kins(session: Session, actor: Actor, voucher_ref: str, relation: str) -> Voucher:
    """Return another household's voucher whose policy names such kin. Raises NotFound, BuyerNotKin."""
    voucher = session.scalars(
        select(Voucher).where(
            Voucher.ref == voucher_ref,
            Voucher.district_id == actor.district,
            Voucher.state == "issued",
            Voucher.household_id != actor.household,
        )
    ).first()
    if voucher is None:
        raise NotFound("kin_voucher_gone", "voucher")
    if not policy_of(voucher.policy_version).may_be_named(relation).allowed:
        raise BuyerNotKin
    return voucher


def give_consent(session: Session, *, actor: Actor, consent_ref: str, seen_fen: int) -> KinConsent:
    """Consent, as the voucher's holder, to what was asked; ``seen_fen`` is the sum that the page showed.

    Raises NotFound, what ``check_giving`` does, Forbidden for a helper without the holder's code, Conflict
    when the page showed another sum, or the voucher holds less than it.
    """
    helping_acts.demand_agreed(actor=actor)
    consent = _take(session, actor, consent_ref)
    check_giving(session, actor=actor, consent=consent)
    purse = purse_of(session, consent.voucher)
    if purse is not None and purse.is_stopped:
        raise Conflict("voucher_stopped")
    if purse is None or seen_fen != consent.most_fen or purse.available_fen < consent.most_fen:
        raise Conflict("consent_sum")
    consent.state, consent.given_at, consent.given_by_id = "given", clock.now(), actor.user_id
    consent.way = "counter" if actor.visit_id else "self"
    consent.shown = {
        "schema": _SHOWN,
        "home": place_of(consent.home),
        "price_fen": consent.price_fen,
        "most_fen": consent.most_fen,
        "available_fen": purse.available_fen,
        "left_fen": purse.available_fen - consent.most_fen,
        "visit_id": actor.visit_id,
    }
    _note(session, actor, consent, "give")
    _tell(session, consent, "kin_given", consent.household_id)
    return consent


def check_giving(session: Session, *, actor: Actor, consent: KinConsent) -> None:
    """Let only the holder's own side consent, while the request waits.

    Raises Forbidden for the household that asked, Conflict when it is not waiting or over, AskedBySame for
    whoever asked for it, or belongs to those who ask or helps them, and now acts for the holder.
    """
    if consent.owner_id != actor.household:
        raise Forbidden("consent_not_yours")
    if consent.state != "asked" or clock.now() >= consent.ends_at:
        raise Conflict("consent_over")
    is_same = consent.asked_by_id is not None and consent.asked_by_id == actor.user_id
    if is_same or (
        actor.grant_id is not None
        and helping_queries.is_with(session, user_id=actor.user_id, household_id=consent.household_id)
    ):
        raise AskedBySame


def check_ending(consent: KinConsent) -> None:
    """Raise Conflict("consent_used") once a consent paid, Conflict("consent_over") when it ended already."""
    if consent.state == "used":
        raise Conflict("consent_used")
    if consent.state not in ("asked", "given"):
        raise Conflict("consent_over")


def end_consent(session: Session, *, actor: Actor, consent_ref: str) -> KinConsent:
    """Decline, or withdraw what was asked or given; either household may, until a home is locked with it.

    What the holder was asked or gave, its helper ends only with its code; a helper of those who asked takes
    the request back. Raises NotFound, Forbidden for a helper without that code, what ``check_ending`` does.
    """
    consent = _take(session, actor, consent_ref)
    check_ending(consent)
    is_owner = consent.owner_id == actor.household
    if is_owner:
        helping_acts.demand_agreed(actor=actor)
    else:
        helping_acts.note_prepared(
            session,
            actor=actor,
            what="end_kin",
            about_ref=consent.ref,
            place=place_of(consent.home),
            sum_fen=consent.most_fen,
        )
    consent.state = "declined" if is_owner and consent.state == "asked" else "withdrawn"
    _note(session, actor, consent, "end")
    _tell(session, consent, "kin_ended", consent.household_id if is_owner else consent.owner_id)
    return consent


def _take(session: Session, actor: Actor, ref: str) -> KinConsent:
    """Return a consent of the acting household with its voucher locked."""
    actor.demand(Role.HOUSEHOLD)
    locks.lock(session, Voucher, kin.voucher_behind(session, actor=actor, ref=ref))
    return kin.get_consent(session, actor=actor, ref=ref)


def _end_overdue(session: Session, wanted: KinConsent) -> None:
    """Let an earlier consent for the same, whose time is over, make room."""
    earlier = select(KinConsent).where(
        KinConsent.household_id == wanted.household_id,
        KinConsent.voucher_id == wanted.voucher_id,
        KinConsent.home_id == wanted.home_id,
        KinConsent.state.in_(["asked", "given"]),
        KinConsent.ends_at <= wanted.asked_at,
    )
    for consent in session.scalars(earlier):
        consent.state = "withdrawn"
    session.flush()


def _note(session: Session, actor: Actor, consent: KinConsent, act: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"consent.{act}",
        object_type="kin_consent",
        object_id=consent.id,
        household_id=consent.household_id,
        owner_id=consent.owner_id,
        voucher_id=consent.voucher_id,
        home_id=consent.home_id,
        most_fen=consent.most_fen,
        state=consent.state,
    )


def _tell(session: Session, consent: KinConsent, kind: str, household_id: int) -> None:
    tell(
        session,
        kind=kind,
        to=Recipient(district_id=consent.district_id, household_id=household_id),
        event=f"{kind}:{consent.id}",
        about_ref=consent.ref,
        home=place_of(consent.home),
        sum=consent.most_fen,
    )
