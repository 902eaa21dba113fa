from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.core import replay
from app.core.errors import Conflict

Transaction = Callable[[], AbstractContextManager[Session]]


def test_a_repeat_gets_the_first_result(transaction: Transaction) -> None:
    request_id = uuid4()
    with transaction() as session:
        assert replay.earlier_result(session, request_id=request_id, sender="a") is None
        assert replay.keep_result(session, request_id=request_id, sender="a", location="/first")
    with transaction() as session:
        assert replay.earlier_result(session, request_id=request_id, sender="a") == "/first"
        assert not replay.keep_result(session, request_id=request_id, sender="a", location="/second")


def test_somebody_elses_id_is_refused(transaction: Transaction) -> None:
    request_id = uuid4()
    with transaction() as session:
        replay.keep_result(session, request_id=request_id, sender="a", location="/first")
    with transaction() as session, pytest.raises(Conflict):
        replay.earlier_result(session, request_id=request_id, sender="b")


def test_of_twins_at_the_same_time_one_keeps_its_result(transaction: Transaction) -> None:
    request_id, barrier, kept = uuid4(), Barrier(2), []

    def send() -> None:
        with transaction() as session:
            assert replay.earlier_result(session, request_id=request_id, sender="a") is None
            barrier.wait(timeout=300)
            kept.append(replay.keep_result(session, request_id=request_id, sender="a", location="/x"))

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert sorted(kept) == [False, True]
