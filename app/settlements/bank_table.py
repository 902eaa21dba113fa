"""What the bank is asked to pay of a batch: what waits for its answer, and nothing that was overtaken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.audit import AuditRow
from app.core.errors import Conflict
from app.settlements import batch_queries
from app.settlements import claim_queries as claims
from app.settlements.claims import changed_lines
from app.settlements.payment_models import PaymentBatch, SettlementPayment


def outdated(session: Session, payments: Iterable[SettlementPayment]) -> dict[int, str]:
    """Return the payments, by id, that the bank has not answered and is not to be asked for, and why not.

    ``overtaken``: a correction changed what is owed since; ``account``: the payee has another account by now.
    What the bank paid all the same is noted like any payment.
    """
    waiting = [one for one in payments if one.state == "sent"]
    if not waiting:
        return {}
    lines = claims.lines_of(session, [one.claim_id for one in waiting])
    changed = {
        line.claim_id for line in changed_lines(session, district_id=waiting[0].district_id, lines=lines)
    }
    found = {one.id: "overtaken" for one in waiting if one.claim_id in changed}
    accounts = claims.accounts_of(session, [one.claim for one in waiting])
    for one in waiting:
        if accounts[one.claim_id] != claims.Account(one.holder_name, one.bank, one.number):
            found.setdefault(one.id, "account")
    return found


def for_bank(session: Session, batch: PaymentBatch) -> list[SettlementPayment]:
    """Return the payments that the bank is to be asked for; what it answered is not asked for again.

    Raises Conflict for a batch that nobody released, and when nothing is left to ask for.
    """
    if batch.state != "released":
        raise Conflict("batch_not_released")
    payments = batch_queries.payments_of(session, batch)
    left_out = outdated(session, payments)
    found = [one for one in payments if one.state == "sent" and one.id not in left_out]
    if not found:
        raise Conflict("batch_nothing_left")
    return found


_TAKE: Final = "settlements.take_table"


@dataclass(frozen=True, slots=True)
class Taken:
    """That somebody took a table for the bank, with account numbers in it: how many payments, of what sum."""

    user_id: int | None
    at: datetime
    kind: str
    count: int
    sum_fen: int


def note_taken(
    session: Session, *, actor: Actor, batch_id: int, kind: str, payments: Sequence[SettlementPayment]
) -> None:
    """Put on record that somebody takes a batch's table as a file of this kind; the caller commits.

    Whoever gives it out does so before: a table that is not on record leaves nobody's hands.
    """
    audit.record(
        session,
        actor=actor,
        action=_TAKE,
        object_type="payment_batch",
        object_id=batch_id,
        kind=kind,
        count=len(payments),
        sum_fen=sum(one.amount_fen for one in payments),
    )


def list_taken(session: Session, batch: PaymentBatch, *, limit: int) -> list[Taken]:
    """Return who took the table of a batch, the latest first."""
    wanted = (
        select(AuditRow.user_id, AuditRow.at, AuditRow.detail)
        .where(AuditRow.action == _TAKE, AuditRow.object_id == batch.id)
        .order_by(AuditRow.at.desc(), AuditRow.seq.desc())
        .limit(limit)
    )
    return [
        Taken(row.user_id, row.at, row.detail["kind"], row.detail["count"], row.detail["sum_fen"])
        for row in session.execute(wanted)
    ]
