"""The registry's nightly file: sells, cancels, puts right; twice is once; nothing half written."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.actor import system_actor
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.sales import matching, queries, reader, service
from app.sales.models import CashSale, CashSaleMove, SalesFile
from app.sales.states import Action, State
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_home,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.sales import file_of, line_of, load, report_sale


def counts(file: SalesFile) -> dict[str, int]:
    assert file.outcome is not None
    found: dict[str, int] = file.outcome["counts"]
    return found


def sale_of(session: Session, number: str) -> CashSale:
    statement = select(CashSale).where(CashSale.contract_number == number).order_by(CashSale.id.desc())
    return session.scalars(statement.limit(1), execution_options={"populate_existing": True}).one()


def status(session: Session, home: Home) -> str:
    session.refresh(home)
    return home.status


def steps(session: Session, sale: CashSale) -> list[Action]:
    return [step.action for step in queries.story(session, sale)]


def everything(session: Session) -> Sequence[Any]:
    """All that a second loading must leave as it is."""
    session.expire_all()
    sales = session.execute(select(CashSale.__table__).order_by(CashSale.id)).all()
    homes = session.execute(select(Home.id, Home.status, Home.doc_version).order_by(Home.id)).all()
    return [sales, homes, session.scalar(select(func.count(CashSaleMove.id)))]


def check_sound(session: Session) -> None:
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []


def test_contracts_sell_their_homes_and_keep_what_the_monitor_needs(session: Session, shop: Shop) -> None:
    one, two = make_home(session, shop), make_home(session, shop)
    file = load(
        session,
        shop,
        line_of(one, "A-1", price="438000.50", payment="mortgage", fit_out="fitted", staff="1"),
        line_of(two, "A-2", bulk="1", payment=""),
    )
    assert counts(file) == {"sold": 2}
    assert (file.state, file.rows) == ("applied", 2)
    assert status(session, one) == status(session, two) == "sold"
    sale = sale_of(session, "A-1")
    assert (sale.price_fen, sale.payment, sale.fit_out) == (43_800_050, "mortgage", "fitted")
    assert (sale.is_staff, sale.is_bulk, sale.area_m2) == (True, False, one.area_m2)
    assert (sale.source, sale.file_id) == ("registry", file.id)
    assert sale.registered_at is not None
    assert sale_of(session, "A-2").is_bulk
    check_sound(session)


def test_the_same_content_again_changes_nothing_whatever_its_name(session: Session, shop: Shop) -> None:
    lines = [
        line_of(make_home(session, shop), "A-1"),
        line_of(make_home(session, shop), "A-2", cancelled="1"),
    ]
    load(session, shop, *lines)
    before = everything(session)
    assert counts(load(session, shop, *lines)) == {"sold": 1, "cancelled": 1}
    assert everything(session) == before
    # Another file with the same contracts: they are on record.
    more = line_of(make_home(session, shop), "A-3")
    assert counts(load(session, shop, *lines, more)) == {"unchanged": 2, "sold": 1}


def test_receiving_foresees_and_writes_nothing(session: Session, shop: Shop, buyer: Buyer) -> None:
    free, held = make_home(session, shop), make_home(session, shop)
    make_redemption(session, buyer, held)
    before = everything(session)
    contracts = reader.read(file_of(line_of(free, "A-1"), line_of(held, "A-2")), today=business_clock.today())
    district_id = shop.desk.district.id
    file = service.receive_file(
        session,
        actor=system_actor(district_id),
        district_id=district_id,
        sha256="0" * 64,
        name="x.csv",
        contracts=contracts,
    )
    session.commit()
    assert counts(file) == {"sold": 1, "conflict": 1}
    assert file.outcome is not None
    assert file.outcome["notable"] == [{"line": 3, "outcome": "conflict", "contract": "A-2"}]
    assert everything(session) == before
    assert session.scalar(select(func.count(CashSale.id))) == 0


def test_what_names_no_home_of_ours_waits_for_it(session: Session, shop: Shop, home: Home) -> None:
    lines = [line_of(home, "A-1", room="9999"), line_of(home, "A-2", development="别处")]
    assert counts(load(session, shop, *lines)) == {"unmatched": 2}
    waiting = matching.list_without_home(session, shop.desk.district.id)
    assert {sale.state for sale in waiting} == {"unmatched"}
    assert status(session, home) == "free"
    home.room = "9999"
    session.commit()
    other = make_home(session, shop)
    assert counts(load(session, shop, line_of(other, "A-3"))) == {"sold": 2}
    assert sale_of(session, "A-1").home_id == home.id
    assert status(session, home) == "sold"


def test_names_match_whatever_the_width_of_their_signs(session: Session, shop: Shop, home: Home) -> None:
    home.development.name, home.building.name = "滨江花园（二期）", "Ａ座"
    session.commit()
    line = line_of(home, "A-1", development="滨江花园(二期)", building="A座", unit="２单元")
    assert counts(load(session, shop, line)) == {"sold": 1}


def test_another_districts_home_is_not_touched(session: Session, shop: Shop) -> None:
    elsewhere = make_shop(session)
    home = make_home(session, elsewhere)
    assert counts(load(session, shop, line_of(home, "A-1"))) == {"unmatched": 1}
    assert status(session, home) == "free"


def test_a_voucher_paid_contract_is_noted_only(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    contract(session, shop, redemption, number="网签-9")
    other = make_home(session, shop)
    file = load(session, shop, line_of(home, "网签-9"), line_of(other, "A-2", voucher_paid="1"))
    assert counts(file) == {"noted": 2}
    assert (status(session, home), status(session, other)) == ("locked", "free")
    assert redemption.disputed_at is None


def test_a_number_typed_at_another_home_keeps_no_sold_home_in_the_pool(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    contract(session, shop, make_redemption(session, buyer, home), number="网签-9")
    sold = make_home(session, shop)
    assert counts(load(session, shop, line_of(sold, "网签-9"))) == {"sold": 1}
    assert (status(session, home), status(session, sold)) == ("locked", "sold")
    check_sound(session)


@pytest.mark.parametrize("paid", ["0", "1"])
def test_a_vouchers_contract_may_reach_the_registry_before_its_developer_enters_it(
    session: Session, shop: Shop, buyer: Buyer, home: Home, paid: str
) -> None:
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "网签-9", voucher_paid=paid))
    contract(session, shop, redemption, number="网签-9")
    load(session, shop, line_of(home, "网签-9", price="450001"))
    assert sale_of(session, "网签-9").state == State.NOTED
    assert (redemption.state, redemption.disputed_at) == ("contracted", None)
    check_sound(session)


@pytest.mark.parametrize("changed", [{}, {"voucher_paid": "1"}, {"cancelled": "1"}])
def test_a_contract_that_the_registry_has_for_another_home_pays_for_no_voucher(
    session: Session, shop: Shop, buyer: Buyer, home: Home, changed: dict[str, str]
) -> None:
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(make_home(session, shop), "网签-9", **changed))
    with pytest.raises(DomainError) as refused:
        contract(session, shop, redemption, number="网签-9")
    assert refused.value.code == "contract_number_taken"


def test_a_cancelled_contract_frees_its_home_and_comes_back(session: Session, shop: Shop, home: Home) -> None:
    load(session, shop, line_of(home, "A-1"))
    assert counts(load(session, shop, line_of(home, "A-1", cancelled="1"))) == {"cancelled": 1}
    assert status(session, home) == "free"
    assert counts(load(session, shop, line_of(home, "A-1", price="450001"))) == {"sold": 1}
    assert status(session, home) == "sold"
    assert steps(session, sale_of(session, "A-1")) == [
        *(Action.SELL, Action.AMEND, Action.CANCEL, Action.AMEND, Action.SELL),
    ]
    check_sound(session)


def test_the_file_confirms_a_report_and_its_figures_win(session: Session, shop: Shop, home: Home) -> None:
    sale = report_sale(session, shop, home, number="A-1", price_fen=47_000_000)
    assert counts(load(session, shop, line_of(home, "A-1", price="440000"))) == {"amended": 1}
    session.refresh(sale)
    assert (sale.price_fen, sale.source, sale.state) == (44_000_000, "developer", "standing")
    amended = session.scalars(select(CashSaleMove).where(CashSaleMove.action == "amend")).one()
    assert amended.before == {"price_fen": 47_000_000, "fit_out": None}
    with pytest.raises(Conflict) as refused:
        service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="想撤")
    assert refused.value.code == "sale_registered"


def test_a_report_of_the_wrong_room_is_put_right(session: Session, shop: Shop) -> None:
    wrong, right = make_home(session, shop), make_home(session, shop)
    reported = report_sale(session, shop, wrong, number="A-1")
    assert counts(load(session, shop, line_of(right, "A-1"))) == {"corrected": 1}
    session.refresh(reported)
    assert (status(session, wrong), status(session, right)) == ("free", "sold")
    assert reported.state == State.WITHDRAWN
    assert sale_of(session, "A-1").home_id == right.id
    check_sound(session)


def test_a_held_home_is_a_conflict_that_each_night_finds_as_it_was(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    assert counts(load(session, shop, line_of(home, "A-1"))) == {"conflict": 1}
    session.refresh(redemption)
    assert redemption.disputed_at is not None
    assert status(session, home) == "locked"
    service.reject(session, actor=shop.desk.officer, sale_ref=sale_of(session, "A-1").ref, reason="锁定在先")
    session.commit()
    assert counts(load(session, shop, line_of(home, "A-1"), line_of(make_home(session, shop), "A-2"))) == {
        "unchanged": 1,
        "sold": 1,
    }
    session.refresh(redemption)
    assert redemption.disputed_at is None
    redeem(session, shop, redemption)
    check_sound(session)


def test_a_conflict_is_over_when_the_contract_is_cancelled(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "A-1"))
    load(session, shop, line_of(home, "A-1", cancelled="1"))
    session.refresh(redemption)
    assert (redemption.disputed_at, redemption.state) == (None, "locked")


def test_two_contracts_on_one_home_the_older_takes_it_when_the_lock_ends(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redemption = make_redemption(session, buyer, home)
    load(session, shop, line_of(home, "A-1"), line_of(home, "A-2", signed_on="2016-05-31"))
    buying.cancel(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.commit()
    assert sale_of(session, "A-2").state == State.STANDING
    assert sale_of(session, "A-1").state == State.CONFLICT
    check_sound(session)
    # The one that stood is cancelled: the other one follows.
    load(session, shop, line_of(home, "A-2", signed_on="2016-05-31", cancelled="1"))
    assert sale_of(session, "A-1").state == State.STANDING
    assert status(session, home) == "sold"
    check_sound(session)


def test_a_contract_of_a_home_that_a_voucher_bought_is_a_conflict_that_can_only_be_rejected(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    redeem(session, shop, make_redemption(session, buyer, home))
    assert counts(load(session, shop, line_of(home, "A-1"))) == {"conflict": 1}
    sale = sale_of(session, "A-1")
    with pytest.raises(Conflict) as refused:
        service.uphold(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="网签在先")
    assert refused.value.code == "home_sold_otherwise"
    session.rollback()
    service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="房票购房已完成")
    session.commit()
    assert status(session, home) == "sold"
    check_sound(session)


def test_a_hold_that_ran_out_gives_way_to_the_file(
    session: Session, shop: Shop, buyer: Buyer, home: Home, clock: FixedClock
) -> None:
    redemption = make_redemption(session, buyer, home)
    clock.moment = redemption.deadline_at
    assert counts(load(session, shop, line_of(home, "A-1"))) == {"sold": 1}
    session.refresh(redemption)
    assert redemption.state == "expired"
    check_sound(session)
