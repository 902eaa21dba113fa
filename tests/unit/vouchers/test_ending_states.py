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
    returned_to,
)

ACTS = [action for action in Action if action != Action.ASK]

_NONE = [None] * len(ACTS)

TABLE = {
    #                 withdraw         prepare         decide          refuse         approve
    #                 send_back        pay             return          recall         claim, enter
    #                 prepare_heir     decide_heir     drop
    State.ASKED: [
        *(State.WITHDRAWN, State.PREPARED, None, State.REFUSED, None),
        *(None, None, None, None, None, None, State.PREPARED, None, State.REFUSED),
    ],
    State.UNDECIDED: [*(None, None, State.PREPARED), *_NONE[:9], State.PREPARED, None],
    State.CLAIMABLE: [*_NONE[:9], State.ASKED, State.PREPARED, *_NONE[:3]],
    State.PREPARED: [*_NONE[:4], State.APPROVED, State.ASKED, *_NONE[:7], State.REFUSED],
    State.APPROVED: [*_NONE[:6], State.PAID, None, State.RETURNED, *_NONE[:5]],
    State.PAID: [*_NONE[:7], State.RETURNED, *_NONE[:6]],
    State.RETURNED: [None, State.RENEWED, *_NONE[:9], State.RENEWED, None, None],
    State.RENEWED: [*_NONE[:4], State.APPROVED, State.RETURNED, *_NONE[:8]],
    **{state: [*_NONE] for state in (State.CLOSED, State.REFUSED, State.WITHDRAWN)},
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


@pytest.mark.parametrize(
    ("state", "is_promised", "is_entered", "to"),
    [
        (State.PREPARED, True, False, State.ASKED),
        (State.PREPARED, True, True, State.CLAIMABLE),
        (State.PREPARED, False, False, State.UNDECIDED),
        (State.RENEWED, True, False, State.RETURNED),
        (State.RENEWED, True, True, State.RETURNED),
    ],
)
def test_what_is_sent_back_stands_where_it_is_put_right(
    state: State, is_promised: bool, is_entered: bool, to: State
) -> None:
    step = after(Role.CHECKER, Kind.LAPSE, state, Action.SEND_BACK)
    assert returned_to(step, is_promised=is_promised, is_entered=is_entered) is to


def test_the_groups_of_states_fit_together() -> None:
    assert State.REFUSED not in LIVE
    assert "'refused', 'withdrawn'" in LIVE_ROWS
    assert WAITING | GONE | {State.UNDECIDED, State.CLAIMABLE} == LIVE
    assert LIVE - {State.PAID, State.CLOSED} == OPEN
