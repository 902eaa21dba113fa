"""A household that lives twice: on the platform, and in the simulation of its policy."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.extensions import db
from app.homes.rules import StockKind
from app.policies import bodies
from app.policies.rules import Policy
from app.policies.settling import EVENTS
from app.redemptions import cash_queries, later, service, snapshot
from app.redemptions.models import BasketQuote, Quote, Redemption
from app.redemptions.snapshot import PartSeen
from app.reports.simulation import closings, coming_back, purchases
from app.reports.simulation.book import Book, Outcome, Refused
from app.reports.simulation.scenario import Scenario
from app.reports.words import last_day
from app.settlements.milestones import HANDOVER
from app.settlements.shares import Scope, list_shares
from app.vouchers.ending_interest import interest_on
from app.vouchers.ending_queries import find_live, outlook
from app.vouchers.ending_states import Kind
from app.vouchers.lapses import lapse_due
from app.vouchers.models import Voucher
from app.wiring import TEST_MOMENT
from tests.factories.endings import ask
from tests.factories.policy_files import lines_of
from tests.factories.projects import entitled_by
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_shop,
    make_space,
    redeem,
    verify,
)
from tests.factories.settlements import reach
from tests.factories.vouchers import VACATED, make_desk

LATE: Final = timedelta(days=40)
"""So much later than the contract offices act here: nobody holds it against the household."""
TODAY: Final = business_clock.legal_day(TEST_MOMENT)
SIGNED: Final = date(2016, 5, 20)
"""The day of the factories' agreements."""
SUMS: Final = (40_000_000, 25_000_007)
"""What their agreements come to."""

LIMITED: Final = """schema: 4
code: a
title: 甲
source: 乙
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}
limits: [{kinds: [home], share_of_face: 60%}, {share_of_price: 80.01%}]
leftover: [{spent_from: 0%, rate: 100%}]
"""
"""Two limits, a bonus of a tenth, and all that is left paid out."""

PLAYED = {Kind.PAYOUT: closings.payout, Kind.GIVE_UP: closings.give_up, Kind.LAPSE: closings.lapse}


@contextmanager
def rolled_back(app: Flask) -> Iterator[Session]:
    """Yield a session whose commits are undone at the end."""
    with app.app_context():
        connection = db.engine.connect()
    outer = connection.begin()
    # A life is drawn and played within one transaction, however busy the machine is.
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    session = Session(connection, join_transaction_mode="create_savepoint")
    try:
        yield session
    finally:
        session.close()
        outer.rollback()
        connection.close()


