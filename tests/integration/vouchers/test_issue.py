"""A voucher is submitted by one person, issued by another, and its money is in the ledger."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import clock as clocks
from app.core.actor import Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.ledger.models import LedgerTransfer
from app.ledger.queries import balance, control_balance
from app.vouchers import service
from app.vouchers.models import Voucher
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.projects import make_agreement
from tests.factories.vouchers import Desk, make_desk, make_voucher, submit_voucher


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


def test_a_submitted_voucher_takes_the_agreements_sum_and_waits(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk, face_fen=88_800_001)
    assert (voucher.state, voucher.face_fen, voucher.account_id) == ("submitted", 88_800_001, None)
    asked = session.scalars(select(ApprovalRequest).where(ApprovalRequest.subject_id == voucher.id)).one()
    assert asked.state == "pending"
    assert asked.payload["face_fen"] == 88_800_001
    assert asked.payload["policy_sha256"] == desk.policy_version.sha256
    assert session.scalar(select(func.count()).select_from(LedgerTransfer)) == 0


def test_issuing_credits_the_voucher_and_starts_its_term(
    session: Session, desk: Desk, clock: clocks.FixedClock
) -> None:
    clock.moment = datetime(2016, 8, 31, 4, 0, tzinfo=UTC)
    voucher = make_voucher(session, desk=desk, face_fen=130_550_000)
    assert voucher.state == "issued"
    assert voucher.issued_at == clock.moment
    assert voucher.expires_at == datetime(2018, 2, 28, 16, 0, tzinfo=UTC)
    assert voucher.account_id is not None
    assert balance(session, voucher.account_id).available_fen == 130_550_000
    assert control_balance(session, district_id=desk.district.id, kind="issue") == -130_550_000


def test_the_person_who_submitted_cannot_approve(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk)
    both = replace(desk.officer, role=Role.CHECKER)
    with pytest.raises(Forbidden, match="approval_same_person"), session.begin_nested():
        service.approve(session, actor=both, voucher_id=voucher.id)
    with pytest.raises(Forbidden, match="approval_same_person"):
        service.reject(session, actor=both, voucher_id=voucher.id, reason="金额不符")


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.OFFICER, Role.HOUSEHOLD}])
def test_only_an_officer_submits(session: Session, desk: Desk, role: Role) -> None:
    agreement = make_agreement(session, officer=desk.officer)
    stranger = replace(desk.officer, role=role)
    with pytest.raises(Forbidden):
        service.submit(
            session, actor=stranger, agreement_id=agreement.id, policy_version_id=desk.policy_version.id
        )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CHECKER])
def test_only_a_checker_decides(session: Session, desk: Desk, role: Role) -> None:
    voucher = submit_voucher(session, desk=desk)
    stranger = replace(desk.checker, role=role)
    with pytest.raises(Forbidden):
        service.approve(session, actor=stranger, voucher_id=voucher.id)
    with pytest.raises(Forbidden):
        service.reject(session, actor=stranger, voucher_id=voucher.id, reason="不符")


def test_another_district_finds_nothing_to_submit_or_decide(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk)
    agreement = make_agreement(session, officer=desk.officer)
    other = make_desk(session)
    with pytest.raises(NotFound):
        service.approve(session, actor=other.checker, voucher_id=voucher.id)
    with pytest.raises(NotFound):
        service.submit(
            session, actor=other.officer, agreement_id=agreement.id, policy_version_id=other.policy_version.id
        )
    with pytest.raises(NotFound):
        service.submit(
            session, actor=desk.officer, agreement_id=agreement.id, policy_version_id=other.policy_version.id
        )


@pytest.mark.parametrize("issued", [False, True])
def test_an_agreement_has_one_voucher(session: Session, desk: Desk, issued: bool) -> None:
    voucher = make_voucher(session, desk=desk) if issued else submit_voucher(session, desk=desk)
    with pytest.raises(Conflict, match="agreement_has_voucher"):
        service.submit(
            session,
            actor=desk.officer,
            agreement_id=voucher.agreement_id,
            policy_version_id=desk.policy_version.id,
        )


def test_a_rejected_agreement_may_be_submitted_again(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk)
    service.reject(session, actor=desk.checker, voucher_id=voucher.id, reason="协议缺少签字页")
    assert voucher.state == "rejected"
    session.commit()
    again = service.submit(
        session,
        actor=desk.officer,
        agreement_id=voucher.agreement_id,
        policy_version_id=desk.policy_version.id,
    )
    session.commit()
    assert service.approve(session, actor=desk.checker, voucher_id=again.id).state == "issued"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_rejection_needs_a_reason(session: Session, desk: Desk, reason: str) -> None:
    voucher = submit_voucher(session, desk=desk)
    with pytest.raises(DomainError) as refused:
        service.reject(session, actor=desk.checker, voucher_id=voucher.id, reason=reason)
    assert (refused.value.code, refused.value.field) == ("reason_missing", "reason")


def test_a_decided_voucher_is_not_decided_again(session: Session, desk: Desk) -> None:
    voucher = make_voucher(session, desk=desk)
    second = make_actor(session, role=Role.CHECKER, district=desk.district)
    with pytest.raises(Conflict, match="voucher_decided"):
        service.approve(session, actor=second, voucher_id=voucher.id)
    with pytest.raises(Conflict, match="voucher_decided"):
        service.reject(session, actor=second, voucher_id=voucher.id, reason="太晚")
    assert session.scalar(select(func.count()).select_from(LedgerTransfer)) == 1


def test_a_sum_that_moved_after_submission_is_not_issued(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk)
    session.execute(
        text("UPDATE agreements SET compensation_fen = compensation_fen + 1 WHERE id = :id"),
        {"id": voucher.agreement_id},
    )
    with pytest.raises(Conflict, match="agreement_changed"):
        service.approve(session, actor=desk.checker, voucher_id=voucher.id)


def test_a_voucher_keeps_the_policy_version_it_was_submitted_under(session: Session, desk: Desk) -> None:
    issued = make_voucher(session, desk=desk)
    expires_at = issued.expires_at
    session.commit()
    shorter = make_policy_version(
        session, district=desk.district, text=HAILING.replace("months: 18", "months: 20")
    )
    later = make_voucher(session, desk=replace(desk, policy_version=shorter))
    session.refresh(issued)
    assert (shorter.version, issued.policy_version_id) == (2, desk.policy_version.id)
    assert issued.expires_at == expires_at
    assert later.expires_at is not None
    assert expires_at is not None
    assert later.expires_at > expires_at


@pytest.mark.parametrize(
    "change",
    [
        "state = 'issued'",
        "state = 'spent'",
        "face_fen = 0",
        "issued_at = now()",
        "expires_at = now()",
    ],
)
def test_the_table_refuses_a_voucher_that_is_half_issued(session: Session, desk: Desk, change: str) -> None:
    voucher = submit_voucher(session, desk=desk)
    with pytest.raises(IntegrityError):
        session.execute(text(f"UPDATE vouchers SET {change} WHERE id = :id"), {"id": voucher.id})


def test_the_table_refuses_a_second_voucher_and_another_districts_agreement(
    session: Session, desk: Desk
) -> None:
    voucher = submit_voucher(session, desk=desk)
    columns = [column.name for column in Voucher.__table__.columns if column.name not in {"id", "ref"}]
    copy = text(
        f"INSERT INTO vouchers (ref, {', '.join(columns)}) "
        f"SELECT 'FP-COPY', {', '.join(columns)} FROM vouchers WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="uq_vouchers_agreement"), session.begin_nested():
        session.execute(copy, {"id": voucher.id})
    other = make_desk(session)
    with pytest.raises(IntegrityError, match="fk_vouchers"):
        session.execute(
            text("UPDATE vouchers SET district_id = :district WHERE id = :id"),
            {"district": other.district.id, "id": voucher.id},
        )
