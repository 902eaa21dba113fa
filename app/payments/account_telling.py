"""What a company's people are told of the accounts that its money goes to.

Each person for themselves, not the company's shared inbox: whoever took over one sign-in could hide it there.
"""

from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Duty
from app.identity.queries import people_with
from app.notices.service import Message, Recipient, tell_all

FINANCE: Final = (Duty.MANAGER, Duty.FINANCE)
"""The duties that deal with a developer's money."""


class Step(StrEnum):
    """What was done about an account."""

    ENTERED = "entered"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


def tell_company(
    session: Session,
    step: Step,
    *,
    developer_id: int,
    ref: str,
    seen_at: str,
    what: str,
    number: str,
    reason: str | None = None,
) -> None:
    """Tell all who deal with a company's money of a step; ``what`` says in words whose account ``ref`` is.

    ``seen_at``: the code of the district or the reference of the development that it stands at.
    """
    data = {"what": what, "account": number[-4:], **({"reason": reason} if reason else {})}
    kind, event = f"payee_account_{step}", f"payee_account:{ref}"
    tell_all(
        session,
        [
            Message(kind, Recipient(user_id=user_id), event, seen_at, data)
            for user_id in people_with(session, organisation_id=developer_id, duties=FINANCE)
        ],
    )
