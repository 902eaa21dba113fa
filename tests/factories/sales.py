"""Contracts of cash buyers, reported by a developer or brought by the registry's file."""

import itertools
from datetime import date

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import system_actor
from app.homes.models import Home
from app.sales import reader, service
from app.sales.models import CashSale, SalesFile
from tests.factories.redemptions import Shop

_numbers = itertools.count(1)

HEADING = (
    "contract_number,development,building,unit,room,signed_on,price,payment,fit_out,bulk,staff,cancelled,"
    "voucher_paid"
)


def make_number() -> str:
    """Return a contract number that is not in use."""
    return f"现售-{next(_numbers):06d}"


def report_sale(
    session: Session,
    shop: Shop,
    home: Home,
    *,
    number: str | None = None,
    signed_on: date | None = None,
    price_fen: int | None = None,
) -> CashSale:
    """Report a contract of the shop's home, signed today unless told otherwise."""
    sale = service.report(
        session,
        actor=shop.developer,
        home_id=home.id,
        contract_number=number or make_number(),
        signed_on=signed_on or clock.today(),
        price_fen=price_fen,
        payment="full" if price_fen else None,
    )
    session.commit()
    return sale


def line_of(home: Home, number: str, **changed: str) -> str:
    """Return the file's line for a contract of a home: 45 万, in full, signed today."""
    cells = {
        "contract_number": number,
        "development": home.development.name,
        "building": home.building.name,
        "unit": home.unit,
        "room": home.room,
        "signed_on": clock.today().isoformat(),
        "price": "450000.00",
        "payment": "full",
        "fit_out": "bare",
        "bulk": "0",
        "staff": "0",
        "cancelled": "0",
        "voucher_paid": "0",
    }
    return ",".join((cells | changed)[name] for name in HEADING.split(","))


def file_of(*lines: str) -> bytes:
    """Return the bytes of a file with these lines."""
    return ("\n".join((HEADING, *lines)) + "\n").encode()


def load(session: Session, shop: Shop, *lines: str) -> SalesFile:
    """Receive and carry out a file in the shop's district."""
    content, district_id = file_of(*lines), shop.desk.district.id
    contracts = reader.read(content, today=clock.today())
    actor = system_actor(district_id)
    sha256 = f"{hash(content):x}"
    received = service.receive_file(
        session,
        actor=actor,
        district_id=district_id,
        sha256=sha256,
        name="sales.csv",
        contracts=contracts,
    )
    session.commit()
    file = service.apply_file(
        session, actor=actor, district_id=district_id, file_ref=received.ref, contracts=contracts
    )
    session.commit()
    return file
