"""A contract that may have sold one of several homes hides none of them, and an officer says which it was."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as buying
from app.sales import queries, service
from app.sales.queries import SaleFilter
from app.sales.states import Action, State
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
)
from tests.factories.sales import line_of, load, report_sale
from tests.integration.sales.doubtful import choose, copy_of, listing, told, twin_of, update
from tests.integration.sales.test_registry import check_sound, counts, sale_of, status, steps


@pytest.mark.parametrize("borrowed", [False, True], ids=["second home", "borrowed name"])
def test_all_homes_a_contract_may_have_sold_leave_the_pool_until_an_officer_says_which(
    session: Session, shop: Shop, home: Home, borrowed: bool
) -> None:
    make_actor(session, role=Role.REGULATOR, district=shop.desk.district)
    other = copy_of(session, home, shop)[1] if borrowed else twin_of(session, home, shop)
    assert counts(load(session, shop, line_of(home, "A-1"))) == {"doubtful": 1}
    assert listing(session, home) == listing(session, other) == ("out", "sold_offline")
    sale = sale_of(session, "A-1")
    assert (sale.state, sale.home_id) == (State.DOUBTFUL, None)
    assert {"developer_home_doubted", "doubt_waits", "doubt_found"} <= told(session)
    waiting = queries.list_sales(
        session, actor=shop.desk.officer, wanted=SaleFilter(clashed=True, undecided=True)
    )
    assert [one.id for one in waiting] == [sale.id]

    choose(session, shop, sale, other)
    assert (sale.state, sale.home_id) == (State.STANDING, other.id)
    assert sale.developer_id == other.development.developer_id
    assert (status(session, home), status(session, other)) == ("free", "sold")
    assert listing(session, home) == ("listed", None)
    assert steps(session, sale) == [Action.DOUBT, Action.CHOOSE, Action.SELL]
    assert queries.story(session, sale)[1].reason == "网签附图为十二层"
    assert "developer_doubt_decided" in told(session)
    # The next file says the same and leaves what was decided.
    assert counts(load(session, shop, line_of(home, "A-1"), line_of(home, "A-9", room="8"))) == {
        "unchanged": 1,
        "unmatched": 1,
    }
    check_sound(session)


def test_none_of_them_brings_all_back_and_stays_decided(session: Session, shop: Shop, home: Home) -> None:
    twin = twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    choose(session, shop, sale_of(session, "A-1"), None)
    assert listing(session, home) == listing(session, twin) == ("listed", None)
    assert counts(load(session, shop, line_of(home, "A-1"), line_of(home, "A-9", room="8"))) == {
        "unchanged": 1,
        "unmatched": 1,
    }
    assert sale_of(session, "A-1").state == State.REJECTED
    assert status(session, home) == "free"


def test_a_home_comes_back_only_when_no_doubt_is_left(session: Session, shop: Shop, home: Home) -> None:
    twin = twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"), line_of(home, "A-2"))
    choose(session, shop, sale_of(session, "A-1"), twin)
    assert listing(session, home) == ("out", "sold_offline")
    choose(session, shop, sale_of(session, "A-2"), None)
    assert listing(session, home) == ("listed", None)
    assert status(session, twin) == "sold"


def test_a_home_in_doubt_can_be_neither_listed_nor_locked_not_even_by_an_old_quote(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    twin = twin_of(session, home, shop)
    hidden = make_home(session, shop, listed=False)
    hidden.unit, hidden.room, hidden.storey = home.unit, home.room, home.storey + 2
    session.commit()
    quote = make_quote(session, buyer, twin)
    load(session, shop, line_of(home, "A-1"))
    for one in (home, hidden):
        with pytest.raises(Conflict) as refused:
            homes.publish(session, actor=shop.developer, home_id=one.id)
        assert refused.value.code == "home_claimed_offline"
        session.rollback()
    with pytest.raises(Conflict) as unlisted:
        buying.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    assert unlisted.value.code == "home_not_listed"


def test_a_locked_one_is_disputed_and_given_back_when_it_was_another(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    twin = twin_of(session, home, shop)
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "A-1"))
    session.refresh(redemption)
    assert redemption.disputed_at is not None
    assert "lock_disputed" in told(session)
    choose(session, shop, sale_of(session, "A-1"), twin)
    session.refresh(redemption)
    assert (redemption.disputed_at, redemption.state) == (None, "locked")
    assert "lock_dispute_over" in told(session)
    check_sound(session)


def test_choosing_a_locked_home_is_a_conflict_under_the_rule_of_conflicts(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    twin = twin_of(session, home, shop)
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "A-1"))
    sale = choose(session, shop, sale_of(session, "A-1"), home)
    session.refresh(redemption)
    assert sale.state == State.CONFLICT
    assert redemption.disputed_at is not None
    assert listing(session, twin) == ("listed", None)
    buying.cancel(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.commit()
    assert (sale.state, status(session, home)) == (State.STANDING, "sold")
    check_sound(session)


def test_a_purchases_own_contract_is_only_noted_when_its_home_is_chosen(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    twin = twin_of(session, home, shop)
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "网签-9"))
    contract(session, shop, redemption, number="网签-9")
    with pytest.raises(DomainError):
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.rollback()
    sale = choose(session, shop, sale_of(session, "网签-9"), home)
    session.refresh(redemption)
    assert (sale.state, redemption.disputed_at) == (State.NOTED, None)
    assert listing(session, twin) == ("listed", None)
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.commit()
    check_sound(session)


@pytest.mark.parametrize("changed", [{"cancelled": "1"}, {"voucher_paid": "1"}, {"room": "99"}])
def test_the_registry_itself_may_end_the_doubt(
    session: Session, shop: Shop, home: Home, changed: dict[str, str]
) -> None:
    twin = twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    load(session, shop, line_of(home, "A-1", **changed))
    assert listing(session, home) == listing(session, twin) == ("listed", None)
    assert (
        sale_of(session, "A-1").state
        == {"cancelled": "cancelled", "voucher_paid": "noted", "room": "unmatched"}[next(iter(changed))]
    )


def test_renaming_one_of_them_lets_none_escape(session: Session, shop: Shop, home: Home) -> None:
    twin = twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    update(session, shop, home, room="77")
    load(session, shop, line_of(home, "A-2", room="8"))
    assert sale_of(session, "A-1").state == State.DOUBTFUL
    assert listing(session, home) == listing(session, twin) == ("out", "sold_offline")


def test_an_officer_decides_in_time_with_a_reason_and_in_the_own_district(
    session: Session, shop: Shop, home: Home
) -> None:
    twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    sale = sale_of(session, "A-1")
    ask = {"session": session, "sale_ref": sale.ref, "home_ref": home.ref}
    with pytest.raises(DomainError) as blank:
        service.choose(**ask, actor=shop.desk.officer, reason=" ")
    assert blank.value.field == "reason"
    with pytest.raises(NotFound):
        service.choose(**ask, actor=make_shop(session).desk.officer, reason="别的区")
    with pytest.raises(NotFound):
        service.choose(**{**ask, "home_ref": "FY-0"}, actor=shop.desk.officer, reason="不在其中")
    session.rollback()
    with pytest.raises(Conflict) as doubtful:
        service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="x")
    assert doubtful.value.code == "sale_doubtful"
    session.rollback()
    choose(session, shop, sale, home)
    with pytest.raises(Conflict) as late:
        service.choose(**ask, actor=shop.desk.officer, reason="晚了")
    assert late.value.code == "sale_doubt_over"


BREAKS = {
    "listed": "UPDATE pool_listings SET state = 'listed', out_reason = NULL, returns = false",
    "held": "UPDATE redemptions SET disputed_at = NULL; UPDATE homes SET claimed_at = now() "
    "WHERE status = 'locked'",
    "twice": "INSERT INTO cash_sale_candidates (district_id, sale_id, home_id, added_at) "
    "SELECT district_id, sale_id, home_id, added_at FROM cash_sale_candidates",
}


@pytest.mark.parametrize("broken", BREAKS)
def test_constraints_hold_what_the_services_promise(
    session: Session, shop: Shop, home: Home, buyer: Buyer, broken: str
) -> None:
    twin = twin_of(session, home, shop)
    make_redemption(session, buyer, twin)
    load(session, shop, line_of(home, "A-1"))
    with pytest.raises(DBAPIError):
        session.execute(text(f"{BREAKS[broken]}; SET CONSTRAINTS ALL IMMEDIATE"))


def test_an_offline_sale_of_a_home_in_doubt_taken_back_leaves_it_in_doubt(
    session: Session, shop: Shop, home: Home
) -> None:
    twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    reported = report_sale(session, shop, home, number="B-1")
    assert reported.state == State.STANDING
    service.undo(session, actor=shop.developer, sale_ref=reported.ref, reason="点错了")
    session.commit()
    session.refresh(home)
    assert (home.status, listing(session, home)) == ("free", ("out", "sold_offline"))
    assert home.claimed_at is not None
