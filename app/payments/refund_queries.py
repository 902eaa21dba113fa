"""Reading refunds, and what is to be given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Select, String, and_, bindparam, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.prepared import Prepared
from app.identity import queries as identity
from app.ledger.bank_models import BankPayment
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.payments.account_models import SupervisedAccount
from app.payments.models import LineMatch, StatementLine, TopUp
from app.payments.money import NET
from app.payments.refund_models import Refund


@dataclass(frozen=True, slots=True)
class Due:
    """A top-up with money that is to be given back and that no refund covers yet, in fen."""

    top_up: TopUp
    surplus_fen: int


def list_due(session: Session, *, actor: Actor, limit: int = 50) -> list[Due]:
    """Return what is to be given back in the actor's district, the oldest first."""
    due = case((TopUp.ended_at.is_not(None), 0), else_=TopUp.amount_fen + TopUp.adjusted_fen)
    wanted = (
        select(TopUp, NET - due)
        .join(LedgerAccount, LedgerAccount.id == TopUp.ledger_account_id)
        .where(TopUp.district_id == actor.district, due < NET)
    )
    return [Due(one, int(fen)) for one, fen in session.execute(wanted.order_by(TopUp.id).limit(limit))]


def list_district(
    session: Session, *, actor: Actor, state: str | None = None, limit: int = 20, offset: int = 0
) -> Sequence[Refund]:
    """Return the refunds of the actor's district, all or those in one state, the newest first."""
    wanted = select(Refund).where(Refund.district_id == actor.district).options(joinedload(Refund.top_up))
    if state:
        wanted = wanted.where(Refund.state == state)
    return session.scalars(wanted.order_by(Refund.id.desc()).limit(limit).offset(offset)).all()


def count_district(session: Session, *, actor: Actor, state: str | None = None) -> int:
    """Return how many refunds ``list_district`` would list without a limit."""
    wanted = select(func.count(Refund.id)).where(Refund.district_id == actor.district)
    return session.scalars(wanted.where(Refund.state == state) if state else wanted).one()


def list_refunds(session: Session, *, top_up: TopUp) -> Sequence[Refund]:
    """Return the refunds of one top-up, the oldest first."""
    wanted = select(Refund).where(Refund.top_up_id == top_up.id)
    return session.scalars(wanted.order_by(Refund.id)).all()


def get_refund(session: Session, *, actor: Actor, ref: str) -> Refund:
    """Return a refund of the actor's district. Raises NotFound."""
    wanted = select(Refund).where(Refund.ref == ref, Refund.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("refund_gone")
    return found


def get_top_up(session: Session, *, actor: Actor, ref: str) -> TopUp:
    """Return a top-up of the actor's district. Raises NotFound."""
    wanted = select(TopUp).where(TopUp.ref == ref, TopUp.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("top_up_gone")
    return found


def list_refundable(session: Session, *, top_up: TopUp) -> Sequence[LineMatch]:
    """Return the matched lines of which something is left to give back, the newest first."""
    wanted = select(LineMatch).where(
        LineMatch.top_up_id == top_up.id,
        LineMatch.taken_back_at.is_(None),
        LineMatch.amount_fen > LineMatch.refunded_fen,
    )
    return session.scalars(wanted.options(joinedload(LineMatch.line)).order_by(LineMatch.id.desc())).all()


def came_back(session: Session, *, match: LineMatch) -> bool:
    """Tell whether the bank sent a refund of a line back."""
    wanted = select(Refund.id).where(Refund.match_id == match.id, Refund.state == "returned")
    return session.scalars(wanted.limit(1)).first() is not None


def is_return(session: Session, *, line: StatementLine) -> bool:
    """Tell whether a line is a payment of ours that the bank sent back."""
    return _IS_RETURN.first(session, line_id=line.id) is not None


def list_returns(session: Session, *, payment: BankPayment) -> Sequence[StatementLine]:
    """Return the lines that count by which the bank sent a payment back, the oldest first."""
    wanted = _sent_back().where(BankPayment.id == payment.id, StatementLine.statement_state == "confirmed")
    return session.scalars(wanted.order_by(StatementLine.id)).all()


def _sent_back() -> Select[StatementLine]:
    """Select lines that are returns: banks number their lines alike, so a serial alone says nothing.

    Day or sum is the return's, too: an officer may mistype the day, a bank keep a fee. A refund comes back to
    its own development; what was paid out of the district's account to none.
    """
    elsewhere = and_(
        StatementLine.account_id.is_not(None),
        SupervisedAccount.development_id.is_distinct_from(TopUp.development_id),
    )
    return (
        select(StatementLine)
        .join(
            BankPayment,
            and_(
                BankPayment.district_id == StatementLine.district_id,
                BankPayment.returned_reference == StatementLine.serial,
            ),
        )
        .join(LedgerTransfer, LedgerTransfer.id == BankPayment.transfer_id)
        .outerjoin(Refund, BankPayment.owner == literal("refund:") + cast(Refund.id, String))
        .outerjoin(TopUp, TopUp.id == Refund.top_up_id)
        .outerjoin(SupervisedAccount, SupervisedAccount.id == StatementLine.account_id)
        .where(
            ~elsewhere,
            or_(
                StatementLine.received_on == BankPayment.returned_on,
                StatementLine.amount_fen == LedgerTransfer.amount_fen,
            ),
        )
    )


_IS_RETURN: Final = Prepared(
    _sent_back().where(StatementLine.id == bindparam("line_id")).with_only_columns(StatementLine.id)
)


def names_of(session: Session, refund: Refund) -> dict[int | None, str]:
    """Return the names of everybody who did something to a refund, by id."""
    people = (refund.prepared_by_id, refund.approved_by_id, refund.paid_by_id, refund.rejected_by_id)
    return identity.names_of(session, people)
