"""What comes back after an ending is paid by its rule: in whatever pieces it comes, never more in all."""

from datetime import date
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.vouchers.ending_rules import Before, Figures, as_if_never_spent, parts_of
from app.vouchers.ending_states import Kind
from tests.factories.endings import CASHING, LEAVING, PAYING, VOIDING
from tests.factories.policies import HAILING

HALVED = HAILING + "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 80%, rate: 100%}]\n"
WAYS = [
    (bodies.parse(HALVED), Kind.PAYOUT),
    (bodies.parse(PAYING), Kind.PAYOUT),
    (bodies.parse(PAYING), Kind.LAPSE),
    (bodies.parse(VOIDING), Kind.LAPSE),
    (bodies.parse(VOIDING), Kind.PAYOUT),
    (bodies.parse(CASHING), Kind.GIVE_UP),
    (bodies.parse(LEAVING), Kind.LAPSE),
]
DAY = date(2018, 3, 1)


@given(
    way=st.sampled_from(WAYS),
    spent=st.lists(st.integers(1, 10**9), min_size=1, max_size=4),
    kept_fen=st.integers(0, 10**9),
    left_fen=st.integers(1, 10**9),
)
def test_all_that_is_paid_is_what_the_rule_pays_of_it(
    way: tuple[bodies.Policy, Kind], spent: list[int], kept_fen: int, left_fen: int
) -> None:
    """At least of what was spent in the end, at most what the ending ever said; nothing where it is void."""
    policy, kind = way
    spent_fen = kept_fen + sum(spent)
    figures = Figures(spent_fen + left_fen, spent_fen, 0, started_on=DAY, on=DAY)
    first = parts_of(policy, kind, figures)
    had, paid_fen, said = Before(spent_fen, left_fen, first.paid_fen), first.paid_fen, [first.paid_fen]
    for back_fen in accumulate(spent):
        ruled = as_if_never_spent(policy, kind, had, figures=figures, on=DAY, back_fen=back_fen, over_fen=0)
        assert ruled is not None
        paid_fen += max(0, ruled.fen - (paid_fen - first.paid_fen))
        never = Figures(figures.face_fen, spent_fen - back_fen, 0, started_on=DAY, on=DAY)
        said.append(parts_of(policy, kind, never).paid_fen)
        assert paid_fen <= left_fen + back_fen
    assert paid_fen == max(said)
    assert not (kind is Kind.LAPSE and policy.lapse and policy.lapse.effect == "void" and paid_fen)