@dataclass
class Life:
    """A household under a policy, living twice: on the platform and in a simulation."""

    session: Session
    shop: Shop
    buyer: Buyer
    book: Book
    clock: FixedClock
    today: date = TODAY
    homes: int = 0
    standing: list[Redemption] = field(default_factory=list)
    named: dict[str, Redemption] = field(default_factory=dict)

    def play(self, act: Any, **said: Any) -> Outcome:
        """Return what a step comes to in the simulation."""
        try:
            return act(self.book, said)  # type: ignore[no-any-return]
        except Refused as refused:
            return Outcome(refused_by=refused.rule)

    def attempt(self, act: Any, **given: Any) -> Any:
        """Do it on the platform; None when it is refused."""
        try:
            done = act(self.session, **given)
        except DomainError:
            self.session.rollback()
            return None
        self.session.commit()
        return done

    def wait(self, days: int) -> None:
        """Let days pass; homes that wait for their contract are bought before."""
        if days:
            self.redeem_all()
        self.today += timedelta(days=days)
        self.clock.moment = purchases.at_noon(self.today)

    def redeem_all(self) -> None:
        for one in self.standing:
            redeem(self.session, self.shop, one)
        self.standing = []

    def buy(self, said: dict[str, Any]) -> None:
        """Buy a home both ways: the same is refused, or every sum is the same."""
        names = [str(place) for place in said["order"] if self.book.accounts[str(place)].available_fen]
        if not names:
            return
        left = min(self.book.accounts[name].available_fen for name in names)
        most = None if said["most"] is None else min(said["most"], left)
        self.homes += 1
        name, price_fen = f"H{self.homes}", said["price"]
        parts = [(self.buyer.vouchers[int(one)].ref, most) for one in names]
        quoted = self.ask(said, price_fen, parts)
        frozen = quoted and snapshot.read(quoted.snapshot)
        signs_on = self.today + timedelta(days=0 if said["cancelled"] else said["signs_after"])
        late = LATE if said["late"] and not said["cancelled"] else timedelta()
        decides = any(rule.is_decided_later for rule in self.book.policy.bonuses)
        in_time = frozen is not None and signs_on <= last_day(frozen.hold_until)
        played = self.play(
            purchases.buy,
            home=name,
            on=self.today,
            vouchers=names,
            price=price_fen,
            most=most,
            kind=said["kind"],
            area=said["area"],
            stage=self.shop.building.development.stage,
            district=None,
            development=self.shop.building.development.ref,
            filed_price=price_fen + 2_000_000,
            buyer="self",
            top_up="own",
            contract=signs_on if in_time else None,
            filed=(signs_on if decides else signs_on + late) if in_time else None,
            verified=signs_on + late if in_time else None,
            delay_of_others=None,
            loan=None,
            beside=None,
        )
        assert (quoted is None) == (played.refused_by is not None), played.refused_by
        if quoted is None:
            return
        for one, part in zip(names, frozen.parts, strict=True):
            assert told(part) == expected(played, one, self.book.policy), (one, said)
        assert played.dates["held_until"] == last_day(frozen.hold_until)
        assert frozen.top_up_fen == sum(line.fen for line in played.lines if line.of == "top_up")
        locked = self.lock(quoted)
        assert locked is not None, "what was shown a moment ago can be had"
        self.named[name] = locked
        if said["cancelled"]:
            self.attempt(service.cancel, actor=self.buyer.actor, redemption_ref=locked.ref)
            assert self.play(coming_back.cancel, home=name, on=self.today).refused_by is None
        elif not in_time:
            self.wait(said["signs_after"])
            assert self.attempt(service.expire_overdue) == 1
            assert self.play(coming_back.cancel, home=name, on=self.today).refused_by is None
        else:
            self.finish(said, played, locked, late if decides else None)

    def ask(self, said: dict[str, Any], price_fen: int, parts: list[tuple[str, int | None]]) -> Quote | None:
        """Ask what a home costs, or a space alone; None when it is refused."""
        if said["kind"] == "home":
            home = make_home(self.session, self.shop, voucher_fen=price_fen, area_m2=Decimal(said["area"]))
            asked = self.attempt(service.quote, actor=self.buyer.actor, home_ref=home.ref, parts=parts)
            return cast(Quote | None, asked)
        kind = StockKind(said["kind"])
        space = make_space(self.session, self.shop, voucher_fen=price_fen, kind=kind)
        wanted = {"actor": self.buyer.actor, "home_refs": [space.ref], "parts": parts}
        basket = self.attempt(service.quote_basket, **wanted)
        return basket and cast(Quote, basket.quotes[0])

    def lock(self, quoted: Quote) -> Any:
        """Lock what was quoted; None when it is refused."""
        if quoted.basket_quote_id is None:
            return self.attempt(service.reserve, actor=self.buyer.actor, quote_ref=quoted.ref)
        basket = self.session.get_one(BasketQuote, quoted.basket_quote_id)
        locked = self.attempt(service.reserve_basket, actor=self.buyer.actor, basket_ref=basket.ref)
        return locked and locked[0]

    def finish(
        self, said: dict[str, Any], played: Outcome, locked: Redemption, late: timedelta | None
    ) -> None:
        """Sign the contract and write the home off: so much later, where a later day decides."""
        if late is not None:
            self.wait(said["signs_after"])
            contract(self.session, self.shop, locked)
            self.wait(late.days)
            verify(self.session, self.shop, locked)
            self.compare_cash(played, locked)
        elif said["signs_after"]:
            self.wait(said["signs_after"])
            redeem(self.session, self.shop, locked)
        else:
            self.standing.append(locked)

    def compare_cash(self, played: Outcome, bought: Redemption) -> None:
        """See that a payment today pays what the simulation paid of what the lock promised."""
        paid = Counter[str]()
        for line in played.lines:
            if line.of in ("bonus in cash", "paid of it"):
                paths = {rule.path for rule in self.book.policy.bonuses if rule.is_decided_later}
                is_later = any(line.rules[0].path.startswith(path) for path in paths)
                paid[line.voucher or ""] += line.fen if is_later is (line.of == "paid of it") else 0
        for bonus in cash_queries.list_of(self.session, bought):
            name = str([one.id for one in self.buyer.vouchers].index(bonus.allocation.voucher_id))
            is_lost = bonus.state == "taken_back"
            due_fen = 0 if is_lost else bonus.due_fen - later.less_on(self.session, bonus, self.today)
            assert due_fen == paid.pop(name)
        assert not any(paid.values())

    def settle(self) -> None:
        """Ask what developers are owed both ways: each part to the fen, with its last day and interest."""
        handed = self.today + timedelta(days=10)
        self.today += timedelta(days=400)
        self.clock.moment = purchases.at_noon(self.today)
        for name, bought in self.named.items():
            if self.session.get_one(Redemption, bought.id).state != "redeemed":
                continue
            for event in (HANDOVER, "frame_checked", "building_registered"):
                reach(self.session, self.shop, self.buyer, bought, event, on=handed)
            shares = list_shares(self.session, Scope(bought.district_id, redemption_ids=[bought.id]))
            if len(shares) > 1:
                continue  # each voucher's share is parted by itself, a simulation parts the home's whole
            (share,) = shares
            days = {event: share.days.get(event) for event in EVENTS}
            played = self.play(closings.settle, home=name, on=self.today, paid=[], applied=[], **days)
            sums, borne = Counter[str](), Counter[str]()
            for line in played.lines:
                into = borne if line.of.endswith("interest") else sums
                into[line.of.removesuffix(" late interest").removesuffix(" interest")] += line.fen
            names = [f"tranche {part.place + 1}" for part in share.parts]
            assert sums.pop("owed") == share.owed_fen
            assert [sums[one] for one in names] == [part.amount_fen for part in share.parts]
            assert [borne[one] for one in names] == [part.accrued_fen for part in share.parts]
            assert [played.dates.get(f"{one} due") for one in names] == [part.due_on for part in share.parts]

    def end(self, place: int, kind: Kind) -> None:
        """End a voucher both ways: as much of what is left is paid, or nothing is."""
        account, voucher = self.book.accounts[str(place)], self.buyer.vouchers[place]
        if not account.available_fen:
            return
        left_fen = account.available_fen
        if kind is Kind.LAPSE:
            self.clock.moment = account.expires_at
            self.attempt(lapse_due)
            assert self.play(PLAYED[kind], voucher=str(place), on=None).refused_by is None
            made = find_live(self.session, voucher_id=voucher.id)
            assert made is not None
            day = business_clock.today()
        else:
            if self.today > account.last_day:
                return
            self.clock.moment = purchases.at_noon(self.today)
            played = self.play(PLAYED[kind], voucher=str(place), on=self.today)
            found = outlook(self.session, self.session.get_one(Voucher, voucher.id), kind)
            assert (found.block is None) == (played.refused_by is None and account.paid_out_fen > 0)
            if found.block is not None:
                return
            made, day = ask(self.session, self.buyer, kind=kind, place=place), self.today
        borne_fen = made.interest_fen or interest_on(made, day).fen
        assert (made.paid_fen + borne_fen, made.leftover_fen) == (account.paid_out_fen, left_fen)
        assert made.paid_fen + made.returned_fen + made.forfeited_fen == left_fen or made.effect is None


