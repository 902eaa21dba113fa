"""How the demo's developers are paid: what they report of homes that were written off."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.demo.papers import milestone_paper
from app.demo.story import Cast
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE, HANDOVER, Reported

_REPORTS: Final = (
    (HANDOVER, True),
    (HANDOVER, True),
    (HANDOVER, False),
    (CERTIFICATE, True),
    (CERTIFICATE, False),
)
"""What is reported of the story's first homes, one each, and whether it was answered."""


def hand_over(session: Session, *, cast: Cast) -> None:
    """Let some homes be handed over, or have their certificates; everything is committed."""
    for place, (redemption, (kind, answered)) in enumerate(zip(_sold(session, cast), _REPORTS, strict=False)):
        number = f"皖（2016）安庆市不动产权第{place:07}号" if kind == CERTIFICATE else ""
        told = Reported(kind, clock.today(), milestone_paper(), number)
        made = milestones.report(
            session,
            actor=cast.developers[redemption.developer_id],
            redemption_ref=redemption.ref,
            told=told,
        )
        session.commit()
        if answered:
            who = cast.officer if kind == CERTIFICATE else cast.households[redemption.household_id]
            milestones.confirm(session, actor=who, ref=made.ref)
            session.commit()


def _sold(session: Session, cast: Cast) -> Sequence[Redemption]:
    """Return the story's homes that were written off, in their order."""
    wanted = select(Redemption).where(
        Redemption.household_id.in_(cast.households), Redemption.state == State.REDEEMED
    )
    return session.scalars(wanted.order_by(Redemption.id)).all()
