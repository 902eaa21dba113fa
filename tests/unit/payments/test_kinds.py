"""Where a top-up's money comes from: sums to the fen, only what policies allow, and who acts when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Conflict, DomainError
from app.payments import kinds
from app.payments.kinds import STEPS, Kind, Stage

sums = st.dictionaries(st.sampled_from(list(Kind)), st.integers(0, 1000))


@given(split=sums, amount=st.integers(1, 2000), allowed=st.sets(st.sampled_from(list(Kind)), min_size=1))
def test_a_split_stands_only_if_it_is_the_sum_of_kinds_that_are_allowed(
    split: dict[Kind, int], amount: int, allowed: set[Kind]
) -> None:
    fits = sum(split.values()) == amount and all(kind in allowed for kind, fen in split.items() if fen)
    try:
        kinds.check_split(split, amount_fen=amount, allowed=allowed, arrived={})
    except DomainError:
        assert not fits
    else:
        assert fits


def test_what_a_policy_forbids_is_refused_by_name_and_what_arrived_stays() -> None:
    with pytest.raises(DomainError, match="kind_not_allowed") as refused:
        kinds.check_split({Kind.LOAN: 5}, amount_fen=5, allowed={"own"}, arrived={})
    assert (refused.value.field, refused.value.params) == ("loan", {"money": "loan"})
    with pytest.raises(DomainError, match="kind_arrived") as refused:
        kinds.check_split({Kind.LOAN: 5}, amount_fen=5, allowed={"own", "loan"}, arrived={Kind.OWN: 1})
    assert refused.value.field == "own"
    with pytest.raises(DomainError, match="kind_not_allowed"):
        kinds.demand_allowed("fund", ["own"])


@pytest.mark.parametrize("before", list(Stage))
@pytest.mark.parametrize("after", list(Stage))
def test_a_loan_goes_on_as_the_table_says(before: Stage, after: Stage) -> None:
    if after in STEPS[before]:
        kinds.check_step(before, after)
        return
    with pytest.raises(Conflict, match="loan_stage_over"):
        kinds.check_step(before, after)
