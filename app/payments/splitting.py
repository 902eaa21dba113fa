"""Saying where a top-up's money comes from, and how far a loan is."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.db import refused_by
from app.core.errors import Conflict, NotFound
from app.payments import kinds, queries
from app.payments.kinds import Kind, Lender, Stage
from app.payments.models import TopUp, TopUpPart


def split(session: Session, *, actor: Actor, top_up_id: int, wanted: Mapping[Kind, int]) -> TopUp:
    """Say how much of a top-up (fen) comes from which kind of money; it may be said anew until it arrived.

    A loan whose sum changes is asked for anew. Raises Conflict when nothing is due, and what
    ``kinds.check_split`` refuses.
    """
    top_up = locks.lock(session, TopUp, top_up_id)
    if top_up.ended_at is not None or not queries.missing_of(session, top_up):
        raise Conflict("top_up_complete")
    arrived = queries.arrived_by_kind(session, top_up)
    kinds.check_split(wanted, amount_fen=top_up.wanted_fen, allowed=top_up.kinds, arrived=arrived)
    known = {part.kind: part for part in _parts(session, top_up)}
    for kind in Kind:
        amount_fen, part = wanted.get(kind, 0), known.get(kind)
        if part is None and amount_fen:
            part = TopUpPart(district_id=top_up.district_id, top_up_id=top_up.id, kind=kind, amount_fen=0)
            session.add(part)
        if part is not None and part.amount_fen != amount_fen:
            part.amount_fen, part.changed_at = amount_fen, clock.now()
            part.stage = None if kind is Kind.OWN else Stage.ASKED
            part.bank = part.expected_on = None
    session.flush()
    session.expire(top_up, ["parts"])
    _note(session, actor, "split", top_up, **{f"{kind}_fen": wanted.get(kind, 0) for kind in Kind})
    return top_up


def advance(
    session: Session,
    *,
    actor: Actor,
    top_up_id: int,
    kind: Kind,
    stage: Stage,
    lender: Lender | None = None,
) -> TopUpPart:
    """Note how far a loan, or money of the fund, is; with the papers handed in, who lends and the day.

    Raises NotFound without one, Conflict out of order, and what ``kinds.check_lender`` refuses.
    """
    top_up = locks.lock(session, TopUp, top_up_id)
    part = next((one for one in _parts(session, top_up) if one.kind == kind and one.amount_fen), None)
    if part is None or part.stage is None:
        raise NotFound("loan_gone")
    if top_up.ended_at is not None:
        raise Conflict("top_up_complete")
    kinds.check_step(Stage(part.stage), stage)
    if stage is Stage.FILED:
        told = kinds.check_lender(lender, today=clock.today())
        part.bank, part.expected_on = told.bank, told.expected_on
    with refused_by("top_up_part_steps", Conflict("loan_stage_over")):
        part.stage, part.changed_at = stage, clock.now()
        session.flush()
    _note(session, actor, "advance", top_up, kind=kind, stage=stage)
    return part


def _parts(session: Session, top_up: TopUp) -> list[TopUpPart]:
    wanted = select(TopUpPart).where(TopUpPart.top_up_id == top_up.id)
    return list(session.scalars(wanted, execution_options={"populate_existing": True}))


def _note(session: Session, actor: Actor, verb: str, top_up: TopUp, **detail: int | str) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"payments.{verb}",
        object_type="top_up",
        object_id=top_up.id,
        **detail,
    )
