"""What a developer is told about its claims, in the transaction of each step."""

from sqlalchemy.orm import Session

from app.notices.service import Recipient, tell
from app.settlements.money_models import SettlementClaim


def tell_developer(
    session: Session, claim: SettlementClaim, outcome: str, *, event: str, reason: str | None = None
) -> None:
    """Tell the company that its claim was ``refused``, ``paid`` or ``returned``; ``event`` names it once."""
    data = {"reason": reason} if reason else {}
    tell(
        session,
        kind=f"developer_claim_{outcome}",
        to=Recipient(district_id=claim.district_id, organisation_id=claim.developer_id),
        event=event,
        about_ref=claim.ref,
        number=claim.ref,
        sum=claim.total_fen,
        **data,
    )
