"""A contract that may have sold one of several homes hides none of them, and an officer says which it was."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.notices.models import Notice
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.sales import matching, queries, service
from app.sales.models import CashSale
from app.sales.queries import SaleFilter
from app.sales.states import Action, State
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.homes import make_home as make_stock
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
from tests.integration.sales.test_registry import check_sound, counts, sale_of, status, steps


def twin_of(session: Session, home: Home, shop: Shop) -> Home:
    """Return a second listed home of the same building, unit and room, on another storey."""
    twin = make_home(session, shop)
    twin.unit, twin.room, twin.storey = home.unit, home.room, home.storey + 1
    session.commit()
    return twin


def copy_of(session: Session, home: Home, shop: Shop) -> tuple[Actor, Home]:
    """Return another company, and its listed home in a development whose name copies that of a home."""
    district = shop.desk.district
    rival = make_developer(session, admitted_to=district)
    name = f" {home.development.name}".replace("花园", "·花园")
    place = make_development(session, developer=rival, district=district, name=name)
    number = home.building.name.removesuffix("幢")
    building = make_building(session, developer=rival, development=place, name=f"0{number}号楼")
    copy = make_stock(
        session,
        developer=rival,
        building=building,
        unit=f"{home.unit}单元",
        storey=home.storey,
        room=home.room,
        voucher_fen=45_000_000,
    )
    homes.publish(session, actor=rival, home_id=copy.id)
    session.commit()
    return rival, copy


def listing(session: Session, home: Home) -> tuple[str, str | None]:
    statement = select(PoolListing.state, PoolListing.out_reason).where(PoolListing.home_id == home.id)
    state, reason = session.execute(statement).one()
    return state, reason


def told(session: Session) -> set[str]:
    return set(session.scalars(select(Notice.kind)))


def choose(session: Session, shop: Shop, sale: CashSale, home: Home | None) -> CashSale:
    chosen = service.choose(
        session,
        actor=shop.desk.officer,
        sale_ref=sale.ref,
        home_ref=home.ref if home else None,
        reason="网签附图为十二层",
    )
    session.commit()
    return chosen


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


def update(session: Session, shop: Shop, home: Home, **changed: str) -> None:
    session.refresh(home)
    facts = {
        name: getattr(home, name)
        for name in ("unit", "storey", "room", "rooms", "area_m2", "inner_area_m2", "orientation", "finish")
    }
    homes.update_home(
        session, actor=shop.developer, home_id=home.id, seen_version=home.doc_version, **(facts | changed)
    )
    session.commit()


def created(session: Session, shop: Shop, home: Home) -> Home:
    """Make a home that the waiting contract names, in the building of another."""
    made = make_stock(
        session, developer=shop.developer, building=home.building, unit="1", storey=9, room="9999"
    )
    session.commit()
    return made


def renamed(session: Session, shop: Shop, home: Home) -> Home:
    update(session, shop, home, unit="1", room="9999室")
    return home


def in_a_renamed_building(session: Session, shop: Shop, home: Home) -> Home:
    other = make_building(session, developer=shop.developer, development=home.development, name="别的楼")
    made = make_stock(session, developer=shop.developer, building=other, unit="1", storey=9, room="9999")
    session.commit()
    name = home.building.name
    _rename_building(session, shop, home, "不再叫这个")
    homes.update_building(
        session,
        actor=shop.developer,
        building_id=other.id,
        seen_version=other.version,
        name=name,
        storeys=other.storeys,
        units=other.units,
        has_lift=other.has_lift,
    )
    session.commit()
    return made


def _rename_building(session: Session, shop: Shop, home: Home, name: str) -> None:
    old = home.building
    homes.update_building(
        session,
        actor=shop.developer,
        building_id=old.id,
        seen_version=old.version,
        name=name,
        storeys=old.storeys,
        units=old.units,
        has_lift=old.has_lift,
    )
    session.commit()


@pytest.mark.parametrize("placing", [created, renamed, in_a_renamed_building])
def test_a_home_that_comes_under_a_waiting_contracts_address_is_sold_by_it_at_once(
    session: Session, shop: Shop, home: Home, placing: Callable[[Session, Shop, Home], Home]
) -> None:
    load(session, shop, line_of(home, "A-1", unit="1", room="9999"))
    assert sale_of(session, "A-1").state == State.UNMATCHED
    placed = placing(session, shop, home)
    sale = sale_of(session, "A-1")
    assert (sale.state, sale.home_id, status(session, placed)) == (State.STANDING, placed.id, "sold")
    check_sound(session)


def test_a_new_home_of_a_doubtful_address_is_in_doubt_at_once(
    session: Session, shop: Shop, home: Home
) -> None:
    twin_of(session, home, shop)
    load(session, shop, line_of(home, "A-1"))
    made = make_stock(
        session, developer=shop.developer, building=home.building, unit=home.unit, storey=9, room=home.room
    )
    session.commit()
    assert made.claimed_at is not None
    assert len(matching.candidates_of(session, sale_of(session, "A-1").id)) == 3


def test_a_second_home_of_a_sold_address_is_told_to_the_regulator(
    session: Session, shop: Shop, home: Home
) -> None:
    """The registry names no storey: where the room's number does not either, it may be the one sold."""
    make_actor(session, role=Role.REGULATOR, district=shop.desk.district)
    lettered = make_stock(
        session, developer=shop.developer, building=home.building, unit=home.unit, storey=3, room="A"
    )
    load(session, shop, line_of(lettered, "A-1"))
    made = make_stock(
        session, developer=shop.developer, building=home.building, unit=home.unit, storey=9, room="A"
    )
    assert "twin_found" in told(session)
    assert made.claimed_at is None


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
