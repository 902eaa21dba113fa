"""Two checkers approve at the same moment that somebody who holds no voucher yet gets one.

The person is entered once. Without locks an index refuses the second, who finds the first when it is tried
again. The control takes that away, too: the same person is two households.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.projects.models import HouseholdPerson
from app.vouchers import moves
from tests.concurrency.race import Act, NoLocks, race
from tests.factories.contracts import upload
from tests.factories.moves import MOVING, ask, consent, other_of, transfer_of
from tests.factories.redemptions import make_buyer
from tests.factories.vouchers import Desk, make_desk

FACE = 100_000_000


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting, policy=MOVING)


def approving(setting: Session, desk: Desk, number: int) -> Act:
    """Let a household give its voucher to a person, up to the checker's decision."""
    owner, other = make_buyer(setting, desk, faces=(FACE,)), other_of(number, "李建国")
    move = ask(setting, owner.actor, transfer_of(owner.vouchers[0]), other)
    consent(setting, desk, move, other)
    moves.prepare(setting, actor=desk.officer, move_ref=move.ref, evidence="协议", papers=[upload()])
    setting.commit()
    return lambda session: moves.approve(session, actor=desk.checker, move_ref=move.ref)


def entered(setting: Session) -> int:
    """Return how many households the people are that took vouchers over."""
    return setting.scalar(select(func.count(HouseholdPerson.id))) or 0


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "none: the index alone"])
def test_a_person_who_gets_two_vouchers_at_once_is_one_household(
    engine: Engine,
    setting: Session,
    desk: Desk,
    policy: LockPolicy | None,
    check_sound: Callable[[], None],
) -> None:
    acts = [approving(setting, desk, 9), approving(setting, desk, 9)]
    assert race(engine, acts, policy=policy, meet_at="INSERT INTO projects ") == ["done", "done"]
    assert entered(setting) == 1
    check_sound()


def test_without_lock_and_index_a_person_is_entered_twice(
    engine: Engine, setting: Session, desk: Desk, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP INDEX uq_household_persons_taker")
    acts = [approving(setting, desk, 9), approving(setting, desk, 9)]
    assert race(engine, acts, policy=NoLocks(), meet_at="INSERT INTO projects ") == ["done", "done"]
    assert entered(setting) == 2
