"""What the ledger's words mean: kinds of accounts and transfers, and what a transfer does to its accounts.

Guarded accounts are credit-normal: money enters on the credit side and leaves on the debit side.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class AccountKind(StrEnum):
    """What an account is for."""

    VOUCHER = "voucher"
    """Guarded: what one voucher still holds."""
    ISSUE = "issue"
    """Control: where vouchers' money comes from."""
    BONUS = "bonus"
    """Control: what the district adds to what vouchers spend."""
    DEVELOPER_PAYABLE = "developer_payable"
    """Control: what the district owes to developers."""
    TOP_UP = "top_up"
    """Guarded: what arrived of what a household adds itself to one purchase."""
    SUPERVISED = "supervised"
    """Control: what lies in the developments' supervised accounts, below zero by it."""
    CARD = "card"
    """Control: what lies with who takes payments online (Stripe), below zero by it."""
    HOUSEHOLD_PAYABLE = "household_payable"
    """Control: what the district owes to households for what was left of their vouchers."""
    AGREEMENT = "agreement"
    """Control: what went back from vouchers to the compensation agreements behind them."""
    BANK = "bank"
    """Control: what the district's bank paid out."""
    FUND = "fund"
    """Guarded: what one source of money for developers still holds."""
    FUNDING = "funding"
    """Control: what those sources hold together, below zero by it."""
    CLAIM = "claim"
    """Guarded: what was approved of one developer's claim and is not paid."""
    LATE_INTEREST = "late_interest"
    """Control: what late payments to developers cost, below zero by it."""


GUARDED: Final = frozenset({AccountKind.VOUCHER, AccountKind.TOP_UP, AccountKind.FUND, AccountKind.CLAIM})
"""Kinds whose accounts store their sums and can never be overdrawn; the others store none."""


BACK: Final = ".back"
"""What the code of a transfer ends with that gives an account back what it gave before: it counts against
what was spent, not as received."""


class TransferKind(StrEnum):
    """A movement, the promise of one, or the end of a promise."""

    SINGLE = "single"
    PENDING = "pending"
    POST = "post"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Effect:
    """By how many times its amount a transfer changes the posted and the pending sum of its accounts."""

    posted: int
    pending: int


EFFECTS: Final = {
    TransferKind.SINGLE: Effect(posted=1, pending=0),
    TransferKind.PENDING: Effect(posted=0, pending=1),
    TransferKind.POST: Effect(posted=1, pending=-1),
    TransferKind.VOID: Effect(posted=0, pending=-1),
}


@dataclass(frozen=True, slots=True)
class Balance:
    """A guarded account in fen: what came in, and where it is now.

    ``available_fen + held_fen + spent_fen = received_fen``, none below zero.
    """

    available_fen: int
    held_fen: int
    spent_fen: int
    received_fen: int


def balance_of(*, credits_posted: int, debits_posted: int, debits_pending: int, back_fen: int = 0) -> Balance:
    """Return what an account's sums (fen) leave available: a promise is gone from the moment it is made.

    ``back_fen`` is what of the credits gave back what had been spent.
    """
    return Balance(
        available_fen=credits_posted - debits_posted - debits_pending,
        held_fen=debits_pending,
        spent_fen=debits_posted - back_fen,
        received_fen=credits_posted - back_fen,
    )
