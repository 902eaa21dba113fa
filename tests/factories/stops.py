"""Steps of a stop; each step commits, as in life."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.vouchers import stop_ends, stops
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import CourtOrder
from tests.factories.contracts import upload
from tests.factories.vouchers import Desk

DAYS: Final = 30
"""For so many days after today ``freeze`` freezes."""


def order(sum_fen: int | None = None, *, days: int = DAYS) -> CourtOrder:
    """Return a court's order of today."""
    today = clock.today()
    until = today + timedelta(days=days)
    return CourtOrder("海陵区人民法院", "（2018）苏1202执保15号", today, until, sum_fen)


def freeze(session: Session, desk: Desk, voucher_ref: str, sum_fen: int | None = None) -> VoucherStop:
    """Let an officer note a court's freeze of a voucher, or of a sum of it."""
    made = stops.freeze(
        session,
        actor=desk.officer,
        voucher_ref=voucher_ref,
        order=order(sum_fen),
        reason="送达协助执行通知书",
        papers=[upload()],
    )
    session.commit()
    return made


def suspend(session: Session, desk: Desk, voucher_ref: str) -> VoucherStop:
    """Let an officer suspend a voucher."""
    made = stops.suspend(session, actor=desk.officer, voucher_ref=voucher_ref, reason="协议面积有疑问")
    session.commit()
    return made


def approve(session: Session, desk: Desk, stop: VoucherStop) -> VoucherStop:
    """Let the checker approve what waits."""
    made = stop_ends.approve(session, actor=desk.checker, stop_ref=stop.ref)
    session.commit()
    return made


def lift(session: Session, desk: Desk, stop: VoucherStop, *, last_six: str = "") -> VoucherStop:
    """Take a stop's lifting through both people."""
    stop_ends.ask_lift(
        session,
        actor=desk.officer,
        stop_ref=stop.ref,
        reason="已查清",
        last_six=last_six,
        papers=[upload(b"%PDF-1.7\n% lifted\n%%EOF\n", "解除.pdf")],
    )
    session.commit()
    return approve(session, desk, stop)
