"""A contract and a purchase against each other: which of them goes on, and when it is looked at again."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.sales import service
from app.sales.models import CashSale
from app.sales.states import State
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_home,
    make_quote,
    make_redemption,
)
from tests.factories.sales import line_of, load
from tests.integration.sales.doubtful import choose, listing, told
from tests.integration.sales.test_registry import check_sound, counts, sale_of, status


def rejected(session: Session, shop: Shop, buyer: Buyer, home: Home) -> tuple[CashSale, str]:
    """Let an officer reject a registered contract because a lock holds the home; return it and the lock."""
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "A-1"))
    sale = sale_of(session, "A-1")
    service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="锁定在先")
    session.commit()
    return sale, redemption.ref


def test_a_rejected_contract_is_looked_at_again_when_the_lock_ends_unsold(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    sale, lock = rejected(session, shop, buyer, home)
    buying.cancel(session, actor=buyer.actor, redemption_ref=lock)
    session.commit()
    session.refresh(home)
    assert (sale.state, home.status) == (State.DOUBTFUL, "free")
    assert home.claimed_at is not None
    with pytest.raises(Conflict):
        homes.publish(session, actor=shop.developer, home_id=home.id)
    session.rollback()
    assert counts(load(session, shop, line_of(home, "A-1"), line_of(home, "A-9", room="8"))) == {
        "unchanged": 1,
        "unmatched": 1,
    }
    choose(session, shop, sale, home)
    assert (sale.state, status(session, home)) == (State.STANDING, "sold")
    check_sound(session)


def test_rejected_a_second_time_it_stays_so(session: Session, shop: Shop, buyer: Buyer, home: Home) -> None:
    sale, lock = rejected(session, shop, buyer, home)
    buying.cancel(session, actor=buyer.actor, redemption_ref=lock)
    session.commit()
    choose(session, shop, sale, None)
    homes.publish(session, actor=shop.developer, home_id=home.id)
    session.commit()
    again = make_redemption(session, buyer, home)
    buying.cancel(session, actor=buyer.actor, redemption_ref=again.ref)
    session.commit()
    assert sale.state == State.REJECTED
    assert listing(session, home) == ("listed", None)


def test_an_overdue_lock_gives_way_to_the_contract_and_not_to_the_next_buyer(
    session: Session, shop: Shop, buyer: Buyer, home: Home, clock: FixedClock
) -> None:
    sale, lock = rejected(session, shop, buyer, home)
    homes.publish(session, actor=shop.developer, home_id=home.id)
    session.commit()
    held = session.execute(text("SELECT deadline_at FROM redemptions WHERE ref = :ref"), {"ref": lock})
    clock.moment = held.scalar_one()
    quote = make_quote(session, buyer, home)
    with pytest.raises(Conflict) as refused:
        buying.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    assert refused.value.code == "home_claimed_offline"
    session.rollback()
    buying.expire_overdue(session)
    session.commit()
    session.refresh(sale)
    assert sale.state == State.DOUBTFUL
    check_sound(session)


def test_a_purchase_whose_contract_the_registry_has_for_another_home_is_disputed_until_put_right(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    contract(session, shop, redemption, number="网签-9")
    other = make_home(session, shop)
    load(session, shop, line_of(other, "网签-9"))
    session.refresh(redemption)
    assert redemption.disputed_at is not None
    assert {"number_disputed", "developer_number_disputed", "number_waits"} <= told(session)
    with pytest.raises(Conflict) as refused:
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    assert refused.value.code == "redemption_disputed"
    session.rollback()
    load(session, shop, line_of(home, "网签-9"))
    session.refresh(redemption)
    assert redemption.disputed_at is None
    assert "number_settled" in told(session)
    assert status(session, other) == "free"
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.commit()
    check_sound(session)


def test_another_homes_contract_is_never_verified_even_undisputed(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    contract(session, shop, redemption, number="网签-9")
    load(session, shop, line_of(make_home(session, shop), "网签-9"))
    session.execute(text("UPDATE redemptions SET disputed_at = NULL"))
    session.expire_all()
    with pytest.raises(Conflict) as refused:
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    assert refused.value.code == "contract_of_another_home"


UNKNOWN = {"building": "99幢"}


def typed(session: Session, shop: Shop, redemption: Redemption) -> None:
    contract(session, shop, redemption, number="网签-9")


@pytest.mark.parametrize("paid", ["0", "1"])
@pytest.mark.parametrize("file_first", [False, True], ids=["number first", "file first"])
def test_a_purchases_contract_at_an_unknown_address_is_verified_only_once_an_officer_has_looked(
    session: Session, shop: Shop, buyer: Buyer, home: Home, paid: str, file_first: bool
) -> None:
    redemption = make_redemption(session, buyer, home)
    if file_first:
        load(session, shop, line_of(home, "网签-9", **UNKNOWN, voucher_paid=paid))
        typed(session, shop, redemption)
    else:
        typed(session, shop, redemption)
        file = load(session, shop, line_of(home, "网签-9", **UNKNOWN, voucher_paid=paid))
        assert counts(file) == {"doubtful": 1}
    sale = sale_of(session, "网签-9")
    session.refresh(redemption)
    assert (sale.state, redemption.disputed_at is None) == (State.DOUBTFUL, False)
    assert {"lock_disputed", "doubt_waits"} <= told(session)
    with pytest.raises(Conflict) as refused:
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    assert refused.value.code == "redemption_disputed"
    session.rollback()

    choose(session, shop, sale, home)
    session.refresh(redemption)
    assert (sale.state, sale.home_id, redemption.disputed_at) == (State.NOTED, home.id, None)
    # The next file has it as it was, and what was decided stays decided.
    load(session, shop, line_of(home, "网签-9", **UNKNOWN, voucher_paid=paid, price="450001"))
    session.refresh(redemption)
    assert (sale.state, redemption.disputed_at) == (State.NOTED, None)
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.commit()
    check_sound(session)


def test_one_that_is_none_of_ours_keeps_the_purchase_from_being_verified_until_put_right(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    typed(session, shop, redemption)
    load(session, shop, line_of(home, "网签-9", **UNKNOWN))
    sale = sale_of(session, "网签-9")
    choose(session, shop, sale, None)
    session.refresh(redemption)
    assert (sale.state, redemption.disputed_at is None) == (State.REJECTED, False)
    session.execute(text("UPDATE redemptions SET disputed_at = NULL"))
    session.commit()
    with pytest.raises(Conflict) as refused:
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    assert refused.value.code == "contract_of_another_home"
    session.rollback()
    load(session, shop, line_of(home, "网签-9"))
    session.refresh(redemption)
    assert redemption.disputed_at is None
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.commit()
    check_sound(session)
