"""Several people at the verification desk at the same moment."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.locks import LockPolicy
from app.homes.models import Home
from app.redemptions import flows, service
from app.redemptions.checking_models import CheckBatchCase
from app.redemptions.models import Redemption, RedemptionMove
from tests.concurrency.race import Act, NoLocks, queue_up, race
from tests.factories.checking import make_case, make_checked
from tests.factories.identity import make_actor
from tests.factories.redemptions import Shop

OFFICERS = 6


def people(setting: Session, shop: Shop, role: Role, count: int) -> list[Actor]:
    found = [make_actor(setting, role=role, district=shop.desk.district) for _ in range(count)]
    setting.commit()
    return found


def holding(redemption: Redemption) -> Act:
    return lambda session: locks.lock(session, Home, redemption.home_id)


def moves(setting: Session, redemption: Redemption) -> list[str]:
    wanted = select(RedemptionMove.action).where(RedemptionMove.redemption_id == redemption.id)
    return list(setting.scalars(wanted.order_by(RedemptionMove.id)))[2:]


def test_officers_who_start_at_once_open_different_cases(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    cases = {make_case(setting, shop).ref for _ in range(OFFICERS)}
    given: list[str | None] = []

    def opening(officer: Actor) -> Act:
        def act(session: Session) -> None:
            ref = service.open_next(session, actor=officer)
            session.commit()
            given.append(ref)

        return act

    acts = [opening(officer) for officer in people(setting, shop, Role.OFFICER, OFFICERS)]
    assert race(engine, acts) == ["done"] * OFFICERS
    found = [ref for ref in given if ref]
    assert len(set(found)) == len(found)  # nobody shares
    assert set(found) <= cases
    assert len(found) >= OFFICERS - 1  # five tries each; who found all taken just starts again


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        pytest.param(None, ["check_batch_empty", "done"], id="one after the other"),
        pytest.param(NoLocks(), ["done", "uq_check_batch_cases_open"], id="the index alone"),
    ],
)
def test_two_checkers_never_have_one_case_in_two_batches(
    engine: Engine,
    setting: Session,
    shop: Shop,
    clock: FixedClock,
    policy: LockPolicy | None,
    outcomes: list[str],
) -> None:
    make_checked(setting, shop, clock, 2)
    acts: list[Act] = [
        lambda session, checker=checker: service.make_batch(session, actor=checker)
        for checker in people(setting, shop, Role.CHECKER, 2)
    ]
    found = race(engine, acts, policy=policy, meet_at=f"INSERT INTO {CheckBatchCase.__tablename__} ")
    told = [
        "uq_check_batch_cases_open" if isinstance(one, IntegrityError) and outcomes[1] in str(one) else one
        for one in found
    ]
    assert sorted(map(str, told)) == outcomes
    assert len(setting.scalars(select(CheckBatchCase)).all()) == 2


@pytest.mark.parametrize("verify_first", [True, False])
def test_an_officer_verifies_while_another_refuses(
    engine: Engine,
    setting: Session,
    shop: Shop,
    check_sound: Callable[[], None],
    verify_first: bool,
) -> None:
    case = make_case(setting, shop)
    (other,) = people(setting, shop, Role.OFFICER, 1)

    def verify(session: Session) -> None:
        service.verify_case(session, actor=shop.desk.officer, redemption_ref=case.ref)

    def refuse(session: Session) -> None:
        service.refuse_case(session, actor=other, redemption_ref=case.ref, reason="面积不符")

    outcomes = queue_up(engine, holding(case), [verify, refuse] if verify_first else [refuse, verify])
    assert outcomes == ["done", "wrong_role" if verify_first else "redemption_refused"]
    assert moves(setting, case) == ["verify_first" if verify_first else "refuse"]
    check_sound()


def test_two_checkers_decide_one_case_once(
    engine: Engine, setting: Session, shop: Shop, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    (case,) = make_checked(setting, shop, clock, 1)
    acts: list[Act] = [
        lambda session, checker=checker: service.verify_case(session, actor=checker, redemption_ref=case.ref)
        for checker in [shop.desk.checker, *people(setting, shop, Role.CHECKER, 1)]
    ]
    assert queue_up(engine, holding(case), acts) == ["done", "redemption_redeemed"]
    assert moves(setting, case) == ["verify_first", "verify_second"]
    check_sound()


def test_two_workers_carry_out_one_batch_once_while_a_case_is_refused(
    engine: Engine, setting: Session, shop: Shop, clock: FixedClock, check_sound: Callable[[], None]
) -> None:
    first, second = make_checked(setting, shop, clock, 2)
    checker = shop.desk.checker
    batch = service.make_batch(setting, actor=checker)
    ref = service.open_sample(setting, actor=checker, batch_ref=batch.ref)
    while ref:
        ref = service.look(setting, actor=checker, batch_ref=batch.ref, redemption_ref=ref)
    service.approve_batch(setting, actor=checker, batch_ref=batch.ref)
    setting.commit()

    def refuse(session: Session) -> None:
        service.refuse_case(session, actor=checker, redemption_ref=first.ref, reason="买受人来电撤回")

    def carry_out(session: Session) -> None:
        flows.carry_out(session, batch_id=batch.id)

    outcomes = queue_up(engine, holding(first), [refuse, carry_out, carry_out])
    assert outcomes == ["done"] * 3
    setting.expire_all()
    assert (batch.state, first.state, second.state) == ("done", "refused", "redeemed")
    left = setting.scalars(select(CheckBatchCase).where(CheckBatchCase.outcome == "left_out")).one()
    assert (left.redemption_id, left.reason) == (first.id, "redemption_refused")
    assert moves(setting, second) == ["verify_first", "verify_second"]
    check_sound()
