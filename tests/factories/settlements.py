"""Homes that were written off, and what their developers report of them."""

from datetime import date

from sqlalchemy.orm import Session

from app.core import clock
from app.redemptions.models import Redemption
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE, Reported
from app.settlements.models import SettlementMilestone
from tests.factories.contracts import upload
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, redeem


def make_sold(
    session: Session, shop: Shop, *, faces: tuple[int, ...] = (130_550_000,)
) -> tuple[Buyer, Redemption]:
    """Return a home that a household's vouchers bought, written off, and its buyer."""
    buyer = make_buyer(session, shop.desk, faces=faces)
    return buyer, redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))


def reported(kind: str, *, on: date | None = None, number: str = "皖0012345") -> Reported:
    """Return what a developer reports, of today unless told otherwise."""
    return Reported(kind, on or clock.today(), upload(), number if kind == CERTIFICATE else "")


def reach(
    session: Session, shop: Shop, buyer: Buyer, redemption: Redemption, kind: str, *, on: date | None = None
) -> SettlementMilestone:
    """Let a milestone be reported and confirmed by whom it concerns."""
    made = milestones.report(
        session, actor=shop.developer, redemption_ref=redemption.ref, told=reported(kind, on=on)
    )
    session.commit()
    who = shop.desk.officer if kind == CERTIFICATE else buyer.actor
    found = milestones.confirm(session, actor=who, ref=made.ref)
    session.commit()
    return found