def told(part: PartSeen) -> dict[str, int]:
    """Return what a frozen quote says of a voucher."""
    each = {**part.bonuses, **part.cash_bonuses} or {"bonus": part.bonus_fen}
    found = {"spent": part.spent_fen, "bonus": part.bonus_fen, "cash": part.cash_fen, **each}
    return {name: fen for name, fen in found.items() if fen}


def expected(played: Outcome, name: str, policy: Policy) -> dict[str, int]:
    """Return the same of a simulation."""
    found = Counter[str]()
    for line in played.lines:
        if line.voucher == name:
            found[{"bonus in cash": "cash"}.get(line.of, line.of.removeprefix("bonus "))] += line.fen
            if line.of == "bonus in cash":
                path = next(rule.path for rule in policy.bonuses if line.rules[0].path.startswith(rule.path))
                found[path] += line.fen
    if len(policy.priced) == 1:
        found[policy.priced[0].path] = found["bonus"]
    paths = {"spent", "bonus", "cash", *(rule.path for rule in policy.bonuses)}
    return {path: found[path] for path in paths if found[path]}


def parts_of(sum_fen: int) -> dict[str, int]:
    """Return what an agreement over a sum lists."""
    return dict(lines_of(sum_fen))


def begin(session: Session, text: str, clock: FixedClock, sums: tuple[int, int] = SUMS) -> Life:
    """Issue two vouchers under a policy, both ways."""
    policy = bodies.parse(text)
    shop = make_shop(session, desk=make_desk(session, policy=text))
    buyer = make_buyer(session, shop.desk, faces=sums, lines=lambda fen: list(parts_of(fen).items()))
    district = shop.desk.district.code
    book = Book(policy, Scenario("", district, 1, buyer.household.old_area_m2, Decimal(0), ()))
    life = Life(session, shop, buyer, book, clock)
    for place, sum_fen in enumerate(sums):
        entitled_m2, residents = entitled_by(sum_fen)
        issued = life.play(
            purchases.issue,
            voucher=str(place),
            on=TODAY,
            compensation=parts_of(sum_fen),
            agreement=SIGNED,
            vacated=VACATED,
            entitled_area=entitled_m2,
            residents=residents,
        )
        voucher = session.get_one(Voucher, buyer.vouchers[place].id)
        account = book.accounts[str(place)]
        assert issued.refused_by is None
        assert (voucher.face_fen, voucher.expires_at) == (account.face_fen, account.expires_at)
    return life


PLAIN: Final[dict[str, Any]] = {
    "kind": "home",
    "days": 0,
    "late": False,
    "signs_after": 0,
    "area": "89.50",
    "most": None,
    "cancelled": False,
}
"""A purchase of which nothing is special."""


@contextmanager
def living(app: Flask, text: str, sums: tuple[int, int] = SUMS) -> Iterator[Life]:
    """Yield a household with two vouchers over these sums under a policy, in a transaction that is undone."""
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    with rolled_back(app) as session:
        yield begin(session, text, clock, sums)


STEPS: Final = {"nearest_yuan": 100, "nearest_ten_yuan": 1_000, "nearest_hundred_yuan": 10_000}
"""To multiples of how many fen the words round half up."""


def on_a_half(rate_bp: int, step_fen: int, *, near_fen: int) -> int:
    """Return a sum of which a share is exactly half a step above a whole one: a fen less rounds down.

    The next one above a sum in fen; that sum itself where no such share comes to a half.
    """
    steps = near_fen * rate_bp // 10_000 // step_fen + 1
    halves = (10_000 * (nth * step_fen + step_fen // 2) for nth in range(steps, steps + rate_bp))
    return next((tenth // rate_bp for tenth in halves if tenth % rate_bp == 0), near_fen)
