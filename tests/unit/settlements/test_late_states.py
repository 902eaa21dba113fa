"""What may become of a report of a late handover: the whole table."""

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.settlements.late_states import OPEN, STEPS, WHO, Action, State, after, may

ROLES = (*Role, None)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", [action for action in Action if action != Action.REPORT])
def test_each_step_is_taken_by_its_people_alone_and_leads_where_the_table_says(
    state: State, action: Action
) -> None:
    for role in ROLES:
        allowed = role in WHO[action] and (state, action) in STEPS
        assert may(role, state, action) is allowed
        if allowed:
            assert after(role, state, action) is STEPS[state, action]
        else:
            with pytest.raises((Conflict, Forbidden)):
                after(role, state, action)


def test_nothing_goes_on_once_it_is_over() -> None:
    assert {state for state, _ in STEPS} == OPEN


def test_the_household_alone_ends_it_by_its_word_on_the_handover() -> None:
    assert WHO[Action.HAND_OVER] == {Role.HOUSEHOLD}
    with pytest.raises(Forbidden):
        after(Role.DEVELOPER, State.ANSWERED, Action.HAND_OVER)
