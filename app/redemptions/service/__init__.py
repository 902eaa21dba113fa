"""The only writer of quotes and redemptions; one module for each phase.

A step locks the homes, then (to reserve) all vouchers of the household and those that help to pay, then the
redemptions, then their ledger accounts together. Whatever ends a redemption ends every promise it made, in
the same transaction.
"""

from app.redemptions.service.answers import answer, extend, extend_unanswered, may_extend, unanswered
from app.redemptions.service.baskets import add_home, move_up, remove_home
from app.redemptions.service.batches import (
    approve_batch,
    drop_batch,
    look,
    make_batch,
    open_sample,
)
from app.redemptions.service.carrying import (
    decide_case,
    decide_together,
    end_batch,
    list_undecided,
    named_cases,
)
from app.redemptions.service.consents import ask_kin, end_consent, give_consent
from app.redemptions.service.contracts import enter_contract, prepare_contract, send_contract
from app.redemptions.service.desk import open_case, open_next
from app.redemptions.service.desk import refuse as refuse_case
from app.redemptions.service.desk import verify as verify_case
from app.redemptions.service.holds import (
    cancel,
    expire_overdue,
    lock_holds,
    release,
    reserve,
    reserve_basket,
)
from app.redemptions.service.overdue import expire, overdue
from app.redemptions.service.quotes import quote, quote_basket, requote_basket
from app.redemptions.service.spaces import due_spaces, let_space_go
from app.redemptions.service.steps import (
    VERIFY,
    refuse,
    set_disputed,
    verify_first,
    verify_second,
)
from app.redemptions.service.top_ups import (
    advance_loan,
    begin_card_payment,
    get_card_payment,
    split_top_up,
    take_back_match,
)

__all__ = [
    "VERIFY",
    "add_home",
    "advance_loan",
    "answer",
    "approve_batch",
    "ask_kin",
    "begin_card_payment",
    "cancel",
    "decide_case",
    "decide_together",
    "drop_batch",
    "due_spaces",
    "end_batch",
    "end_consent",
    "enter_contract",
    "expire",
    "expire_overdue",
    "extend",
    "extend_unanswered",
    "get_card_payment",
    "give_consent",
    "let_space_go",
    "list_undecided",
    "lock_holds",
    "look",
    "make_batch",
    "may_extend",
    "move_up",
    "named_cases",
    "open_case",
    "open_next",
    "open_sample",
    "overdue",
    "prepare_contract",
    "quote",
    "quote_basket",
    "refuse",
    "refuse_case",
    "release",
    "remove_home",
    "requote_basket",
    "reserve",
    "reserve_basket",
    "send_contract",
    "set_disputed",
    "split_top_up",
    "take_back_match",
    "unanswered",
    "verify_case",
    "verify_first",
    "verify_second",
]
