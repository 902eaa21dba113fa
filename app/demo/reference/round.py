"""The round so far: the roster is entered and locked, vouchers are issued week by week, and holders buy.

Everything is planned beforehand from the roster and the stock, day by day until the visitor's story begins;
what the plan has later than that stays to be done, so the visitor meets the round in its middle.
"""

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.demo import people
from app.demo.households import id_number, lines_of
from app.demo.papers import contract_scan
from app.demo.reference import market, names, planted
from app.demo.reference.places import SITES
from app.demo.reference.roster import Seat
from app.demo.reference.stock import Stock
from app.demo.reference.timeline import Step
from app.policies.models import PolicyVersion
from app.projects import persons, roster
from app.projects import service as projects
from app.projects.models import Election, Household
from app.redemptions import service as redemptions
from app.redemptions.buyers import BuyerTyped
from app.redemptions.contract import ContractTyped
from app.vouchers import batch_queries, batches, flows
from app.vouchers.models import Voucher, VoucherBatch

SEED: Final = 3857
ENTERED: Final = date(2016, 4, 15)
"""A Friday: the roster was certified and locked."""
WAITS: Final = (date(2016, 5, 9), 2)
"""The Monday and the project whose batch still waits for the checker."""
SPARED: Final = frozenset(
    name for name, _ in (*planted.LOWERED_CASH, planted.HIDDEN_PROMOTION, planted.BUNCHED)
)
"""Developments whose homes nobody buys, because something is planted on them."""
_BONUS: Final = 1.2
"""What a voucher buys in its first three months, in times of its face value."""
_FIRST_HOME_WITHIN: Final = 9
_NEXT_HOME_AFTER: Final = (2, 8)
_CONTRACT_AFTER: Final = (2, 5)
"""Days; a lock waits for fifteen."""


@dataclass(frozen=True)
class Desks:
    """Who acts for the authority, and the policy vouchers are issued under."""

    officer: Actor
    checker: Actor
    policy: PolicyVersion


@dataclass
class Family:
    """A household of the plan on its way: what the database has of it so far."""

    number: int
    seat: Seat
    household: Household | None = None
    voucher_ref: str | None = None
    holder: Actor | None = None


@dataclass(frozen=True)
class Purchase:
    """One home that a family buys, and when it does what."""

    family: int
    home: int
    locked_on: date
    signed_on: date
    verified_on: date
    written_off_on: date
    number: int


@dataclass
class _Shelf:
    """Homes that are left to buy, by price."""

    prices: list[int] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)

    def take(self, fen: int) -> int:
        """Take the home whose price comes nearest from below, or the cheapest; return its place."""
        place = max(bisect_left(self.prices, fen) - 1, 0)
        self.prices.pop(place)
        return self.homes.pop(place)


def steps(
    session: Session,
    *,
    stock: Stock,
    seats: Sequence[Seat],
    project_ids: Sequence[int],
    desks: Desks,
    until: date,
) -> list[Step]:
    """Return the round's days as far as ``until``."""
    writer = Writer(
        session, stock, [Family(number, seat) for number, seat in enumerate(seats)], project_ids, desks
    )
    return [step for step in _days(writer, until) if step.day <= until]


def _days(writer: "Writer", until: date) -> Iterator[Step]:
    for project in range(len(writer.project_ids)):
        yield Step(ENTERED, 2, partial(writer.enter, project))
    for family in writer.families:
        yield Step(family.seat.signed_on, 2, partial(writer.sign, family))
    for monday in sorted({monday_after(family.seat.signed_on) for family in writer.families}):
        for project in range(len(writer.project_ids)):
            yield Step(monday, 3, partial(writer.submit, project))
            if (monday, project) != WAITS:
                yield Step(desk_day(monday + timedelta(days=1)), 3, partial(writer.approve, project))
    for purchase in purchases(writer.stock, [family.seat for family in writer.families], until=until):
        yield Step(purchase.locked_on, 5, partial(writer.lock, purchase))
        yield Step(purchase.signed_on, 6, partial(writer.enter_contract, purchase))
        yield Step(purchase.verified_on, 7, partial(writer.verify, purchase))
        yield Step(purchase.written_off_on, 8, partial(writer.write_off, purchase))


