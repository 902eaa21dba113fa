"""The table of moves, as a table: each state, each action, each role."""

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.vouchers.move_states import OPEN, REFUSALS, STEPS, WHO, Action, State, after, demand, may


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.ASK])
def test_a_step_is_in_the_table_or_refused_with_where_it_stands(state: State, action: Action) -> None:
    role = WHO[action]
    if (state, action) in STEPS:
        assert may(role, state, action)
        assert after(role, state, action) == STEPS[state, action]
    else:
        with pytest.raises(Conflict, match=REFUSALS[state]):
            after(role, state, action)
    for other in set(Role) - {role}:
        assert not may(other, state, action)
        with pytest.raises(Forbidden):
            after(other, state, action)


def test_only_what_is_open_goes_on_and_only_a_household_asks() -> None:
    assert {state for state, _ in STEPS} == OPEN
    demand(Role.HOUSEHOLD, Action.ASK)
    with pytest.raises(Forbidden):
        demand(Role.OFFICER, Action.ASK)
