"""What a household and the authority do to the top-up of a purchase, as far as the purchase must allow it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.payments import cards, matching, splitting
from app.payments import queries as payments
from app.payments.card_models import CardPayment
from app.payments.kinds import Kind, Lender, Stage
from app.payments.models import LineMatch, TopUp, TopUpPart
from app.redemptions import queries, snapshot, states
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Redemption, RedemptionMove
from app.redemptions.rules import redemption_of, top_up_owner
from app.redemptions.service import record
from app.redemptions.states import Action, State
from app.vouchers.queries import purses_by_id


def split_top_up(session: Session, *, actor: Actor, redemption_ref: str, wanted: Mapping[Kind, int]) -> TopUp:
    """Say where the acting household's own money (fen, by kind) comes from.

    Raises Forbidden for anybody else, NotFound, NotBuyer for one whose voucher only helps, else what
    ``splitting.split`` refuses.
    """
    actor.demand(Role.HOUSEHOLD)
    return splitting.split(
        session, actor=actor, top_up_id=_top_up(session, actor, redemption_ref).id, wanted=wanted
    )


def advance_loan(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    kind: Kind,
    stage: Stage,
    lender: Lender | None = None,
) -> TopUpPart:
    """Note how far a loan, or money of the fund, is: as the household, or as an officer who was told.

    Once the papers are handed in, with the bank and the day (``lender``), a home that is still locked stays
    so for as long as the policy gives a loan, never shorter than before; once a purchase. Raises Forbidden,
    NotFound, NotBuyer, Conflict for a stage that does not follow, and what ``splitting.advance`` refuses.
    """
    if actor.role not in {Role.HOUSEHOLD, Role.OFFICER}:
        raise Forbidden("wrong_role")
    top_up = _top_up(session, actor, redemption_ref)
    _, redemption = record.take(session, actor, redemption_ref)
    part = splitting.advance(session, actor=actor, top_up_id=top_up.id, kind=kind, stage=stage, lender=lender)
    if stage is Stage.FILED:
        _extend_for_loan(session, actor, redemption, part)
    return part


def loan_until(session: Session, redemption: Redemption) -> datetime | None:
    """Return until when the policy keeps a home locked whose loan is asked for now; None for no longer."""
    moment = clock.now()
    if redemption.state != State.LOCKED or queries.is_over(redemption, moment):
        return None
    extended = (
        RedemptionMove.redemption_id == redemption.id,
        RedemptionMove.action == Action.EXTEND_FOR_LOAN,
    )
    if session.scalars(select(RedemptionMove.id).where(*extended)).first() is not None:
        return None
    frozen = snapshot.read(redemption.quote.snapshot)
    paying = purses_by_id(session, [part.voucher_id for part in frozen.used_parts])
    locked_at = redemption.locked_at
    ends = [purse.loan_until(moment, frozen.home.kind, locked_at=locked_at) for purse in paying]
    known = [one for one in ends if one is not None]
    until = min(known) if known and len(known) == len(ends) else None
    return until if until is not None and until > redemption.deadline_at else None


def _extend_for_loan(session: Session, actor: Actor, redemption: Redemption, part: TopUpPart) -> None:
    until = loan_until(session, redemption)
    if until is None:
        return
    states.after(actor.role, State(redemption.state), Action.EXTEND_FOR_LOAN)
    redemption.deadline_at = until
    record.note(session, actor, redemption, Action.EXTEND_FOR_LOAN, before=State.LOCKED, reason=part.bank)


def take_back_match(session: Session, *, actor: Actor, line_ref: str, reason: str) -> LineMatch:
    """Take a wrong match back while its purchase is not written off.

    Raises Conflict once it is, else what ``matching.take_back`` raises. The purchase is locked before its
    top-up, as for the write-off: one of the two comes first. Which purchase that is, is known before the
    lock: where the line went to another one meanwhile, nothing is taken back.
    """
    line = payments.get_line(session, actor=actor, ref=line_ref)
    match = payments.find_match(session, line=line)
    if match is not None:
        redemption = locks.lock(session, Redemption, redemption_of(match.top_up.owner))
        if redemption.state == State.REDEEMED:
            raise Conflict("redemption_redeemed")
    match_id = match.id if match else None
    return matching.take_back(session, actor=actor, line_ref=line_ref, match_id=match_id, reason=reason)


def begin_card_payment(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    amount_fen: int,
    title: str,
    success_url: str,
    cancel_url: str,
) -> CardPayment:
    """Begin to pay a part (fen) of the acting household's top-up online.

    Raises Forbidden for anybody else, NotFound, NotBuyer, else what ``cards.begin`` refuses.
    """
    actor.demand(Role.HOUSEHOLD)
    return cards.begin(
        session,
        actor=actor,
        top_up_id=_top_up(session, actor, redemption_ref).id,
        amount_fen=amount_fen,
        title=title,
        success_url=success_url,
        cancel_url=cancel_url,
    )


def get_card_payment(session: Session, *, actor: Actor, redemption_ref: str) -> CardPayment:
    """Return the part that the acting household may be paying online at this moment.

    Raises NotFound, also where none is under way, and NotBuyer.
    """
    payment = cards.find_under_way(session, top_up=_top_up(session, actor, redemption_ref))
    if payment is None:
        raise NotFound("card_gone")
    return payment


def _top_up(session: Session, actor: Actor, redemption_ref: str) -> TopUp:
    found = queries.get_redemption(session, actor=actor, ref=redemption_ref)
    if actor.role is Role.HOUSEHOLD and found.household_id != actor.household:
        raise NotBuyer
    owner = top_up_owner(found.id)
    top_up = payments.find_top_up(session, district_id=found.district_id, owner=owner)
    if top_up is None:
        raise NotFound("top_up_gone")
    return top_up
