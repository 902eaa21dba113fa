"""What developers do against the rules in the round's first weeks, as ``planted`` lists it."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.demo.reference import planted
from app.demo.reference.places import SITES
from app.demo.reference.roster import Seat
from app.demo.reference.stock import Stock, Writer
from app.demo.reference.timeline import Step
from app.homes import service as homes
from app.homes.promotions import PromotionKind

LOWERED_ON: Final = date(2016, 5, 4)
PROMOTED_ON: Final = date(2016, 5, 6)
BUNCHED_ON: Final = date(2016, 5, 10)
_PROMOTED_HOMES: Final = 10
_FIRST: Final = 5
"""Which of a site's free homes is taken: not the very first of its list."""
_NEAR: Final = 0.96
"""A face value is worth waiting for when it is at least this share of the cash price."""


def steps(session: Session, *, stock: Stock, writer: Writer, seats: Sequence[Seat]) -> Iterator[Step]:
    """Return the days on which something is planted."""
    for number, (name, below) in enumerate(planted.LOWERED_CASH):
        yield Step(LOWERED_ON + timedelta(days=number), 4, partial(_lower, session, stock, name, below))
    yield Step(PROMOTED_ON, 4, partial(_promote, session, stock))
    faces = sorted(seat.compensation_fen for seat in seats if seat.way == "voucher")
    yield Step(BUNCHED_ON, 4, partial(_bunch, writer, faces))


def _site(name: str) -> int:
    return next(number for number, site in enumerate(SITES) if site.name == name)


def _lower(session: Session, stock: Stock, name: str, below: float) -> None:
    number = _site(name)
    place = stock.places(number, unsold_on=clock.today())[_FIRST]
    amount = int(stock.voucher_fen[place] * (1 - below)) // 10_000 * 10_000
    homes.set_price(
        session,
        actor=stock.developers[SITES[number].developer],
        home_id=stock.home_ids[place],
        kind="cash",
        amount_fen=amount,
        reason="月中特价",
    )


def _promote(session: Session, stock: Stock) -> None:
    name, share = planted.HIDDEN_PROMOTION
    number = _site(name)
    places = stock.places(number, unsold_on=clock.today())[_FIRST : _FIRST + _PROMOTED_HOMES]
    cheapest = min(stock.cash_fen[place] for place in places)
    homes.declare_promotion(
        session,
        actor=stock.developers[SITES[number].developer],
        development_id=stock.developments[number].id,
        scope=homes.Scope(home_ids=[stock.home_ids[place] for place in places]),
        kind=PromotionKind.FULL,
        title="一次性付款优惠",
        off_fen=int(cheapest * share) // 10_000 * 10_000,
        stackable=False,
        open_to_vouchers=False,
        first_day=clock.today(),
        last_day=clock.today() + timedelta(days=45),
        reason="现金购房人一次性付款",
    )


def _bunch(writer: Writer, faces: Sequence[int]) -> None:
    name, most = planted.BUNCHED
    number, stock = _site(name), writer.stock
    wanted: dict[int, int] = {}
    for place in stock.places(number, unsold_on=clock.today()):
        cash = stock.cash_fen[place]
        below = [fen for fen in faces if _NEAR * cash <= fen <= cash]
        if below and len(wanted) < most:
            wanted[place] = below[-1]
    writer.set_vouchers(number, wanted, reason="房票房源调价")
