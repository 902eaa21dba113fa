"""The registry's file against whoever locks, makes or moves a home at the same moment.

Both meet between what they check and what they write. With their locks one of them cannot get that far.
"""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import system_actor
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.sales import reader, service
from app.sales.models import CashSale
from tests.concurrency.race import Act, NoLocks, race
from tests.factories.redemptions import Shop, make_buyer, make_home, make_quote
from tests.factories.sales import file_of, line_of


def loading(setting: Session, shop: Shop, line: str) -> Act:
    """Return the act of carrying out a file of one contract."""
    content, district_id = file_of(line), shop.desk.district.id
    contracts = reader.read(content, today=clock.today())
    actor = system_actor(district_id)
    file = service.receive_file(
        setting, actor=actor, district_id=district_id, sha256="a" * 64, name="x.csv", contracts=contracts
    )
    setting.commit()
    ref = file.ref
    return lambda session: service.apply_file(
        session, actor=actor, district_id=district_id, file_ref=ref, contracts=contracts
    )


CONTROLS = [
    pytest.param(None, False, id="locks and trigger"),
    pytest.param(None, True, id="locks alone"),
    pytest.param(NoLocks(), False, id="trigger alone"),
    pytest.param(NoLocks(), True, id="neither: the race"),
]


@pytest.mark.parametrize(("policy", "drop_triggers"), CONTROLS)
def test_a_home_in_doubt_is_never_held_undisputed_but_without_lock_and_trigger_it_is(
    engine: Engine,
    setting: Session,
    shop: Shop,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_triggers: bool,
) -> None:
    home, twin = make_home(setting, shop), make_home(setting, shop)
    twin.unit, twin.room, twin.storey = home.unit, home.room, home.storey + 1
    setting.commit()
    buyer = make_buyer(setting, shop.desk)
    quote_ref = make_quote(setting, buyer, twin).ref
    acts: list[Act] = [
        lambda session: buying.reserve(session, actor=buyer.actor, quote_ref=quote_ref),
        loading(setting, shop, line_of(home, "A-1")),
    ]
    if drop_triggers:
        as_owner("DROP TRIGGER homes_claimed ON homes")
        as_owner("DROP TRIGGER pool_listings_claimed ON pool_listings")
    outcomes = race(engine, acts, policy=policy, meet_at="UPDATE homes ")
    setting.expire_all()
    held = setting.scalars(select(Redemption).where(Redemption.home_id == twin.id)).all()
    undisputed = [one for one in held if one.disputed_at is None]
    raced = bool(twin.claimed_at and undisputed)
    assert raced == (policy is not None and drop_triggers), outcomes


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["names held", "names free: the race"])
def test_a_home_made_while_its_contract_comes_is_sold_by_it_but_with_free_names_it_is_not(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None
) -> None:
    home = make_home(setting, shop)
    acts: list[Act] = [
        lambda session: homes.create_home(
            session,
            actor=shop.developer,
            building_id=home.building_id,
            unit="1",
            storey=2,
            room="9999",
            rooms=2,
            area_m2=Decimal(80),
            cash_fen=50_000_000,
        ),
        loading(setting, shop, line_of(home, "A-1", unit="1", room="9999")),
    ]
    at = ("INSERT INTO price_versions ", "INSERT INTO cash_sales ")
    outcomes = race(engine, acts, policy=policy, meet_at=at)
    assert outcomes == ["done", "done"]
    setting.expire_all()
    made = setting.scalars(select(Home).where(Home.room == "9999")).one()
    sale = setting.scalars(select(CashSale).where(CashSale.contract_number == "A-1")).one()
    matched = (made.status, sale.state, sale.home_id) == ("sold", "standing", made.id)
    assert matched == (policy is None), (made.status, sale.state)


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["building held", "building free: the race"])
def test_no_home_comes_into_a_storey_that_goes_but_without_the_lock_one_does(
    engine: Engine, setting: Session, shop: Shop, policy: LockPolicy | None
) -> None:
    home = make_home(setting, shop)
    building = home.building
    top, seen = building.storeys, building.version
    acts: list[Act] = [
        lambda session: homes.create_home(
            session,
            actor=shop.developer,
            building_id=building.id,
            unit="1",
            storey=top,
            room="9999",
            rooms=2,
            area_m2=Decimal(80),
            cash_fen=50_000_000,
        ),
        lambda session: homes.update_building(
            session,
            actor=shop.developer,
            building_id=building.id,
            seen_version=seen,
            name=building.name,
            storeys=top - 1,
            units=building.units,
            has_lift=building.has_lift,
        ),
    ]
    at = ("INSERT INTO price_versions ", "UPDATE buildings ")
    outcomes = race(engine, acts, policy=policy, meet_at=at)
    setting.expire_all()
    made = setting.scalars(select(Home).where(Home.room == "9999")).first()
    outside = made is not None and made.storey > building.storeys
    assert outside == (policy is not None), outcomes