def holder_id(family: int) -> str:
    """Return the made-up ID number of a family's holder."""
    return id_number(1932 + family % 50, 1_000 + family)


def monday_after(day: date) -> date:
    """Return when the batch of those who signed that day is submitted."""
    return desk_day(day + timedelta(days=7 - day.weekday()))


def desk_day(day: date) -> date:
    """Return the day, or the first after it on which offices work."""
    while not clock.is_working_day(day):
        day += timedelta(days=1)
    return day


def purchases(
    stock: Stock, seats: Sequence[Seat], *, until: date, waits: tuple[date, int] | None = WAITS
) -> list[Purchase]:
    """Return who buys which home when, of the homes that no cash buyer signs for, in the order of the locks.

    Only locks until that day, and of nobody whose batch ``waits``; a household buys one home after the other.
    """
    chance = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    wishes = sorted(_wishes(seats, chance, until, waits))
    shelf = _shelf(stock)
    left = {number: int(seat.compensation_fen * _BONUS) for number, seat in enumerate(seats)}
    homes_left = {number: seat.homes for number, seat in enumerate(seats)}
    found = []
    for number, (locked_on, family) in enumerate(wishes, start=1):
        wanted = int(left[family] / homes_left[family] * chance.uniform(0.9, 1.05))
        home = shelf.take(wanted)
        left[family] = max(
            left[family] - stock.market.cash_fen(stock.market.lots[home], market.PRICED_FOR_ROUND), 1
        )
        homes_left[family] -= 1
        signed_on = locked_on + timedelta(days=chance.randint(*_CONTRACT_AFTER))
        verified_on = desk_day(signed_on + timedelta(days=chance.randint(1, 3)))
        written_off_on = desk_day(verified_on + timedelta(days=1))
        found.append(Purchase(family, home, locked_on, signed_on, verified_on, written_off_on, number))
    return found


def _wishes(
    seats: Sequence[Seat], chance: random.Random, until: date, waits: tuple[date, int] | None
) -> Iterator[tuple[date, int]]:
    for number, seat in enumerate(seats):
        monday = monday_after(seat.signed_on)
        if (monday, seat.project) == waits:
            continue
        day = monday + timedelta(days=2 + chance.randint(0, _FIRST_HOME_WITHIN))
        for _ in range(seat.homes):
            if day <= until:
                yield day, number
            day += timedelta(days=chance.randint(*_NEXT_HOME_AFTER))


def _shelf(stock: Stock) -> _Shelf:
    """Return the homes that may be bought, cheapest first."""
    offered = sorted(
        (stock.market.cash_fen(lot, market.PRICED_FOR_ROUND), place)
        for place, lot in enumerate(stock.market.lots)
        if lot.cash_sold_on is None and SITES[lot.site].name not in SPARED
    )
    return _Shelf([fen for fen, _ in offered], [place for _, place in offered])


