"""Every state with every act, by every role."""

import itertools

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.sales.states import NEW, WHO, Action, State, after

OUTCOMES = {
    Action.SELL: dict.fromkeys((NEW, "unmatched", "noted", "cancelled", "doubtful"), "standing"),
    Action.CLASH: dict.fromkeys((NEW, "unmatched", "noted", "cancelled", "doubtful"), "conflict"),
    Action.NOTE: {
        NEW: "noted",
        "unmatched": "noted",
        "cancelled": "noted",
        "standing": "noted",
        "conflict": "noted",
        "rejected": "noted",
        "doubtful": "noted",
    },
    Action.MISS: dict.fromkeys((NEW, "noted", "cancelled", "doubtful"), "unmatched"),
    Action.DOUBT: dict.fromkeys((NEW, "unmatched", "noted", "cancelled"), "doubtful"),
    Action.REOPEN: {"rejected": "doubtful"},
    Action.CHOOSE: {"doubtful": "doubtful"},
    Action.CANCEL: {
        NEW: "cancelled",
        "unmatched": "cancelled",
        "noted": "cancelled",
        "standing": "cancelled",
        "conflict": "cancelled",
        "rejected": "cancelled",
        "doubtful": "cancelled",
    },
    Action.UNDO: {"standing": "withdrawn", "conflict": "withdrawn"},
    Action.REJECT: {"conflict": "rejected", "doubtful": "rejected"},
    Action.UPHOLD: {"conflict": "standing"},
    Action.STAND: {"conflict": "standing"},
    Action.CORRECT: {state.value: "withdrawn" for state in State if state != State.WITHDRAWN},
    Action.AMEND: {state.value: state.value for state in State if state != State.WITHDRAWN},
}
"""What each act makes of each state; what is missing is refused."""

LATE = {
    "standing": "sale_standing",
    "rejected": "sale_rejected",
    "withdrawn": "sale_withdrawn",
    "cancelled": "sale_cancelled",
    "noted": "sale_noted",
    "doubtful": "sale_doubtful",
}

PEOPLE = {
    Action.SELL: {Role.DEVELOPER, Role.REGULATOR, None},
    Action.CLASH: {Role.DEVELOPER, Role.REGULATOR, None},
    Action.UNDO: {Role.DEVELOPER},
    Action.REJECT: {Role.OFFICER},
    Action.UPHOLD: {Role.OFFICER},
    Action.STAND: {None},
    Action.REOPEN: {None},
    Action.CHOOSE: {Role.OFFICER},
}


@pytest.mark.parametrize(("state", "action"), list(itertools.product([NEW, *State], Action)))
def test_every_pair_by_every_role(state: str, action: Action) -> None:
    for role in (*Role, None):
        if role not in PEOPLE.get(action, {Role.REGULATOR, None}):
            with pytest.raises(Forbidden):
                after(role, state, action)
        elif state in OUTCOMES[action]:
            assert after(role, state, action) == OUTCOMES[action][state]
        elif state in LATE:
            with pytest.raises(Conflict) as refused:
                after(role, state, action)
            assert refused.value.code == LATE[state]
        else:
            with pytest.raises(LookupError):
                after(role, state, action)


def test_the_table_above_knows_every_act() -> None:
    assert set(OUTCOMES) == set(Action) == set(WHO)
