"""Interest that runs on after the lock, of a purchase that is corrected, changed or undone."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.core.errors import Conflict
from app.redemptions import beyond
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.changes import Wish
from tests.factories import cash, contracts
from tests.factories.cash import (
    WAN,
    assert_proven,
    bearing,
    broken,
    buy,
    correct,
    moved,
    owed,
    pay,
    undo,
)
from tests.factories.moves import actor_of


@pytest.mark.parametrize("wait", [0, 10])
def test_it_goes_with_a_purchase_that_is_undone(session: Session, clock: FixedClock, wait: int) -> None:
    shop, purchase = buy(session, clock, bearing("paid"), lock_after=wait, file_after=3)
    pay(session, shop)
    change = cash.propose(session, shop, purchase)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        cash.agree(session, shop, change)
    session.rollback()
    cash.come_back(session, shop)
    cash.agree(session, shop, change)
    assert (owed(session).state, owed(session).interest_fen) == ("taken_back", 0)
    assert_proven(session)


def test_less_that_is_spent_bears_less_and_what_was_paid_of_it_comes_back_first(
    session: Session, clock: FixedClock
) -> None:
    """Also where the lock promised nothing that could become less."""
    shop, purchase = buy(session, clock, bearing("paid"), file_after=3)
    change = cash.propose(session, shop, purchase, 30 * WAN)
    pay(session, shop)
    with pytest.raises(Conflict, match="cash_bonus_paid_out"):
        cash.agree(session, shop, change)
    session.rollback()
    cash.come_back(session, shop)
    cash.agree(session, shop, change)
    assert owed(session).state == "owed"
    assert_proven(session)
    assert pay(session, shop, "网银-2").interest_fen == 3 * 3_000
    assert_proven(session)


def test_it_runs_on_where_nothing_is_left_of_the_promise(session: Session, clock: FixedClock) -> None:
    """One day of 10,100 yuan is a whole yuan, one of 9,900 is none; 100 days are."""
    policy = bearing("paid").replace("paid: cash", "paid: cash\n  rounding: yuan")
    shop, purchase = buy(session, clock, policy, lock_after=1, voucher_fen=1_010_000)
    assert owed(session).fen == 100
    correct(session, shop, purchase, 990_000)
    assert (owed(session).state, owed(session).due_fen) == ("owed", 0)
    assert_proven(session)
    clock.advance(timedelta(days=100))
    assert pay(session, shop).interest_fen == 9_900
    assert_proven(session)
    cash.come_back(session, shop)
    undo(session, shop, purchase)
    assert (owed(session).state, moved(session, "cash_bonus.less")) == ("taken_back", [100])
    assert_proven(session)


@pytest.mark.parametrize("to", ["contract", "filed", "verified"])
@pytest.mark.parametrize(("price_fen", "state"), [(1_010_000, "owed"), (990_000, None)])
def test_nothing_is_owed_of_what_never_comes_to_a_sum(
    session: Session, clock: FixedClock, to: str, price_fen: int, state: str | None
) -> None:
    """Nothing was promised, and one day of 9,900 yuan is no whole yuan: it waits for nobody's account."""
    policy = bearing(to).replace("paid: cash", "paid: cash\n  rounding: yuan")
    shop, purchase = buy(session, clock, policy, file_after=1, voucher_fen=price_fen)
    assert session.scalars(select(CashBonus.state)).first() == state
    assert_proven(session)
    if state:
        correct(session, shop, purchase, 990_000)
        assert owed(session).state == "taken_back"
        assert_proven(session)
        rules = broken(session, "UPDATE cash_bonuses SET state = 'owed'")
        assert "a bonus in cash is taken back with its purchase" in rules


@pytest.mark.parametrize("wait", [0, 10])
@pytest.mark.parametrize("price_fen", [30 * WAN, 30 * WAN - 1])
def test_it_ends_where_less_is_spent_than_it_asks_for(
    session: Session, clock: FixedClock, wait: int, price_fen: int
) -> None:
    policy = bearing("paid").replace("interest:", "least_spent: 50%, interest:")
    shop, purchase = buy(session, clock, policy, lock_after=wait)
    correct(session, shop, purchase, price_fen)
    is_over = price_fen < 30 * WAN
    assert owed(session).state == ("taken_back" if is_over else "owed")
    assert_proven(session)
    clock.advance(timedelta(days=100))
    assert beyond.interest_now(session, owed(session)) == (0 if is_over else 100 * 3_000)


@pytest.mark.parametrize("wait", [0, 10])
def test_a_contract_changed_after_the_write_off_moves_no_day(
    session: Session, clock: FixedClock, wait: int
) -> None:
    shop, purchase = buy(session, clock, bearing("contract"), lock_after=wait)
    clock.advance(timedelta(days=5))
    changed = contracts.typed(
        purchase, number="网签-变更-1", signed_on=today(), scan=contracts.upload(b"%PDF-1.7 changed")
    )
    wish = Wish(Kind.CONTRACT, "换合同", contract=changed)
    change = changes.ask(session, actor=shop.developer, redemption_ref=purchase.ref, wish=wish)
    session.commit()
    buyer = actor_of(session, shop.desk, purchase.household)
    changes.answer(session, actor=buyer, change_ref=change.ref, agrees=True)
    session.commit()
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    assert purchase.contract_signed_on == today()
    assert_proven(session)
