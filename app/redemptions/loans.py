"""Loans and money of the fund that purchases wait for: listed, and told of before their day passes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor
from app.core.apart import Due
from app.homes.models import Home
from app.ledger.models import LedgerAccount
from app.notices import words
from app.notices.service import Message, Recipient, tell_all
from app.payments.kinds import Kind, Stage
from app.payments.models import TopUp, TopUpPart
from app.payments.money import NET
from app.redemptions import snapshot
from app.redemptions.models import Redemption
from app.redemptions.rules import TOP_UP_OWNER
from app.redemptions.states import ACTIVE

Columns = TypeVarTuple("Columns")

LATE: Final = "late"
"""Said of a loan that has not arrived on its day; beside the stages a state of the list."""
REMIND_DAYS: Final = 3
"""So many days before its day a loan is told of."""
_AT_A_TIME: Final = 500
_MONEY: Final = {Kind.LOAN: "贷款", Kind.FUND: "公积金"}


@dataclass(frozen=True, slots=True)
class Loan:
    """Money that a purchase waits for, and the purchase."""

    part: TopUpPart
    redemption: Redemption
    is_late: bool


def list_loans(
    session: Session,
    *,
    actor: Actor,
    states: Collection[str] = (),
    offset: int = 0,
    limit: int | None = 20,
) -> Sequence[Loan]:
    """Return the district's loans whose top-up is not whole, in some stages or late (none: any).

    Those that are expected first stand in front, those of which nobody knows the day behind.
    """
    wanted = _of(select(TopUpPart, Redemption), actor, states).options(
        joinedload(Redemption.home).joinedload(Home.building),
        joinedload(Redemption.home).joinedload(Home.development),
        joinedload(Redemption.household),
    )
    order = (TopUpPart.expected_on.asc().nulls_last(), TopUpPart.id)
    today = clock.today()
    return [
        Loan(part, redemption, _is_late(part, today))
        for part, redemption in session.execute(wanted.order_by(*order).offset(offset).limit(limit))
    ]


def count_loans(session: Session, *, actor: Actor, states: Collection[str] = ()) -> int:
    """Return how many loans ``list_loans`` would list without a limit."""
    return session.scalars(_of(select(func.count(TopUpPart.id)), actor, states)).one()


def due_soon(session: Session) -> list[Due[int]]:
    """Return the loans that ``remind`` tells of, by the references of their purchases."""
    wanted = _due_soon(select(TopUpPart.id, TopUpPart.district_id, Redemption.ref))
    return [Due(*one) for one in session.execute(wanted.order_by(TopUpPart.id))]


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell households and sales staff of a loan some days before its day, and once that passed unpaid.

    Each is told once for a day that was told there; run again it tells nothing. ``only`` tells of one.
    """
    today = clock.today()
    due = _due_soon(select(TopUpPart, Redemption))
    if only is not None:
        due = due.where(TopUpPart.id == only)
    told = 0
    # Those told of already go on standing there, so each night asks for all of them.
    while found := session.execute(
        due.where(TopUpPart.id > told).order_by(TopUpPart.id).limit(_AT_A_TIME)
    ).all():
        tell_all(session, [message for part, bought in found for message in _messages(part, bought, today)])
        told = found[-1][0].id


def _due_soon(statement: Select[*Columns]) -> Select[*Columns]:
    return _waiting(statement).where(
        TopUpPart.stage.in_((Stage.FILED, Stage.APPROVED)),
        TopUpPart.expected_on <= clock.today() + timedelta(days=REMIND_DAYS),
    )


def _messages(part: TopUpPart, redemption: Redemption, today: date) -> list[Message]:
    if part.expected_on is None:
        return []
    how = "late" if part.expected_on < today else "soon"
    district_id = redemption.district_id
    said = {
        "home": snapshot.read(redemption.quote.snapshot).home.line,
        "what": _MONEY[Kind(part.kind)],
        "words": part.bank or "",
        "day": words.named_day(part.expected_on),
        "sum": part.amount_fen,
    }
    event = f"loan.{how}:{part.id}:{part.expected_on:%Y%m%d}"
    household = Recipient(district_id=district_id, household_id=redemption.household_id)
    sales = Recipient(district_id=district_id, organisation_id=redemption.developer_id)
    return [
        Message(kind, to, event, redemption.ref, said)
        for kind, to in ((f"loan_{how}", household), (f"developer_loan_{how}", sales))
    ]


def _is_late(part: TopUpPart, today: date) -> bool:
    waits = part.stage in (Stage.FILED, Stage.APPROVED)
    return waits and part.expected_on is not None and part.expected_on < today


def _of(statement: Select[*Columns], actor: Actor, states: Collection[str]) -> Select[*Columns]:
    late = and_(TopUpPart.stage.in_((Stage.FILED, Stage.APPROVED)), TopUpPart.expected_on < clock.today())
    wanted: list[ColumnElement[bool]] = [late if one == LATE else TopUpPart.stage == one for one in states]
    statement = _waiting(statement).where(TopUpPart.district_id == actor.district)
    return statement.where(or_(*wanted)) if wanted else statement


def _waiting(statement: Select[*Columns]) -> Select[*Columns]:
    """Limit a statement to loans of purchases under way whose top-up has not arrived whole."""
    return (
        statement.select_from(TopUpPart)
        .join(TopUp, TopUp.id == TopUpPart.top_up_id)
        .join(LedgerAccount, LedgerAccount.id == TopUp.ledger_account_id)
        .join(Redemption, func.concat(TOP_UP_OWNER, Redemption.id) == TopUp.owner)
        .where(
            TopUpPart.kind != Kind.OWN,
            TopUpPart.amount_fen > 0,
            TopUp.ended_at.is_(None),
            TopUp.amount_fen + TopUp.adjusted_fen > NET,
            Redemption.state.in_(ACTIVE),
        )
    )
