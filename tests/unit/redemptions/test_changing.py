"""A changed price, to the fen: whatever it was and becomes, nobody pays more, nothing is lost or negative."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.redemptions.changing import Share, Sums, at_price

fen = st.integers(0, 10**10)
shares = st.lists(st.tuples(st.integers(1, 10**10), fen), min_size=1, max_size=4).map(
    lambda paid: tuple(Share(number, *both) for number, both in enumerate(paid))
)
sums = st.builds(Sums, shares, fen)
less = st.integers(1, 10**6)


def lower(now: Sums, parts: int) -> int:
    """Return some price of at least a fen, at most the present one."""
    return max(1, now.price_fen * parts // 10**6)


@given(sums, less)
def test_a_lower_price_is_paid_to_the_fen_and_takes_from_nobody(now: Sums, parts: int) -> None:
    price = lower(now, parts)
    after = at_price(now, price, None)
    assert after.price_fen == price
    assert after.is_within(now)
    assert after.top_up_fen >= 0
    assert all(share.spent_fen >= 0 and share.bonus_fen >= 0 for share in after.shares)
    assert not after.top_up_fen or after.shares == now.shares, "the household's own money comes back first"


@given(sums, fen)
def test_a_higher_price_is_the_households_own_to_pay(now: Sums, more: int) -> None:
    assert at_price(now, now.price_fen + more, None) == Sums(now.shares, now.top_up_fen + more)


@given(sums, less, less)
def test_the_same_price_again_moves_nothing_and_one_after_the_other_only_falls(
    now: Sums, first: int, second: int
) -> None:
    once = at_price(now, lower(now, first), None)
    assert at_price(once, once.price_fen, None) == once
    twice = at_price(once, lower(once, second), None)
    assert twice.is_within(once)
    assert twice.is_within(now)


@given(sums, sums, less)
def test_the_policys_word_counts_where_it_takes_more_from_nobody(now: Sums, other: Sums, parts: int) -> None:
    price = lower(now, parts)
    by_rule = at_price(now, price, None)
    same = len(other.shares) == len(now.shares)
    planned = at_price(other, lower(other, parts), None) if same else by_rule
    after = at_price(now, price, planned)
    assert after.price_fen == price
    assert after.is_within(now)
    fits = planned.price_fen == price and planned.is_within(now)
    assert after == (planned if fits and price < now.price_fen else by_rule)


@given(sums, sums, st.lists(st.tuples(fen, fen), min_size=4, max_size=4), less)
def test_a_bonus_in_cash_is_no_part_of_the_price_and_never_rises(
    now: Sums, other: Sums, cash: list[tuple[int, int]], parts: int
) -> None:
    """At most what it was, at most what the policy makes of it; where that cannot be told, what it was."""

    def paying(of: Sums, place: int) -> Sums:
        shares = [replace(one, cash_fen=cash[number][place]) for number, one in enumerate(of.shares)]
        return replace(of, shares=tuple(shares))

    price = lower(now, parts)
    same = len(other.shares) == len(now.shares)
    planned = at_price(other, price, None) if same and other.price_fen > price else at_price(now, price, None)
    after = at_price(paying(now, 0), price, paying(planned, 1))
    assert after.price_fen == price
    if price < now.price_fen:
        assert [one.cash_fen for one in after.shares] == [min(both) for both in cash[: len(after.shares)]]
    assert at_price(paying(now, 0), price, None).shares[0].cash_fen == cash[0][0]


def test_a_bonus_bears_its_part_of_the_gap_and_the_odd_fen_is_the_vouchers() -> None:
    now = Sums((Share(1, 30, 0), Share(2, 100, 10)), 5)
    assert at_price(now, 141, None) == Sums((Share(1, 30, 0), Share(2, 100, 10)), 1)
    assert at_price(now, 125, None) == Sums((Share(1, 30, 0), Share(2, 86, 9)), 0)
    assert at_price(now, 20, None) == Sums((Share(1, 20, 0), Share(2, 0, 0)), 0)
