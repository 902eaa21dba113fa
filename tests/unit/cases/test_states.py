import pytest

from app.cases import states
from app.cases.errors import SignalDecided

TABLE = [
    ("signal", "dismiss", "dismissed"),
    ("signal", "open", "opened"),
    ("signal", "lapse", "lapsed"),
    ("signal", "note", SignalDecided),
    ("opened", "note", "opened"),
    ("opened", "lapse", SignalDecided),
    ("dismissed", "lapse", SignalDecided),
    ("dismissed", "note", SignalDecided),
    ("lapsed", "dismiss", SignalDecided),
    ("lapsed", "open", SignalDecided),
    ("lapsed", "lapse", SignalDecided),
    ("lapsed", "note", SignalDecided),
    ("dismissed", "dismiss", SignalDecided),
    ("dismissed", "open", SignalDecided),
    ("opened", "dismiss", SignalDecided),
    ("opened", "open", SignalDecided),
]


@pytest.mark.parametrize(("state", "action", "outcome"), TABLE)
def test_every_state_answers_every_action(state: str, action: str, outcome: str | type[Exception]) -> None:
    if isinstance(outcome, str):
        assert states.after(state, action) == outcome
    else:
        with pytest.raises(outcome):
            states.after(state, action)


def test_the_table_above_is_complete() -> None:
    assert {(state, action) for state, action, _ in TABLE} == {
        (state, action) for state in states.STATES for action in states.ACTIONS
    }


@pytest.mark.parametrize(("state", "action"), [("signal", "find"), ("closed", "open"), ("", "dismiss")])
def test_what_nobody_may_ask_for_is_a_mistake_of_the_caller(state: str, action: str) -> None:
    with pytest.raises(LookupError):
        states.after(state, action)
