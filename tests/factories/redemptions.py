"""Buyers with vouchers, homes in the pool, and redemptions at every step; all through the services.

Each step is a transaction in life, and locks are forgotten only when one ends: so these factories commit.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.homes.models import Building, Home
from app.homes.rules import StockKind
from app.homes.service import publish
from app.projects.models import Household
from app.redemptions import service
from app.redemptions.models import Quote, Redemption
from app.vouchers.models import Voucher
from tests.factories import contracts, homes
from tests.factories.identity import make_actor
from tests.factories.payments import pay_in
from tests.factories.projects import make_household
from tests.factories.vouchers import Desk, make_desk, make_voucher

_numbers = itertools.count(1)

PRICE_FEN = 46_200_000
"""The mean price of the reference round, 46.2 万."""


@dataclass(frozen=True)
class Buyer:
    """A household that can buy: who acts for it, and its vouchers."""

    actor: Actor
    household: Household
    vouchers: list[Voucher]

    def parts(self, *limits: int | None) -> list[tuple[str, int | None]]:
        """Return a choice of all the vouchers in order, with these limits for the first ones."""
        refs = [voucher.ref for voucher in self.vouchers]
        return list(zip(refs, [*limits, *[None] * (len(refs) - len(limits))], strict=True))


@dataclass(frozen=True)
class Shop:
    """A developer with homes in the pool of a district, and the district's desk."""

    desk: Desk
    developer: Actor
    building: Building


def make_shop(session: Session, *, desk: Desk | None = None) -> Shop:
    """Return a developer admitted to the district's pool, with a building."""
    desk = desk or make_desk(session)
    developer = homes.make_developer(session, admitted_to=desk.district)
    development = homes.make_development(session, developer=developer, district=desk.district)
    building = homes.make_building(session, developer=developer, development=development)
    session.commit()
    return Shop(desk, developer, building)


def make_home(
    session: Session,
    shop: Shop,
    *,
    voucher_fen: int = PRICE_FEN,
    listed: bool = True,
    area_m2: Decimal = Decimal("89.50"),
) -> Home:
    """Return a home at that voucher price, listed unless told otherwise."""
    home = homes.make_home(
        session,
        developer=shop.developer,
        building=shop.building,
        filed_fen=voucher_fen + 2_000_000,
        cash_fen=voucher_fen + 1_000_000,
        voucher_fen=voucher_fen,
        area_m2=area_m2,
    )
    if listed:
        publish(session, actor=shop.developer, home_id=home.id)
    session.commit()
    return home


def make_space(
    session: Session, shop: Shop, *, voucher_fen: int = 8_000_000, kind: StockKind = StockKind.PARKING
) -> Home:
    """Return a listed space of the shop's development at that voucher price."""
    space = homes.make_space(
        session, developer=shop.developer, building=shop.building, kind=kind, voucher_fen=voucher_fen
    )
    publish(session, actor=shop.developer, home_id=space.id)
    session.commit()
    return space


def make_buyer(
    session: Session,
    desk: Desk,
    *,
    faces: tuple[int, ...] = (130_550_000,),
    lines: Callable[[int], Sequence[tuple[str, int]]] = lambda _fen: (),
) -> Buyer:
    """Return a household with one issued voucher of each face value (fen), its agreements with ``lines``."""
    household = make_household(session, officer=desk.officer)
    actor = make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=household.id)
    session.commit()
    vouchers = []
    for face_fen in faces:
        vouchers.append(
            make_voucher(session, desk=desk, household=household, face_fen=face_fen, lines=lines(face_fen))
        )
        session.commit()
    return Buyer(actor, household, vouchers)


def make_quote(session: Session, buyer: Buyer, home: Home, *limits: int | None) -> Quote:
    """Return a quote over all the buyer's vouchers."""
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=buyer.parts(*limits))
    session.commit()
    return quote


def make_redemption(session: Session, buyer: Buyer, home: Home, *limits: int | None) -> Redemption:
    """Return a lock of the home."""
    quote = make_quote(session, buyer, home, *limits)
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    return redemption


def contract(
    session: Session, shop: Shop, redemption: Redemption, *, number: str | None = None, **otherwise: Any
) -> Redemption:
    """Enter a contract signed today, or as told; what the household pays itself has arrived."""
    pay_in(session, shop.desk.officer, redemption)
    held = session.get_one(Redemption, redemption.id)
    found = service.enter_contract(
        session,
        actor=shop.developer,
        redemption_ref=redemption.ref,
        typed=contracts.typed(held, number=number or f"网签-{next(_numbers):06d}", **otherwise),
    )
    session.commit()
    return found


def verify_first(session: Session, shop: Shop, redemption: Redemption, explanation: str = "") -> Redemption:
    """Let the officer verify; ``explanation`` says why what differs from the quote may stand."""
    known = {"redemption_ref": redemption.ref, "explanation": explanation}
    found = service.verify_first(session, actor=shop.desk.officer, **known)
    session.commit()
    return found


def redeem(
    session: Session, shop: Shop, redemption: Redemption, *, explanation: str = "", **contract_: Any
) -> Redemption:
    """Take a lock through contract, as ``contract`` enters it, and both checks."""
    contract(session, shop, redemption, **contract_)
    return verify(session, shop, redemption, explanation)


def verify(session: Session, shop: Shop, redemption: Redemption, explanation: str = "") -> Redemption:
    """Take a contracted purchase through both checks."""
    verify_first(session, shop, redemption, explanation)
    found = service.verify_second(session, actor=shop.desk.checker, redemption_ref=redemption.ref)
    session.commit()
    return found


def today() -> date:
    """Return the business day."""
    return clock.today()
