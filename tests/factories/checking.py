"""Cases on the desk: contracts that wait for the first person, or for the second."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.redemptions import service
from app.redemptions.models import Redemption
from tests.factories.redemptions import Shop, contract, make_buyer, make_home, make_redemption

A_CAREFUL_LOOK = timedelta(seconds=40)


def make_case(session: Session, shop: Shop, *, face_fen: int = 130_550_000) -> Redemption:
    """Return a purchase whose contract waits for the first person."""
    home = make_home(session, shop)
    return contract(
        session, shop, make_redemption(session, make_buyer(session, shop.desk, faces=(face_fen,)), home)
    )


def check(
    session: Session,
    shop: Shop,
    clock: FixedClock,
    redemption: Redemption,
    *,
    took: timedelta = A_CAREFUL_LOOK,
    explanation: str = "",
) -> Redemption:
    """Let the officer open a case at the desk and verify it after a while."""
    officer = shop.desk.officer
    service.open_case(session, actor=officer, redemption_ref=redemption.ref)
    session.commit()
    clock.advance(took)
    service.verify_case(session, actor=officer, redemption_ref=redemption.ref, explanation=explanation)
    session.commit()
    return redemption


def make_checked(session: Session, shop: Shop, clock: FixedClock, count: int) -> list[Redemption]:
    """Return purchases without anything odd that wait for the second person."""
    return [check(session, shop, clock, make_case(session, shop)) for _ in range(count)]
