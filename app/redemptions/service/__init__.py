"""The only writer of quotes and redemptions; one module for each phase.

A step locks the homes, then (to reserve) all vouchers of the household and those that help to pay, then the
redemptions, then their ledger accounts together. Whatever ends a redemption ends every promise it made, in
the same transaction.
"""

from app.redemptions.service.baskets import add_home, move_up, remove_home
from app.redemptions.service.consents import ask_kin, end_consent, give_consent
from app.redemptions.service.holds import (
    cancel,
    expire_overdue,
    lock_holds,
    release,
    reserve,
    reserve_basket,
)
from app.redemptions.service.quotes import quote, quote_basket, requote_basket
from app.redemptions.service.steps import (
    VERIFY,
    enter_contract,
    refuse,
    set_disputed,
    verify_first,
    verify_second,
)

__all__ = [
    "VERIFY",
    "add_home",
    "ask_kin",
    "cancel",
    "end_consent",
    "enter_contract",
    "expire_overdue",
    "give_consent",
    "lock_holds",
    "move_up",
    "quote",
    "quote_basket",
    "refuse",
    "release",
    "remove_home",
    "requote_basket",
    "reserve",
    "reserve_basket",
    "set_disputed",
    "verify_first",
    "verify_second",
]
