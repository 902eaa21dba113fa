"""Homes that the demo's developers sold offline, the registry's files about them, and a company's program."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.demo.calendar import Calendar
from app.demo.story import THE_END, Cast
from app.homes.models import Home
from app.homes.queries import current_prices
from app.homes.service import create_home
from app.identity import tokens
from app.identity.tokens import Scope
from app.sales import flows, reader, service

CLAIMED: Final = 20
"""A home that a household of the story has locked, and that its developer sold offline a day before."""

REPORTED: Final = 30
DOUBTED: Final = 38
"""A home sold as the registry says, which its developer also has on another storey: nobody knows which."""

APPLIED: Final = (34, 118, DOUBTED)
CHEAPER: Final = 118
"""One that was sold for 6% less than what its developer says that cash buyers pay."""

WAITING: Final = (36, 119)
"""Homes sold as a developer reported, as a file of the registry said, and as one says that waits."""


def sell_offline(session: Session, *, cast: Cast, calendar: Calendar, stock: Sequence[Home]) -> None:
    """Let a developer report two contracts, and the registry send two files; one is carried out."""
    calendar.go_to(THE_END - timedelta(hours=16))
    _copy_address(session, cast, stock[DOUBTED])
    district_id = cast.regulator.district
    for number, content in enumerate(
        (_file(session, stock, APPLIED), _file(session, stock, WAITING)), start=1
    ):
        file = flows.receive(
            session,
            actor=cast.regulator,
            district_id=district_id,
            name=f"网签备案 {clock.today():%Y-%m-%d} 第{number}批.csv",
            content=content,
        )
        session.commit()
        if number == 1:
            flows.carry_out(session, actor=cast.regulator, district_id=district_id, file_ref=file.ref)
            session.commit()
        calendar.pass_time(minutes=10)
    calendar.go_to(THE_END - timedelta(minutes=25))
    signed = clock.today() - timedelta(days=1)
    for number, place in enumerate((REPORTED, CLAIMED), start=1):
        _report(session, cast, stock[place], f"菱现 2016{number:04}", signed)
        calendar.pass_time(minutes=10)


def connect(session: Session, *, manager: Actor) -> None:
    """Let a manager make a token for the company's own system; nobody keeps its secret."""
    scopes = [Scope.READ_STOCK, Scope.REPORT_SALES]
    tokens.create_token(session, actor=manager, name="销售管理系统", scopes=scopes, days=90)
    session.commit()


def _copy_address(session: Session, cast: Cast, home: Home) -> None:
    """Let a developer enter a second home of the same unit and room, one storey down, without prices yet."""
    create_home(
        session,
        actor=cast.developers[home.development.developer_id],
        building_id=home.building_id,
        unit=home.unit,
        storey=home.storey - 1 if home.storey > 1 else home.storey + 1,
        room=home.room,
        rooms=home.rooms,
        area_m2=home.area_m2,
    )
    session.commit()


def _report(session: Session, cast: Cast, home: Home, number: str, signed_on: date) -> None:
    service.report(
        session,
        actor=cast.developers[home.development.developer_id],
        home_id=home.id,
        contract_number=number,
        signed_on=signed_on,
        price_fen=_cash_price(session, home),
        payment="mortgage",
    )
    session.commit()


def _cash_price(session: Session, home: Home) -> int:
    cash = current_prices(session, [home.id])[home.id].cash
    if cash is None:
        raise LookupError(f"home {home.ref} has no cash price")
    return cash.amount_fen


def _file(session: Session, stock: Sequence[Home], places: Sequence[int]) -> bytes:
    lines = [",".join(reader.COLUMNS)]
    for place in places:
        home = stock[place]
        fen = _cash_price(session, home) * (94 if place == CHEAPER else 100) // 100
        lines.append(
            f"菱网签 2016{place:04},{home.development.name},{home.building.name},{home.unit},{home.room},"
            f"{clock.today() - timedelta(days=2)},{fen // 100}.{fen % 100:02d},full,bare,0,0,0,0"
        )
    return ("\n".join(lines) + "\n").encode()
