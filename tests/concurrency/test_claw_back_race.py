"""A payout is approved in the very moment in which the purchase whose bonus it takes a share of is undone.

The voucher changed hands in between, whole or a part of it, so that the two move money of different accounts:
only the locks of the vouchers, and of those that came of them, make the second see the first.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Select, select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.db import Base
from app.core.errors import Busy
from app.core.locks import LockPolicy
from app.projects.models import Household
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import claw_backs, endings, succession
from app.vouchers.models import Voucher
from app.vouchers.proofs import ENDINGS
from tests.concurrency.race import Act, NoLocks, do, queue_up
from tests.factories.endings import ask, prepare
from tests.factories.moves import MOVING, actor_of, carry_out, other_of, split_of, transfer_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WRONG = ENDINGS["an ending took of a bonus what its rule takes of the bonus that was kept"]


PARTING = MOVING.replace("splits: 2", "splits: {times: 2, past: parted}")


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting, desk=make_desk(setting, policy=PARTING))


@pytest.fixture(params=["whole", "a part"])
def acts(
    request: pytest.FixtureRequest, setting: Session, shop: Shop, clock: FixedClock
) -> tuple[int, Act, Act]:
    """Return the voucher that is paid out, and what approves the payout and the undoing."""
    desk = shop.desk
    owner = make_buyer(setting, desk, faces=(100_000_000,))
    bought = redeem(setting, shop, make_redemption(setting, owner, make_home(setting, shop)))
    (moving,) = owner.vouchers
    if request.param == "a part":
        _stays, moving = carry_out(setting, desk, owner.actor, split_of(moving, 1_000_000))
    (given,) = carry_out(setting, desk, owner.actor, transfer_of(moving), other_of(7))
    heir = setting.get_one(Household, given.household_id)
    ending = prepare(setting, desk, ask(setting, Buyer(actor_of(setting, desk, heir), heir, [given])))
    assert ending.returned_fen > 0
    clock.advance(timedelta(minutes=5))
    change = changes.ask(
        setting, actor=desk.officer, redemption_ref=bought.ref, wish=Wish(Kind.REJECT, "核销有误")
    )
    setting.commit()
    return (
        given.id,
        lambda session: endings.approve(session, actor=desk.checker, ending_ref=ending.ref),
        lambda session: changes.approve(session, actor=desk.checker, change_ref=change.ref),
    )


def given_back(setting: Session) -> int:
    statement = text("SELECT count(*) FROM ledger_transfers WHERE code = :code")
    return int(setting.execute(statement, {"code": claw_backs.BACK}).scalar_one())


@pytest.mark.parametrize("payout_first", [True, False], ids=["payout first", "undone first"])
def test_whoever_comes_second_gives_back_what_was_taken_too_much(
    engine: Engine,
    setting: Session,
    acts: tuple[int, Act, Act],
    payout_first: bool,
    check_sound: Callable[[], None],
) -> None:
    voucher_id, pay_out, undo = acts

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == voucher_id).with_for_update())

    order = [pay_out, undo] if payout_first else [undo, pay_out]
    assert queue_up(engine, hold, order) == ["done", "done"]
    assert given_back(setting) == 1
    check_sound()


def test_without_the_locks_neither_sees_the_other_and_verify_finds_it(
    engine: Engine, setting: Session, acts: tuple[int, Act, Act]
) -> None:
    _, pay_out, undo = acts

    def both(session: Session) -> None:
        pay_out(session)
        assert do(engine, undo, policy=NoLocks()) == "done"

    assert do(engine, both, policy=NoLocks()) == "done"
    assert given_back(setting) == 0
    assert len(setting.execute(text(WRONG)).all()) == 1


class MovesMeanwhile(LockPolicy):
    """Lets something happen just before the first lock is taken, as if that had waited for it."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._acts = [act]

    def apply(self, statement: Select[Any], *of: type[Base]) -> Select[Any]:
        """Return the locking statement."""
        while self._acts:
            self._acts.pop()()
        return super().apply(statement, *of)


def test_what_a_voucher_becomes_while_its_line_is_read_is_never_left_unlocked(
    engine: Engine, setting: Session, shop: Shop
) -> None:
    owner = make_buyer(setting, shop.desk, faces=(100_000_000,))
    (voucher,) = owner.vouchers
    with Session(engine) as session:
        session.info["lock_policy"] = MovesMeanwhile(
            lambda: carry_out(setting, shop.desk, owner.actor, split_of(voucher, 1))
        )
        with pytest.raises(Busy):
            succession.lock_line(session, [voucher.id])
        session.rollback()
        assert len(succession.lock_line(session, [voucher.id])) == 2
