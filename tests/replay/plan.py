"""What is replayed, and what must come out: who is issued what, who buys which home when, to the fen. Pure.

The reference round's own plan says who wishes for which home. The sums are worked out here once more, with
plain arithmetic and not by the code that is under load.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from app.core import clock
from app.demo.reference import market, roster
from app.demo.reference import round as reference
from app.demo.reference.market import Market
from app.demo.reference.places import SITES
from app.demo.reference.roster import Seat
from app.demo.reference.round import Purchase
from app.demo.reference.stock import Stock

RATES: Final = ((3, 2000), (6, 1600), (18, 1200))
"""The bonus of the round's policy: until so many months after the issue, in ten-thousandths of the spent."""
LEAST_SHARE: Final = 500
"""What vouchers with their bonus pay at least of a price, in ten-thousandths."""
HOLDS: Final = 3
"""How many homes a household locks at once, at most."""
BASKETS_OF: Final = 3
"""One household in so many buys two homes at a time where it can."""
_LOTS_FOR_A_HOME: Final = 3
"""So many homes are on offer for each that is bought, or all there are: people choose."""


@dataclass(frozen=True)
class Round:
    """A part of the round: the first vouchers, those who chose cash meanwhile, and the homes on offer."""

    market: Market
    seats: Sequence[Seat]
    sites: Sequence[int]

    @property
    def vouchers(self) -> list[int]:
        """The places of the seats that get a voucher."""
        return [place for place, seat in enumerate(self.seats) if seat.way == "voucher"]


@dataclass(frozen=True)
class Bought:
    """One home as it must stand in the books at the end; sums in fen."""

    purchase: Purchase
    spent_fen: int
    bonus_fen: int
    top_up_fen: int


@dataclass(frozen=True)
class Errand:
    """What a household locks at once: one home, or several as a basket."""

    family: int
    day: date
    homes: tuple[Bought, ...]


@dataclass
class Diary:
    """The round, day by day."""

    signed: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Agreements that a clerk enters on the day a batch is submitted, by the places of the seats."""
    submitted: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Projects with a batch."""
    approved: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    locked: dict[date, list[Errand]] = field(default_factory=lambda: defaultdict(list))
    contracted: dict[date, list[Bought]] = field(default_factory=lambda: defaultdict(list))
    verified: dict[date, list[Bought]] = field(default_factory=lambda: defaultdict(list))
    written_off: dict[date, list[Bought]] = field(default_factory=lambda: defaultdict(list))

    @property
    def days(self) -> list[date]:
        """Every day on which something happens."""
        parts = (self.submitted, self.approved, self.locked, self.contracted, self.verified, self.written_off)
        return sorted({day for part in parts for day in part})

    @property
    def bought(self) -> list[Bought]:
        """Every home."""
        return [one for day in self.written_off.values() for one in day]


def part_of_round(share: float) -> Round:
    """Return the first vouchers of the round, a share of them all, at least one."""
    seats = roster.plan([])
    signing = sorted(
        (seat.signed_on, place) for place, seat in enumerate(seats) if seat.way == "voucher" and seat.homes
    )
    chosen = signing[: max(round(share * len(signing)), 1)]
    places = {place for _, place in chosen}
    last = chosen[-1][0]
    kept = [
        seat
        for place, seat in enumerate(seats)
        if place in places or (seat.way == "cash" and seat.signed_on <= last)
    ]
    whole = market.plan()
    sites = _sites(whole, wanted=_LOTS_FOR_A_HOME * sum(seat.homes for seat in kept))
    free = [lot for lot in whole.lots if lot.cash_sold_on is None and lot.site in sites]
    return Round(Market(free, whole.effects), kept, sites)


def _sites(whole: Market, *, wanted: int) -> list[int]:
    """Return developments with so many homes on offer between them: first one of each developer."""
    counts = Counter(
        lot.site
        for lot in whole.lots
        if lot.cash_sold_on is None and SITES[lot.site].name not in reference.SPARED
    )
    before = Counter[str]()
    turns = {}
    for site in sorted(counts):
        turns[site] = before[SITES[site].developer]
        before[SITES[site].developer] += 1
    found, homes = list[int](), 0
    for site in sorted(counts, key=lambda site: (turns[site], site)):
        if homes < wanted:
            found.append(site)
            homes += counts[site]
    return found


