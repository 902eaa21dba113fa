"""Who undid a purchase says what of its money may be paid: in whatever pieces it comes."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bands import Used
from app.vouchers.back_rules import Earlier, bit
from app.vouchers.ending_rules import Back, Before, Figures, as_if_never_spent, parts_of
from app.vouchers.ending_states import Kind
from tests.unit.vouchers.test_coming_back import DAY, WAYS


@given(
    way=st.sampled_from(WAYS),
    spent=st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=5),
    kept_fen=st.integers(0, 10**9),
    left_fen=st.integers(1, 10**9),
    data=st.data(),
)
def test_only_what_others_undid_is_paid_above_the_rule(
    way: tuple[bodies.Policy, Kind],
    spent: list[tuple[int, int]],
    kept_fen: int,
    left_fen: int,
    data: st.DataObject,
) -> None:
    """At least the rule's sum of all; at most the rule's of the household's part, and all of the others'."""
    policy, kind = way
    spent_fen = kept_fen + sum(map(sum, spent))
    pool = Used(spent_fen + left_fen, spent_fen)
    figures = Figures(spent_fen + left_fen, spent_fen, 0, started_on=DAY, on=DAY, together=pool)
    had = Before(spent_fen, left_fen, parts_of(policy, kind, figures).paid_fen, pool)

    def ruled(back_fen: int) -> int:
        back = Back(back_fen, back_fen)
        found = as_if_never_spent(policy, kind, had, figures=figures, on=DAY, back=back, over_fen=0)
        assert found is not None
        return found.fen if back_fen else 0

    before, paid_fen, above_fen = Earlier(), 0, 0
    for own_fen, others_fen in spent:
        own, others = before.own_fen + own_fen, before.others_fen + others_fen
        found = bit(
            before,
            own_fen=own_fen,
            others_fen=others_fen,
            rule_fen=ruled(own + others),
            own_rule_fen=ruled(own),
        )
        assert 0 <= found.least_fen <= found.most_fen <= own_fen + others_fen
        assert found.own_rules_fen <= own_fen
        assert found.most_fen - found.least_fen <= others_fen, "of the household's own, the rule's to the fen"
        fen = data.draw(st.integers(found.least_fen, found.most_fen))
        paid_fen, above_fen = paid_fen + fen, above_fen + fen - found.least_fen
        before = Earlier(own, others, before.own_rules_fen + found.own_rules_fen, before.had_fen + fen)
        assert paid_fen >= ruled(own + others) or found.least_fen == own_fen + others_fen
    said = [ruled(fen) for fen in accumulate(map(sum, spent))]
    own_said = [ruled(fen) for fen in accumulate(own for own, _others in spent)]
    assert paid_fen <= max(*said, max(own_said) + before.others_fen)
    assert above_fen <= before.others_fen
    if kind is Kind.LAPSE and policy.lapse and policy.lapse.effect == "void":
        assert paid_fen <= before.others_fen, "what the household gave back itself stays void"


@given(own_fen=st.integers(0, 10**9), others_fen=st.integers(0, 10**9))
def test_what_others_undid_after_a_void_lapse_may_be_paid_whole(own_fen: int, others_fen: int) -> None:
    found = bit(Earlier(), own_fen=own_fen, others_fen=others_fen, rule_fen=0, own_rule_fen=0)
    assert (found.least_fen, found.most_fen) == (0, others_fen)


def test_a_household_is_paid_of_its_own_part_no_more_than_that_is() -> None:
    """A rule may pay more for less spent: 20 for the 10 given back alone, 15 for all 40 together."""
    found = bit(Earlier(), own_fen=10, others_fen=30, rule_fen=15, own_rule_fen=20)
    assert (found.own_rules_fen, found.least_fen, found.most_fen) == (10, 15, 40)
