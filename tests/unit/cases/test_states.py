import pytest

from app.cases import states
from app.cases.errors import SignalDecided, SignalMerged

GOES = {
    "signal": {
        "dismiss": "dismissed",
        "open": "opened",
        "watch": "watched",
        "merge": "merged",
        "assign": "signal",
        "remark": "signal",
        "ask": "signal",
        "answer": "signal",
        "lapse": "lapsed",
    },
    "watched": {
        "dismiss": "dismissed",
        "open": "opened",
        "watch": "watched",
        "merge": "merged",
        "assign": "watched",
        "remark": "watched",
        "ask": "watched",
        "answer": "watched",
        "lapse": "lapsed",
    },
    "merged": {
        "split": "signal",
        "dismiss_along": "dismissed",
        "open_along": "opened",
        "remark": "merged",
        "answer": "merged",
        "lapse": "lapsed",
    },
    "opened": {
        "assign": "opened",
        "remark": "opened",
        "ask": "opened",
        "answer": "opened",
        "note": "opened",
    },
    "dismissed": {},
    "lapsed": {},
}


@pytest.mark.parametrize("action", states.ACTIONS)
@pytest.mark.parametrize("state", states.STATES)
def test_every_state_answers_every_action(state: str, action: str) -> None:
    if action in GOES[state]:
        assert states.after(state, action) == GOES[state][action]
    else:
        with pytest.raises(SignalMerged if state == "merged" else SignalDecided):
            states.after(state, action)


@pytest.mark.parametrize(("state", "action"), [("signal", "find"), ("closed", "open"), ("", "dismiss")])
def test_what_nobody_may_ask_for_is_a_mistake_of_the_caller(state: str, action: str) -> None:
    with pytest.raises(LookupError):
        states.after(state, action)
