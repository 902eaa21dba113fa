"""Two people act on a batch at the same moment: it is submitted, decided and issued once."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.core import locks, restarts
from app.core.actor import Actor, Role
from app.core.locks import LockPolicy
from app.core.restarts import Batches, JobRestart
from app.ledger.models import LedgerTransfer
from app.projects.models import Project
from app.vouchers import batch_queries, batches, service
from app.vouchers.models import BatchHousehold, Voucher, VoucherBatch
from tests.concurrency.race import Act, NoLocks, queue_up, race
from tests.factories.batches import approve_batch, make_roster, open_whole_sample, submit_batch
from tests.factories.identity import make_actor
from tests.factories.vouchers import Desk, make_desk

ISSUING = {"task": "vouchers.issue_batch"}


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting)


@pytest.fixture
def project(setting: Session, desk: Desk) -> Project:
    project = make_roster(setting, desk=desk)
    setting.commit()
    return project


@pytest.fixture
def batch(setting: Session, desk: Desk, project: Project) -> VoucherBatch:
    batch = submit_batch(setting, desk=desk, project=project)
    setting.commit()
    return batch


def another(setting: Session, desk: Desk, role: Role) -> Actor:
    actor = make_actor(setting, role=role, district=desk.district)
    setting.commit()
    return actor


def count(engine: Engine, model: type) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def submitting(desk: Desk, project: Project, officer: Actor) -> Act:
    return lambda session: submit_batch(session, desk=desk, project=project, officer=officer)


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locked", "by the index alone"])
def test_two_officers_submit_one_roster_and_one_is_told(
    engine: Engine, setting: Session, desk: Desk, project: Project, policy: LockPolicy | None
) -> None:
    """Both have read the roster before either writes: without the lock the index still tells the second."""
    officers = [desk.officer, another(setting, desk, Role.OFFICER)]
    acts = [submitting(desk, project, officer) for officer in officers]
    outcomes = race(engine, acts, policy=policy, meet_at="INSERT INTO voucher_batches ")
    assert "done" in outcomes
    assert set(outcomes) <= {"done", "agreement_has_voucher", "issue_batch_empty"}
    assert outcomes.count("done") == 1
    assert (count(engine, VoucherBatch), count(engine, BatchHousehold), count(engine, Voucher)) == (1, 4, 4)


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locked", "by the statement alone"])
def test_two_checkers_approve_and_one_decides(
    engine: Engine, setting: Session, desk: Desk, batch: VoucherBatch, policy: LockPolicy | None
) -> None:
    """The lock makes the second wait; without it the conditional statement still refuses one of them."""
    checkers = [desk.checker, another(setting, desk, Role.CHECKER)]
    for checker in checkers:
        open_whole_sample(setting, checker=checker, batch=batch)
    setting.commit()

    def approving(checker: Actor) -> Act:
        return lambda session: batches.approve(session, actor=checker, batch_ref=batch.ref)

    outcomes = race(engine, [approving(checker) for checker in checkers], policy=policy)
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "issue_batch_decided", "approval_decided"}


def test_one_approves_while_another_sends_back(
    engine: Engine, setting: Session, desk: Desk, batch: VoucherBatch
) -> None:
    colleague = another(setting, desk, Role.CHECKER)
    open_whole_sample(setting, checker=desk.checker, batch=batch)
    setting.commit()
    members = [one.id for one in batch_queries.list_vouchers(setting, batch=batch)]
    setting.commit()
    outcomes = queue_up(
        engine,
        lambda session: locks.lock_all(session, Voucher, members),
        [
            lambda session: batches.approve(session, actor=desk.checker, batch_ref=batch.ref),
            lambda session: batches.send_back(
                session, actor=colleague, batch_ref=batch.ref, reason="金额不符"
            ),
        ],
    )
    assert outcomes == ["done", "approval_decided"]
    with Session(engine) as session:
        assert session.get_one(VoucherBatch, batch.id).state == "approved"
        assert set(session.scalars(select(Voucher.state))) == {"submitted"}


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locked", "by the index alone"])
def test_a_single_voucher_and_a_batch_over_one_agreement_meet(
    engine: Engine, setting: Session, desk: Desk, project: Project, policy: LockPolicy | None
) -> None:
    seen = batch_queries.preview(setting, actor=desk.officer, project_id=project.id)
    first = seen.entries[0].agreement_id or 0
    setting.commit()
    colleague = another(setting, desk, Role.OFFICER)
    outcomes = race(
        engine,
        [
            submitting(desk, project, desk.officer),
            lambda session: service.submit(
                session, actor=colleague, agreement_id=first, policy_version_id=desk.policy_version.id
            ),
        ],
        policy=policy,
        meet_at=("INSERT INTO voucher_batches ", "INSERT INTO vouchers "),
    )
    assert "done" in outcomes
    with Session(engine) as session:
        vouchers = select(func.count(Voucher.id)).where(Voucher.agreement_id == first)
        assert session.scalar(vouchers) == 1


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locked", "by the constraints alone"])
def test_two_workers_issue_a_batch_and_the_money_comes_once(
    engine: Engine,
    setting: Session,
    desk: Desk,
    batch: VoucherBatch,
    check_sound: Callable[[], None],
    policy: LockPolicy | None,
) -> None:
    """With the lock the second finds it done; without, the account that is there already stops the second."""
    approve_batch(setting, checker=desk.checker, batch=batch)
    setting.commit()
    issuing = [lambda session: batches.issue(session, batch_id=batch.id)] * 2
    outcomes = race(engine, issuing, policy=policy, meet_at="INSERT INTO ledger_accounts ")
    assert outcomes.count("done") == (2 if policy is None else 1)
    assert count(engine, LedgerTransfer) == 4
    check_sound()


def test_two_set_a_batch_going_again_and_one_job_runs(
    engine: Engine, setting: Session, desk: Desk, batch: VoucherBatch
) -> None:
    """The statement that takes the failed job off the queue is the lock: the second finds nothing."""
    approve_batch(setting, checker=desk.checker, batch=batch)
    setting.commit()
    setting.execute(text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = :task"), ISSUING)
    setting.commit()
    kind = Batches((ISSUING["task"],), "voucher_batch", VoucherBatch.__table__)
    officers = [desk.officer, another(setting, desk, Role.OFFICER)]

    def restarting(officer: Actor) -> Act:
        return lambda session: restarts.restart(session, kind, actor=officer, ref=batch.ref, reason="恢复了")

    outcomes = race(
        engine, [restarting(officer) for officer in officers], meet_at="DELETE FROM procrastinate_jobs"
    )

    assert sorted(map(str, outcomes)) == ["batch_not_stopped", "done"]
    jobs = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task")
    assert setting.scalar(jobs, ISSUING) == 1
    assert count(engine, JobRestart) == 1
