"""Homes in developments of a developer, made through the service; each call makes something new."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.ids import new_ref
from app.core.locks import Rank
from app.homes import service
from app.homes.models import Building, Development, Home
from app.homes.pool_models import PoolMembership
from app.homes.rules import StockKind
from app.homes.undertaking import CURRENT
from app.identity.models import District
from tests.factories.identity import make_actor, make_district

FILED_FEN, CASH_FEN, VOUCHER_FEN = 60_000_000, 57_000_000, 55_000_000
FILING_NUMBER = "备2016-0012"

_numbers = itertools.count(1)


def make_developer(session: Session, *, admitted_to: District | None = None) -> Actor:
    """Return a new developer's salesperson; the company is in the pool of a district when one is given."""
    developer = make_actor(session, role=Role.DEVELOPER)
    if admitted_to:
        admit(session, developer, admitted_to)
    return developer


def admit(session: Session, developer: Actor, district: District) -> PoolMembership:
    """Have a developer in the pool of a district, as two people of its authority leave it there."""
    moment = clock.now()
    membership = PoolMembership(
        ref=new_ref("RK"),
        district_id=district.id,
        developer_id=developer.organisation,
        state="admitted",
        undertaking_version=CURRENT.version,
        accepted_by_name="周经理",
        accepted_by_id=developer.user_id,
        accepted_at=moment,
        submitted_at=moment,
        admitted_at=moment,
        changed_at=moment,
    )
    session.add(membership)
    session.flush()
    return membership


def make_development(
    session: Session, *, developer: Actor, district: District, name: str | None = None
) -> Development:
    """Return a new development whose homes are finished."""
    return service.create_development(
        session,
        actor=developer,
        district_id=district.id,
        name=name or f"测试花园{next(_numbers)}",
        address="测试路 8 号",
        stage="finished",
        sales_phone="0513-5550000",
    )


def make_building(
    session: Session, *, developer: Actor, development: Development, name: str | None = None
) -> Building:
    """Return a new building of 18 storeys."""
    return service.create_building(
        session,
        actor=developer,
        development_id=development.id,
        name=name or f"{next(_numbers)}幢",
        storeys=18,
        units=2,
        has_lift=True,
    )


def make_home(
    session: Session,
    *,
    developer: Actor,
    building: Building,
    unit: str = "2",
    storey: int = 3,
    room: str | None = None,
    filed_fen: int | None = FILED_FEN,
    cash_fen: int | None = CASH_FEN,
    voucher_fen: int | None = VOUCHER_FEN,
    area_m2: Decimal = Decimal("89.50"),
) -> Home:
    """Return a new home that is not listed; a price given as None is left out."""
    with _as_if_alone(session):
        return service.create_home(
            session,
            actor=developer,
            building_id=building.id,
            unit=unit,
            storey=storey,
            room=room or f"{300 + next(_numbers)}",
            rooms=3,
            area_m2=area_m2,
            filed_fen=filed_fen,
            filing_number=None if filed_fen is None else FILING_NUMBER,
            cash_fen=cash_fen,
            voucher_fen=voucher_fen,
        )


@contextmanager
def _as_if_alone(session: Session) -> Iterator[None]:
    """Let a command begin its locks anew in a transaction that sets a scene of many commands."""
    held: dict[Rank, set[int]] = session.info.pop("locks_held", {})
    session.info.pop("names_held", None)
    yield
    for rank, ids in session.info.pop("locks_held", {}).items():
        held.setdefault(rank, set()).update(ids)
    session.info["locks_held"] = held
    session.info.pop("names_held", None)


def make_listed_home(
    session: Session,
    *,
    developer: Actor | None = None,
    district: District | None = None,
    voucher_fen: int = VOUCHER_FEN,
) -> tuple[Actor, Home]:
    """Return a developer and a listed home of a new development of theirs."""
    district = district or make_district(session)
    developer = developer or make_developer(session, admitted_to=district)
    development = make_development(session, developer=developer, district=district)
    building = make_building(session, developer=developer, development=development)
    home = make_home(session, developer=developer, building=building, voucher_fen=voucher_fen)
    service.publish(session, actor=developer, home_id=home.id)
    return developer, home


def make_space(
    session: Session,
    *,
    developer: Actor,
    building: Building,
    kind: StockKind = StockKind.PARKING,
    voucher_fen: int = 8_000_000,
) -> Home:
    """Return a parking space or store room below ground that is not listed."""
    with _as_if_alone(session):
        return service.create_home(
            session,
            actor=developer,
            building_id=building.id,
            kind=kind,
            storey=-1,
            room=f"B-{next(_numbers):03d}",
            area_m2=Decimal("12.72"),
            filed_fen=voucher_fen + 1_000_000,
            filing_number=FILING_NUMBER,
            cash_fen=voucher_fen + 500_000,
            voucher_fen=voucher_fen,
        )
