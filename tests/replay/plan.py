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


@dataclass(frozen=True)
class Terms:
    """What a policy says of a purchase; shares in ten-thousandths."""

    code: str
    rates: tuple[tuple[int, int], ...]
    """The bonus: until so many months after the issue, of the sum spent."""
    least_share: int
    """What vouchers with their bonus pay at least of a price."""

    @property
    def version(self) -> str:
        """How a form names the version that vouchers are issued under."""
        return f"{self.code}.1"


FIRST: Final = Terms("linghu-2016", ((3, 2000), (6, 1600), (18, 1200)), 500)
SECOND: Final = Terms("linghu-2016-north", ((3, 1500), (18, 1000)), 1000)
TERMS: Final = (FIRST, FIRST, SECOND)
"""Under which policy the vouchers of each project are issued."""
KIN_OF: Final = 2
"""One purchase in so many that a household's own voucher does not pay is helped by kin where somebody can."""
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
    kin: "Kin | None" = None


@dataclass(frozen=True)
class Kin:
    """Another household whose voucher helps to pay, with how much of it, in fen."""

    family: int
    spent_fen: int


@dataclass(frozen=True)
class Errand:
    """What a household locks at once: one home, or several as a basket."""

    family: int
    day: date
    homes: tuple[Bought, ...]
    most_fen: int | None = None
    """What is typed as the most to spend of the own voucher, where it is not to be used up."""


@dataclass
class Diary:
    """The round, day by day."""

    signed: dict[date, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Agreements that a clerk enters, by the places of the seats: on the last desk day before the batch's."""
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
        return sorted({day for part in vars(self).values() for day, work in part.items() if work})

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
        found.signed[_desk_day_before(monday)].append(place)
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


def _desk_day_before(day: date) -> date:
    """Return the last day before a day on which offices work."""
    day -= timedelta(days=1)
    while not clock.is_working_day(day):
        day -= timedelta(days=1)
    return day


def _errands(part: Round, stock: Stock) -> list[Errand]:
    wishes: dict[int, list[Purchase]] = defaultdict(list)
    for purchase in reference.purchases(stock, part.seats, until=date.max, waits=None):
        wishes[purchase.family].append(purchase)
    purses = {family: Purse(part.seats[family], mine[-1].locked_on) for family, mine in wishes.items()}
    kept = {
        one.number: sum(purses[family].least_of(stock, later) for later in mine[place:])
        for family, mine in wishes.items()
        for place, one in enumerate(mine, start=1)
    }
    days = [
        (together[0].locked_on, family, together)
        for family, mine in wishes.items()
        for together in _together(mine, baskets=family % BASKETS_OF == 0)
    ]
    found = []
    for day, family, together in sorted(days, key=lambda row: (row[0], row[1], row[2][0].number)):
        purse = purses[family]
        left_fen = purse.left_fen
        errand = _shop(together, day, purses, stock, kept)
        if len(errand.homes) < len(together):
            # The first home would take what the others need: then one after the other, each with its limit.
            purse.left_fen = left_fen
            found += [one for each in together if (one := _shop((each,), day, purses, stock, kept)).homes]
        else:
            found.append(errand)
    return found


def _shop(
    together: Sequence[Purchase], day: date, purses: dict[int, "Purse"], stock: Stock, kept: dict[int, int]
) -> Errand:
    """Return what a household locks at once, of its voucher less what later homes need at least."""
    purse, reserve_fen = purses[together[0].family], kept[together[-1].number]
    limit_fen = max(purse.left_fen - reserve_fen, 0)
    bought = []
    for purchase in together:
        available_fen = max(purse.left_fen - reserve_fen, 0)
        one = _buy(purchase, day, purses, stock, available_fen, alone=len(together) == 1)
        if one:
            bought.append(one)
    is_bound = bool(reserve_fen) and any(one.top_up_fen or one.kin for one in bought)
    return Errand(together[0].family, day, tuple(bought), limit_fen if is_bound else None)


@dataclass
class Purse:
    """A household's voucher as it stands on a day of the plan."""

    seat: Seat
    done_on: date
    """The day of the household's own last purchase: then it may help others."""
    left_fen: int = 0
    helped: bool = False
    """Whether it helped kin; it does so once."""

    def __post_init__(self) -> None:
        self.left_fen = self.seat.compensation_fen

    @property
    def terms(self) -> Terms:
        """The policy it was issued under."""
        return TERMS[self.seat.project]

    def least_of(self, stock: Stock, purchase: Purchase) -> int:
        """Return what a purchase needs of the voucher at least, in fen."""
        return -(-stock.voucher_fen[purchase.home] * self.terms.least_share // 10_000)

    def rate(self, day: date) -> int:
        """Return the bonus of a home that is locked that day."""
        issued = issued_on(self.seat)
        return next(rate for months, rate in self.terms.rates if day <= clock.add_months(issued, months))


def _buy(
    purchase: Purchase,
    day: date,
    purses: dict[int, Purse],
    stock: Stock,
    available_fen: int,
    *,
    alone: bool,
) -> Bought | None:
    """Return a home as it is paid for, with kin's help where the own voucher is short; None if nobody can."""
    purse, price_fen = purses[purchase.family], stock.voucher_fen[purchase.home]
    spent, bonus = cover(price_fen, available_fen, purse.rate(day))
    gap, kin = price_fen - spent - bonus, None
    is_short = (spent + bonus) * 10_000 < price_fen * purse.terms.least_share
    if gap and spent and alone and (is_short or purchase.number % KIN_OF == 0):
        kin = _kin(purchase.family, gap, day, purses)
    helped_spent, helped_bonus = cover(gap, kin.spent_fen, purses[kin.family].rate(day)) if kin else (0, 0)
    spent_all, bonus_all = spent + helped_spent, bonus + helped_bonus
    payers = (purchase.family, kin.family) if kin else (purchase.family,)
    least = max(purses[family].terms.least_share for family in payers)
    if spent == 0 or (spent_all + bonus_all) * 10_000 < price_fen * least:
        return None
    purse.left_fen -= spent
    if kin:
        purses[kin.family].left_fen -= helped_spent
        purses[kin.family].helped = True
    return Bought(purchase, spent_all, bonus_all, price_fen - spent_all - bonus_all, kin)


def _kin(family: int, gap_fen: int, day: date, purses: dict[int, Purse]) -> Kin | None:
    """Return who helps: somebody who has bought everything, and has enough left; the first of them."""
    for other, purse in purses.items():
        if other == family or purse.helped or purse.done_on >= day:
            continue
        spent, bonus = cover(gap_fen, purse.left_fen, purse.rate(day))
        if spent + bonus == gap_fen:
            return Kin(other, spent)
    return None


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


def cover(price_fen: int, available_fen: int, rate: int) -> tuple[int, int]:
    """Return what is spent of a voucher for a price, and the bonus, in fen.

    The least sum that reaches the price with its bonus, which is rounded down; all there is if that is less.
    """
    spent = price_fen * 10_000 // (10_000 + rate)
    while spent + spent * rate // 10_000 < price_fen:
        spent += 1
    spent = min(spent, available_fen)
    return spent, min(spent * rate // 10_000, price_fen - spent)


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
