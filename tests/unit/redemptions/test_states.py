"""Every state with every act, by every role."""

import itertools

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden
from app.redemptions.models import ACTIVE_STATES
from app.redemptions.states import ACTIVE, NEXT, REFUSALS, STEPS, WHO, Action, State, after, may

ACTS = [action for action in Action if action != Action.RESERVE]

TABLE = {
    #                    cancel              enter_contract      verify_first           verify_second
    #                    refuse              release                expire                 fall
    #                    answer              extend                 correct_contract
    #                    ask_change          answer_change          end_change             prepare_change
    #                    adjust              reverse
    State.LOCKED: [
        *(State.CANCELLED, State.CONTRACTED, "contract_missing", "contract_missing"),
        *("contract_missing", State.REFUSED, State.EXPIRED, State.CANCELLED),
        *(State.LOCKED, State.LOCKED, State.LOCKED, "contract_missing"),
        *["contract_missing"] * 6,
    ],
    State.CONTRACTED: [
        *("contract_entered", "contract_entered", State.CHECKED, "first_check_missing"),
        *(State.REFUSED, State.REFUSED, "contract_entered", State.CANCELLED),
        *("contract_entered", "contract_entered", "contract_entered", State.CONTRACTED),
        *[State.CONTRACTED] * 4,
        *("not_written_off", State.REVERSED),
    ],
    State.CHECKED: [
        *("contract_entered", "contract_entered", "redemption_checked", State.REDEEMED),
        *(State.REFUSED, "redemption_checked", "contract_entered", State.CANCELLED),
        *("contract_entered", "contract_entered", "contract_entered", "redemption_checked"),
        *[State.CHECKED] * 4,
        *("not_written_off", State.REVERSED),
    ],
    State.REDEEMED: [
        *["redemption_redeemed"] * 12,
        *[State.REDEEMED] * 4,
        *(State.REDEEMED, State.REVERSED),
    ],
    State.REVERSED: ["redemption_reversed"] * 18,
    State.CANCELLED: ["redemption_cancelled"] * 18,
    State.REFUSED: ["redemption_refused"] * 18,
    State.EXPIRED: ["redemption_expired"] * 18,
}

DOERS: dict[Action, set[Role | None]] = {
    Action.CANCEL: {Role.HOUSEHOLD},
    Action.ENTER_CONTRACT: {Role.DEVELOPER},
    Action.CORRECT_CONTRACT: {Role.DEVELOPER},
    Action.VERIFY_FIRST: {Role.OFFICER},
    Action.VERIFY_SECOND: {Role.CHECKER},
    Action.REFUSE: {Role.OFFICER, Role.CHECKER},
    Action.RELEASE: {Role.OFFICER},
    Action.EXPIRE: {None},
    Action.FALL: {None},
    Action.ANSWER: {Role.DEVELOPER},
    Action.EXTEND: {Role.HOUSEHOLD, None},
    Action.EXTEND_FOR_LOAN: {Role.HOUSEHOLD, Role.OFFICER},
    Action.ASK_CHANGE: {Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER},
    Action.ANSWER_CHANGE: {Role.HOUSEHOLD, Role.DEVELOPER},
    Action.END_CHANGE: {Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER, Role.CHECKER},
    Action.PREPARE_CHANGE: {Role.OFFICER},
    Action.ADJUST: {Role.CHECKER},
    Action.REVERSE: {Role.CHECKER},
}


def expected(role: Role | None, state: State, action: Action) -> State | str:
    if role not in DOERS[action]:
        return "wrong_role"
    if (role, state, action) == (Role.OFFICER, State.CHECKED, Action.REFUSE):
        return "wrong_role"  # what one officer checked, only a second person decides
    return TABLE[state][ACTS.index(action)]


@pytest.mark.parametrize(("state", "action"), list(itertools.product(State, ACTS)))
def test_every_pair_by_every_role(state: State, action: Action) -> None:
    for role in (*Role, None):
        outcome = expected(role, state, action)
        if isinstance(outcome, State):
            assert after(role, state, action) == outcome
            assert may(role, state, action)
        else:
            refusal = Forbidden if outcome == "wrong_role" else Conflict
            with pytest.raises(refusal) as refused:
                after(role, state, action)
            assert refused.value.code == outcome
            assert not may(role, state, action)


def test_steps_and_refusals_are_all_pairs_there_are() -> None:
    assert set(STEPS) | set(REFUSALS) == set(itertools.product(State, ACTS))
    assert not set(STEPS) & set(REFUSALS)


def test_only_households_reserve() -> None:
    assert WHO[Action.RESERVE] == {Role.HOUSEHOLD}


def test_whoever_is_next_may_act_and_ended_ones_wait_for_nobody() -> None:
    for state, step in NEXT.items():
        assert may(step.role, state, step.action)
    assert set(NEXT) == ACTIVE


def test_the_constraint_and_the_table_mean_the_same_states() -> None:
    assert ACTIVE_STATES == "state IN ('locked', 'contracted', 'checked')"
    assert {"locked", "contracted", "checked"} == ACTIVE
