"""A policy tried on a project's own roster before anything is issued: reads and reckons, writes nothing.

What it costs depends on when people buy, which nobody knows: the officer says it, and the page repeats it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from app.core import clock, money
from app.homes.models import Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.identity.models import District
from app.policies.beyond import beyond, runs_on
from app.policies.entitled import asked
from app.policies.faces import asks_parts
from app.policies.joint import Place, cash_parts
from app.policies.rules import Policy
from app.policies.tiers import HOME, BonusRule, Tier
from app.projects.models import Agreement, AgreementLine, Election, Household
from app.reports.simulation import purchases
from app.reports.simulation.accounts import Account, Bought, PartBought
from app.reports.simulation.book import Book, Refused
from app.reports.simulation.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Signed:
    """An agreement of a household that takes a voucher; its sum in fen."""

    household_ref: str
    holder_name: str
    old_area_m2: Decimal
    sum_fen: int
    signed_on: date
    parts: Mapping[str, int] | None = None
    """The sum by its parts; None where the agreement does not say them."""
    entitled_m2: Decimal | None = None
    residents: int | None = None
    """What it entitles to; None where it does not say it."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Homes on offer in a district's pool, free and listed; prices in fen."""

    district: str
    count: int
    cheapest_fen: int
    middle_area_m2: Decimal
    """Half of them are not larger: the area at which bonuses that ask for one are reckoned."""
    stage: str | None = None
    """At which stage most of them are, ``finished`` or ``presale``; None where that is not known."""
    development: str | None = None
    """The development that they are of, where a policy names it; None for all others of the district."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody knows yet: the day of issue, and which part of the faces is spent in which month.

    ``shares_bp`` are ten-thousandths of the faces, from the month of issue on; what they leave is not spent.
    """

    issued_on: date
    shares_bp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """What is spent and earned in a month, in fen; bonus in cash apart."""

    first_day: date
    spent_fen: int
    bonus_fen: int
    cash_fen: int
    running_fen: int
    """Interest that runs on after these purchases, if each comes to its end in ``RUNS_MONTHS``."""


@dataclass(frozen=True, slots=True)
class Unable:
    """A household whose vouchers, with their bonus on the first day, pay for no home on offer."""

    household_ref: str
    holder_name: str
    face_fen: int
    pays_fen: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a policy comes to on a roster; sums in fen."""

    policy: Policy
    vouchers: int
    issued_fen: int
    months: tuple[Month, ...]
    cheapest_fen: int | None
    """The cheapest home on offer that it buys; None where there is none."""
    on_offer: int
    unable: tuple[Unable, ...]
    """Fewest yuan first."""
    cash_fen: int
    """What of the compensations is not in the faces: it is paid in cash beside these vouchers."""
    refused: int
    """Vouchers that could not be issued on that day, or whose agreements lack what the policy asks."""

    @property
    def spent_fen(self) -> int:
        """What is spent in all months."""
        return sum(month.spent_fen for month in self.months)

    @property
    def bonus_fen(self) -> int:
        """What all bonuses cost, those in cash included, interest only up to the locks."""
        return sum(month.bonus_fen + month.cash_fen for month in self.months)

    @property
    def running_fen(self) -> int:
        """What runs on after the locks: an estimate."""
        return sum(month.running_fen for month in self.months)

    @property
    def left_fen(self) -> int:
        """What is not spent."""
        return self.issued_fen - self.spent_fen


RUNS_MONTHS: Final = 1
"""So many months after a lock the event to which interest runs is taken to come: nobody knows its day."""

_PARTS: Final = (
    select(func.jsonb_object_agg(AgreementLine.kind, func.abs(AgreementLine.amount_fen)))
    .where(AgreementLine.agreement_id == Agreement.id)
    .scalar_subquery()
)


def roster_of(session: Session, *, district_id: int, project_id: int) -> list[Signed]:
    """Return the agreements of a project's households that take vouchers and have nothing in dispute."""
    statement = (
        select(
            Household.ref,
            Household.holder_name,
            Household.old_area_m2,
            Agreement.compensation_fen,
            Agreement.signed_on,
            _PARTS,
            Agreement.entitled_m2,
            Agreement.residents,
        )
        .join(Agreement, Agreement.household_id == Household.id)
        .where(
            Household.project_id == project_id,
            Household.district_id == district_id,
            Household.elects == Election.VOUCHER,
            Household.dispute.is_(None),
        )
        .order_by(Household.id, Agreement.id)
    )
    return [Signed(*row) for row in session.execute(statement)]


