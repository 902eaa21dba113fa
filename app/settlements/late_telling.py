"""What both sides are told about a late handover, in the transaction of each step."""

from typing import Any

from sqlalchemy.orm import Session

from app.notices.service import Recipient, tell
from app.notices.words import named_day
from app.redemptions import snapshot
from app.redemptions.models import Redemption
from app.settlements.late_models import LateHandover


def tell_developer(
    session: Session, redemption: Redemption, found: LateHandover, what: str, *, turn: int = 0
) -> None:
    """Tell the company that a report was ``reported``, ``broken``, ``reminded`` or ``ended``."""
    tell(
        session,
        kind=f"developer_late_{what}",
        to=Recipient(district_id=redemption.district_id, organisation_id=redemption.developer_id),
        event=f"late.{what}:{found.id}:{found.broken_count}:{turn}",
        about_ref=found.ref,
        home=_place(redemption),
    )


def tell_household(
    session: Session, redemption: Redemption, found: LateHandover, what: str, *, reason: str | None = None
) -> None:
    """Tell the household that its report was ``answered``, ``broken`` or ``closed``."""
    more: dict[str, dict[str, Any]] = {"closed": {"reason": reason}}
    if found.promised_on is not None:
        more["answered"] = {"day": named_day(found.promised_on), "reason": found.answer}
    tell(
        session,
        kind=f"late_{what}",
        to=_buyer(redemption),
        event=f"late.{what}:{found.id}:{len(found.moves)}",
        about_ref=redemption.ref,
        home=_place(redemption),
        **more.get(what, {}),
    )


def ask_household(session: Session, redemption: Redemption) -> None:
    """Ask a household whose agreed day has passed whether it has its home; once a purchase."""
    tell(
        session,
        kind="handover_due",
        to=_buyer(redemption),
        event=f"late.due:{redemption.id}",
        about_ref=redemption.ref,
        home=_place(redemption),
    )


def _buyer(redemption: Redemption) -> Recipient:
    return Recipient(district_id=redemption.district_id, household_id=redemption.household_id)


def _place(redemption: Redemption) -> str:
    return snapshot.read(redemption.quote.snapshot).home.line
