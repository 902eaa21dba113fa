"""Interest on what leaves a voucher: to the day of its payment, out of the district's own money."""

from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.ledger import service as ledger
from app.ledger.queries import days_kept
from app.ledger.rules import AccountKind
from app.policies.answers import Amount
from app.policies.queries import policy_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import HOW
from app.vouchers.ending_states import Kind
from app.vouchers.queries import starts

PAID: Final = "interest.paid"
RETURNED: Final = "interest.returned"
"""Codes of the transfers: to what is paid, and back again when a payment came back."""


def interest_on(ending: VoucherEnding, day: date) -> Amount:
    """Return the interest in fen that an ending bears if it is paid, or goes back, on a day."""
    voucher = ending.voucher
    policy, how = policy_of(voucher.policy_version), HOW.get(Kind(ending.kind))
    rule, is_used = policy.interest, ending.spent_fen > 0
    if rule is None or how is None or not rule.lines_of(how, is_used=is_used):
        return Amount(0, ())
    if voucher.issued_at is None or voucher.expires_at is None:
        return Amount(0, ())
    days = {
        "issue": clock.legal_day(voucher.issued_at),
        "start": starts(voucher, policy, voucher.issued_at),
        "agreement": voucher.agreement.signed_on,
        "vacated": voucher.agreement.vacated_on or date.max,
        "term_end": clock.legal_day(voucher.expires_at - timedelta(microseconds=1)),
    }
    return rule.of(ending.paid_fen, days, day, how, is_used=is_used)


def paid_with(ending: VoucherEnding, day: date) -> int:
    """Return the interest in fen of an approved ending that the bank pays on a day.

    Where a list told the bank on which day to pay, interest stops by that one: it pays the list's sum.
    """
    return interest_on(ending, ending.ordered_on or day).fen


def bear(session: Session, ending: VoucherEnding, day: date, *, times: int = 0) -> None:
    """Add the interest of an ending that is paid, or goes back under its agreement, on a day.

    ``times`` is how often it was paid before.
    """
    fen = paid_with(ending, day)
    if fen:
        _move(session, ending, PAID, fen, times)
        ending.interest_fen = fen


def bear_kept(session: Session, ending: VoucherEnding) -> None:
    """Add the interest of an ending that is closed to the day on which its sum left the voucher."""
    for day in days_kept(session, [one for one in (ending.paid_transfer_id,) if one]).values():
        bear(session, ending, day)


def give_back(session: Session, ending: VoucherEnding, *, times: int) -> None:
    """Take the interest of a payment back that came back: the next one bears its own."""
    if ending.interest_fen:
        _move(session, ending, RETURNED, ending.interest_fen, times)
        ending.interest_fen = 0


def _move(session: Session, ending: VoucherEnding, code: str, fen: int, times: int) -> None:
    side = AccountKind.AGREEMENT if ending.effect == "agreement" else AccountKind.HOUSEHOLD_PAYABLE
    kinds = (AccountKind.ISSUE, side) if code == PAID else (side, AccountKind.ISSUE)
    debit_id, credit_id = ledger.control_accounts(session, district_id=ending.district_id, kinds=kinds)
    ledger.transfer(
        session,
        district_id=ending.district_id,
        debit_id=debit_id,
        credit_id=credit_id,
        amount_fen=fen,
        code=code,
        key=f"{code}:{ending.id}" + (f":{times}" if times else ""),
    )