def _fitting(policy: Policy) -> Iterator[ColumnElement[bool]]:
    """Yield what a policy asks of the size and the price of a home, as conditions of the stock on offer."""
    for fit in policy.fits:
        if not fit.is_of(HOME):
            continue
        if fit.least_m2 is not None:
            yield Home.area_m2 >= fit.least_m2
        total_m2 = fit.total_m2 if fit.total_of is None else None
        yield from (Home.area_m2 <= most for most in (fit.most_m2, total_m2) if most is not None)
        if fit.most_fen_per_m2 is not None:
            yield PriceVersion.amount_fen <= fit.most_fen_per_m2 * Home.area_m2


def stock_on_offer(session: Session, policies: Sequence[Policy] = ()) -> list[Stock]:
    """Return the free and listed homes of every district's pool, by the district's code.

    Developments that one of the policies names stand for themselves. Only homes count that each of them buys
    by their size, and by what a ㎡ costs, first of all.
    """
    named = {one for policy in policies for one in policy.places}
    alone = case((Development.ref.in_(named), Development.ref))
    statement = (
        select(
            District.code,
            func.count(),
            func.min(PriceVersion.amount_fen),
            func.percentile_disc(0.5).within_group(Home.area_m2),
            func.mode().within_group(Development.stage),
            alone,
        )
        .join(Development, Development.district_id == District.id)
        .join(Home, Home.development_id == Development.id)
        .join(PoolListing, (PoolListing.home_id == Home.id) & (PoolListing.district_id == District.id))
        .join(PriceVersion, PriceVersion.home_id == Home.id)
        .where(
            PoolListing.state == "listed",
            Home.status == "free",
            Home.kind == HOME,
            PriceVersion.kind == "voucher",
            PriceVersion.effective_to.is_(None),
            *(one for policy in policies for one in _fitting(policy)),
        )
        .group_by(District.code, alone)
        .order_by(District.code, alone)
    )
    return [Stock(*row) for row in session.execute(statement)]


def try_policy(
    policy: Policy, roster: Sequence[Signed], stock: Sequence[Stock], said: Assumptions, *, own: str
) -> Trial:
    """Return what a policy comes to on a roster of the ``own`` district (its code): pure."""
    usable = [
        one
        for one in stock
        if HOME in policy.usable_on
        and policy.buys_in(one.district, own=own, development=one.development).allowed
    ]
    cheapest_fen = min((one.cheapest_fen for one in usable), default=None)
    most = max(usable, key=lambda one: one.count, default=None)
    place = _place(most, own)
    days = [clock.add_months(said.issued_on, later) for later in range(len(said.shares_bp))]
    totals = [Counter[str]() for _ in days]
    unable, issued_fen, vouchers, refused, in_cash_fen = [], 0, 0, 0, 0
    for ref, signed in groupby(roster, key=lambda one: one.household_ref):
        household = list(signed)
        book, cash_fen, failed = _issued(policy, household, said.issued_on, own)
        refused += failed
        in_cash_fen += cash_fen
        accounts = list(book.accounts.values())
        vouchers += len(accounts)
        face_fen = sum(account.face_fen for account in accounts)
        issued_fen += face_fen
        pays_fen = _cover_together(book, said.issued_on, place)
        if accounts and (cheapest_fen is None or pays_fen < cheapest_fen):
            unable.append(Unable(ref, household[0].holder_name, face_fen, pays_fen))
        for account in accounts:
            _spend(book, account, list(zip(days, said.shares_bp, totals, strict=True)), place)
    return Trial(
        policy=policy,
        vouchers=vouchers,
        issued_fen=issued_fen,
        months=tuple(
            Month(day, total["spent"], total["bonus"], total["cash"], total["running"])
            for day, total in zip(days, totals, strict=True)
        ),
        cheapest_fen=cheapest_fen,
        on_offer=sum(one.count for one in usable),
        unable=tuple(sorted(unable, key=lambda one: (one.pays_fen, one.household_ref))),
        cash_fen=in_cash_fen,
        refused=refused,
    )


def _place(most: Stock | None, own: str) -> Place:
    """Return the home that stands for all of them; of the own district where there is none."""
    if most is None:
        return Place(HOME, None, frozenset({own, "own"}))
    names = {most.district, "own"} if most.district == own else {most.district}
    names |= {most.development} if most.development else set()
    return Place(HOME, most.middle_area_m2, frozenset(names), most.stage)


