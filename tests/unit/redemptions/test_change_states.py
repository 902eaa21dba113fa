"""Every state of a change with every act, by every role; and what a measured home costs."""

import itertools
from decimal import Decimal

import pytest

from app.core.actor import Role
from app.core.errors import Conflict, DomainError, Forbidden
from app.redemptions.change_states import OPEN, STEPS, TERMS, Kind, Move, State, after, may
from app.redemptions.measured import price_of
from app.redemptions.states import State as Buying

DOERS = {
    (State.ASKED, Move.ANSWER): "answers",
    (State.ASKED, Move.WITHDRAW): "asks",
    (State.ASKED, Move.PREPARE): Role.OFFICER,
    (State.ASKED, Move.REFUSE): Role.OFFICER,
    (State.ANSWERED, Move.WITHDRAW): "asks",
    (State.ANSWERED, Move.PREPARE): Role.OFFICER,
    (State.ANSWERED, Move.REFUSE): Role.OFFICER,
    (State.PREPARED, Move.REFUSE): Role.CHECKER,
    (State.PREPARED, Move.APPROVE): Role.CHECKER,
}


@pytest.mark.parametrize("kind", Kind)
def test_every_act_has_one_doer_and_all_else_is_refused(kind: Kind) -> None:
    terms = TERMS[kind]
    for role, state, move in itertools.product([*Role, None], State, Move):
        doer = DOERS.get((state, move))
        doer = getattr(terms, doer) if isinstance(doer, str) and not isinstance(doer, Role) else doer
        if (state, move) not in DOERS:
            with pytest.raises(Conflict):
                after(role, kind, state, move)
        elif role is not doer or role is None:
            assert not may(role, kind, state, move) or role is doer
            if role is not doer:
                with pytest.raises(Forbidden):
                    after(role, kind, state, move)
        else:
            assert after(role, kind, state, move) is STEPS[state, move]


def test_what_is_open_leads_on_and_what_has_ended_does_not() -> None:
    assert {state for state, _ in STEPS} == OPEN


def test_what_both_sides_may_undo_they_may_undo_before_the_write_off() -> None:
    before = {kind for kind, terms in TERMS.items() if Buying.CONTRACTED in terms.of}
    assert before == {Kind.WITHDRAW, Kind.CANCEL}
    assert all(Buying.REDEEMED in terms.of for terms in TERMS.values())


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        ("100.00", 1_000_000),
        ("102.00", 1_020_000),
        ("103.00", 1_030_000),
        ("110.00", 1_030_000),
        ("98.00", 980_000),
        ("97.00", 970_000),
        ("96.00", 950_000),
        ("90.00", 830_000),
    ],
)
def test_three_per_cent_is_paid_as_measured_more_is_the_developers(measured: str, expected: int) -> None:
    assert price_of(1_000_000, signed_m2=Decimal(100), measured_m2=Decimal(measured)) == expected


def test_half_a_home_is_no_difference_of_area() -> None:
    with pytest.raises(DomainError, match="area_too_small"):
        price_of(1_000_000, signed_m2=Decimal(100), measured_m2=Decimal(48))
