"""A voucher is moved in the very moment in which its household locks a home with it, or moves it again.

With the locks whoever comes second sees the first. The control takes the locks away: an index and the ledger
still let no fen go two ways.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions.models import Redemption
from app.vouchers import moves
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_rules import Wish, digest
from tests.concurrency.buying import locking
from tests.concurrency.race import Act, NoLocks, before, do, queue_up, race
from tests.factories.contracts import upload
from tests.factories.moves import (
    MOVING,
    ask,
    make_holder,
    mark_of,
    merge_with,
    other_of,
    split_of,
    transfer_of,
)
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_shop
from tests.factories.vouchers import make_desk

FACE = 100_000_000
_NO_TRIGGER = "DROP TRIGGER voucher_move_parts_not_stopped ON voucher_move_parts"
"""It locks the voucher as well: without the locks that come before, two acts would lock each other out."""


@pytest.fixture
def shop(setting: Session) -> Shop:
    return make_shop(setting, desk=make_desk(setting, policy=MOVING))


@pytest.fixture
def buyer(setting: Session, shop: Shop) -> Buyer:
    return make_buyer(setting, shop.desk, faces=(FACE,))


def asking(setting: Session, buyer: Buyer, wish: Wish, number: int | None = None) -> Act:
    seen = mark_of(setting, wish)
    setting.commit()
    other = other_of(number) if number else None
    return lambda session: moves.ask(session, actor=buyer.actor, wish=wish, other=other, seen=seen)


def counted(setting: Session) -> tuple[int | None, int | None]:
    """Return how many moves and how many purchases there are."""
    return setting.scalar(select(func.count(VoucherMove.id))), setting.scalar(
        select(func.count(Redemption.id))
    )


def test_a_transfer_and_a_lock_see_each_other(
    engine: Engine, setting: Session, shop: Shop, buyer: Buyer, check_sound: Callable[[], None]
) -> None:
    lock, give = locking(setting, shop, buyer), asking(setting, buyer, transfer_of(buyer.vouchers[0]), 3)

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == buyer.vouchers[0].id).with_for_update())

    assert queue_up(engine, hold, [give, lock]) == ["done", "voucher_moving"]
    other = make_buyer(setting, shop.desk, faces=(FACE,))
    lock, give = locking(setting, shop, other), asking(setting, other, transfer_of(other.vouchers[0]), 3)

    def hold_other(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == other.vouchers[0].id).with_for_update())

    assert queue_up(engine, hold_other, [lock, give]) == ["done", "move_homes_held"]
    check_sound()


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "none: the index alone"])
def test_of_two_splits_at_once_one_is_asked(
    engine: Engine,
    setting: Session,
    buyer: Buyer,
    policy: LockPolicy | None,
    as_owner: Callable[[str], None],
    check_sound: Callable[[], None],
) -> None:
    if policy is not None:
        as_owner(_NO_TRIGGER)
    split = asking(setting, buyer, split_of(buyer.vouchers[0], FACE // 2))
    outcomes = race(engine, [split, split], policy=policy, meet_at="INSERT INTO voucher_moves ")
    assert sorted(map(str, outcomes)) == ["done", "move_open"]
    assert counted(setting)[0] == 1
    check_sound()


def test_without_lock_and_index_two_splits_are_asked(
    engine: Engine, setting: Session, buyer: Buyer, as_owner: Callable[[str], None]
) -> None:
    as_owner("DROP INDEX uq_voucher_move_parts_open")
    as_owner(_NO_TRIGGER)
    split = asking(setting, buyer, split_of(buyer.vouchers[0], FACE // 2))
    outcomes = race(engine, [split, split], policy=NoLocks(), meet_at="INSERT INTO voucher_moves ")
    assert outcomes == ["done", "done"]


def test_without_the_locks_the_ledger_alone_leaves_every_fen_in_one_place(
    engine: Engine,
    setting: Session,
    shop: Shop,
    buyer: Buyer,
    as_owner: Callable[[str], None],
    check_sound: Callable[[], None],
) -> None:
    """A voucher is split, whole, between the check and the write of a home's lock."""
    as_owner(_NO_TRIGGER)
    lock = locking(setting, shop, buyer)
    split, desk = asking(setting, buyer, split_of(buyer.vouchers[0], FACE // 2)), shop.desk

    def carry_out(session: Session) -> None:
        split(session)
        ref = session.scalars(select(VoucherMove.ref)).one()
        moves.prepare(session, actor=desk.officer, move_ref=ref, evidence="申请表", papers=[upload()])
        moves.approve(session, actor=desk.checker, move_ref=ref)

    def interrupt() -> None:
        assert do(engine, carry_out, policy=NoLocks()) == "done"

    def interrupted(session: Session) -> None:
        before(session, interrupt)
        lock(session)

    assert do(engine, interrupted, policy=NoLocks()) == "insufficient_balance"
    assert counted(setting) == (1, 0)
    check_sound()


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "none: nobody comes last"])
def test_of_two_owners_who_consent_at_once_the_last_makes_a_merge_ready(
    engine: Engine, setting: Session, policy: LockPolicy | None, check_sound: Callable[[], None]
) -> None:
    desk = make_desk(setting, policy=MOVING.replace("merges: 2", "merges: {times: 2, of: anybody}"))
    asker, *owners = (make_holder(setting, desk, number=number, faces=(FACE,)) for number in (1, 2, 3))
    wish = merge_with(asker.vouchers, [owner.vouchers[0] for owner in owners], "other")
    move = ask(setting, asker.actor, wish, owners=[other_of(2), other_of(3)])
    seen = digest(move.shown)

    def consenting(owner: Buyer) -> Act:
        return lambda session: moves.consent(session, actor=owner.actor, move_ref=move.ref, seen=seen)

    acts = [consenting(owner) for owner in owners]
    assert race(engine, acts, policy=policy, meet_at="INSERT INTO notices ") == ["done", "done"]
    setting.refresh(move)
    assert move.state == ("ready" if policy is None else "asked"), "the control: both saw the other missing"
    check_sound()
