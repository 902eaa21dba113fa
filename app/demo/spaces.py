"""The demo's parking spaces and store rooms, below one development; their prices follow no formula."""

from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.money import yuan_to_fen
from app.homes import service as homes
from app.homes.models import Home
from app.homes.rules import StockKind

GARAGE: Final = "地下车库"
BELOW: Final = -1
PARKING: Final = 12
STORAGE: Final = 4
_AREAS_M2: Final = {StockKind.PARKING: Decimal("12.72"), StockKind.STORAGE: Decimal("8.40")}
_PRICES_FEN: Final = {
    StockKind.PARKING: tuple(yuan_to_fen(one) for one in ("68000", "66000", "65500")),
    StockKind.STORAGE: tuple(yuan_to_fen(one) for one in ("26000", "25000", "25000")),
}
"""Filed, cash and voucher price: the first never below the second, nor that below the third."""


def build(session: Session, *, actor: Actor, development_id: int) -> list[Home]:
    """Dig a garage below a development and list what is in it; return it, the parking spaces first."""
    garage = homes.create_building(
        session, actor=actor, development_id=development_id, name=GARAGE, storeys=1
    )
    numbers = [(StockKind.PARKING, f"B{number:03}") for number in range(1, PARKING + 1)]
    numbers += [(StockKind.STORAGE, f"C{number:02}") for number in range(1, STORAGE + 1)]
    made = [_type_in(session, actor, garage.id, kind, number) for kind, number in numbers]
    session.commit()
    for space in made:
        homes.publish(session, actor=actor, home_id=space.id)
    session.commit()
    return made


def _type_in(session: Session, actor: Actor, building_id: int, kind: StockKind, number: str) -> Home:
    filed, cash, voucher = _PRICES_FEN[kind]
    return homes.create_home(
        session,
        actor=actor,
        building_id=building_id,
        kind=kind,
        storey=BELOW,
        room=number,
        area_m2=_AREAS_M2[kind],
        filed_fen=filed,
        filing_number=f"菱价备 2016-{number}",
        cash_fen=cash,
        voucher_fen=voucher,
    )
