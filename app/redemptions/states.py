"""What may become of a redemption, and by whom: tables that are tested as tables."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden


class State(StrEnum):
    """Where a redemption stands."""

    LOCKED = "locked"
    """The home waits for the contract; the clock runs."""
    CONTRACTED = "contracted"
    """The developer entered the contract; the clock has stopped."""
    CHECKED = "checked"
    """An officer verified it; a checker decides."""
    REDEEMED = "redeemed"
    REVERSED = "reversed"
    """The contract was undone (撤销), before or after the write-off: home and money are free again."""
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"


class Action(StrEnum):
    """What can be done to a redemption; ``reserve`` begins one."""

    RESERVE = "reserve"
    CANCEL = "cancel"
    ENTER_CONTRACT = "enter_contract"
    VERIFY_FIRST = "verify_first"
    VERIFY_SECOND = "verify_second"
    REFUSE = "refuse"
    RELEASE = "release"
    """An older contract of a cash buyer stands."""
    EXPIRE = "expire"
    FALL = "fall"
    """The home that a space was to stand beside is not bought: the space goes back with it."""
    ANSWER = "answer"
    """The developer tells the household when to come and sign."""
    EXTEND = "extend"
    """The developer did not answer in time: the hold is lengthened for nothing."""
    EXTEND_FOR_LOAN = "extend_for_loan"
    """The policy gives a household more time once the papers of its loan are handed in; once."""
    CORRECT_CONTRACT = "correct_contract"
    """The developer enters the contract anew before anybody has verified it."""
    ASK_CHANGE = "ask_change"
    """Somebody asks to undo the contract, or to change what it says: see ``change_states``."""
    ANSWER_CHANGE = "answer_change"
    """The other side says whether it agrees."""
    END_CHANGE = "end_change"
    """What was asked is taken back, or refused."""
    PREPARE_CHANGE = "prepare_change"
    """An officer looked at what was asked; a checker decides."""
    ADJUST = "adjust"
    """A checker changes what a written-off purchase says, or costs."""
    REVERSE = "reverse"
    """A checker undoes the purchase."""


ACTIVE: Final = frozenset({State.LOCKED, State.CONTRACTED, State.CHECKED})
COUNTING: Final = ACTIVE | {State.REDEEMED}
"""A purchase in one of these states counts, less what went back; what ended otherwise gave its bonus back."""
"""While in one of these a redemption holds its home and its vouchers' money."""

STEPS: Final = {
    (State.LOCKED, Action.CANCEL): State.CANCELLED,
    (State.LOCKED, Action.ENTER_CONTRACT): State.CONTRACTED,
    (State.LOCKED, Action.EXPIRE): State.EXPIRED,
    (State.LOCKED, Action.RELEASE): State.REFUSED,
    **{(state, Action.FALL): State.CANCELLED for state in ACTIVE},
    (State.LOCKED, Action.ANSWER): State.LOCKED,
    (State.LOCKED, Action.EXTEND): State.LOCKED,
    (State.LOCKED, Action.EXTEND_FOR_LOAN): State.LOCKED,
    (State.CONTRACTED, Action.CORRECT_CONTRACT): State.CONTRACTED,
    (State.CONTRACTED, Action.VERIFY_FIRST): State.CHECKED,
    (State.CONTRACTED, Action.REFUSE): State.REFUSED,
    (State.CONTRACTED, Action.RELEASE): State.REFUSED,
    (State.CHECKED, Action.VERIFY_SECOND): State.REDEEMED,
    (State.CHECKED, Action.REFUSE): State.REFUSED,
    **{
        (state, action): State.REVERSED if action is Action.REVERSE else state
        for state in (State.CONTRACTED, State.CHECKED, State.REDEEMED)
        for action in (
            Action.ASK_CHANGE,
            Action.ANSWER_CHANGE,
            Action.END_CHANGE,
            Action.PREPARE_CHANGE,
            Action.REVERSE,
        )
    },
    (State.REDEEMED, Action.ADJUST): State.REDEEMED,
}

_OF_CONTRACTS: Final = (
    *(Action.ASK_CHANGE, Action.ANSWER_CHANGE, Action.END_CHANGE, Action.PREPARE_CHANGE),
    *(Action.ADJUST, Action.REVERSE),
)
_ENDED: Final = {
    State.REDEEMED: "redemption_redeemed",
    State.REVERSED: "redemption_reversed",
    State.CANCELLED: "redemption_cancelled",
    State.REFUSED: "redemption_refused",
    State.EXPIRED: "redemption_expired",
}

