"""A home at the address of one that is bought or sold is set aside until the regulator says what it is."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.homes import listing, queries
from app.homes import service as homes
from app.homes.models import Home
from app.notices.models import Notice
from app.redemptions import service as buying
from app.sales import addresses, service
from app.sales.address_models import AddressDoubt
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.homes import make_home as make_stock
from tests.factories.identity import make_actor, make_district
from tests.factories.redemptions import Buyer, Shop, make_redemption, redeem
from tests.factories.sales import report_sale

Place = Callable[[Session, Shop, Home], Home]


@pytest.fixture
def bureau(session: Session, shop: Shop) -> Actor:
    return make_actor(session, role=Role.REGULATOR, district=shop.desk.district)


def sold_for_cash(session: Session, shop: Shop, buyer: Buyer, home: Home) -> None:
    report_sale(session, shop, home)


def bought_by_voucher(session: Session, shop: Shop, buyer: Buyer, home: Home) -> None:
    redeem(session, shop, make_redemption(session, buyer, home))


def being_bought(session: Session, shop: Shop, buyer: Buyer, home: Home) -> None:
    make_redemption(session, buyer, home)


def copy(session: Session, shop: Shop, home: Home, **changed: object) -> Home:
    """Return a new home of the same building, unit, storey and room, written otherwise."""
    values = {"unit": f"0{home.unit}", "storey": home.storey, "room": home.room, **changed}
    return make_stock(session, developer=shop.developer, building=home.building, **values)  # type: ignore[arg-type]  # texts and one number


def full_width(session: Session, shop: Shop, home: Home) -> Home:
    return copy(
        session, shop, home, room=home.room.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )


def leading_zero(session: Session, shop: Shop, home: Home) -> Home:
    return copy(session, shop, home, unit=home.unit, room=f"0{home.room}")


def chinese_unit(session: Session, shop: Shop, home: Home) -> Home:
    return copy(session, shop, home, unit={"1": "一单元", "2": "二单元"}[home.unit])


def other_storey(session: Session, shop: Shop, home: Home) -> Home:
    return copy(session, shop, home, unit=home.unit, storey=home.storey + 4)


def other_company(session: Session, shop: Shop, home: Home) -> Home:
    district = shop.desk.district
    rival = make_developer(session, admitted_to=district)
    name = home.development.name.replace("花园", "·花园")
    place = make_development(session, developer=rival, district=district, name=name)
    building = make_building(
        session, developer=rival, development=place, name=f"第{home.building.name.removesuffix('幢')}号楼"
    )
    return make_stock(
        session, developer=rival, building=building, unit=home.unit, storey=home.storey, room=home.room
    )


def renamed(session: Session, shop: Shop, home: Home) -> Home:
    """A listed home that takes the address of the sold one."""
    made = copy(session, shop, home, room="1717")
    session.commit()
    homes.publish(session, actor=shop.developer, home_id=made.id)
    session.commit()
    move(session, shop, made, unit=f"0{home.unit}", room=home.room)
    return made


def move(session: Session, shop: Shop, home: Home, *, unit: str, room: str) -> None:
    homes.update_home(
        session,
        actor=shop.developer,
        home_id=home.id,
        seen_version=home.doc_version,
        unit=unit,
        storey=home.storey,
        room=room,
        rooms=home.rooms,
        area_m2=home.area_m2,
        inner_area_m2=None,
        orientation=None,
        finish=None,
    )
    session.commit()


def doubt_of(session: Session, home: Home) -> AddressDoubt:
    return session.scalars(select(AddressDoubt).where(AddressDoubt.home_id == home.id)).one()


def decide(session: Session, bureau: Actor, home: Home, outcome: service.AddressOutcome) -> AddressDoubt:
    decided = service.decide_address(
        session, actor=bureau, doubt_ref=doubt_of(session, home).ref, outcome=outcome, reason="现场看过"
    )
    session.commit()
    return decided


def told(session: Session) -> set[str]:
    return set(session.scalars(select(Notice.kind)))


def is_free_to_list(session: Session, shop: Shop, home: Home) -> bool:
    found = listing.candidates(session, actor=shop.developer, development=home.development, building=None)
    return home.id in {row.home.id for row in found.fit}


@pytest.mark.parametrize("taken", [sold_for_cash, bought_by_voucher, being_bought])
@pytest.mark.parametrize(
    "placed", [full_width, leading_zero, chinese_unit, other_storey, other_company, renamed]
)
def test_a_home_at_a_taken_address_is_neither_listed_nor_locked_until_it_is_another(
    session: Session,
    shop: Shop,
    buyer: Buyer,
    home: Home,
    bureau: Actor,
    taken: Callable[[Session, Shop, Buyer, Home], None],
    placed: Place,
) -> None:
    taken(session, shop, buyer, home)
    made = placed(session, shop, home)
    session.commit()
    assert made.claimed_at is not None
    assert queries.offers(session, home_ids=[made.id]) == {}
    assert {"developer_address_doubted", "address_waits"} <= told(session)
    owner = shop.developer if placed is not other_company else None
    if owner:
        assert not is_free_to_list(session, shop, made)
        with pytest.raises(Conflict) as refused:
            homes.publish(session, actor=owner, home_id=made.id)
        assert refused.value.code == "home_claimed_offline"
        session.rollback()
    with pytest.raises((Conflict, NotFound)):
        buying.quote(session, actor=buyer.actor, home_ref=made.ref, parts=buyer.parts())
    session.rollback()

    decide(session, bureau, made, "other")
    assert made.claimed_at is None
    assert "developer_address_other" in told(session)
    if placed is renamed:
        assert set(queries.offers(session, home_ids=[made.id])) == {made.id}, "it was listed before"
    elif owner:
        assert is_free_to_list(session, shop, made)


def test_the_very_home_stays_out_until_its_address_is_put_right(
    session: Session, shop: Shop, buyer: Buyer, home: Home, bureau: Actor
) -> None:
    report_sale(session, shop, home)
    made = leading_zero(session, shop, home)
    session.commit()
    decide(session, bureau, made, "same")
    assert made.claimed_at is not None
    assert not is_free_to_list(session, shop, made)
    with pytest.raises(Conflict) as late:
        decide(session, bureau, made, "other")
    assert late.value.code == "address_doubt_over"
    session.rollback()
    move(session, shop, made, unit="1", room="1718")
    assert (made.claimed_at, doubt_of(session, made).state) == (None, "moved")
    assert is_free_to_list(session, shop, made)
    # Back at the taken address it is looked at anew.
    move(session, shop, made, unit=home.unit, room=f"0{home.room}")
    assert made.claimed_at is not None
    assert addresses.count_doubts(session, actor=bureau, waiting=True) == 1


def test_a_letter_for_a_room_is_another_home_on_another_storey(
    session: Session, shop: Shop, home: Home
) -> None:
    lettered = copy(session, shop, home, room="A")
    report_sale(session, shop, lettered)
    assert copy(session, shop, home, room="A", storey=home.storey + 1).claimed_at is None
    assert copy(session, shop, home, room="Ａ", unit=home.unit).claimed_at is not None


def test_an_offline_sale_taken_back_leaves_the_double_set_aside(
    session: Session, shop: Shop, home: Home, bureau: Actor
) -> None:
    report_sale(session, shop, home)
    made = leading_zero(session, shop, home)
    session.commit()
    sale = report_sale(session, shop, made)
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="点错了")
    session.commit()
    assert (made.status, made.claimed_at is None) == ("free", False)


def test_only_the_regulator_of_the_district_decides_and_gives_a_reason(
    session: Session, shop: Shop, home: Home, bureau: Actor
) -> None:
    report_sale(session, shop, home)
    made = leading_zero(session, shop, home)
    session.commit()
    ref = doubt_of(session, made).ref
    with pytest.raises(Forbidden):
        service.decide_address(
            session, actor=shop.desk.officer, doubt_ref=ref, outcome="other", reason="看过"
        )
    with pytest.raises(DomainError) as silent:
        service.decide_address(session, actor=bureau, doubt_ref=ref, outcome="other", reason=" ")
    assert silent.value.field == "reason"
    stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    with pytest.raises(NotFound):
        service.decide_address(session, actor=stranger, doubt_ref=ref, outcome="other", reason="看过")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE homes SET claimed_at = NULL WHERE id = :home",
        "UPDATE address_doubts SET state = 'same' WHERE home_id = :home",
        "UPDATE address_doubts SET state = 'other' WHERE home_id = :home",
        "UPDATE address_doubts SET home_id = sold_home_id WHERE home_id = :home",
        "UPDATE pool_listings SET state = 'listed', out_reason = NULL WHERE home_id = :home",
    ],
)
def test_the_database_keeps_it_set_aside(
    session: Session, shop: Shop, home: Home, bureau: Actor, statement: str
) -> None:
    report_sale(session, shop, home)
    made = renamed(session, shop, home)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(DBAPIError):
        session.execute(text(statement), {"home": made.id})
