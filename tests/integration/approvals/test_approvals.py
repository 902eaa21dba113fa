"""One person asks, a second one decides, once."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals import queries, service
from app.approvals.models import ApprovalRequest
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from tests.factories.vouchers import Desk, make_desk

KIND = "test.act"


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


def ask(session: Session, actor: Actor, subject_id: int = 1) -> ApprovalRequest:
    return service.request(
        session, actor=actor, kind=KIND, subject_id=subject_id, payload={"schema": 1, "sum_fen": 7}
    )


def test_what_was_asked_is_what_is_decided(session: Session, desk: Desk) -> None:
    asked = ask(session, desk.officer)
    decided = service.decide(session, actor=desk.checker, kind=KIND, subject_id=1, approve=True)
    assert decided.id == asked.id
    assert (decided.state, decided.decided_by_id) == ("approved", desk.checker.user_id)
    assert decided.decided_at == clock.now()
    assert decided.payload == {"schema": 1, "sum_fen": 7}


def test_the_same_person_does_not_decide(session: Session, desk: Desk) -> None:
    ask(session, desk.officer)
    for approve in (True, False):
        with pytest.raises(Forbidden, match="approval_same_person"):
            service.decide(
                session, actor=desk.officer, kind=KIND, subject_id=1, approve=approve, reason="因为"
            )


@pytest.mark.parametrize("approve", [True, False])
def test_a_decision_is_made_once(session: Session, desk: Desk, approve: bool) -> None:
    ask(session, desk.officer)
    service.decide(session, actor=desk.checker, kind=KIND, subject_id=1, approve=approve, reason="因为")
    third = replace(desk.checker, user_id=make_desk(session).checker.user_id)
    with pytest.raises(Conflict, match="approval_decided"):
        service.decide(session, actor=third, kind=KIND, subject_id=1, approve=not approve, reason="因为")


def test_a_subject_waits_for_one_decision_at_a_time(session: Session, desk: Desk) -> None:
    ask(session, desk.officer)
    with pytest.raises(Conflict, match="approval_pending"):
        ask(session, desk.officer)
    ask(session, desk.officer, subject_id=2)
    service.decide(session, actor=desk.checker, kind=KIND, subject_id=1, approve=False, reason="不符")
    again = ask(session, desk.officer)
    assert queries.find_latest(session, actor=desk.checker, kind=KIND, subject_id=1) is again
    assert queries.count_pending(session, actor=desk.checker, kind=KIND) == 2


def test_a_refusal_needs_a_reason_and_keeps_it(session: Session, desk: Desk) -> None:
    ask(session, desk.officer)
    with pytest.raises(DomainError, match="reason_missing"):
        service.decide(session, actor=desk.checker, kind=KIND, subject_id=1, approve=False, reason=" ")
    decided = service.decide(
        session, actor=desk.checker, kind=KIND, subject_id=1, approve=False, reason=" 金额不符 "
    )
    assert (decided.state, decided.reason) == ("rejected", "金额不符")


def test_another_district_finds_nothing_to_decide(session: Session, desk: Desk) -> None:
    ask(session, desk.officer)
    elsewhere = make_desk(session)
    with pytest.raises(NotFound):
        service.decide(session, actor=elsewhere.checker, kind=KIND, subject_id=1, approve=True)
    assert queries.find_latest(session, actor=elsewhere.checker, kind=KIND, subject_id=1) is None
    assert queries.count_pending(session, actor=elsewhere.checker, kind=KIND) == 0


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        (
            "state = 'approved', decided_by_id = requested_by_id, decided_at = now()",
            "ck_approval_requests_second_person",
        ),
        ("state = 'approved'", "ck_approval_requests_decided"),
        ("state = 'perhaps', decided_by_id = :other", "ck_approval_requests_state"),
    ],
)
def test_the_table_keeps_the_second_person(
    session: Session, desk: Desk, change: str, constraint: str
) -> None:
    asked = ask(session, desk.officer)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(
            text(f"UPDATE approval_requests SET {change} WHERE id = :id"),
            {"id": asked.id, "other": desk.checker.user_id},
        )


def test_the_table_refuses_two_pending_requests_for_a_subject(session: Session, desk: Desk) -> None:
    asked = ask(session, desk.officer)
    with pytest.raises(IntegrityError, match="uq_approval_requests_pending"):
        session.execute(
            text(
                "INSERT INTO approval_requests "
                "(district_id, kind, subject_id, payload, requested_by_id, requested_at, state) "
                "SELECT district_id, kind, subject_id, payload, requested_by_id, requested_at, state "
                "FROM approval_requests WHERE id = :id"
            ),
            {"id": asked.id},
        )
