"""Correcting what was typed: what may change, what a purchase holds fast, and what may go again."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import locks
from app.core.audit import AuditRow
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import service
from app.homes.errors import HomeChanged, PlaceChanged
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.rules import Finish, Orientation
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.integration.homes.conftest import Site


def of_development(place: Development, **changes: Any) -> dict[str, Any]:
    names = ("name", "address", "stage", "sales_phone", "presale_permit")
    facts = {name: getattr(place, name) for name in (*names, "delivery_on", "lat", "lon")}
    return {"development_id": place.id, "seen_version": place.version, **facts, **changes}


def of_building(building: Building, **changes: Any) -> dict[str, Any]:
    facts = {name: getattr(building, name) for name in ("name", "storeys", "units", "has_lift")}
    return {"building_id": building.id, "seen_version": building.version, **facts, **changes}


def of_home(home: Home, **changes: Any) -> dict[str, Any]:
    names = ("unit", "storey", "room", "rooms", "area_m2", "inner_area_m2", "orientation", "finish")
    facts = {name: getattr(home, name) for name in names}
    return {"home_id": home.id, "seen_version": home.doc_version, **facts, **changes}


@pytest.fixture
def home(session: Session, site: Site) -> Home:
    made = make_home(session, developer=site.developer, building=site.building, storey=5, room="501")
    session.commit()
    return made


def lock(session: Session, home: Home) -> None:
    service.mark_locked(session, locks.lock(session, Home, home.id))
    session.commit()


def sell(session: Session, home: Home) -> None:
    lock(session, home)
    service.mark_sold(session, locks.lock(session, Home, home.id))
    session.commit()


def last_note(session: Session, action: str) -> AuditRow:
    session.commit()
    return session.scalars(select(AuditRow).where(AuditRow.action == action)).one()


def indexed(session: Session) -> list[list[int]]:
    session.commit()
    statement = text(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'search.index' ORDER BY id DESC LIMIT 1"
    )
    return [args["home_ids"] for args in session.scalars(statement)]


def test_a_change_of_a_home_is_kept_noted_and_indexed(session: Session, site: Site, home: Home) -> None:
    changed = service.update_home(
        session,
        actor=site.developer,
        **of_home(
            home,
            unit="1单元",
            area_m2=Decimal("90.00"),
            inner_area_m2=Decimal("72.10"),
            orientation=Orientation.NORTH_SOUTH,
            finish=Finish.BARE,
        ),
    )
    assert (changed.unit, changed.area_m2, changed.orientation) == ("1", Decimal("90.00"), "north-south")
    assert changed.doc_version == 2
    assert indexed(session) == [[home.id]]
    note = last_note(session, "homes.update_home")
    assert note.detail["changes"]["area_m2"] == ["89.50", "90.00"]
    assert set(note.detail["changes"]) == {"unit", "area_m2", "inner_area_m2", "orientation", "finish"}


def test_nothing_changed_is_nothing_done(session: Session, site: Site, home: Home) -> None:
    service.update_home(session, actor=site.developer, **of_home(home))
    session.commit()
    service.update_building(session, actor=site.developer, **of_building(site.building))
    assert (home.doc_version, site.building.version) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"storey": 19}, "storey_not_in_building", "storey"),
        ({"inner_area_m2": Decimal(90)}, "inner_above_gross", "inner_area_m2"),
        ({"storey": 6, "room": "601"}, "home_exists", "room"),
    ],
)
def test_a_home_is_corrected_only_to_what_it_could_be_created_as(
    session: Session, site: Site, home: Home, changes: dict[str, Any], code: str, field: str
) -> None:
    make_home(session, developer=site.developer, building=site.building, storey=6, room="601")
    session.commit()
    with pytest.raises(DomainError) as refused:
        service.update_home(session, actor=site.developer, **of_home(home, **changes))
    assert (refused.value.code, refused.value.field) == (code, field)


@pytest.mark.parametrize(("way", "code"), [(lock, "fixed_while_bought"), (sell, "fixed_once_sold")])
def test_what_a_home_is_stands_fast_once_somebody_buys_it_but_a_gap_may_be_filled(
    session: Session, site: Site, home: Home, way: Any, code: str
) -> None:
    way(session, home)
    with pytest.raises(DomainError) as refused:
        service.update_home(session, actor=site.developer, **of_home(home, area_m2=Decimal("89.60")))
    assert (refused.value.code, refused.value.field) == (code, "area_m2")
    filled = service.update_home(session, actor=site.developer, **of_home(home, finish=Finish.FITTED))
    assert filled.finish == "fitted"


def test_an_older_page_changes_nothing(session: Session, site: Site, home: Home) -> None:
    seen = of_home(home, rooms=4)
    service.set_price(
        session, actor=site.developer, home_id=home.id, kind="cash", amount_fen=56_000_000, reason="调价"
    )
    session.commit()
    with pytest.raises(HomeChanged):
        service.update_home(session, actor=site.developer, **seen)
    session.commit()
    older = of_development(site.development, address="新路 1 号")
    service.update_development(session, actor=site.developer, **older)
    with pytest.raises(PlaceChanged):
        service.update_development(session, actor=site.developer, **{**older, "address": "新路 2 号"})


def test_a_development_changes_for_all_its_homes(session: Session, site: Site, home: Home) -> None:
    other = make_home(session, developer=site.developer, building=site.building)
    session.commit()
    service.update_development(
        session,
        actor=site.developer,
        **of_development(site.development, name="新名花园", lat=30.5, lon=117.0, sales_phone="138 0556 0123"),
    )
    assert (site.development.name, site.development.sales_phone) == ("新名花园", "13805560123")
    assert (home.doc_version, other.doc_version) == (2, 2)
    assert indexed(session) == [[home.id, other.id]]
    changes = last_note(session, "homes.update_development").detail["changes"]
    assert changes["lat"] == [None, "30.5"]


@pytest.mark.parametrize(("changes", "field"), [({"name": "别名"}, "name"), ({"address": "别处"}, "address")])
def test_the_name_in_a_contract_stays(
    session: Session, site: Site, home: Home, changes: dict[str, Any], field: str
) -> None:
    sell(session, home)
    with pytest.raises(DomainError) as refused:
        service.update_development(
            session, actor=site.developer, **of_development(site.development, **changes)
        )
    assert (refused.value.code, refused.value.field) == ("fixed_once_sold", field)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"storeys": 4}, "storeys_below_homes"),
        ({"units": 1}, "units_below_homes"),
        ({"name": "别的楼"}, "building_name_taken"),
    ],
)
def test_a_building_still_holds_its_homes(
    session: Session, site: Site, home: Home, changes: dict[str, Any], code: str
) -> None:
    make_building(session, developer=site.developer, development=site.development, name="别的楼")
    session.commit()
    with pytest.raises(DomainError) as refused:
        service.update_building(session, actor=site.developer, **of_building(site.building, **changes))
    assert refused.value.code == code
    exact = of_building(site.building, storeys=5, units=2, has_lift=True)
    assert service.update_building(session, actor=site.developer, **exact).has_lift is True
    assert home.doc_version == 2


def test_a_home_typed_wrong_goes_with_its_prices_then_its_building_then_its_development(
    session: Session, site: Site, home: Home
) -> None:
    with pytest.raises(Conflict, match="building_has_homes"):
        service.delete_building(session, actor=site.developer, building_id=site.building.id)
    session.commit()
    service.delete_home(session, actor=site.developer, home_id=home.id)
    session.commit()
    assert session.scalar(select(func.count()).where(PriceVersion.home_id == home.id)) == 0
    with pytest.raises(Conflict, match="development_has_buildings"):
        service.delete_development(session, actor=site.developer, development_id=site.development.id)
    session.commit()
    service.delete_building(session, actor=site.developer, building_id=site.building.id)
    session.commit()
    service.delete_development(session, actor=site.developer, development_id=site.development.id)
    session.commit()
    assert session.get(Development, site.development.id) is None
    assert last_note(session, "homes.delete_home").object_id == home.id


def test_a_home_that_was_ever_listed_stays(session: Session, site: Site, home: Home) -> None:
    service.publish(session, actor=site.developer, home_id=home.id)
    service.withdraw(session, actor=site.developer, home_id=home.id)
    with pytest.raises(Conflict) as refused:
        service.delete_home(session, actor=site.developer, home_id=home.id)
    assert refused.value.code == "home_has_history"
    with pytest.raises(IntegrityError, match="a price version ends once"):
        session.execute(text("DELETE FROM price_versions"))


def test_nobody_corrects_or_removes_what_is_anothers(session: Session, site: Site, home: Home) -> None:
    other = make_developer(session, admitted_to=site.district)
    session.commit()
    theirs = make_development(session, developer=other, district=site.district)
    assert theirs.version == 1
    with pytest.raises(NotFound):
        service.update_home(session, actor=other, **of_home(home))
    with pytest.raises(NotFound):
        service.delete_home(session, actor=other, home_id=home.id)
    for verb, facts in (
        (service.update_building, of_building(site.building)),
        (service.update_development, of_development(site.development)),
        (service.delete_building, {"building_id": site.building.id}),
        (service.delete_development, {"development_id": site.development.id}),
    ):
        with pytest.raises(NotFound):
            verb(session, actor=other, **facts)  # type: ignore[operator]
