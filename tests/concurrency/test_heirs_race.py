"""The voucher of somebody who died is stopped for more, or is to be freed, as an officer gives it to heirs.

Whoever comes second finds the first. The control takes the locks away: then the database itself keeps heirs
from a voucher that anything but the death stops.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.vouchers import inheritance, stop_ends, stops
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_rules import Share
from app.vouchers.stop_models import VoucherStop
from tests.concurrency.race import Act, NoLocks, Outcome, before, do, queue_up
from tests.factories.contracts import upload
from tests.factories.inheritances import INHERITED, mark_of, note_death
from tests.factories.moves import make_holder, other_of
from tests.factories.redemptions import Buyer
from tests.factories.vouchers import Desk, make_desk

FACE = 100_000_000


@pytest.fixture
def desk(setting: Session) -> Desk:
    return make_desk(setting, policy=INHERITED)


def dead(setting: Session, desk: Desk, number: int = 1) -> tuple[Buyer, VoucherStop]:
    owner = make_holder(setting, desk, number=number, faces=(FACE,))
    return owner, note_death(setting, desk, owner.vouchers[0])


def giving(setting: Session, desk: Desk, stop: VoucherStop) -> Act:
    shares = (Share(FACE, kin="child"),)
    known: dict[str, Any] = {"stop_ref": stop.ref, "shares": shares, "people": (other_of(21, "李建国"),)}
    known["seen"] = mark_of(setting, stop, shares)
    setting.commit()
    return lambda session: inheritance.ask(session, actor=desk.officer, **known)


def suspending(desk: Desk, owner: Buyer) -> Act:
    ref = owner.vouchers[0].ref
    return lambda session: stops.suspend(session, actor=desk.officer, voucher_ref=ref, reason="有疑问")


def lifting(desk: Desk, stop: VoucherStop) -> Act:
    known: dict[str, Any] = {"stop_ref": stop.ref, "reason": "弄错了"}
    paper = b"%PDF-1.7\n% lifted\n%%EOF\n"
    return lambda session: stop_ends.ask_lift(session, actor=desk.officer, papers=[upload(paper)], **known)


def test_whoever_comes_second_finds_the_first(
    engine: Engine, setting: Session, desk: Desk, check_sound: Callable[[], None]
) -> None:
    for number, first, code in ((1, "suspend", "inherit_other_stop"), (2, "lift", "stop_waits"), (3, "", "")):
        owner, stop = dead(setting, desk, number)
        give, lift = giving(setting, desk, stop), lifting(desk, stop)
        voucher_id = owner.vouchers[0].id

        def hold(session: Session, voucher_id: int = voucher_id) -> None:
            session.execute(select(Voucher).where(Voucher.id == voucher_id).with_for_update())

        if first:
            act = lift if first == "lift" else suspending(desk, owner)
            assert queue_up(engine, hold, [act, give]) == ["done", code]
        else:
            assert queue_up(engine, hold, [give, lift]) == ["done", "stop_inheriting"]
    assert setting.scalar(select(func.count(VoucherMove.id))) == 1
    check_sound()


def suspended_between(engine: Engine, give: Act, suspend: Act) -> Outcome:
    """Begin to give a voucher to heirs without locks, and suspend it between the check and the write."""

    def interrupt() -> None:
        assert do(engine, suspend, policy=NoLocks()) == "done"

    def act(session: Session) -> None:
        before(session, interrupt, at="INSERT INTO voucher_move_parts ")
        give(session)

    return do(engine, act, policy=NoLocks())


def test_without_locks_the_trigger_keeps_heirs_from_what_is_stopped_for_more(
    engine: Engine, setting: Session, desk: Desk, as_owner: Callable[[str], None]
) -> None:
    owner, stop = dead(setting, desk)
    refused = suspended_between(engine, giving(setting, desk, stop), suspending(desk, owner))
    assert isinstance(refused, IntegrityError)
    assert "voucher_not_stopped" in str(refused)
    as_owner("DROP TRIGGER voucher_move_parts_not_stopped ON voucher_move_parts")
    other, stop = dead(setting, desk, 2)
    went = suspended_between(engine, giving(setting, desk, stop), suspending(desk, other))
    assert went == "done", "the control: this is what lock and trigger prevent"
