"""How the prices of a development, or of one home, went over time: voucher prices beside cash sales.

Prices of a square metre, as they were: nothing is adjusted for storey or area, so what this shows is where to
look, never a finding. Contracts that are no ordinary cash sales (bulk, staff, cancelled, voucher-paid, not
standing) are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import clock, money
from app.core.actor import Actor
from app.core.errors import NotFound
from app.homes.filings import get_development
from app.homes.models import DWELLING, Development, Home, PriceVersion
from app.sales.models import CashSale
from app.sales.states import State

Kind = Literal["cash", "voucher"]
KINDS: Final[tuple[Kind, ...]] = ("cash", "voucher")


@dataclass(frozen=True, slots=True)
class Mark:
    """A cash sale on the day it was signed, or a voucher price on the day from which it held."""

    kind: Kind
    on: date
    unit_fen: int
    """Of one square metre."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many prices of a kind a month had, with the lowest, the middle and the highest, a square metre."""

    count: int
    lowest_fen: int
    middle_fen: int
    highest_fen: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month (its first day) and what it had of either kind."""

    first: date
    cash: Spread | None
    voucher: Spread | None


@dataclass(frozen=True, slots=True)
class Span:
    """A price of a home from one moment to another; the present one has no end."""

    kind: str
    since: date
    until: date | None
    amount_fen: int


def course_of(session: Session, *, actor: Actor, ref: str) -> tuple[Development, list[Mark]]:
    """Return a development of the actor's district and its marks by day. Raises NotFound for any other."""
    development = get_development(session, actor=actor, ref=ref)
    sales = (
        select(CashSale.signed_on, CashSale.price_fen, CashSale.area_m2)
        .join(Home, Home.id == CashSale.home_id)
        .where(
            Home.development_id == development.id,
            DWELLING,
            CashSale.district_id == actor.district,
            CashSale.state == State.STANDING,
            CashSale.price_fen.is_not(None),
            ~(CashSale.is_bulk | CashSale.is_staff | CashSale.is_cancelled | CashSale.by_voucher),
        )
    )
    prices = (
        select(PriceVersion.effective_from, PriceVersion.amount_fen, Home.area_m2)
        .join(Home, Home.id == PriceVersion.home_id)
        .where(Home.development_id == development.id, DWELLING, PriceVersion.kind == "voucher")
    )
    marks = [
        Mark("cash", on, money.unit_price(fen, area))
        for on, fen, area in session.execute(sales)
        if fen is not None and area
    ]
    marks += [
        Mark("voucher", clock.legal_day(at), money.unit_price(fen, area))
        for at, fen, area in session.execute(prices)
    ]
    return development, sorted(marks, key=lambda mark: (mark.on, mark.kind, mark.unit_fen))


def by_month(marks: Iterable[Mark]) -> list[Month]:
    """Return the months that have any mark, the earliest first."""
    found: dict[date, dict[Kind, list[int]]] = defaultdict(lambda: {kind: [] for kind in KINDS})
    for mark in marks:
        found[mark.on.replace(day=1)][mark.kind].append(mark.unit_fen)
    return [
        Month(first, _spread(kinds["cash"]), _spread(kinds["voucher"]))
        for first, kinds in sorted(found.items())
    ]


def _spread(prices: Sequence[int]) -> Spread | None:
    if not prices:
        return None
    return Spread(len(prices), min(prices), median_low(prices), max(prices))


def home_course(session: Session, *, actor: Actor, ref: str) -> tuple[Home, list[Span], CashSale | None]:
    """Return a home of the actor's district, what each of its prices was when, and the contract that stands.

    Raises NotFound for a home of another district.
    """
    statement = (
        select(Home)
        .join(Home.development)
        .where(Home.ref == ref, Development.district_id == actor.district)
        .options(joinedload(Home.building), joinedload(Home.development).joinedload(Development.developer))
    )
    home = session.scalars(statement).first()
    if home is None:
        raise NotFound("home_not_found")
    sale = select(CashSale).where(
        CashSale.home_id == home.id,
        CashSale.district_id == actor.district,
        CashSale.state == State.STANDING,
    )
    return home, spans_of(session, home_id=home.id), session.scalars(sale).first()


def spans_of(session: Session, *, home_id: int) -> list[Span]:
    """Return the prices of a home, each with the days on which it held, the earliest first."""
    versions = select(PriceVersion).where(PriceVersion.home_id == home_id).order_by(PriceVersion.id)
    return [
        Span(
            version.kind,
            clock.legal_day(version.effective_from),
            clock.legal_day(version.effective_to) if version.effective_to else None,
            version.amount_fen,
        )
        for version in session.scalars(versions)
    ]
