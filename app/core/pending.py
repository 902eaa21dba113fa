"""What a transaction writes at its very end, all of a kind together: jobs, then the audit trail.

It is noted as the transaction goes on; whatever is rolled back takes its notes with it, a savepoint only
those made since it began.
"""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction


def note(session: Session, kind: str, item: Any) -> None:
    """Keep an item of a kind until the transaction commits."""
    session.info.setdefault("pending", {}).setdefault(kind, []).append(item)


def is_noted(session: Session, kind: str) -> bool:
    """Tell whether anything of a kind waits for the transaction to commit."""
    return bool(session.info.get("pending", {}).get(kind))


def take(session: Session, kind: str) -> list[Any]:
    """Return what is to be written of a kind before this commits, in order; none when a savepoint ends."""
    if session.in_nested_transaction():
        return []
    noted: list[Any] = session.info.get("pending", {}).pop(kind, [])
    return noted


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        counts = {kind: len(items) for kind, items in session.info.get("pending", {}).items()}
        session.info.setdefault("pending_marks", {})[transaction] = counts


@event.listens_for(Session, "after_soft_rollback")
def _discard(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is not None and not transaction.nested:
        return  # a flush that failed: its savepoint, or the whole, is undone next
    before: dict[str, int] = session.info.get("pending_marks", {}).pop(transaction, {})
    for kind, items in session.info.get("pending", {}).items():
        del items[before.get(kind, 0) :]


@event.listens_for(Session, "after_transaction_end")
def _unmark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("pending_marks", None)
