"""Every outcome on every way."""

from datetime import timedelta

import pytest

from app.notices.rules import WAITS, Next, Outcome, State, after, begin
from app.notices.templates.base import Way

MUST = (Way.SMS, Way.MAIL, Way.PRINT)
MAY = (Way.SMS, Way.MAIL)
SMS_NEXT = Next(State.DUE, Way.MAIL, timedelta())
TO_PRINT = Next(State.TO_PRINT, Way.PRINT)


def test_a_message_begins_on_its_first_way_or_stays_in_the_inbox() -> None:
    assert begin(MUST) == Next(State.DUE, Way.SMS, timedelta())
    assert begin(()) == Next(State.INBOX, None)
    assert begin((Way.PRINT,)) == TO_PRINT


@pytest.mark.parametrize(
    ("outcome", "way", "ways", "step"),
    [
        (Outcome.TAKEN, Way.SMS, MUST, Next(State.SENT, Way.SMS)),
        (Outcome.ARRIVED, Way.SMS, MUST, Next(State.ARRIVED, Way.SMS)),
        *((gone, Way.SMS, MUST, SMS_NEXT) for gone in (Outcome.LOST, Outcome.REFUSED, Outcome.NO_ADDRESS)),
        *((gone, Way.MAIL, MUST, TO_PRINT) for gone in (Outcome.REFUSED, Outcome.NO_ADDRESS)),
        *((gone, Way.SMS, MAY, SMS_NEXT) for gone in (Outcome.LOST, Outcome.REFUSED, Outcome.NO_ADDRESS)),
        (Outcome.REFUSED, Way.MAIL, MAY, Next(State.FAILED, Way.MAIL)),
        (Outcome.PRINTED, Way.PRINT, MUST, Next(State.PRINTED, Way.PRINT)),
    ],
)
def test_where_a_message_goes_next(outcome: Outcome, way: Way, ways: tuple[Way, ...], step: Next) -> None:
    assert after(outcome, way=way, ways=ways, tries=1) == step


def test_a_gateway_that_does_not_answer_is_tried_again_later_each_time_then_left() -> None:
    steps = [after(Outcome.UNREACHABLE, way=Way.SMS, ways=MUST, tries=tries) for tries in range(1, 6)]
    assert steps[:-1] == [Next(State.DUE, Way.SMS, wait) for wait in WAITS]
    assert list(WAITS) == sorted(WAITS)
    assert steps[-1] == SMS_NEXT


def test_no_outcome_loses_what_must_be_seen() -> None:
    for outcome in Outcome:
        for way in MUST[:-1]:
            for tries in range(1, 9):
                assert after(outcome, way=way, ways=MUST, tries=tries).state is not State.FAILED
