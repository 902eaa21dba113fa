"""Homes that one contract may have sold, and what becomes of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes import service as homes
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.notices.models import Notice
from app.sales import service
from app.sales.models import CashSale
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.homes import make_home as make_stock
from tests.factories.redemptions import (
    Shop,
    make_home,
)


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
