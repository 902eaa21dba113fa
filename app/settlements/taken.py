"""Who took a table for the bank, with account numbers in it: rows of the audit trail."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.core.audit import AuditRow
from app.settlements.pay_list_models import PayList
from app.settlements.payment_models import PaymentBatch

_TAKE: Final = "settlements.take_table"
_TYPES: Final[dict[type[PaymentBatch | PayList], str]] = {PaymentBatch: "payment_batch", PayList: "pay_list"}


@dataclass(frozen=True, slots=True)
class Taken:
    """That somebody took a table for the bank: how many payments, of what sum."""

    user_id: int | None
    at: datetime
    kind: str
    count: int
    sum_fen: int


def note(
    session: Session, *, actor: Actor, of: PaymentBatch | PayList, kind: str, sums_fen: Collection[int]
) -> None:
    """Put on record that somebody takes a table of these sums as a file of this kind; the caller commits.

    Whoever gives it out does so before: a table that is not on record leaves nobody's hands.
    """
    audit.record(
        session,
        actor=actor,
        action=_TAKE,
        object_type=_TYPES[type(of)],
        object_id=of.id,
        kind=kind,
        count=len(sums_fen),
        sum_fen=sum(sums_fen),
    )


def list_of(session: Session, of: PaymentBatch | PayList, *, limit: int) -> list[Taken]:
    """Return who took the table of a batch or a list, the latest first."""
    wanted = (
        select(AuditRow.user_id, AuditRow.at, AuditRow.detail)
        .where(AuditRow.action == _TAKE, AuditRow.object_type == _TYPES[type(of)])
        .where(AuditRow.object_id == of.id)
        .order_by(AuditRow.at.desc(), AuditRow.seq.desc())
        .limit(limit)
    )
    return [
        Taken(row.user_id, row.at, row.detail["kind"], row.detail["count"], row.detail["sum_fen"])
        for row in session.execute(wanted)
    ]
