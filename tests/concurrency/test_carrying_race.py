"""A batch is carried out several cases at a time: by two workers, past a refused case, through a crash."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import locks
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.locks import LockPolicy
from app.homes.models import Home
from app.redemptions import batch_queries, flows, service
from app.redemptions.checking_models import CheckBatch, CheckBatchCase
from app.redemptions.models import Redemption
from tests.concurrency.race import Act, NoLocks, queue_up, race
from tests.factories.checking import make_checked
from tests.factories.redemptions import Shop, make_home
from tests.factories.sales import line_of, load

CASES = 4


def approved(setting: Session, shop: Shop, clock: FixedClock) -> tuple[CheckBatch, list[Redemption]]:
    """Return an approved batch, and what it holds in its order."""
    cases = make_checked(setting, shop, clock, CASES)
    checker = shop.desk.checker
    batch = service.make_batch(setting, actor=checker)
    ref = service.open_sample(setting, actor=checker, batch_ref=batch.ref)
    while ref:
        ref = service.look(setting, actor=checker, batch_ref=batch.ref, redemption_ref=ref)
    service.approve_batch(setting, actor=checker, batch_ref=batch.ref)
    setting.commit()
    return batch, cases


def written(setting: Session) -> tuple[int | None, int | None]:
    """Return how many approvals and how many write-offs are on record."""
    approvals = select(func.count(ApprovalRequest.id)).where(
        ApprovalRequest.kind == service.VERIFY, ApprovalRequest.state == "approved"
    )
    noted = select(func.count()).where(AuditRow.action == "redemption.verify_second")
    return setting.scalar(approvals), setting.scalar(noted)


@pytest.mark.parametrize(
    "policy", [pytest.param(None, id="locks"), pytest.param(NoLocks(), id="constraints")]
)
def test_two_workers_write_every_case_off_once(
    engine: Engine,
    setting: Session,
    shop: Shop,
    clock: FixedClock,
    check_sound: Callable[[], None],
    policy: LockPolicy | None,
) -> None:
    batch, cases = approved(setting, shop, clock)
    acts: list[Act] = [lambda session: flows.carry_out(session, batch_id=batch.id)] * 2
    # The ledger's statement, by which every case is written off.
    outcomes = race(engine, acts, policy=policy, meet_at="WITH promise ")
    assert "done" in outcomes
    flows.carry_out(setting, batch_id=batch.id)
    setting.expire_all()
    assert (batch.state, {case.state for case in cases}) == ("done", {"redeemed"})
    assert written(setting) == (CASES, CASES)
    check_sound()


def test_a_case_refused_in_the_middle_is_left_out_alone(
    engine: Engine, setting: Session, shop: Shop, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    batch, cases = approved(setting, shop, clock)
    middle = cases[1]

    def refuse(session: Session) -> None:
        service.refuse_case(
            session, actor=shop.desk.checker, redemption_ref=middle.ref, reason="买受人来电撤回"
        )

    def carry_out(session: Session) -> None:
        flows.carry_out(session, batch_id=batch.id)

    def holding(session: Session) -> Home:
        return locks.lock(session, Home, middle.home_id)

    assert queue_up(engine, holding, [refuse, carry_out]) == ["done"] * 2
    setting.expire_all()
    assert [case.state for case in cases] == ["redeemed", "refused", "redeemed", "redeemed"]
    assert batch_queries.outcomes_of(setting, batch) == {"redeemed": 3, "left_out": 1}
    assert written(setting) == (3, 3)
    check_sound()


def test_what_the_database_itself_refuses_is_left_out_and_the_others_go_on(
    setting: Session, shop: Shop, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    batch, cases = approved(setting, shop, clock)
    load(setting, shop, line_of(make_home(setting, shop), cases[1].contract_number or ""))
    cases[1].disputed_at = None  # whatever told of it is gone; the trigger still sees the registry
    setting.commit()
    assert flows.carry_out(setting, batch_id=batch.id) == CASES
    setting.expire_all()
    assert [case.state for case in cases] == ["redeemed", "checked", "redeemed", "redeemed"]
    left = setting.scalars(select(CheckBatchCase).where(CheckBatchCase.outcome == "left_out")).one()
    assert (left.redemption_id, left.reason) == (cases[1].id, "contract_of_another_home")
    assert written(setting) == (3, 3)
    check_sound()


def test_nothing_stays_of_a_transaction_that_was_killed(
    setting: Session, shop: Shop, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    batch, cases = approved(setting, shop, clock)
    waiting = service.list_undecided(setting, batch_id=batch.id)
    assert service.decide_together(setting, batch_id=batch.id, case_ids=waiting) == []
    assert {case.state for case in cases} == {"redeemed"}
    setting.rollback()
    assert ({case.state for case in cases}, written(setting)) == ({"checked"}, (0, 0))
    check_sound()
    assert flows.carry_out(setting, batch_id=batch.id) == CASES
    assert written(setting) == (CASES, CASES)
    check_sound()
