"""What may become of a proof of kinship: the whole table."""

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.redemptions.kinship_states import STEPS, WHO, Action, State, after, may


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_each_step_is_taken_by_its_people_alone_and_leads_where_the_table_says(
    state: State, action: Action
) -> None:
    for role in (*Role, None):
        allowed = role in WHO[action] and (state, action) in STEPS
        assert may(role, state, action) is allowed
        if allowed:
            assert after(role, state, action) is STEPS[state, action]
        else:
            with pytest.raises((Conflict, Forbidden)):
                after(role, state, action)


def test_nobody_accepts_what_was_not_given_and_nothing_follows_an_acceptance() -> None:
    assert [state for state, action in STEPS if action is Action.ACCEPT] == [State.GIVEN]
    assert State.ACCEPTED not in {state for state, _ in STEPS}
