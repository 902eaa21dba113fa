"""The only writer of cash sales.

Whatever a contract does to a home is done under the lock of that home, and so are all steps of the contracts
that name it: two contracts, or a contract and a voucher's lock, are judged one after the other. Behind it
stands a constraint: a home has one standing cash sale at most, and a contract number is on record once.
"""

from app.sales.service.addresses import Outcome as AddressOutcome
from app.sales.service.addresses import decide_address, doubt_placed
from app.sales.service.conflicts import reject, settle_ended_lock, uphold
from app.sales.service.doubts import choose, match_placed, question_entered
from app.sales.service.registry import Part, apply_file, foresee, note_refused, receive_file, take_part
from app.sales.service.reports import report, undo
from app.sales.service.twins import look_for_twins, refuse_second_of_twins, settle_if_twins, settle_twins

__all__ = [
    "AddressOutcome",
    "Part",
    "apply_file",
    "choose",
    "decide_address",
    "doubt_placed",
    "foresee",
    "look_for_twins",
    "match_placed",
    "note_refused",
    "question_entered",
    "receive_file",
    "refuse_second_of_twins",
    "reject",
    "report",
    "settle_ended_lock",
    "settle_if_twins",
    "settle_twins",
    "take_part",
    "undo",
    "uphold",
]