class Writer:
    """Carries out the days."""

    def __init__(
        self,
        session: Session,
        stock: Stock,
        families: Sequence[Family],
        project_ids: Sequence[int],
        desks: Desks,
    ) -> None:
        self._session = session
        self.stock = stock
        self.families = families
        self.project_ids = project_ids
        self._desks = desks
        self._redemptions: dict[int, str] = {}
        self._owing: set[int] = set()
        """Purchases whose top-up has not arrived."""
        self._batches: dict[int, VoucherBatch] = {}
        """What waits for the checker, by project."""

    def enter(self, project: int) -> None:
        """Enter the households of a project, with what each chose, and lock its roster."""
        for family in self.families:
            if family.seat.project == project:
                family.household = self._household(family)
        roster.lock(self._session, actor=self._desks.officer, project_id=self.project_ids[project])

    def _household(self, family: Family) -> Household:
        officer, seat = self._desks.officer, family.seat
        name = names.of(family.number)
        household = projects.create_household(
            self._session,
            actor=officer,
            project_id=self.project_ids[seat.project],
            holder_name=name,
            old_address=names.old_address(seat.project, family.number, state_land=seat.state_land),
            old_area_m2=seat.old_area_m2,
        )
        persons.add_person(
            self._session,
            actor=officer,
            household_id=household.id,
            name=name,
            relation="holder",
            id_number=holder_id(family.number),
        )
        if seat.way == "cash":
            roster.elect(self._session, actor=officer, household_ref=household.ref, elects=Election.CASH)
        return household

    def sign(self, family: Family) -> None:
        """Enter the agreement of a household, with its lines."""
        if family.household is None:
            raise LookupError(f"household {family.number} signs before it is on the roster")
        projects.create_agreement(
            self._session,
            actor=self._desks.officer,
            household_id=family.household.id,
            number=f"菱征 2016-{family.seat.project + 1}-{1000 + family.number}",
            compensation_fen=family.seat.compensation_fen,
            signed_on=family.seat.signed_on,
            lines=lines_of(family.seat.compensation_fen, whole=True),
        )

    def submit(self, project: int) -> None:
        """Put a batch of a project before the checker: who signed in the week before."""
        officer, project_id = self._desks.officer, self.project_ids[project]
        seen = batch_queries.preview(self._session, actor=officer, project_id=project_id)
        if seen.entries:
            self._batches[project] = batches.submit(
                self._session,
                actor=officer,
                project_id=project_id,
                policy_version_id=self._desks.policy.id,
                seen=seen.mark,
            )

    def approve(self, project: int) -> None:
        """Open the sample of a project's batch, approve it, and issue its vouchers."""
        batch = self._batches.pop(project, None)
        if batch is None:
            return
        checker = self._desks.checker
        for drawn in batch_queries.sample_of(batch, batch_queries.list_vouchers(self._session, batch=batch)):
            batches.open_sample(self._session, actor=checker, batch_ref=batch.ref, voucher_ref=drawn.ref)
            self._session.commit()
        batches.approve(self._session, actor=checker, batch_ref=batch.ref)
        self._session.commit()
        flows.issue_batch(self._session, batch_id=batch.id)

    def _voucher_ref(self, family: Family) -> str:
        if family.voucher_ref is None:
            issued = select(Voucher.ref).where(
                Voucher.household_id == (family.household.id if family.household else None),
                Voucher.state == "issued",
            )
            family.voucher_ref = self._session.scalars(issued).one()
        return family.voucher_ref

    def lock(self, purchase: Purchase) -> None:
        """Let a holder ask for a quote and lock the home with it."""
        family = self.families[purchase.family]
        if family.household is None:
            raise LookupError(f"household {purchase.family} buys before it is on the roster")
        holder = family.holder = family.holder or people.person(
            self._session,
            f"holder{family.number}",
            family.household.holder_name,
            Role.HOUSEHOLD,
            district_id=family.household.district_id,
            household_id=family.household.id,
        )
        quote = redemptions.quote(
            self._session,
            actor=holder,
            home_ref=self.stock.refs[purchase.home],
            parts=[(self._voucher_ref(family), None)],
        )
        self._session.commit()
        locked = redemptions.reserve(self._session, actor=holder, quote_ref=quote.ref)
        self._redemptions[purchase.number] = locked.ref
        if locked.top_up_fen:
            self._owing.add(purchase.number)

    def enter_contract(self, purchase: Purchase) -> None:
        """Let the developer enter the contract, just as it was quoted."""
        lot = self.stock.market.lots[purchase.home]
        redemptions.enter_contract(
            self._session,
            actor=self.stock.developers[SITES[lot.site].developer],
            redemption_ref=self._redemptions[purchase.number],
            typed=ContractTyped(
                number=f"菱房合 2016-{purchase.number:05}",
                signed_on=clock.today(),
                area_m2=lot.area_m2,
                price_fen=self.stock.voucher_fen[purchase.home],
                buyers=[BuyerTyped(names.of(purchase.family), "self", holder_id(purchase.family))],
                scan=contract_scan(),
            ),
        )

    def verify(self, purchase: Purchase) -> None:
        """Let an officer verify."""
        if purchase.number not in self._owing:
            ref = self._redemptions[purchase.number]
            redemptions.verify_first(self._session, actor=self._desks.officer, redemption_ref=ref)

    def write_off(self, purchase: Purchase) -> None:
        """Let a checker write the voucher's part off."""
        if purchase.number not in self._owing:
            ref = self._redemptions[purchase.number]
            redemptions.verify_second(self._session, actor=self._desks.checker, redemption_ref=ref)
