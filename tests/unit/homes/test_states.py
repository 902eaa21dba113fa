import itertools

import pytest

from app.core.errors import Conflict
from app.homes import states

HOME_STEPS = {
    ("free", "lock"): "locked",
    ("free", "release"): LookupError,
    ("free", "sell"): LookupError,
    ("locked", "lock"): "home_locked",
    ("locked", "release"): "free",
    ("locked", "sell"): "sold",
    ("sold", "lock"): "home_sold",
    ("sold", "release"): LookupError,
    ("sold", "sell"): LookupError,
    ("free", "undo"): LookupError,
    ("locked", "undo"): LookupError,
    ("sold", "undo"): "free",
    ("free", "sell_offline"): "sold",
    ("locked", "sell_offline"): "home_locked",
    ("sold", "sell_offline"): "home_sold",
    ("free", "take_back"): LookupError,
    ("locked", "take_back"): LookupError,
    ("sold", "take_back"): "free",
}

LISTING_STEPS = {
    ("new", "publish"): "listed",
    ("new", "withdraw"): LookupError,
    ("new", "break_rule"): LookupError,
    ("out", "publish"): "listed",
    ("out", "withdraw"): "not_listed",
    ("out", "break_rule"): LookupError,
    ("listed", "publish"): "already_listed",
    ("listed", "withdraw"): "out",
    ("listed", "break_rule"): "out",
    ("new", "sell_offline"): LookupError,
    ("out", "sell_offline"): "out",
    ("listed", "sell_offline"): "out",
    ("new", "take_back"): LookupError,
    ("out", "take_back"): "out",
    ("listed", "take_back"): LookupError,
    ("new", "restore"): LookupError,
    ("out", "restore"): "listed",
    ("listed", "restore"): LookupError,
    ("new", "suspend"): LookupError,
    ("out", "suspend"): LookupError,
    ("listed", "suspend"): "out",
    ("new", "leave"): LookupError,
    ("out", "leave"): LookupError,
    ("listed", "leave"): "out",
    ("new", "lift"): LookupError,
    ("out", "lift"): "listed",
    ("listed", "lift"): LookupError,
}


@pytest.mark.parametrize(
    ("table", "state", "action", "expected"),
    [
        (table, state, action, expected)
        for table, steps in ((states.HOME, HOME_STEPS), (states.LISTING, LISTING_STEPS))
        for (state, action), expected in steps.items()
    ],
)
def test_every_step_leads_to_a_state_or_is_refused(
    table: dict[tuple[str, str], str], state: str, action: str, expected: str | type[Exception]
) -> None:
    if (state, action) in table:
        assert states.after(table, state, action) == expected
    elif expected is LookupError:
        with pytest.raises(LookupError):
            states.after(table, state, action)
    else:
        with pytest.raises(Conflict) as refused:
            states.after(table, state, action)
        assert refused.value.code == expected


def test_the_tables_above_leave_no_step_out() -> None:
    for table, steps in ((states.HOME, HOME_STEPS), (states.LISTING, LISTING_STEPS)):
        known = {state for state, _ in steps} | set(table.values())
        assert set(itertools.product(known, {action for _, action in table})) == set(steps)
