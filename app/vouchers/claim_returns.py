"""A claim that an officer entered, sent back by a checker: it waits again, and is entered anew."""

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.ledger import service as ledger
from app.notices import words
from app.notices.service import tell
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import forget_claim
from app.vouchers.models import Voucher
from app.vouchers.telling import household_of

REENTER_DAYS: Final = 15
"""So many days after the one on which it was sent back it is not over, whatever its last day was."""


def is_entered(ending: VoucherEnding) -> bool:
    """Tell whether an officer entered the claim of an ending: its household did not press for it."""
    return ending.claimed_on is not None and ending.asked_by_id is None


def void(session: Session, ending: VoucherEnding) -> None:
    """Take back what such a claim promised, before the checker's no is noted: accounts are locked first."""
    for transfer_id in ending.transfer_ids:
        ledger.void(session, transfer_id=transfer_id, key=f"ending.end:{transfer_id}")


def wait_again(session: Session, ending: VoucherEnding, why: str) -> None:
    """Let it wait for its claim as if none had been entered, and tell its household why.

    What was entered stays in what is shown of it. It is over ``REENTER_DAYS`` after today at the earliest.
    """
    day = ending.claimed_on
    ending.shown = forget_claim(ending.shown, day, ending.transfer_ids)
    ending.effect, ending.claimed_on, ending.claimed_at = None, None, None
    ending.paid_fen = ending.returned_fen = ending.forfeited_fen = 0
    ending.paid_transfer_id = ending.returned_transfer_id = ending.forfeited_transfer_id = None
    ending.reenter_until = clock.end_of_day(clock.today() + timedelta(days=REENTER_DAYS))
    voucher = session.get_one(Voucher, ending.voucher_id)
    tell(
        session,
        kind="claim_sent_back",
        to=household_of(voucher),
        event=f"claim.sent_back:{ending.id}:{len(ending.shown['sent_back'])}",
        about_ref=ending.ref,
        voucher=voucher.ref,
        day=words.named_day(day) if day else "",
        reason=why,
    )
