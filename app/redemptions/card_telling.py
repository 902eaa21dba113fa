"""What a household is told of money paid online that its payer's bank takes back, or lets stay."""

from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.notices.service import Recipient, tell
from app.payments.card_models import CardDispute
from app.redemptions import snapshot
from app.redemptions.models import Redemption
from app.redemptions.rules import redemption_of

_TOLD_OF: Final = {None: "online_contested", "lost": "online_taken_back", "won": "online_stays"}


def tell_contested(session: Session, /, **ids: int) -> None:
    """Handle ``payments.contested``: tell the household, each time; a bank may decide anew."""
    dispute = session.get_one(CardDispute, ids["dispute_id"])
    redemption = session.get_one(Redemption, redemption_of(dispute.payment.top_up.owner))
    tell(
        session,
        kind=_TOLD_OF[dispute.outcome],
        to=Recipient(district_id=redemption.district_id, household_id=redemption.household_id),
        event=f"card_dispute:{dispute.id}:{clock.system_now().isoformat()}",
        about_ref=redemption.ref,
        home=snapshot.read(redemption.quote.snapshot).home.line,
        sum=dispute.amount_fen,
    )
