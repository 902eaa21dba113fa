"""Saying whose a received sum is, taking that back, and setting aside what is none of ours."""

from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.prepared import Insert, Prepared
from app.ledger.bank_models import BankPayment
from app.payments import kinds, money, queries, refund_queries
from app.payments.models import LineAside, LineMatch, StatementLine, TopUp
from app.payments.money import Code


def confirm(
    session: Session,
    *,
    actor: Actor,
    line_ref: str,
    top_up_ref: str,
    kind: str = kinds.Kind.OWN,
    over: bool = False,
) -> LineMatch:
    """Say that a received sum is this top-up's, and of which kind of money.

    ``over``: more than is missing may come in; the rest is to be given back. Raises Forbidden for anybody
    but an officer, NotFound, DomainError at ``kind`` for one that is not allowed, Conflict when the line is
    not open, came into another development's account, is a payment of ours that the bank sent back, or brings
    more than is missing.
    """
    actor.demand(Role.OFFICER)
    line = queries.get_line(session, actor=actor, ref=line_ref)
    if refund_queries.is_return(session, line=line):
        raise Conflict("statement_line_is_return", "top_up")
    top_up = _lock_top_up(session, actor, top_up_ref)
    kinds.demand_allowed(kind, top_up.kinds)
    _demand_fits(session, line, top_up, over=over)
    _move(session, line, "open", "matched", "statement_line_matched")
    # A line matched again after a match was taken back is another movement.
    ((times,),) = _TIMES.rows(session, line_id=line.id)
    match = _MATCHES.made(
        session,
        district_id=actor.district,
        line_id=line.id,
        top_up_id=top_up.id,
        kind=str(kind),
        amount_fen=line.amount_fen,
        refunded_fen=0,
        matched_by_id=actor.user_id,
        matched_at=clock.now(),
        transfer_id=money.enter(
            session, top_up, Code.RECEIVE, amount_fen=line.amount_fen, key=f"{line.id}:{times}"
        ),
    )
    _note(session, actor, "confirm", match, line_id=line.id, amount_fen=line.amount_fen)
    return match


_TIMES: Final = Prepared(select(func.count(LineMatch.id)).where(LineMatch.line_id == bindparam("line_id")))
_MATCHES: Final = Insert(
    LineMatch,
    (
        *("district_id", "line_id", "top_up_id", "kind", "amount_fen"),
        *("refunded_fen", "matched_by_id", "matched_at", "transfer_id"),
    ),
)


def _demand_fits(session: Session, line: StatementLine, top_up: TopUp, *, over: bool) -> None:
    """Refuse a line that came into another development's account, or brings more than is missing."""
    if line.account and line.account.development_id != top_up.development_id:
        raise Conflict("top_up_other_account", "top_up")
    over_fen = line.amount_fen - queries.missing_of(session, top_up)
    if over_fen > 0 and not over:
        raise Conflict("top_up_too_much", "over", over_fen=over_fen)


def take_back(
    session: Session, *, actor: Actor, line_ref: str, match_id: int | None, reason: str
) -> LineMatch:
    """Take a wrong match back, as a second person; the caller has seen to it that nothing stands on it.

    ``match_id`` is the match that the caller looked at: the line may be another top-up's by now. Raises
    Forbidden for whoever matched it or is neither officer nor checker, NotFound, Conflict when the line is
    not matched, or by another match, or money of it is given back, DomainError at ``reason`` without one.
    """
    actor.demand(Role.OFFICER, Role.CHECKER)
    line = queries.get_line(session, actor=actor, ref=line_ref)
    reason = stated(reason)
    found = queries.find_match(session, line=line)
    if found is None or found.id != match_id:
        raise Conflict("statement_line_open")
    if found.matched_by_id == actor.user_id:
        raise Forbidden("match_same_person")
    top_up = locks.lock(session, TopUp, found.top_up_id)
    session.refresh(found)
    if found.taken_back_at is not None:  # while this waited; the line may stand matched anew
        raise Conflict("statement_line_open")
    if found.refunded_fen:
        raise Conflict("match_refunded")
    _move(session, line, "matched", "open", "statement_line_open")
    transfer_id = money.leave(session, top_up, Code.TAKE_BACK, amount_fen=found.amount_fen, key=str(found.id))
    found.taken_back_by_id, found.taken_back_at = actor.user_id, clock.now()
    found.reason, found.back_transfer_id = reason, transfer_id
    session.flush()
    _note(session, actor, "take_back", found, line_id=line.id, amount_fen=found.amount_fen)
    return found


