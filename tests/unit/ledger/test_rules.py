"""What transfers do to accounts."""

from hypothesis import given
from hypothesis import strategies as st

from app.ledger.rules import EFFECTS, GUARDED, AccountKind, TransferKind, balance_of

sums = st.integers(min_value=0, max_value=10**15)


@given(received=sums, spent=sums, held=sums)
def test_a_balance_loses_nothing(received: int, spent: int, held: int) -> None:
    balance = balance_of(credits_posted=received, debits_posted=spent, debits_pending=held)
    assert balance.available_fen + balance.held_fen + balance.spent_fen == balance.received_fen == received


def test_a_promise_that_ends_leaves_nothing_pending() -> None:
    for end in (TransferKind.POST, TransferKind.VOID):
        assert EFFECTS[TransferKind.PENDING].pending + EFFECTS[end].pending == 0


def test_a_kept_promise_moves_what_a_single_transfer_moves_and_a_dropped_one_nothing() -> None:
    promise = EFFECTS[TransferKind.PENDING]
    assert promise.posted + EFFECTS[TransferKind.POST].posted == EFFECTS[TransferKind.SINGLE].posted == 1
    assert promise.posted + EFFECTS[TransferKind.VOID].posted == 0


def test_what_may_never_be_overdrawn_is_guarded() -> None:
    kinds = {AccountKind.VOUCHER, AccountKind.TOP_UP, AccountKind.FUND, AccountKind.CLAIM}
    assert set(GUARDED) == kinds
