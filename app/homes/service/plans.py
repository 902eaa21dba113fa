"""Writing plans: a price that begins at a later moment, cancelled before it, its refusal read."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.homes import rules
from app.homes.ahead import expected
from app.homes.models import Development, Home
from app.homes.pricing_models import PlannedPrice
from app.homes.rules import PriceKind
from app.homes.service.due import settle
from app.homes.service.own import lock_own, refuse_sold


def plan_price(
    session: Session,
    *,
    actor: Actor,
    home_id: int,
    kind: PriceKind,
    amount_fen: int,
    effective_at: datetime,
    reason: str,
    seen_version: int | None = None,
) -> PlannedPrice:
    """Plan a cash or voucher price that begins at a later moment.

    Judged now by the prices and promotions that will hold then, as far as they are known, and again at its
    start. Raises NotFound, HomeChanged, Conflict when the home is sold; DomainError at ``kind`` for a filed
    price, which only a filing changes, at ``effective_on`` for a moment that is not to come or is taken, at
    ``reason``, when nothing would change, and the refusals of ``rules.check_change``.
    """
    if kind == "filed":
        raise DomainError("plan_not_for_filed", "kind")
    if not reason.strip():
        raise DomainError("price_reason_missing", "reason")
    home = lock_own(session, actor, home_id, seen_version)
    refuse_sold(home)
    moment = clock.now()
    settle(session, [home], moment)
    if effective_at <= moment:
        raise DomainError("plan_not_ahead", "effective_on")
    amounts = expected(session, [home.id], effective_at)[home.id]
    if amounts.of(kind) == amount_fen:
        raise DomainError("price_unchanged", f"{kind}_price")
    rules.check_change(kind, amount_fen, amounts)
    plan = PlannedPrice(
        ref=new_ref("JH"),
        home_id=home.id,
        kind=kind,
        amount_fen=amount_fen,
        effective_at=effective_at,
        reason=reason.strip(),
        author_id=actor.user_id,
        planned_at=moment,
        state="waiting",
    )
    try:
        with session.begin_nested():
            session.add(plan)
    except IntegrityError as error:
        raise DomainError("plan_moment_taken", "effective_on") from error
    _note(session, actor, plan, "plan_price")
    return plan


def cancel_plan(session: Session, *, actor: Actor, plan_ref: str) -> PlannedPrice:
    """Cancel a planned price before it starts.

    Raises NotFound for somebody else's, Conflict once it started, was refused or cancelled.
    """
    plan = _take(session, actor, plan_ref)
    if plan.state != "waiting" or plan.effective_at <= clock.now():
        raise Conflict("plan_started")
    plan.state, plan.decided_at = "cancelled", clock.now()
    _note(session, actor, plan, "cancel_plan")
    return plan


def note_refusal(session: Session, *, actor: Actor, plan_ref: str) -> PlannedPrice:
    """Note that the developer read why a plan was refused; it leaves the desk. Raises NotFound, Conflict."""
    plan = _take(session, actor, plan_ref)
    if plan.state != "refused":
        raise Conflict("plan_not_refused")
    plan.read_at = clock.now()
    _note(session, actor, plan, "read_refusal")
    return plan


def _take(session: Session, actor: Actor, plan_ref: str) -> PlannedPrice:
    """Return a plan of the actor's company, with its home, both locked."""
    own = (
        select(PlannedPrice.id, PlannedPrice.home_id)
        .join(Home, Home.id == PlannedPrice.home_id)
        .join(Development, Development.id == Home.development_id)
        .where(PlannedPrice.ref == plan_ref, Development.developer_id == actor.organisation)
    )
    found = session.execute(own).first()
    if found is None:
        raise NotFound("plan_gone")
    locks.lock(session, Home, found.home_id)
    return locks.lock(session, PlannedPrice, found.id)


def _note(session: Session, actor: Actor, plan: PlannedPrice, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"homes.{verb}",
        object_type="planned_price",
        object_id=plan.id,
        home_id=plan.home_id,
        kind=plan.kind,
        amount_fen=plan.amount_fen,
    )
