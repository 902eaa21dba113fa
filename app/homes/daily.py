"""The lowest net cash price that a home had on a legal day: what a contract of that day is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes import deals
from app.homes.models import PriceVersion
from app.homes.promotions import MODES, Deal, Net, net_price
from app.homes.queries import Prices, prices_at

Payer = Literal["full", "mortgage", "instalment", "any"]
"""How a buyer pays: at once, with a loan of whatever kind, in instalments, or nobody knows."""


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest net cash price of a day, from when on it held, and all that held then."""

    at: datetime
    net: Net
    prices: Prices


def lowest_cash_net(session: Session, *, home_id: int, day: date, payer: Payer) -> Lowest | None:
    """Return the lowest net cash price (fen) that a buyer could have on a legal day, 00:00 to 24:00 local.

    A contract has a day, no hour: whichever price held at some moment of it counts. Who pays in instalments
    has neither what is for paying at once nor what is for a loan; of whom nobody knows, the lower of both
    counts. None when no cash price was in force all day.
    """
    found: Lowest | None = None
    for moment in _changes(session, home_id, clock.start_of_day(day), clock.end_of_day(day)):
        prices = prices_at(session, [home_id], moment)[home_id]
        net = _net(prices, payer)
        if net is not None and (found is None or net.fen < found.net.fen):
            found = Lowest(moment, net, prices)
    return found


def _net(prices: Prices, payer: Payer) -> Net | None:
    if prices.cash is None:
        return None
    own: Sequence[Deal] = prices.deals
    if payer == "instalment":
        own = [deal for deal in own if deal.kind not in MODES]
    modes = MODES if payer in ("any", "instalment") else [mode for mode in MODES if mode == payer]
    nets = (net_price(prices.cash.amount_fen, own, mode) for mode in modes)
    return min(nets, key=lambda net: (net.fen, net.payable_fen))


def _changes(session: Session, home_id: int, start: datetime, end: datetime) -> list[datetime]:
    """Return the start of the day and each moment of it at which the cash price or a promotion changed."""
    versions = session.scalars(
        select(PriceVersion.effective_from).where(
            PriceVersion.home_id == home_id,
            PriceVersion.kind == "cash",
            PriceVersion.effective_from > start,
            PriceVersion.effective_from < end,
        )
    )
    spans = deals.spans(session, [home_id], since=start, until=end)[home_id]
    edges = {edge for span in spans for edge in (span.since, span.until) if start < edge < end}
    return sorted({start, *versions, *edges})
