"""The voucher of somebody who died, from the stop to the heirs; each step commits, as in life."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.vouchers import inheritance, moves, stops
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import list_made
from app.vouchers.move_rules import Share
from app.vouchers.parties import Other
from app.vouchers.stop_models import VoucherStop
from tests.factories.contracts import upload
from tests.factories.moves import MOVING, other_of
from tests.factories.vouchers import Desk

INHERITED: Final = MOVING + "inheritance: {heirs: [spouse, parent, child], term: suspended, most_days: 150}\n"
"""A term that stands still for 150 days at most."""


def note_death(session: Session, desk: Desk, voucher: Voucher, died_on: date | None = None) -> VoucherStop:
    """Let an officer note that the holder died, today or on a day before."""
    made = stops.note_death(
        session,
        actor=desk.officer,
        voucher_ref=voucher.ref,
        died_on=died_on or clock.today(),
        reason="家属带死亡证明到窗口",
        papers=[upload()],
    )
    session.commit()
    return made


def mark_of(session: Session, stop: VoucherStop, shares: Sequence[Share]) -> str:
    """Return the mark of what a page would show of these shares now."""
    return inheritance.outlook(session, stop=stop, shares=shares).mark


def ask(
    session: Session,
    desk: Desk,
    stop: VoucherStop,
    shares: Sequence[Share],
    people: Sequence[Other] = (other_of(21, "李建国"), other_of(22, "李红"), other_of(23, "李芳")),
) -> VoucherMove:
    """Let the officer begin it as the page shows it, each share somebody's."""
    made = inheritance.ask(
        session,
        actor=desk.officer,
        stop_ref=stop.ref,
        shares=shares,
        people=people[: len(shares)],
        seen=mark_of(session, stop, shares),
    )
    session.commit()
    return made


def prepare(session: Session, desk: Desk, move: VoucherMove) -> None:
    """Let the officer look at the papers."""
    moves.prepare(
        session,
        actor=desk.officer,
        move_ref=move.ref,
        evidence="继承公证书（2018）泰证字第5号；死亡证明；签了字的申请表",
        papers=[upload(b"%PDF-1.7\n% heirs\n%%EOF\n", "公证书.pdf")],
    )
    session.commit()


def approve(session: Session, desk: Desk, move: VoucherMove) -> list[Voucher]:
    """Let the checker approve what is shown today; return the heirs' vouchers in order."""
    moves.approve(session, actor=desk.checker, move_ref=move.ref, on=clock.today())
    session.commit()
    return list(list_made(session, move=move))
