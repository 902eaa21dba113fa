"""A home that is made or renamed under the address of a contract is met by that contract at once."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.homes import service as homes
from app.homes.models import Home
from app.sales import matching
from app.sales.states import State
from tests.factories.homes import make_building
from tests.factories.homes import make_home as make_stock
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Shop,
)
from tests.factories.sales import line_of, load
from tests.integration.sales.doubtful import told, twin_of, update
from tests.integration.sales.test_registry import check_sound, sale_of, status


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
