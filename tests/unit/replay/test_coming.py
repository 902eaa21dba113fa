"""Who comes back for what a worker did goes before those who have not been there, once it is time."""

import time

import pytest

from tests.replay import coming
from tests.replay.coming import Coming, Visit


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coming, "BACK_AFTER", 0.05)


def nothing(_browser: object) -> None:
    """Do nothing."""


def test_who_waits_for_a_worker_goes_first_once_it_is_time() -> None:
    others = [Visit("li", [nothing]), Visit("wu", [nothing])]
    day = Coming.of([Visit("clerk", [nothing], [nothing, nothing]), *others])
    clerk = day.next()
    assert clerk is not None
    assert clerk.username == "clerk"
    day.went(clerk)
    came = [day.next()]
    time.sleep(0.06)
    came += [day.next(), day.next()]
    assert [one and one.username for one in came] == ["li", "clerk", "wu"]


def test_who_is_last_is_waited_for_and_does_one_thing_each_time() -> None:
    day = Coming.of([Visit("clerk", [nothing], [nothing, nothing])])
    began, came = time.monotonic(), 0
    while visit := day.next():
        came += 1
        assert len(visit.acts) == 1
        day.went(visit)
    assert came == 3
    assert time.monotonic() - began >= 0.1
