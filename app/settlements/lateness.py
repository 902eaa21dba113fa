"""How late a district paid a developer, and is late today: counts and days, no sums."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.settlements.money_models import SettlementClaim, SettlementLine
from app.settlements.payment_models import SettlementPayment
from app.settlements.rules import LineKind
from app.settlements.shares import Scope, list_shares


@dataclass(frozen=True, slots=True)
class Lateness:
    """How a district's payments to a developer stand on a day; days are of the longest delay.

    What the developer claims only after the last day cannot be paid in time: such parts are counted apart.
    """

    day: date
    paid: int
    """How many parts were paid, in time or late."""
    paid_late: int
    paid_days: int
    claimed_late: int
    """How many of those paid late were claimed only after their last day."""
    overdue: int
    overdue_days: int
    unclaimed: int
    """How many of those overdue no claim is under way for."""


def lateness_of(session: Session, *, district_id: int, developer_id: int) -> Lateness:
    """Return how late the district was and is with what it owes the developer; interest does not count."""
    today = clock.today()
    shares = list_shares(session, Scope(district_id, developer_id=developer_id), today=today)
    overdue = [
        ((today - part.due_on).days, part.is_open)
        for share in shares
        for part in share.parts
        if part.outstanding_fen > 0 and part.due_on is not None and part.due_on < today
    ]
    paid = session.execute(
        select(SettlementLine.due_on, SettlementPayment.paid_on, SettlementClaim.submitted_at)
        .join(SettlementClaim, SettlementClaim.id == SettlementLine.claim_id)
        .join(SettlementPayment, SettlementPayment.claim_id == SettlementClaim.id)
        .where(
            SettlementClaim.district_id == district_id,
            SettlementClaim.developer_id == developer_id,
            SettlementPayment.state == "paid",
            SettlementLine.stands,
            SettlementLine.kind == LineKind.TRANCHE,
            SettlementLine.amount_fen > 0,
        )
    ).all()
    late = [
        ((paid_on - due_on).days, clock.legal_day(submitted_at) > due_on)
        for due_on, paid_on, submitted_at in paid
        if paid_on is not None and paid_on > due_on
    ]
    return Lateness(
        day=today,
        paid=len(paid),
        paid_late=len(late),
        paid_days=max((days for days, _claimed in late), default=0),
        claimed_late=sum(claimed for _days, claimed in late),
        overdue=len(overdue),
        overdue_days=max((days for days, _open in overdue), default=0),
        unclaimed=sum(not is_open for _days, is_open in overdue),
    )
