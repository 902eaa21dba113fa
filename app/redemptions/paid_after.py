"""Bonus in cash that waits for the certificate: owed with the write-off, payable once it is there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import Actor
from app.policies.paid_after import PAID_AFTER
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import State
from app.redemptions.cash_telling import tell_step
from app.redemptions.models import Allocation, Redemption


def waiting_of(frozen: Mapping[str, Any]) -> set[int]:
    """Return the vouchers of a purchase whose bonus in cash waits, by its quote as it is stored."""
    return {
        part["voucher_id"]
        for part in frozen["parts"]
        for one in part.get("each", ())
        for rule in one["rules"]
        if rule["code"] == PAID_AFTER
    }


def certify(session: Session, *, actor: Actor, redemption: Redemption) -> None:
    """Let what waits for a home's certificate be paid: an officer found it in the register.

    The caller has locked the purchase, so that it is not undone meanwhile. No voucher is locked: one that
    ends by itself in this moment, because no day leaves anything of it any more, stays ended.
    """
    own = select(Allocation.id).where(Allocation.redemption_id == redemption.id)
    freed = session.scalars(
        update(CashBonus)
        .where(CashBonus.allocation_id.in_(own), CashBonus.state == State.WAITING)
        .values(state=State.OWED)
        .returning(CashBonus.id)
    ).all()
    for bonus_id in sorted(freed):
        bonus = session.get_one(CashBonus, bonus_id, populate_existing=True)
        audit.record(
            session,
            actor=actor,
            action="cash_bonus.certify",
            object_type="cash_bonus",
            object_id=bonus.id,
            allocation_id=bonus.allocation_id,
            fen=bonus.due_fen,
        )
        tell_step(session, bonus, "owe")
