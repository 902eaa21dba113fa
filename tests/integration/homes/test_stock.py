"""Developments, buildings and homes: what is kept, and what is refused at which field."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import DomainError, NotFound
from app.homes import filings, queries, rules, service, stock
from app.homes.errors import CashAboveFiled, VoucherAboveCash
from app.monitor.stock import read_stock
from app.reports.policy_trial import stock_on_offer
from tests.factories.homes import (
    make_building,
    make_developer,
    make_development,
    make_home,
    make_listed_home,
    make_space,
)
from tests.integration.homes.conftest import Site


def new_home(session: Session, site: Site, **changes: Any) -> Any:
    values: dict[str, Any] = {
        "unit": "1",
        "storey": 11,
        "room": "1101",
        "rooms": 2,
        "area_m2": Decimal("75.5"),
    }
    actor = changes.pop("actor", site.developer)
    return service.create_home(session, actor=actor, building_id=site.building.id, **{**values, **changes})


def test_a_home_keeps_its_first_prices_with_reason_author_and_filing_number(
    session: Session, site: Site, clock: FixedClock
) -> None:
    home = new_home(
        session,
        site,
        filed_fen=500,
        filing_number=" 备1 ",
        cash_fen=480,
        voucher_fen=470,
        unit="1单元",
        room="1101室",
    )
    session.commit()
    prices = queries.current_prices(session, [home.id])[home.id]
    assert (home.unit, home.room, home.status, home.doc_version) == ("1", "1101", "free", 1)
    assert home.development_id == site.development.id
    assert (prices.amounts.filed_fen, prices.amounts.cash_fen, prices.amounts.voucher_fen) == (500, 480, 470)
    assert prices.filed
    assert prices.cash
    assert (prices.filed.filing_number, prices.cash.filing_number) == ("备1", None)
    assert prices.cash.author_id == site.developer.user_id
    assert prices.cash.reason == service.FIRST_REASON
    assert prices.cash.effective_from == clock.now()
    assert queries.find_listing(session, district_id=site.district.id, home_id=home.id) is None
    actions = session.scalars(select(AuditRow.action).where(AuditRow.object_id == home.id)).all()
    assert "homes.create_home" in actions


def test_prices_may_be_added_later(session: Session, site: Site) -> None:
    home = new_home(session, site, cash_fen=480)
    prices = queries.current_prices(session, [home.id])[home.id]
    assert (prices.filed, prices.voucher) == (None, None)
    assert prices.amounts.cash_fen == 480


def test_first_prices_keep_the_rule(session: Session, site: Site) -> None:
    with pytest.raises(VoucherAboveCash):
        new_home(session, site, cash_fen=480, voucher_fen=481)
    with pytest.raises(CashAboveFiled):
        new_home(session, site, filed_fen=500, filing_number="1", cash_fen=501)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"storey": 19}, "storey_not_in_building", "storey"),
        ({"storey": 0}, "storey_not_in_building", "storey"),
        ({"filed_fen": 500}, "filing_number_missing", "filing_number"),
        ({"filed_fen": 500, "filing_number": "  "}, "filing_number_missing", "filing_number"),
    ],
)
def test_a_home_is_refused_at_the_field_that_is_wrong(
    session: Session, site: Site, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        new_home(session, site, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_building_unit_storey_and_room_name_one_home(session: Session, site: Site) -> None:
    new_home(session, site)
    with pytest.raises(DomainError) as refused:
        new_home(session, site, unit="1单元", room="1101室")
    assert (refused.value.code, refused.value.field) == ("home_exists", "room")
    for different in ({"unit": "2"}, {"storey": 10}, {"room": "1102"}):
        new_home(session, site, **different)


def test_a_company_has_one_development_of_a_name_and_a_development_one_building_of_a_name(
    session: Session, site: Site
) -> None:
    with pytest.raises(DomainError) as refused:
        make_development(
            session, developer=site.developer, district=site.district, name=f" {site.development.name} "
        )
    assert (refused.value.code, refused.value.field) == ("development_name_taken", "name")
    other = make_developer(session)
    theirs = make_development(session, developer=other, district=site.district, name=site.development.name)
    assert theirs.ref != site.development.ref

    with pytest.raises(DomainError) as refused:
        make_building(
            session, developer=site.developer, development=site.development, name=site.building.name
        )
    assert (refused.value.code, refused.value.field) == ("building_name_taken", "name")
    make_building(session, developer=other, development=theirs, name=site.building.name)


@pytest.mark.parametrize(
    ("permit", "day", "code", "field"),
    [
        (None, date(2017, 6, 30), "presale_permit_missing", "presale_permit"),
        ("", date(2017, 6, 30), "presale_permit_missing", "presale_permit"),
        ("预售证第1号", None, "delivery_day_missing", "delivery_on"),
    ],
)
def test_homes_not_yet_built_need_a_permit_and_a_day(
    session: Session, site: Site, permit: str | None, day: date | None, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        service.create_development(
            session,
            actor=site.developer,
            district_id=site.district.id,
            name="期房",
            address="路",
            stage="presale",
            sales_phone="0513-5550000",
            presale_permit=permit,
            delivery_on=day,
        )
    assert (refused.value.code, refused.value.field) == (code, field)


def test_nobody_builds_on_another_companys_land(session: Session, site: Site) -> None:
    other = make_developer(session, admitted_to=site.district)
    with pytest.raises(NotFound):
        make_building(session, developer=other, development=site.development)
    with pytest.raises(NotFound):
        new_home(session, site, actor=other)
    home = make_home(session, developer=site.developer, building=site.building)
    with pytest.raises(NotFound):
        service.publish(session, actor=other, home_id=home.id)
    with pytest.raises(NotFound):
        service.withdraw(session, actor=other, home_id=home.id)
    with pytest.raises(NotFound):
        service.set_price(session, actor=other, home_id=home.id, kind="cash", amount_fen=1, reason="-")


def test_a_space_counts_as_no_home(session: Session) -> None:
    """Neither for its developer, nor in the pool, nor for the price monitor or a policy's trial."""
    seller, home = make_listed_home(session)
    district_id, development_id = home.development.district_id, home.development_id
    before = (read_stock(session, district_id=district_id).data_hash, stock_on_offer(session))
    space = make_space(session, developer=seller, building=home.building)
    service.publish(session, actor=seller, home_id=space.id)
    assert stock.count_homes(session, actor=seller).homes == 1
    assert [row.home.id for row in stock.spaces_table(session, development_id=development_id)] == [space.id]
    assert queries.count_offers(session, development_id=development_id) == 1
    assert [one.home.id for one in queries.list_spaces(session, development_id=development_id)] == [space.id]
    assert queries.find_public_homes(session, refs=[space.ref]) == {}
    assert (read_stock(session, district_id=district_id).data_hash, stock_on_offer(session)) == before
    assert filings.count_unfiled(session, [development_id]) == {development_id: 1}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("b-023", "B-023号车位"),
        ("车位 023", "023号车位"),
        ("B1-05号车位", "B1-05号车位"),
        ("产权车位A7", "A7号车位"),
    ],
)
def test_a_space_is_numbered_the_same_however_it_is_typed(typed: str, stored: str) -> None:
    assert rules.tidy_space(rules.StockKind.PARKING, typed) == stored
    assert rules.tidy_space(rules.StockKind.PARKING, stored) == stored
    assert rules.home_name("地下车库", "", stored) == f"地下车库{stored}"