def _issued(policy: Policy, household: Sequence[Signed], day: date, own: str) -> tuple[Book, int, int]:
    """Return a household's vouchers as they would be issued, what is paid in cash, and how many are refused.

    Refused by the policy, or for what it asks and their agreements lack.
    """
    book = Book(policy, Scenario("", own, 1, household[0].old_area_m2, Decimal(0), ()))
    refused, cash_fen = 0, 0
    needs, by_parts = asked(policy), asks_parts(policy)
    for place, one in enumerate(household):
        lacks_figures = (needs.m2 and one.entitled_m2 is None) or (needs.residents and one.residents is None)
        if lacks_figures or (by_parts and one.parts is None):
            refused += 1
            continue
        issued = {
            "voucher": str(place),
            "on": day,
            "compensation": one.parts or one.sum_fen,
            "agreement": one.signed_on,
            "vacated": None,
            "entitled_area": one.entitled_m2 or 0,
            "residents": one.residents or 0,
        }
        try:
            lines = purchases.issue(book, issued).lines
        except Refused:
            refused += 1
            continue
        cash_fen += sum(line.fen for line in lines if line.of == "in_cash")
    return book, cash_fen, refused


def _cover_together(book: Book, day: date, place: Place) -> int:
    """Return the highest price in fen that a household's vouchers pay together on a day; the book is kept."""
    accounts = {ref: account.copied() for ref, account in book.accounts.items()}
    households = defaultdict(set, {who: set(gave) for who, gave in book.households.items()})
    tried = replace(book, accounts=accounts, homes=dict(book.homes), households=households)
    total_fen = 0
    for account in tried.accounts.values():
        _spent, price_fen, *_ = _buy_for(tried, account, account.available_fen, day, place)
        total_fen += price_fen
    return total_fen


def _spend(
    book: Book,
    account: Account,
    months: Sequence[tuple[date, int, Counter[str]]],
    place: Place,
) -> None:
    """Spend a share of the face in each month of the term, adding up what it comes to."""
    for day, share_bp, total in months:
        part_fen = min(money.share_floor(account.face_fen, share_bp), account.available_fen)
        if day > account.last_day or not part_fen:
            continue
        spent_fen, price_fen, cash_fen, running_fen = _buy_for(book, account, part_fen, day, place)
        total.update(spent=spent_fen, bonus=price_fen - spent_fen, cash=cash_fen, running=running_fen)


def _tier_on(rule: BonusRule, account: Account, day: date) -> Tier | None:
    """Return the tier in which a voucher buys on a day, everything on that day."""
    if not rule.is_signed_then(account.agreed_on):
        return None
    decided_on = account.agreed_on if rule.fixed_by == "agreement" else day
    return rule.tier_on(account.counted_from(rule), decided_on)


def _buy_for(
    book: Book, account: Account, part_fen: int, day: date, place: Place
) -> tuple[int, int, int, int]:
    """Spend a sum on a home of exactly the price that it pays with its bonus, everything on that day.

    Returns what of the sum was spent, as far as limits let it, that price, the bonus in cash, and what
    interest adds to it after that day, in fen.
    """
    tiers = {rule.path: _tier_on(rule, account, day) for rule in book.policy.bonuses}
    terms = book.terms(account, tiers, place, locked_on=day)
    part_fen = terms.payable(part_fen)
    if not part_fen:
        return 0, 0, 0, 0
    price_fen = terms.cover(part_fen)
    bonus = terms.priced.earning(price_fen).bonus(part_fen)
    each: Mapping[str, int] = dict(bonus.each) or {rule.path: bonus.fen for rule in book.policy.priced}
    (earned,) = cash_parts(price_fen, [(part_fen, terms.cash, account.holder)])
    cash = {rule.path: amount.fen for rule, amount in earned}
    name = f"{account.ref}-{account.homes}"
    part = PartBought(account.ref, part_fen, Counter({**each, **cash}), price_fen - part_fen, account.holder)
    book.buy(Bought(name, place.area_m2 or Decimal(0), (part,), day, {}, holder=account.holder))
    until = clock.add_months(day, RUNS_MONTHS)
    running_fen = sum(
        beyond(book.policy, on, spent_fen=part_fen, until=until).fen
        for _rule, amount in earned
        if (on := runs_on(amount.rules))
    )
    return part_fen, price_fen, sum(cash.values()), running_fen
