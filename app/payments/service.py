"""The only writer of what is expected.

Statements come in by ``statements``; matching their lines is ``matching``, saying where the money comes from
``splitting``, giving it back ``refunds``.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.ids import new_ref
from app.payments import account_queries, money, queries
from app.payments.models import TopUp


def expect(
    session: Session,
    *,
    district_id: int,
    owner: str,
    payer_name: str,
    development_id: int,
    amount_fen: int,
    kinds: Collection[str],
) -> TopUp:
    """Expect a sum (fen) for an owner in a development's account; its reference is what the payer writes.

    ``kinds`` are where the money may come from.
    """
    account = account_queries.find_current(session, development_id=development_id)
    top_up = TopUp(
        district_id=district_id,
        ref=new_ref("ZF"),
        owner=owner,
        payer_name=payer_name,
        development_id=development_id,
        account_id=account.id if account else None,
        ledger_account_id=money.open_account(session, district_id=district_id, owner=owner),
        amount_fen=amount_fen,
        kinds=sorted(kinds),
        made_at=clock.now(),
    )
    session.add(top_up)
    session.flush()
    return top_up


def end(session: Session, *, district_id: int, owner: str) -> None:
    """Say that nothing is due for an owner any more: what arrived is to be given back.

    One conditional UPDATE, for it comes when ledger accounts are locked already. Whoever holds the row waits
    for nothing but the top-up's own ledger account, which nobody else locks, so it cannot dead-lock.
    """
    own = (TopUp.district_id == district_id, TopUp.owner == owner)
    session.execute(update(TopUp).where(*own, TopUp.ended_at.is_(None)).values(ended_at=clock.now()))


def adjust(session: Session, *, district_id: int, owner: str, by_fen: int) -> TopUp | None:
    """Expect more of an owner, or less (fen below zero); what arrived above it is to be given back.

    Returns the top-up as it is then, locked until this commits; None where nothing was expected of it.
    """
    found = queries.find_top_up(session, district_id=district_id, owner=owner)
    if found is None:
        return None
    top_up = locks.lock(session, TopUp, found.id)
    top_up.adjusted_fen += by_fen
    session.flush()
    return top_up


def lock_missing(session: Session, *, district_id: int, owner: str) -> int:
    """Return what has not arrived for an owner, in fen, and keep it so until this commits."""
    found = _EXPECTED.lock(session, district_id=district_id, owner=owner)
    return queries.missing_of(session, found[0]) if found else 0


_EXPECTED: Final = locks.Leading(TopUp, queries.EXPECTED)
