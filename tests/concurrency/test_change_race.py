"""A purchase is undone once and adjusted once, however many press at the same moment."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import Kind
from app.redemptions.models import Allocation, Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers.models import Voucher
from tests.concurrency.race import Act, NoLocks, queue_up, race
from tests.factories.moves import MOVING, carry_out, split_of
from tests.factories.redemptions import (
    PRICE_FEN,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import make_desk

ONCE = 4


@pytest.fixture
def bought(setting: Session, shop: Shop) -> Redemption:
    return redeem(
        setting, shop, make_redemption(setting, make_buyer(setting, shop.desk), make_home(setting, shop))
    )


def lower(shop: Shop, bought: Redemption) -> Act:
    wish = Wish(Kind.PRICE, "更正", price_fen=PRICE_FEN - 1_000_000)
    return lambda session: changes.ask(session, actor=shop.desk.officer, redemption_ref=bought.ref, wish=wish)


def undo(shop: Shop, bought: Redemption) -> Act:
    wish = Wish(Kind.REJECT, "核销有误")
    return lambda session: changes.ask(session, actor=shop.desk.officer, redemption_ref=bought.ref, wish=wish)


@pytest.mark.parametrize("locked", [True, False])
def test_a_reversal_and_an_adjustment_are_never_both_asked(
    engine: Engine, shop: Shop, bought: Redemption, locked: bool
) -> None:
    """Without the locks the unique index still lets one in."""
    acts = [lower(shop, bought), undo(shop, bought)] * 2
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    assert sorted(map(str, outcomes)) == ["change_open"] * 3 + ["done"]
    with Session(engine) as session:
        assert session.scalar(select(func.count(PurchaseChange.id))) == 1


def test_with_neither_guard_both_are_asked(
    engine: Engine, as_owner: Callable[[str], None], shop: Shop, bought: Redemption
) -> None:
    """The control: what the lock and the index prevent happens without both."""
    as_owner("DROP INDEX uq_purchase_changes_open")
    acts = [lower(shop, bought), undo(shop, bought)]
    outcomes = race(engine, acts, policy=NoLocks(), meet_at="INSERT INTO purchase_changes ")
    assert outcomes == ["done", "done"]


@pytest.mark.parametrize("locked", [True, False])
def test_a_change_approved_by_many_at_once_gives_back_once(
    engine: Engine, setting: Session, shop: Shop, bought: Redemption, locked: bool
) -> None:
    """Without the locks an index still lets nobody give back twice."""
    change = lower(shop, bought)(setting)
    setting.commit()
    ref, key = change.ref, bought.id
    acts: list[Act] = [
        lambda session: changes.approve(session, actor=shop.desk.checker, change_ref=ref)
    ] * ONCE
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    assert outcomes.count("done") == 1, outcomes
    refused = "change_done" if locked else "uq_change_parts_change_id_allocation_id"
    assert all(refused in str(one) for one in outcomes if one != "done"), outcomes
    with Session(engine) as session:
        assert session.get_one(Redemption, key).present_price_fen == PRICE_FEN - 1_000_000
        back = session.scalars(select(func.sum(Allocation.back_fen + Allocation.bonus_back_fen))).one()
        assert back == 1_000_000
        assert ledger.verify(session) == []
        assert queries.verify(session) == []


def test_what_goes_back_waits_for_whoever_ends_what_its_voucher_became(
    engine: Engine, setting: Session
) -> None:
    """Else a payout takes back of a bonus that is given back at this very moment."""
    shop = make_shop(setting, desk=make_desk(setting, policy=MOVING))
    buyer = make_buyer(setting, shop.desk)
    bought = redeem(setting, shop, make_redemption(setting, buyer, make_home(setting, shop)))
    change = undo(shop, bought)(setting)
    setting.commit()
    stays, _ = carry_out(setting, shop.desk, buyer.actor, split_of(buyer.vouchers[0], 1))
    ref, key = change.ref, stays.id

    def hold(session: Session) -> None:
        session.execute(select(Voucher).where(Voucher.id == key).with_for_update())

    def approve(session: Session) -> object:
        return changes.approve(session, actor=shop.desk.checker, change_ref=ref)

    assert queue_up(engine, hold, [approve]) == ["done"]
