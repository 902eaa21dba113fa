"""A term moves on to the next working day in the very moment in which it is made longer, or by two workers.

The job reads the day, then writes a later one: only the voucher's lock makes it see what came in between.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.vouchers import extensions, moving_on
from app.vouchers.models import Voucher
from app.vouchers.term_proofs import TERMS
from tests.concurrency.race import NoLocks, before, do, queue_up
from tests.factories.endings import SILENT
from tests.factories.vouchers import Desk, make_desk, make_voucher

MOVING = SILENT.replace("  from: issue", "  ends: working_day\n  from: issue")
WRONG = TERMS["a term ends on its last day, or on the next working day, where its policy says so"]
HOLIDAY, AFTER, LONGER = date(2017, 10, 3), date(2017, 10, 9), date(2017, 12, 4)


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting, policy=MOVING)


@pytest.fixture
def voucher(setting: Session, desk: Desk, clock: FixedClock) -> Voucher:
    """A voucher that was issued before the holidays of its last year were known."""
    clock.moment = datetime(2016, 4, 3, 4, tzinfo=UTC)
    with pytest.MonkeyPatch.context() as unpublished:
        unpublished.setattr(business_clock, "is_working_day", lambda day: day.weekday() < 5)
        made = make_voucher(setting, desk=desk)
        setting.commit()
    return made


def last_day(setting: Session, voucher: Voucher) -> date:
    setting.refresh(voucher)
    assert voucher.expires_at is not None
    return business_clock.last_day(voucher.expires_at)


def moved(setting: Session) -> int:
    """Return how often it went on record that the term moved on."""
    recorded = text("SELECT count(*) FROM audit_rows WHERE action = 'voucher.move_on'")
    return int(setting.execute(recorded).scalar_one())


def lengthen(session: Session, desk: Desk, voucher: Voucher) -> None:
    """Propose two months more, and approve them."""
    why = {"months": 2, "reason": "房企推迟交付", "evidence": "纪要"}
    longer = extensions.propose(session, actor=desk.officer, voucher_ref=voucher.ref, **why)
    extensions.approve(session, actor=desk.checker, extension_ref=longer.ref)


@pytest.mark.parametrize("job_first", [True, False], ids=["moved on first", "longer first"])
def test_whoever_comes_second_sees_the_day_that_the_first_wrote(
    engine: Engine,
    setting: Session,
    desk: Desk,
    voucher: Voucher,
    job_first: bool,
    check_sound: Callable[[], None],
) -> None:
    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == voucher.id).with_for_update())

    acts = [moving_on.move_due, lambda session: lengthen(session, desk, voucher)]
    assert queue_up(engine, hold, acts if job_first else acts[::-1]) == ["done", "done"]
    assert last_day(setting, voucher) == LONGER
    assert moved(setting) == int(job_first)
    check_sound()


def test_two_workers_move_it_on_once(
    engine: Engine, setting: Session, voucher: Voucher, check_sound: Callable[[], None]
) -> None:
    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == voucher.id).with_for_update())

    assert queue_up(engine, hold, [moving_on.move_due] * 2) == ["done", "done"]
    assert (last_day(setting, voucher), moved(setting)) == (AFTER, 1)
    check_sound()


def test_without_locks_the_longer_term_is_lost_and_verify_finds_it(
    engine: Engine, setting: Session, desk: Desk, voucher: Voucher
) -> None:
    def act(session: Session) -> None:
        before(
            session,
            lambda: do(engine, lambda other: lengthen(other, desk, voucher)),
            at="UPDATE vouchers SET expires_at",
        )
        moving_on.move_due(session)

    assert do(engine, act, policy=NoLocks()) == "done"
    assert last_day(setting, voucher) == AFTER
    assert len(setting.execute(text(WRONG)).all()) == 1


def test_without_locks_two_workers_move_it_on_twice(
    engine: Engine, setting: Session, voucher: Voucher
) -> None:
    def act(session: Session) -> None:
        before(
            session,
            lambda: do(engine, moving_on.move_due, policy=NoLocks()),
            at="UPDATE vouchers SET expires_at",
        )
        moving_on.move_due(session)

    assert do(engine, act, policy=NoLocks()) == "done"
    assert moved(setting) == 2