def diary(part: Round, stock: Stock) -> Diary:
    """Return who does what on which day; ``stock`` has the voucher prices as they were declared."""
    found = Diary()
    for place, seat in enumerate(part.seats):
        monday = reference.monday_after(seat.signed_on)
        found.signed[monday].append(place)
        if seat.way == "voucher" and seat.project not in found.submitted[monday]:
            found.submitted[monday].append(seat.project)
            found.approved[issued_on(seat)].append(seat.project)
    for errand in _errands(part, stock):
        found.locked[errand.day].append(errand)
        for one in errand.homes:
            found.contracted[one.purchase.signed_on].append(one)
            found.verified[one.purchase.verified_on].append(one)
            found.written_off[one.purchase.written_off_on].append(one)
    return found


def issued_on(seat: Seat) -> date:
    """Return the day on which a seat's voucher is approved and so issued."""
    return reference.desk_day(reference.monday_after(seat.signed_on) + timedelta(days=1))


def _errands(part: Round, stock: Stock) -> list[Errand]:
    wishes: dict[int, list[Purchase]] = defaultdict(list)
    for purchase in reference.purchases(stock, part.seats, until=date.max, waits=None):
        wishes[purchase.family].append(purchase)
    found = []
    for family, mine in wishes.items():
        left = part.seats[family].compensation_fen
        for together in _together(mine, baskets=family % BASKETS_OF == 0):
            paid = []
            for purchase in together:
                bought = pay(stock.voucher_fen[purchase.home], left, _rate(part.seats[family], together[0]))
                if bought is not None:
                    left -= bought[0]
                    paid.append(Bought(purchase, *bought))
            if paid:
                found.append(Errand(family, together[0].locked_on, tuple(paid)))
    return sorted(found, key=lambda errand: (errand.day, errand.family))


def _together(mine: Sequence[Purchase], *, baskets: bool) -> list[tuple[Purchase, ...]]:
    """Return a household's purchases as it locks them: two at once only while that is no lock too many."""
    found: list[tuple[Purchase, ...]] = []
    left = list(mine)
    while left:
        first, others = left[0], left[1:]
        held = sum(
            errand[0].locked_on <= first.locked_on <= one.signed_on for errand in found for one in errand
        )
        if baskets and others and held + 2 <= HOLDS:
            found.append((first, others[0]))
            left = others[1:]
        else:
            found.append((first,))
            left = others
    return found


def _rate(seat: Seat, first: Purchase) -> int:
    issued = issued_on(seat)
    return next(rate for months, rate in RATES if first.locked_on <= clock.add_months(issued, months))


def pay(price_fen: int, available_fen: int, rate: int) -> tuple[int, int, int] | None:
    """Return what is spent, the bonus and the top-up, in fen; None where the voucher pays too little.

    The least sum that reaches the price with its bonus, which is rounded down; all there is if that is less.
    """
    spent = price_fen * 10_000 // (10_000 + rate)
    while spent + spent * rate // 10_000 < price_fen:
        spent += 1
    spent = min(spent, available_fen)
    bonus = min(spent * rate // 10_000, price_fen - spent)
    if (spent + bonus) * 10_000 < price_fen * LEAST_SHARE or spent == 0:
        return None
    return spent, bonus, price_fen - spent - bonus


@dataclass(frozen=True)
class Totals:
    """What the round comes to; sums in fen."""

    vouchers: int
    face_fen: int
    homes: int
    spent_fen: int
    bonus_fen: int
    top_up_fen: int
    leftover_fen: int


def totals(part: Round, bought: Sequence[Bought]) -> Totals:
    """Return what must come out."""
    faces = [part.seats[place].compensation_fen for place in part.vouchers]
    spent = sum(one.spent_fen for one in bought)
    return Totals(
        vouchers=len(faces),
        face_fen=sum(faces),
        homes=len(bought),
        spent_fen=spent,
        bonus_fen=sum(one.bonus_fen for one in bought),
        top_up_fen=sum(one.top_up_fen for one in bought),
        leftover_fen=sum(faces) - spent,
    )
