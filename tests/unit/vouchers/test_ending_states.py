"""Every state of an ending with every act, by every role."""

import itertools

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.vouchers.ending_models import LIVE as LIVE_ROWS
from app.vouchers.ending_states import (
    GONE,
    LIVE,
    OPEN,
    REFUSALS,
    WAITING,
    WHO,
    Action,
    Kind,
    State,
    after,
    may,
)

ACTS = [action for action in Action if action != Action.ASK]

TABLE = {
    #                 withdraw         prepare         decide          refuse         approve
    #                 send_back        pay             return          recall         claim, enter, drop
    State.ASKED: [
        *(State.WITHDRAWN, State.PREPARED, None, State.REFUSED, None),
        *(None, None, None, None, None, None, State.REFUSED),
    ],
    State.UNDECIDED: [None, None, State.PREPARED, *[None] * 9],
    State.CLAIMABLE: [*[None] * 9, State.ASKED, State.PREPARED, None],
    State.PREPARED: [*[None] * 4, State.APPROVED, State.ASKED, *[None] * 5, State.REFUSED],
    State.APPROVED: [*[None] * 6, State.PAID, None, State.RETURNED, None, None, None],
    State.PAID: [*[None] * 7, State.RETURNED, *[None] * 4],
    State.RETURNED: [None, State.RENEWED, *[None] * 10],
    State.RENEWED: [*[None] * 4, State.APPROVED, State.RETURNED, *[None] * 6],
    **{state: [None] * 12 for state in (State.CLOSED, State.REFUSED, State.WITHDRAWN)},
}


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, ACTS)))
def test_each_act_leads_where_the_table_says(state: State, action: Action) -> None:
    expected = TABLE[state][ACTS.index(action)]
    if expected is None:
        with pytest.raises(Conflict, match=REFUSALS[state]):
            after(WHO[action], Kind.PAYOUT, state, action)
    else:
        assert after(WHO[action], Kind.PAYOUT, state, action) is expected


@pytest.mark.parametrize(("role", "action"), list(itertools.product([None, *Role], ACTS)))
def test_each_act_is_one_roles(role: Role | None, action: Action) -> None:
    reached = {state for state in State if may(role, Kind.PAYOUT, state, action)}
    assert bool(reached) == (role is WHO[action])
    if not reached:
        with pytest.raises(Forbidden):
            after(role, Kind.PAYOUT, State.ASKED, action)


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.REFUSE, Action.DROP])
def test_a_term_that_is_over_is_not_taken_back(action: Action) -> None:
    assert not may(WHO[action], Kind.LAPSE, State.ASKED, action)
    with pytest.raises(Conflict, match="ending_asked"):
        after(WHO[action], Kind.LAPSE, State.ASKED, action)


def test_the_groups_of_states_fit_together() -> None:
    assert State.REFUSED not in LIVE
    assert "'refused', 'withdrawn'" in LIVE_ROWS
    assert WAITING | GONE | {State.UNDECIDED, State.CLAIMABLE} == LIVE
    assert LIVE - {State.PAID, State.CLOSED} == OPEN
