"""Policies that end vouchers in every way, and steps of an ending; each step commits, as in life."""

from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.vouchers import endings, lapse_claims, payouts
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_rules import frozen_turns, turn_on
from app.vouchers.ending_states import Kind
from app.vouchers.endings import Payee
from app.vouchers.models import Voucher
from tests.factories.policies import HAILING, NANJING, WUXI
from tests.factories.redemptions import Buyer
from tests.factories.vouchers import Desk

BANDS: Final = """
leftover:
  - {spent_from: 0%, rate: 0%}
  - {spent_from: 30%, rate: 80%, claw_back: 20%}
  - {spent_from: 90%, rate: 100%}
"""
_LONGER: Final = ("  from: issue", "  from: issue\n  extension_months: 3")

SILENT: Final = HAILING.replace(*_LONGER)
"""Nothing is said of leftovers or lapse; may be extended by three months."""
PAYING: Final = WUXI.replace(*_LONGER).replace("  effect: cash", "  effect: cash\n  bonus: returned") + BANDS
"""Bands within the term; lapsed it is cash less all bonus; may be extended by three months."""
PARTING: Final = WUXI.replace("  effect: cash", "  effect: cash\n  bonus: part") + (
    "leftover: [{spent_from: 0%, rate: 100%, claw_back: part}]\n"
)
"""All that is left within the term and after it, less as much of the bonus as is left of the face."""
VOIDING: Final = (
    WUXI.replace("  effect: cash", "  effect: void") + "leftover: [{spent_from: 0%, rate: 70%}]\n"
)
"""70% of whatever is left within the term, nothing after it."""
LEAVING: Final = NANJING
"""Given up or lapsed, the agreement applies."""
CASHING: Final = NANJING.replace("effect: agreement", "effect: cash\n  rate: 90%")
"""Given up or lapsed, 90% in cash."""
CLAIMING: Final = SILENT + (
    "lapse: {effect: claim, within: [{months: 3, rate: 100%}, {months: 6, rate: 95%}], after: void}\n"
)
"""After the term it is claimed: within three months whole, within six 95%, then nothing."""

ACCOUNT: Final = "6222 0213 0200 1234 567"


def payee(name: str = "王秀英") -> Payee:
    """Return an account under a name, the factories' holder's unless told otherwise."""
    return Payee(name, "工商银行枞阳支行", ACCOUNT)


def ask(session: Session, buyer: Buyer, *, kind: Kind = Kind.PAYOUT, place: int = 0) -> VoucherEnding:
    """Ask for a leftover as the page shows it, or give a voucher up."""
    voucher = session.get_one(Voucher, buyer.vouchers[place].id)
    seen = outlook(session, voucher, kind)
    made = endings.ask(
        session,
        actor=buyer.actor,
        voucher_ref=voucher.ref,
        kind=kind,
        payee=payee(buyer.household.holder_name),
        seen_fen=seen.parts.paid_fen,
    )
    session.commit()
    return made


def claim(session: Session, buyer: Buyer, ending: VoucherEnding) -> VoucherEnding:
    """Claim what is left after the term as the page shows it today."""
    turn = turn_on(frozen_turns(ending.shown), clock.today())
    made = lapse_claims.claim(
        session,
        actor=buyer.actor,
        ending_ref=ending.ref,
        payee=payee(buyer.household.holder_name),
        seen_fen=turn.parts.paid_fen,
    )
    session.commit()
    return made


def prepare(session: Session, desk: Desk, ending: VoucherEnding) -> VoucherEnding:
    """Let the officer ask the checker."""
    made = endings.prepare(session, actor=desk.officer, ending_ref=ending.ref, payee=payee())
    session.commit()
    return made


def approve(session: Session, desk: Desk, ending: VoucherEnding) -> VoucherEnding:
    """Take an ending through both people."""
    prepare(session, desk, ending)
    made = endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    return made


def pay(session: Session, desk: Desk, ending: VoucherEnding, *, reference: str = "") -> VoucherEnding:
    """Let the bank have paid today."""
    made = payouts.pay(
        session,
        actor=desk.officer,
        ending_ref=ending.ref,
        bank_reference=reference or f"网银-{ending.ref}",
        paid_on=clock.today(),
    )
    session.commit()
    return made