REFUSALS: Final[dict[tuple[State, Action], str]] = {
    **{
        (state, action): code
        for state, code in _ENDED.items()
        for action in Action
        if action != Action.RESERVE and (state, action) not in STEPS
    },
    **{(State.LOCKED, action): "contract_missing" for action in _OF_CONTRACTS},
    (State.CONTRACTED, Action.ADJUST): "not_written_off",
    (State.CHECKED, Action.ADJUST): "not_written_off",
    (State.LOCKED, Action.VERIFY_FIRST): "contract_missing",
    (State.LOCKED, Action.VERIFY_SECOND): "contract_missing",
    (State.LOCKED, Action.REFUSE): "contract_missing",
    (State.LOCKED, Action.CORRECT_CONTRACT): "contract_missing",
    (State.CONTRACTED, Action.CANCEL): "contract_entered",
    (State.CONTRACTED, Action.ENTER_CONTRACT): "contract_entered",
    (State.CONTRACTED, Action.VERIFY_SECOND): "first_check_missing",
    (State.CONTRACTED, Action.EXPIRE): "contract_entered",
    (State.CONTRACTED, Action.ANSWER): "contract_entered",
    (State.CONTRACTED, Action.EXTEND): "contract_entered",
    (State.CONTRACTED, Action.EXTEND_FOR_LOAN): "contract_entered",
    (State.CHECKED, Action.CANCEL): "contract_entered",
    (State.CHECKED, Action.ENTER_CONTRACT): "contract_entered",
    (State.CHECKED, Action.CORRECT_CONTRACT): "redemption_checked",
    (State.CHECKED, Action.VERIFY_FIRST): "redemption_checked",
    (State.CHECKED, Action.EXPIRE): "contract_entered",
    (State.CHECKED, Action.ANSWER): "contract_entered",
    (State.CHECKED, Action.EXTEND): "contract_entered",
    (State.CHECKED, Action.EXTEND_FOR_LOAN): "contract_entered",
    (State.CHECKED, Action.RELEASE): "redemption_checked",
}
"""Why each other pair is refused; with ``STEPS`` they are all pairs there are."""

WHO: Final[dict[Action, frozenset[Role | None]]] = {
    Action.RESERVE: frozenset({Role.HOUSEHOLD}),
    Action.CANCEL: frozenset({Role.HOUSEHOLD}),
    Action.ENTER_CONTRACT: frozenset({Role.DEVELOPER}),
    Action.CORRECT_CONTRACT: frozenset({Role.DEVELOPER}),
    Action.VERIFY_FIRST: frozenset({Role.OFFICER}),
    Action.VERIFY_SECOND: frozenset({Role.CHECKER}),
    Action.REFUSE: frozenset({Role.OFFICER, Role.CHECKER}),
    Action.RELEASE: frozenset({Role.OFFICER}),
    Action.EXPIRE: frozenset({None}),
    Action.FALL: frozenset({None}),
    Action.ANSWER: frozenset({Role.DEVELOPER}),
    Action.EXTEND: frozenset({Role.HOUSEHOLD, None}),
    Action.EXTEND_FOR_LOAN: frozenset({Role.HOUSEHOLD, Role.OFFICER}),
    Action.ASK_CHANGE: frozenset({Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER}),
    Action.ANSWER_CHANGE: frozenset({Role.HOUSEHOLD, Role.DEVELOPER}),
    Action.END_CHANGE: frozenset({Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER, Role.CHECKER}),
    Action.PREPARE_CHANGE: frozenset({Role.OFFICER}),
    Action.ADJUST: frozenset({Role.CHECKER}),
    Action.REVERSE: frozenset({Role.CHECKER}),
}
"""Who may do it; None is the system. What an officer checked only a second person refuses: see ``may``."""


@dataclass(frozen=True, slots=True)
class Step:
    """What has to happen next, and who does it."""

    role: Role
    action: Action


NEXT: Final = {
    State.LOCKED: Step(Role.DEVELOPER, Action.ENTER_CONTRACT),
    State.CONTRACTED: Step(Role.OFFICER, Action.VERIFY_FIRST),
    State.CHECKED: Step(Role.CHECKER, Action.VERIFY_SECOND),
}


_FAR: Final = {State.LOCKED: 1, State.CONTRACTED: 2, State.CHECKED: 3, State.REDEEMED: 4}


def is_as_far(one: State, other: State) -> bool:
    """Tell whether a purchase has come as far as another; one that ended unsold has come nowhere."""
    return _FAR.get(one, 0) >= _FAR.get(other, 0)


def may(role: Role | None, state: State, action: Action) -> bool:
    """Tell whether a role is one that takes this step; pages show their buttons by it."""
    if (state, action) not in STEPS or role not in WHO[action]:
        return False
    return not (state == State.CHECKED and action == Action.REFUSE and role == Role.OFFICER)


def demand(role: Role | None, action: Action) -> None:
    """Raise Forbidden for a role that never does this."""
    if role not in WHO[action]:
        raise Forbidden("wrong_role")


def after(role: Role | None, state: State, action: Action) -> State:
    """Return the state that an action leads to.

    Raises Forbidden for a role that does not do it, Conflict with the reason where the state forbids it.
    """
    demand(role, action)
    if (state, action) not in STEPS:
        raise Conflict(REFUSALS[state, action])
    if not may(role, state, action):
        raise Forbidden("wrong_role")
    return STEPS[state, action]
