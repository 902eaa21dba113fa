"""What comes back after an ending is paid by its rule: in whatever pieces it comes, never more in all."""

from datetime import date
from itertools import accumulate

from hypothesis import assume, given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bands import Used
from app.policies.endings import TAKING, claw_back_over
from app.vouchers.back_rules import Earlier, bit
from app.vouchers.ending_rules import Back, Before, Figures, as_if_never_spent, parts_of
from app.vouchers.ending_states import Kind
from tests.factories.endings import CASHING, LEAVING, PARTING, PAYING, VOIDING
from tests.factories.policies import HAILING

HALVED = HAILING + "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 80%, rate: 100%}]\n"
FALLING = HAILING + "leftover: [{spent_from: 0%, rate: 100%}, {spent_from: 20%, rate: 50%}]\n"
CLAWING = HAILING + "leftover: [{spent_from: 0%, rate: 80%, claw_back: 20%}]\n"
POOLED = HAILING + (
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 50%, rate: 100%, spent_of: household}]\n"
)
WAYS = [
    (bodies.parse(HALVED), Kind.PAYOUT),
    (bodies.parse(FALLING), Kind.PAYOUT),
    (bodies.parse(CLAWING), Kind.PAYOUT),
    (bodies.parse(POOLED), Kind.PAYOUT),
    (bodies.parse(PAYING), Kind.PAYOUT),
    (bodies.parse(PAYING), Kind.LAPSE),
    (bodies.parse(VOIDING), Kind.LAPSE),
    (bodies.parse(VOIDING), Kind.PAYOUT),
    (bodies.parse(CASHING), Kind.GIVE_UP),
    (bodies.parse(LEAVING), Kind.LAPSE),
    (bodies.parse(PARTING), Kind.PAYOUT),
]
DAY = date(2018, 3, 1)
SUMS = st.integers(0, 10**9)


@given(
    way=st.sampled_from(WAYS),
    spent=st.lists(st.tuples(st.integers(1, 10**9), SUMS), min_size=1, max_size=4),
    kept=st.tuples(SUMS, SUMS),
    left_fen=st.integers(1, 10**9),
    beside=st.tuples(SUMS, SUMS),
    since=st.tuples(SUMS, SUMS),
)
def test_all_that_is_paid_is_what_the_rule_pays_of_it(
    way: tuple[bodies.Policy, Kind],
    spent: list[tuple[int, int]],
    kept: tuple[int, int],
    left_fen: int,
    beside: tuple[int, int],
    since: tuple[int, int],
) -> None:
    """At least of what was spent in the end, at most what the ending ever said; nothing where it is void.

    With each sum goes its bonus, and what the ending took of that. What the household's other vouchers did
    since decides nothing.
    """
    policy, kind = way
    spent_fen, bonus_fen = kept[0] + sum(fen for fen, _ in spent), kept[1] + sum(fen for _, fen in spent)
    pool = Used(spent_fen + left_fen + sum(beside), spent_fen + beside[0])
    figures = Figures(spent_fen + left_fen, spent_fen, bonus_fen, started_on=DAY, on=DAY, together=pool)
    first = parts_of(policy, kind, figures)
    had = Before(spent_fen, left_fen, first.paid_fen, pool)
    taking = [rule for rule in first.rules if rule.code in TAKING]
    before, said, is_capped = Earlier(), [first.paid_fen], False
    for (piece_fen, _), back_fen, lost_fen in zip(
        spent, accumulate(fen for fen, _ in spent), accumulate(fen for _, fen in spent), strict=True
    ):
        present_fen = bonus_fen - lost_fen
        over_fen = sum(claw_back_over(rule, bonus_fen=present_fen).fen for rule in taking)
        now = Figures(0, 0, present_fen, started_on=DAY, on=DAY, together=Used(sum(since), since[0]))
        ruled = as_if_never_spent(
            policy, kind, had, figures=now, on=DAY, back=Back(back_fen, back_fen), over_fen=over_fen
        )
        assert ruled is not None
        found = bit(before, own_fen=piece_fen, others_fen=0, rule_fen=ruled.fen, own_rule_fen=ruled.fen)
        assert found.least_fen == found.most_fen <= piece_fen
        is_capped |= ruled.fen - before.had_fen > piece_fen
        before = Earlier(
            back_fen, 0, before.own_rules_fen + found.own_rules_fen, before.had_fen + found.least_fen
        )
        of_all = Used(pool.face_fen, pool.spent_fen - back_fen)
        never = Figures(figures.face_fen, spent_fen - back_fen, present_fen, {}, DAY, DAY, of_all)
        said.append(parts_of(policy, kind, never).paid_fen - over_fen)
        assert first.paid_fen + over_fen + before.had_fen <= left_fen + back_fen
    paid_fen = first.paid_fen + before.had_fen
    assert paid_fen <= max(said)
    assert is_capped or paid_fen == max(said)
    if policy is WAYS[2][0] and not is_capped:
        assert paid_fen == said[-1], "one rate: as if it had never been spent, the claw-back once"
    assert not (kind is Kind.LAPSE and policy.lapse and policy.lapse.effect == "void" and paid_fen)


@given(
    spent=st.tuples(st.integers(1, 10**9), st.integers(1, 10**9)),
    left_fen=st.integers(1, 10**9),
    given_fen=st.integers(1, 10**9),
)
def test_a_split_that_parted_the_past_would_have_parted_what_came_back(
    spent: tuple[int, int], left_fen: int, given_fen: int
) -> None:
    """As if the second home had never been bought, and the same sum been split off then."""
    policy, (kept_fen, back_fen) = WAYS[0][0], spent
    share = left_fen / (left_fen + given_fen)
    weighted_fen, counted_fen = int(sum(spent) * share), int(back_fen * share)
    figures = Figures(weighted_fen + left_fen, weighted_fen, 0, started_on=DAY, on=DAY)
    had = Before(weighted_fen, left_fen, parts_of(policy, Kind.PAYOUT, figures).paid_fen)
    back = Back(back_fen, counted_fen)
    ruled = as_if_never_spent(policy, Kind.PAYOUT, had, figures=figures, on=DAY, back=back, over_fen=0)
    never_fen = kept_fen * (left_fen + back_fen) // (left_fen + back_fen + given_fen)
    used = kept_fen / (kept_fen + left_fen + back_fen + given_fen)
    assume(abs(used - 0.8) > 1e-3 and left_fen + counted_fen > 10**4)
    without = Figures(never_fen + left_fen + back_fen, never_fen, 0, started_on=DAY, on=DAY)
    paid_fen = parts_of(policy, Kind.PAYOUT, without).paid_fen
    assert ruled is not None
    assert ruled.fen == max(0, paid_fen - had.paid_fen)