def set_aside(session: Session, *, actor: Actor, line_ref: str, reason: str) -> LineAside:
    """Say that a received sum is none of ours. Raises as ``confirm``, and without a reason."""
    actor.demand(Role.OFFICER)
    line = queries.get_line(session, actor=actor, ref=line_ref)
    reason = stated(reason)
    _move(session, line, "open", "aside", "statement_line_matched")
    aside = LineAside(
        district_id=actor.district,
        line_id=line.id,
        by_id=actor.user_id,
        at=clock.now(),
        reason=reason,
    )
    session.add(aside)
    session.flush()
    _record(session, actor, "set_aside", line)
    return aside


def set_return_aside(session: Session, *, actor: Actor, payment: BankPayment, refund_ref: str) -> None:
    """Set aside the lines by which the bank sent a refund back. Raises DomainError for a matched one."""
    for line in refund_queries.list_returns(session, payment=payment):
        if line.state == "matched":
            raise DomainError("return_is_matched", "reference")
        if line.state == "open":
            set_aside(session, actor=actor, line_ref=line.ref, reason=f"退款 {refund_ref} 被银行退了回来")


def bring_back(session: Session, *, actor: Actor, line_ref: str) -> None:
    """Bring a line that was set aside back among the open ones. Raises Forbidden, NotFound, Conflict."""
    actor.demand(Role.OFFICER)
    line = queries.get_line(session, actor=actor, ref=line_ref)
    _move(session, line, "aside", "open", "statement_line_open")
    back = {"back_by_id": actor.user_id, "back_at": clock.now()}
    standing = (LineAside.line_id == line.id, LineAside.back_at.is_(None))
    session.execute(update(LineAside).where(*standing).values(back))
    _record(session, actor, "bring_back", line)


def _lock_top_up(session: Session, actor: Actor, ref: str) -> TopUp:
    found = _TOP_UP.lock(session, ref=ref, district_id=actor.district)
    if found is None:
        raise NotFound("top_up_gone", "top_up")
    return found[0]


_TOP_UP: Final = locks.Leading(
    TopUp, select(TopUp).where(TopUp.ref == bindparam("ref"), TopUp.district_id == bindparam("district_id"))
)


def _move(session: Session, line: StatementLine, before: str, after: str, refusal: str) -> None:
    """Change a line's state by a statement that is lock and check in one. Raises Conflict."""
    if _MOVED.first(session, line_id=line.id, before=before, after=after) is None:
        raise Conflict(refusal)
    set_committed_value(line, "state", after)


_MOVED: Final = Prepared(
    update(StatementLine)
    .where(
        StatementLine.id == bindparam("line_id"),
        StatementLine.state == bindparam("before"),
        queries.COUNTS,
    )
    .values(state=bindparam("after"))
    .returning(StatementLine.id)
)


def _note(session: Session, actor: Actor, verb: str, match: LineMatch, **detail: int) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"payments.{verb}",
        object_type="top_up",
        object_id=match.top_up_id,
        **detail,
    )


def _record(session: Session, actor: Actor, verb: str, line: StatementLine) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"payments.{verb}",
        object_type="statement_line",
        object_id=line.id,
        amount_fen=line.amount_fen,
    )
