"""The only writer of top-ups and statement lines."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import new_ref
from app.payments import account_queries, queries, reader
from app.payments.models import StatementLine, TopUp


@dataclass(frozen=True, slots=True)
class Imported:
    """What a statement brought: new lines, and those whose bank serial was known already."""

    fresh: int
    known: int


def expect(
    session: Session, *, district_id: int, owner: str, payer_name: str, development_id: int, amount_fen: int
) -> TopUp:
    """Expect a sum (fen) for an owner in a development's account; its reference is what the payer writes."""
    account = account_queries.find_current(session, development_id=development_id)
    top_up = TopUp(
        district_id=district_id,
        ref=new_ref("ZF"),
        owner=owner,
        payer_name=payer_name,
        development_id=development_id,
        account_id=account.id if account else None,
        amount_fen=amount_fen,
        made_at=clock.now(),
    )
    session.add(top_up)
    session.flush()
    return top_up


def import_statement(session: Session, *, actor: Actor, content: bytes) -> Imported:
    """Take in the sums that a bank's statement shows; a serial that is known is not taken twice.

    Raises Forbidden for anybody but an officer, StatementInvalid with the line that does not fit.
    """
    _demand_officer(actor)
    received = reader.read(content)
    digest, moment = hashlib.sha256(content).hexdigest(), clock.now()
    rows = [
        {
            "district_id": actor.district,
            "ref": new_ref("LS"),
            "serial": one.serial,
            "received_on": one.received_on,
            "amount_fen": one.amount_fen,
            "payer_name": one.payer_name,
            "memo": one.memo,
            "file_sha256": digest,
            "imported_at": moment,
        }
        for one in received
    ]
    taken = insert(StatementLine).on_conflict_do_nothing(index_elements=["district_id", "serial"])
    fresh = len(session.execute(taken.returning(StatementLine.id), rows).all())
    audit.record(
        session,
        actor=actor,
        action="payments.import_statement",
        object_type="statement",
        object_id=None,
        lines=fresh,
        known=len(rows) - fresh,
        sha256=digest,
    )
    return Imported(fresh, len(rows) - fresh)


def confirm(session: Session, *, actor: Actor, line_ref: str, top_up_ref: str) -> StatementLine:
    """Say that a received sum is this top-up's, for good.

    Raises Forbidden for anybody but an officer, NotFound, Conflict when the line was matched already
    or brings more than is missing.
    """
    _demand_officer(actor)
    line = queries.get_line(session, actor=actor, ref=line_ref)
    wanted = select(TopUp.id).where(TopUp.ref == top_up_ref, TopUp.district_id == actor.district)
    top_up_id = session.scalars(wanted).first()
    if top_up_id is None:
        raise NotFound("top_up_gone", "top_up")
    top_up = locks.lock(session, TopUp, top_up_id)
    if line.amount_fen > top_up.amount_fen - queries.arrived_fen(session, top_up):
        raise Conflict("top_up_too_much", "top_up")
    matched = session.execute(
        update(StatementLine)
        .where(StatementLine.id == line.id, StatementLine.top_up_id.is_(None))
        .values(top_up_id=top_up.id, matched_by_id=actor.user_id, matched_at=clock.now())
        .returning(StatementLine.id)
    ).first()
    if matched is None:
        raise Conflict("statement_line_matched")
    audit.record(
        session,
        actor=actor,
        action="payments.confirm",
        object_type="top_up",
        object_id=top_up.id,
        line_id=line.id,
        amount_fen=line.amount_fen,
    )
    return line


def _demand_officer(actor: Actor) -> None:
    if actor.role != Role.OFFICER:
        raise Forbidden("wrong_role")
