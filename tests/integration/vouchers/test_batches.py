"""A batch: submitted from a locked roster, looked at, decided as a whole, issued whole."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import audit
from app.core.actor import Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.ledger import queries as ledger
from app.notices.models import Notice
from app.projects import roster
from app.projects.models import Election, Household, Project
from app.redemptions import queries as redemptions
from app.vouchers import batch_queries, batches, flows, service
from app.vouchers.batch_rules import LeftOut
from app.vouchers.errors import BatchMismatch, BatchUnable
from app.vouchers.models import Voucher, VoucherBatch
from tests.factories.batches import approve_batch, make_batch, make_roster, open_whole_sample, submit_batch
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.projects import make_agreement, make_household, make_project
from tests.factories.vouchers import Desk, make_desk, submit_voucher
from tests.frugality import at_most

COPY = """
    INSERT INTO batch_households (batch_id, household_id, district_id)
    SELECT (SELECT max(id) FROM voucher_batches), household_id, district_id FROM batch_households
"""


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


@pytest.fixture
def project(session: Session, desk: Desk) -> Project:
    return make_roster(session, desk=desk, faces=(50_000_000, 130_550_000, 70_000_001, 12_345))


@pytest.fixture
def batch(session: Session, desk: Desk, project: Project) -> VoucherBatch:
    batch = submit_batch(session, desk=desk, project=project)
    session.commit()
    return batch


def states(session: Session, batch: VoucherBatch) -> set[str]:
    return set(session.scalars(select(Voucher.state).where(Voucher.batch_id == batch.id)))


def test_a_preview_counts_and_says_who_is_left_out_and_why(session: Session, desk: Desk) -> None:
    project = make_roster(session, desk=desk, faces=(100, 300, 200, 400, 500))
    first, second, third, *_ = roster.list_entries(session, actor=desk.officer, project_id=project.id)
    silent = make_household(session, officer=desk.officer, project=project)
    roster.elect(session, actor=desk.officer, household_ref=second.household_ref, elects=Election.CASH)
    roster.lock(session, actor=desk.officer, project_id=project.id)
    roster.dispute(session, actor=desk.officer, household_ref=third.household_ref, about="继承未定")
    one = service.submit(
        session,
        actor=desk.officer,
        agreement_id=first.agreement_id or 0,
        policy_version_id=desk.policy_version.id,
    )
    seen = batch_queries.preview(session, actor=desk.officer, project_id=project.id)
    assert [entry.sum_fen for entry in seen.entries] == [400, 500]
    assert (seen.sum_fen, seen.largest and seen.largest.sum_fen) == (900, 500)
    assert [(entry.household_id, reason) for entry, reason in seen.left_out] == [
        (third.household_id, LeftOut.DISPUTE),
        (second.household_id, LeftOut.CASH),
        (silent.id, LeftOut.NO_AGREEMENT),
        (one.household_id, LeftOut.WAITING),
    ]


def test_a_batch_holds_what_the_preview_showed(session: Session, batch: VoucherBatch) -> None:
    assert (batch.state, batch.count, batch.sum_fen, batch.largest_fen) == (
        "submitted",
        4,
        250_562_346,
        130_550_000,
    )
    assert states(session, batch) == {"submitted"}
    asked = session.scalars(select(ApprovalRequest.state).where(ApprovalRequest.kind == service.ISSUE)).all()
    assert asked == ["pending"] * 4


def test_a_batch_is_issued_whole_and_every_proof_holds(
    session: Session, desk: Desk, batch: VoucherBatch
) -> None:
    approve_batch(session, checker=desk.checker, batch=batch)
    session.commit()
    assert (batch.state, states(session, batch)) == ("approved", {"submitted"})
    flows.issue_batch(session, batch_id=batch.id)
    assert (batch.state, batch.told, states(session, batch)) == ("issued", 4, {"issued"})
    issue = ledger.control_balance(session, district_id=desk.district.id, kind="issue")
    assert issue == -250_562_346
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []
    told = select(func.count()).select_from(Notice).where(Notice.kind == "voucher_issued")
    assert session.scalar(told) == 4


def test_issuing_again_changes_nothing(session: Session, desk: Desk, project: Project) -> None:
    batch = make_batch(session, desk=desk, project=project)
    rows = [
        session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("ledger_transfers", "notices")
    ]
    flows.issue_batch(session, batch_id=batch.id)
    again = [
        session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("ledger_transfers", "notices")
    ]
    assert again == rows == [4, 4]


def test_a_worker_killed_between_the_news_goes_on_where_it_stopped(
    session: Session, desk: Desk, batch: VoucherBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "TOLD_AT_A_TIME", 3)
    approve_batch(session, checker=desk.checker, batch=batch)
    session.commit()
    batches.issue(session, batch_id=batch.id)
    session.commit()
    first, second = batches.list_untold(session, batch_id=batch.id)
    assert (len(first), len(second)) == (3, 1)
    batches.tell(session, first)
    session.commit()  # killed here, it does not even know
    batches.note_told(session, batch_id=batch.id, left=1)
    session.commit()
    batches.tell(session, second)
    session.rollback()
    session.refresh(batch)
    assert batch.told == 3
    flows.issue_batch(session, batch_id=batch.id)
    assert (batch.told, session.scalar(select(func.count()).select_from(Notice))) == (4, 4)


def test_one_voucher_that_cannot_be_credited_keeps_the_whole_batch_back(
    session: Session, desk: Desk, batch: VoucherBatch
) -> None:
    approve_batch(session, checker=desk.checker, batch=batch)
    session.commit()
    last = session.scalars(select(func.max(Voucher.id)).where(Voucher.batch_id == batch.id)).one()
    session.execute(
        text(
            "INSERT INTO ledger_accounts (district_id, kind, guarded, owner)"
            " VALUES (:district, 'voucher', true, :owner)"
        ),
        {"district": desk.district.id, "owner": f"voucher:{last}"},
    )
    session.commit()
    with pytest.raises(Conflict):
        flows.issue_batch(session, batch_id=batch.id)
    session.rollback()
    session.refresh(batch)
    assert (batch.state, states(session, batch)) == ("approved", {"submitted"})
    assert session.scalar(text("SELECT count(*) FROM ledger_transfers")) == 0


def test_the_sample_must_be_opened_by_the_checker_who_approves(
    session: Session, desk: Desk, batch: VoucherBatch
) -> None:
    with pytest.raises(DomainError) as refused:
        batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    assert (refused.value.code, refused.value.params) == ("issue_batch_sample_unopened", {"left": 3})
    session.rollback()
    colleague = make_actor(session, role=Role.CHECKER, district=desk.district)
    assert open_whole_sample(session, checker=colleague, batch=batch) == 3
    session.commit()
    with pytest.raises(DomainError, match="issue_batch_sample_unopened"):
        batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.rollback()
    assert batches.approve(session, actor=colleague, batch_ref=batch.ref).state == "approved"


def test_a_voucher_outside_the_sample_is_not_opened(
    session: Session, desk: Desk, batch: VoucherBatch
) -> None:
    everything = batch_queries.list_vouchers(session, batch=batch)
    drawn = {one.id for one in batch_queries.sample_of(batch, everything)}
    other = next(one for one in everything if one.id not in drawn)
    with pytest.raises(NotFound):
        batches.open_sample(session, actor=desk.checker, batch_ref=batch.ref, voucher_ref=other.ref)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE agreements SET compensation_fen = compensation_fen + 1", "sum"),
        ("UPDATE households SET elects = 'cash'", "cash"),
        ("UPDATE households SET dispute = '继承未定'", "dispute"),
    ],
)
def test_what_moved_since_is_shown_first_and_keeps_the_whole_batch_back(
    session: Session, desk: Desk, batch: VoucherBatch, change: str, fault: str
) -> None:
    open_whole_sample(session, checker=desk.checker, batch=batch)
    last = batch_queries.list_vouchers(session, batch=batch)[-1]
    key = last.agreement_id if fault == "sum" else last.household_id
    session.execute(text(f"{change} WHERE id = :id"), {"id": key})
    session.commit()
    rows = batch_queries.check(session, actor=desk.checker, batch=batch)
    assert [(row.voucher.id, row.faults) for row in rows if row.faults] == [(rows[0].voucher.id, [fault])]
    assert rows[0].voucher.id == last.id
    with pytest.raises(Conflict) as refused:
        batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    assert (refused.value.code, refused.value.params) == ("issue_batch_mismatch", {"count": 1})
    session.rollback()
    assert states(session, batch) == {"submitted"}


def test_a_batch_goes_back_with_a_reason_and_may_be_submitted_again(
    session: Session, desk: Desk, project: Project, batch: VoucherBatch
) -> None:
    with pytest.raises(DomainError, match="reason_missing"):
        batches.send_back(session, actor=desk.checker, batch_ref=batch.ref, reason=" ")
    session.rollback()
    batches.send_back(session, actor=desk.checker, batch_ref=batch.ref, reason="第三户面积不符")
    session.commit()
    assert (batch.state, states(session, batch)) == ("returned", {"rejected"})
    again = submit_batch(session, desk=desk, project=project)
    assert (again.count, again.sum_fen) == (batch.count, batch.sum_fen)
    with pytest.raises(Conflict, match="issue_batch_decided"):
        batches.approve(session, actor=desk.checker, batch_ref=batch.ref)


def test_a_household_that_signs_again_later_is_not_in_a_second_batch(
    session: Session, desk: Desk, project: Project
) -> None:
    batch = make_batch(session, desk=desk, project=project)
    household = batch_queries.list_vouchers(session, batch=batch)[0].household
    make_agreement(session, officer=desk.officer, household=household)
    seen = batch_queries.preview(session, actor=desk.officer, project_id=project.id)
    assert {reason for _, reason in seen.left_out} == {LeftOut.ISSUED, LeftOut.BATCHED}
    with pytest.raises(DomainError, match="issue_batch_empty"):
        submit_batch(session, desk=desk, project=project)


def test_a_roster_that_moved_since_the_preview_is_looked_at_again(
    session: Session, desk: Desk, project: Project
) -> None:
    seen = batch_queries.preview(session, actor=desk.officer, project_id=project.id).mark
    session.execute(text("UPDATE agreements SET compensation_fen = compensation_fen + 1"))
    with pytest.raises(Conflict, match="issue_batch_changed"):
        batches.submit(
            session,
            actor=desk.officer,
            project_id=project.id,
            policy_version_id=desk.policy_version.id,
            seen=seen,
        )


def test_what_no_voucher_can_be_issued_over_is_left_out_once_it_was_seen(session: Session) -> None:
    desk = make_desk(session, policy=HAILING + "\nface_without: [moving]\n")
    project = make_project(session, officer=desk.officer)
    for lines in ([("home", 100)], [("moving", 100)], []):
        household = make_household(session, officer=desk.officer, project=project)
        about = {"household": household, "compensation_fen": 100, "lines": lines}
        make_agreement(session, officer=desk.officer, **about)
    seen = batch_queries.preview(session, actor=desk.officer, project_id=project.id)
    said = {"project_id": project.id, "policy_version_id": desk.policy_version.id}
    with pytest.raises(BatchUnable) as refused:
        batches.submit(session, actor=desk.officer, **said, seen=seen.mark)
    assert set(refused.value.unable.values()) == {LeftOut.NOTHING_IN_FACE, LeftOut.PARTS_MISSING}
    with pytest.raises(Conflict, match="issue_batch_changed"):
        batches.submit(session, actor=desk.officer, **said, seen="")
    others = seen.without(refused.value.unable)
    assert (len(others.entries), len(others.left_out)) == (1, 2)
    batch = batches.submit(session, actor=desk.officer, **said, seen=others.mark)
    assert (batch.count, batch.sum_fen) == (1, 100)


def test_nothing_is_issued_from_an_open_roster(session: Session, desk: Desk, project: Project) -> None:
    roster.unlock(session, actor=desk.officer, project_id=project.id, reason="补录")
    with pytest.raises(Conflict, match="roster_open"):
        submit_batch(session, desk=desk, project=project)
    entry = roster.list_entries(session, actor=desk.officer, project_id=project.id)[0]
    with pytest.raises(Conflict, match="roster_open"):
        service.submit(
            session,
            actor=desk.officer,
            agreement_id=entry.agreement_id or 0,
            policy_version_id=desk.policy_version.id,
        )


def test_a_voucher_of_a_batch_is_not_decided_alone(session: Session, desk: Desk, batch: VoucherBatch) -> None:
    voucher = batch_queries.list_vouchers(session, batch=batch)[0]
    with pytest.raises(Conflict, match="voucher_in_batch"):
        service.approve(session, actor=desk.checker, voucher_id=voucher.id)
    with pytest.raises(Conflict, match="voucher_in_batch"):
        service.reject(session, actor=desk.checker, voucher_id=voucher.id, reason="不符")


def test_two_people_stand_behind_a_batch(session: Session, desk: Desk, batch: VoucherBatch) -> None:
    both = replace(desk.officer, role=Role.CHECKER)
    open_whole_sample(session, checker=both, batch=batch)
    session.commit()
    with pytest.raises(Forbidden, match="approval_same_person"):
        batches.approve(session, actor=both, batch_ref=batch.ref)
    session.rollback()
    with pytest.raises(Forbidden, match="approval_same_person"):
        batches.send_back(session, actor=both, batch_ref=batch.ref, reason="不符")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CHECKER])
def test_only_a_checker_looks_and_decides(
    session: Session, desk: Desk, batch: VoucherBatch, role: Role
) -> None:
    stranger = replace(desk.checker, role=role)
    for act in (
        lambda: batches.approve(session, actor=stranger, batch_ref=batch.ref),
        lambda: batches.send_back(session, actor=stranger, batch_ref=batch.ref, reason="不符"),
        lambda: batches.open_sample(session, actor=stranger, batch_ref=batch.ref, voucher_ref="FP-1"),
    ):
        with pytest.raises(Forbidden, match="wrong_role"):
            act()


def test_another_district_finds_no_batch_and_no_roster(
    session: Session, desk: Desk, project: Project, batch: VoucherBatch
) -> None:
    other = make_desk(session)
    with pytest.raises(NotFound):
        batches.approve(session, actor=other.checker, batch_ref=batch.ref)
    with pytest.raises(NotFound):
        batches.submit(
            session,
            actor=other.officer,
            project_id=project.id,
            policy_version_id=other.policy_version.id,
            seen="",
        )
    with pytest.raises(NotFound):
        roster.lock(session, actor=other.officer, project_id=project.id)
    assert batch_queries.list_batches(session, actor=other.checker) == []
    assert roster.list_entries(session, actor=other.officer, project_id=project.id) == []


def test_a_choice_is_not_changed_under_a_voucher_or_a_locked_roster(session: Session, desk: Desk) -> None:
    voucher = submit_voucher(session, desk=desk)
    household = voucher.household
    change = {"actor": desk.officer, "household_ref": household.ref, "elects": Election.CASH}
    with pytest.raises(Conflict, match="roster_locked"):
        roster.elect(session, **change)
    roster.unlock(session, actor=desk.officer, project_id=household.project_id, reason="户主要求改选")
    with pytest.raises(Conflict, match="household_has_voucher"), session.begin_nested():
        roster.elect(session, **change)
    service.reject(session, actor=desk.checker, voucher_id=voucher.id, reason="户主改选现金")
    session.commit()
    assert roster.elect(session, **change).elects == "cash"


@pytest.mark.parametrize(
    ("act", "code"), [("cash", "household_chose_cash"), ("dispute", "household_disputed")]
)
def test_what_changed_after_submission_keeps_a_single_voucher_back(
    session: Session, desk: Desk, act: str, code: str
) -> None:
    voucher = submit_voucher(session, desk=desk)
    change = "elects = 'cash'" if act == "cash" else "dispute = '继承未定'"
    session.execute(text(f"UPDATE households SET {change} WHERE id = :id"), {"id": voucher.household_id})
    session.expire_all()
    with pytest.raises(Conflict, match=code):
        service.approve(session, actor=desk.checker, voucher_id=voucher.id)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE voucher_batches SET state = 'issued'", "ck_voucher_batches_issued"),
        ("UPDATE voucher_batches SET largest_fen = sum_fen + 1", "ck_voucher_batches_figures"),
        ("UPDATE voucher_batches SET told = count + 1", "ck_voucher_batches_told"),
        (COPY, "uq_batch_households_live"),
    ],
)
def test_the_tables_refuse_what_the_service_never_writes(
    session: Session, desk: Desk, batch: VoucherBatch, statement: str, constraint: str
) -> None:
    open_whole_sample(session, checker=desk.checker, batch=batch)
    session.execute(
        text(
            "INSERT INTO voucher_batches (district_id, ref, project_id, policy_version_id, state, count,"
            " sum_fen, largest_fen, sha256, created_at) SELECT district_id, 'PC-2', project_id,"
            " policy_version_id, state, count, sum_fen, largest_fen, sha256, created_at FROM voucher_batches"
        )
    )
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(statement))


def test_the_audit_trail_names_the_checker_who_decided(
    session: Session, desk: Desk, project: Project
) -> None:
    audit.initialise(session)
    session.commit()
    batch = make_batch(session, desk=desk, project=project)
    rows = session.execute(
        select(audit.AuditRow.action, audit.AuditRow.user_id).where(
            audit.AuditRow.action.in_(("batch.submit", "batch.approve", "batch.issue")),
            audit.AuditRow.object_id == batch.id,
        )
    )
    assert {row.action: row.user_id for row in rows} == {
        "batch.submit": desk.officer.user_id,
        "batch.approve": desk.checker.user_id,
        "batch.issue": desk.checker.user_id,
    }


def test_what_a_policy_adds_is_reckoned_anew_when_a_batch_is_approved(session: Session) -> None:
    """As for one voucher: the area that it was reckoned by was put right meanwhile."""
    desk = make_desk(session, policy=HAILING + "face: [{yuan_per_m2: 900}]\n")
    project = make_roster(session, desk=desk, faces=(50_000_000, 70_000_000))
    batch = submit_batch(session, desk=desk, project=project)
    open_whole_sample(session, checker=desk.checker, batch=batch)
    session.commit()
    first = batch_queries.list_vouchers(session, batch=batch)[0]
    household = session.get_one(Household, first.household_id)
    household.old_area_m2 += 10
    session.commit()
    rows = batch_queries.check(session, actor=desk.checker, batch=batch)
    assert [(row.voucher.id, row.faults) for row in rows if row.faults] == [(first.id, ["sum"])]
    with pytest.raises(BatchMismatch):
        batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.rollback()
    household.old_area_m2 -= 10
    session.commit()
    assert batches.approve(session, actor=desk.checker, batch_ref=batch.ref).state == "approved"


def test_a_batch_is_read_and_approved_by_as_few_statements_however_many_vouchers_it_holds(
    session: Session, desk: Desk, batch: VoucherBatch
) -> None:
    ref = batch.ref
    open_whole_sample(session, checker=desk.checker, batch=batch)
    session.commit()
    with at_most(session, 5):
        found = batch_queries.get_batch(session, actor=desk.checker, ref=ref)
        rows = batch_queries.check(session, actor=desk.checker, batch=found)
    assert [row.faults for row in rows] == [[]] * 4
    with at_most(session, 20):
        batches.approve(session, actor=desk.checker, batch_ref=ref)
