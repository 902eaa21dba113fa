"""Any policy that a city may write is carried out as it is played: on the same days, to the fen."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.extensions import db
from app.homes.models import Development, Home
from app.ledger import queries as ledger
from app.policies import bodies
from app.policies.rules import Policy
from app.policies.settling import EVENTS
from app.redemptions import cash_queries, later, queries, service, snapshot
from app.redemptions.cash_models import CashBonus
from app.redemptions.models import Allocation, Redemption
from app.redemptions.snapshot import PartSeen
from app.reports.simulation import closings, purchases
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
from tests.factories.policy_files import timed_policy_files
from tests.factories.projects import entitled_by
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_shop,
    redeem,
    verify,
)
from tests.factories.settlements import reach
from tests.factories.vouchers import VACATED, make_desk

LATE = timedelta(days=40)
"""So much later than the contract offices act here: nobody holds it against the household."""
TODAY = business_clock.legal_day(TEST_MOMENT)
SIGNED = date(2016, 5, 20)
"""The day of the factories' agreements."""
SUMS = (40_000_000, 25_000_007)
"""What their agreements come to."""

buys = st.fixed_dictionaries(
    {
        "days": st.sampled_from([0, 0, 20, 31, 95]),
        "late": st.booleans(),
        "signs_after": st.sampled_from([0, 0, 3, 12, 15]),
        "price": st.integers(500_000, 45_000_000),
        "area": st.sampled_from(["59.99", "60.01", "89.50", "144.01"]),
        "order": st.sampled_from([(0,), (1,), (0, 1), (1, 0)]),
        "most": st.sampled_from([None, None, 5_000_000]),
        "cancelled": st.booleans(),
    }
)


endings_of = st.tuples(*[st.sampled_from([Kind.PAYOUT, Kind.GIVE_UP, Kind.LAPSE])] * 2)
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
        home = make_home(self.session, self.shop, voucher_fen=price_fen, area_m2=Decimal(said["area"]))
        parts = [(self.buyer.vouchers[int(one)].ref, most) for one in names]
        quoted = self.attempt(service.quote, actor=self.buyer.actor, home_ref=home.ref, parts=parts)
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
            kind="home",
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
        locked = self.attempt(service.reserve, actor=self.buyer.actor, quote_ref=quoted.ref)
        assert locked is not None, "what was shown a moment ago can be had"
        self.named[name] = locked
        if said["cancelled"]:
            self.attempt(service.cancel, actor=self.buyer.actor, redemption_ref=locked.ref)
            assert self.play(purchases.cancel, home=name, on=self.today).refused_by is None
        elif not in_time:
            self.wait(said["signs_after"])
            assert self.attempt(service.expire_overdue) == 1
            assert self.play(purchases.cancel, home=name, on=self.today).refused_by is None
        else:
            self.finish(said, played, locked, late if decides else None)

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
            reach(self.session, self.shop, self.buyer, bought, HANDOVER, on=handed)
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


def carried_out(text: str) -> str:
    """Return a drawn policy as far as the platform carries it out."""
    said = yaml.safe_load(text)
    several = said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]
    for bonus in several:
        if bonus["fixed_by"] in ("filed", "verified") and bonus["paid"] == "price":
            bonus["delay"] = "protected"  # a price is settled before it is known how late others are
    return str(yaml.safe_dump(said, allow_unicode=True))


def parts_of(sum_fen: int) -> dict[str, int]:
    """Return what an agreement over a sum lists."""
    return {"home": sum_fen - 3_000_000, "moving": 1_000_000, "award": 2_000_000}


def begin(session: Session, text: str, clock: FixedClock) -> Life:
    """Issue two vouchers under a policy, both ways."""
    policy = bodies.parse(text)
    shop = make_shop(session, desk=make_desk(session, policy=text))
    buyer = make_buyer(session, shop.desk, faces=SUMS, lines=lambda fen: list(parts_of(fen).items()))
    district = shop.desk.district.code
    book = Book(policy, Scenario("", district, 1, buyer.household.old_area_m2, Decimal(0), ()))
    life = Life(session, shop, buyer, book, clock)
    for place, sum_fen in enumerate(SUMS):
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


@pytest.mark.usefixtures("clock")
@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    text=timed_policy_files().map(carried_out),
    bought=st.lists(buys, min_size=1, max_size=4),
    kinds=endings_of,
)
def test_any_policy_is_carried_out_as_it_is_played(
    app: Flask, text: str, bought: list[dict[str, Any]], kinds: tuple[Kind, Kind]
) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    with rolled_back(app) as session:
        life = begin(session, text, clock)
        for said in bought:
            life.wait(said["days"])
            life.buy(said)
        life.redeem_all()
        for place, kind in sorted(enumerate(kinds), key=lambda one: one[1] is Kind.LAPSE):
            life.end(place, kind)
        life.settle()
        assert ledger.verify(session) == []
        assert queries.verify(session) == []


LIMITED = """schema: 4
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


@pytest.mark.usefixtures("clock")
def test_limits_of_face_and_price_are_carried_out_as_they_are_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, LIMITED, clock)
        for price, order in (
            (20_000_003, (0, 1)),
            (10_000_000, (0,)),
            (30_000_001, (1, 0)),
            (9_000_000, (0,)),
        ):
            life.buy(plain | {"price": price, "order": order})
        spent = [life.book.accounts[name].spent_fen for name in "01"]
        assert spent == [24_000_000, 15_000_004], "60% of each face, and no more"
        life.buy(plain | {"price": 9_000_000, "order": (0,)})
        life.redeem_all()
        life.end(0, Kind.PAYOUT)
        assert ledger.verify(session) == []
        assert queries.verify(session) == []


SHARED = LIMITED[: LIMITED.index("limits:")] + (
    "limits: [{share_of_face: 40%, of: household}]\nleftover: [{spent_from: 0%, rate: 100%}]\n"
)


@pytest.mark.usefixtures("clock")
def test_a_limit_of_all_vouchers_of_a_household_is_carried_out_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, SHARED, clock)
        for price, order in ((10_000_000, (0,)), (15_000_000, (1,)), (30_000_001, (1, 0))):
            life.buy(plain | {"price": price, "order": order})
        spent = [life.book.accounts[name].spent_fen for name in "01"]
        assert sum(spent) == sum(SUMS) * 4 // 10, "of both faces together, whoever spends it"
        life.buy(plain | {"price": 9_000_000, "order": (0,)})
        life.redeem_all()
        assert queries.verify(session) == []
        life.end(0, Kind.PAYOUT)
        life.end(1, Kind.PAYOUT)
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        less = update(Voucher).where(Voucher.id == life.buyer.vouchers[0].id)
        session.execute(less.values(face_fen=Voucher.face_fen - 100))
        broken = {one.rule for one in queries.verify(session)}
        assert (
            "the vouchers of a household spend no more on a kind of stock than its policy lets them" in broken
        )


TOGETHER = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent, fixed_by: lock, spent_of: household, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%, least_spent: 50%}]}\n"
)


@pytest.mark.usefixtures("clock")
def test_a_part_spent_of_all_vouchers_of_a_household_is_counted_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, TOGETHER, clock)
        earned = []
        for price, order in ((25_000_007, (1,)), (9_000_000, (0,)), (6_000_000, (0,))):
            life.buy(plain | {"price": price, "order": order})
            earned.append(sum(one.earned.total() for one in life.book.accounts.values()))
        # Half of 65 万 is reached by the second home, which the first voucher pays.
        assert (earned[0], earned[1] > 0, earned[2] > earned[1]) == (0, True, True)
        life.redeem_all()
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen * 2))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid before so much of the face is spent as it asks for" in broken


HELD = (
    LIMITED[: LIMITED.index("bonus:")]
    + """bonus:
  base: held
  paid: cash
  fixed_by: lock
  counted_from: agreement
  tiers: [{from_month: 1, to_month: 12, interest: {rate: 3.65%}}]
leftover: [{spent_from: 0%, rate: 100%}]
"""
)


@pytest.mark.usefixtures("clock")
def test_interest_on_what_is_spent_is_paid_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"late": False, "signs_after": 0, "area": "89.50", "most": None}
    with rolled_back(app) as session:
        life = begin(session, HELD, clock)
        ran = []
        for days, price, cancelled in ((31, 20_000_003, False), (0, 5_000_000, True), (9, 6_000_007, False)):
            life.wait(days)
            life.buy(plain | {"price": price, "order": (0,), "cancelled": cancelled})
            ran.append((price, (life.today - SIGNED).days))
        life.redeem_all()
        # A yearly 3.65% is a ten-thousandth a day.
        owed = [price * days // 10_000 for price, days in ran]
        assert session.scalars(select(CashBonus.fen).order_by(CashBonus.id)).all() == [owed[0], owed[2]]
        assert queries.verify(session) == []
        more = func.jsonb_build_object("bonus", owed[0] + 1)
        session.execute(update(Allocation).where(Allocation.cash_fen == owed[0]).values(cash_bonuses=more))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus of several is more than its tier pays" in broken


LEFT_TOGETHER = LIMITED[: LIMITED.index("limits:")] + (
    "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 40%, rate: 60%, spent_of: household}]\n"
    "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 10%}, "
    "{spent_from: 40%, rate: 50%, spent_of: household}]}\n"
)


@pytest.mark.usefixtures("clock")
def test_a_leftover_by_what_a_household_spent_is_paid_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, LEFT_TOGETHER, clock)
        life.buy(plain | {"price": 27_500_000, "order": (0,)})
        life.redeem_all()
        life.end(1, Kind.PAYOUT)  # 25 万 of 65 万: nothing is paid of the one that was never used
        assert life.book.accounts["1"].paid_out_fen == 0
        life.buy(plain | {"price": 1_100_004, "order": (1,)})
        life.redeem_all()
        life.end(1, Kind.PAYOUT)  # 26 万 and 3 fen
        assert life.book.accounts["1"].paid_out_fen == (25_000_007 - 1_000_004) * 6 // 10
        life.end(0, Kind.LAPSE)
        assert life.book.accounts["0"].paid_out_fen == 15_000_000 // 2
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[0].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 100))
        assert "an ending counts what all vouchers of its household spent, where its policy does" in {
            one.rule for one in queries.verify(session)
        }


DECIDED = (
    LIMITED[: LIMITED.index("bonus:")]
    + """bonus:
  - base: face
    paid: cash
    fixed_by: EVENT
    delay: counts
    tiers: [{from_month: 1, to_month: 1, rate: 10%}, {from_month: 2, to_month: 12, rate: 4.01%}]
  - base: price
    paid: cash
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, rate: 1.5%}]
leftover: [{spent_from: 0%, rate: 100%}]
"""
)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("event", ["filed", "verified", "paid"])
def test_what_a_later_day_decides_is_paid_as_it_is_played(app: Flask, event: str) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, DECIDED.replace("EVENT", event), clock)
        for price, after, late in ((20_000_003, 0, True), (5_000_000, 12, False), (6_000_007, 0, False)):
            life.buy(plain | {"price": price, "order": (0, 1), "signs_after": after, "late": late})
        assert len(session.scalars(select(CashBonus.id)).all()) == 3
        assert queries.verify(session) == []


ABOVE = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent, fixed_by: lock, paid: cash, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%, spent_above: 50%}]}\n"
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_above: 50%, rate: 100%}]\n"
)


@pytest.mark.usefixtures("clock")
def test_a_part_that_must_be_exceeded_is_carried_out_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, ABOVE, clock)
        for place, price in ((0, 20_000_000), (1, 12_500_004)):
            life.buy(plain | {"price": price, "order": (place,)})
        life.redeem_all()
        assert session.scalars(select(CashBonus.fen)).all() == [1_250_000], (
            "half of 40 万 is not more than it"
        )
        for place in range(2):
            life.end(place, Kind.PAYOUT)
        paid = [life.book.accounts[name].paid_out_fen for name in "01"]
        assert paid == [10_000_000, 12_500_003]
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 1))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid before so much of the face is spent as it asks for" in broken


FILLED = LIMITED + "face: [{rate: 10%}, {fill_to: 500000}, {rate: 10%, most_face: 520000}]\n"


@pytest.mark.usefixtures("clock")
def test_a_face_is_filled_up_and_limited_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    with rolled_back(app) as session:
        life = begin(session, FILLED, clock)
        assert [one.face_fen for one in life.book.accounts.values()] == [52_000_000, 52_000_000]
        assert queries.verify(session) == []
        voucher = session.get_one(Voucher, life.buyer.vouchers[1].id)
        less = {**voucher.additions, "face[1]": voucher.additions["face[1]"] - 1}
        session.execute(update(Voucher).where(Voucher.id == voucher.id).values(additions=less))
        broken = {one.rule for one in queries.verify(session)}
        assert "what was added to a compensation is what the policy adds" in broken


NEAREST = (
    LIMITED
    + """face:
  - {rate: 10.02%, rounding: nearest_hundred_yuan}
  - {rate: 5%, most_yuan: 12550, rounding: nearest_hundred_yuan}
"""
)


@pytest.mark.usefixtures("clock")
def test_additions_are_rounded_half_up_and_never_above_their_most(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    with rolled_back(app) as session:
        life = begin(session, NEAREST, clock)
        vouchers = [session.get_one(Voucher, one.id) for one in life.buyer.vouchers]
        # 40,080 and 25,050.007 yuan; 12,550, of which 12,600 would be above the most, and 12,500.0035.
        assert [one.additions for one in vouchers] == [
            {"face[0]": 4_010_000, "face[1]": 1_250_000},
            {"face[0]": 2_510_000, "face[1]": 1_250_000},
        ]
        assert queries.verify(session) == []
        for path, fen in (("face[0]", 2_500_000), ("face[1]", 1_260_000)):
            other = {**vouchers[1].additions, path: fen}
            session.execute(update(Voucher).where(Voucher.id == vouchers[1].id).values(additions=other))
            broken = {one.rule for one in queries.verify(session)}
            assert "what was added to a compensation is what the policy adds" in broken


OF_COMPENSATION = LIMITED[: LIMITED.index("limits:")].replace(
    "fixed_by: lock",
    "fixed_by: lock, caps: [{of: household, share_of_compensation: 1%, parts: [home]}]",
)


@pytest.mark.usefixtures("clock")
def test_a_cap_by_the_compensation_is_carried_out_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, OF_COMPENSATION, clock)
        for price, order in ((5_000_003, (0,)), (20_000_000, (1, 0))):
            life.buy(plain | {"price": price, "order": order})
        of_home = sum(parts_of(fen)["home"] for fen in SUMS)
        assert sum(one.earned.total() for one in life.book.accounts.values()) == of_home // 100
        life.redeem_all()
        assert queries.verify(session) == []
        session.execute(update(Allocation).values(bonus_fen=Allocation.bonus_fen + 1))
        broken = {one.rule for one in queries.verify(session)}
        rule = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
        assert rule in broken


SLICED = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: spent_total, fixed_by: lock, paid: cash, tiers: [{from_month: 1, to_month: 12, "
    "slices_of_face: [{above: 0%, rate: 2%}, {above: 33.33%, rate: 10%}]}]}\n"
)


@pytest.mark.usefixtures("clock")
def test_slices_of_a_face_are_carried_out_as_they_are_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        life = begin(session, SLICED, clock)
        for price in (7_000_001, 3_000_000):
            life.buy(plain | {"price": price, "order": (1,)})
        edge = 25_000_007 * 3333
        exact = (edge * 200 + (10_000_001 * 10_000 - edge) * 1_000) // 10**8
        assert life.book.accounts["1"].earned.total() == exact
        life.redeem_all()
        assert queries.verify(session) == []
        more = update(Voucher).where(Voucher.id == life.buyer.vouchers[1].id)
        session.execute(more.values(face_fen=Voucher.face_fen + 100))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is more than slices of the face come to" in broken


WITHIN = LIMITED[: LIMITED.index("bonus:")] + (
    "bonus: {base: price, fixed_by: lock, within_area: entitled, tiers: "
    "[{from_month: 1, to_month: 12, rate: 10%}]}\n"
    "leftover: [{spent_from: 0%, rate: 100%}]\n"
)


@pytest.mark.usefixtures("clock")
def test_a_price_within_an_area_is_rewarded_as_it_is_played(app: Flask) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "most": None, "cancelled": False}
    entitled = sum(entitled_by(fen)[0] for fen in SUMS)
    with rolled_back(app) as session:
        life = begin(session, WITHIN, clock)
        for price, area, order, gone in (
            (8_950_000, "89.50", (0,), True),
            (6_001_000, "60.01", (1, 0), False),
            (8_950_007, "89.50", (0, 1), False),
            (5_999_000, "59.99", (1,), False),
        ):
            life.buy(plain | {"price": price, "area": area, "order": order, "cancelled": gone})
        earned = sum(one.earned.total() for one in life.book.accounts.values())
        rest = int(8_950_007 * (entitled - Decimal("60.01")) / Decimal("89.50")) // 10
        assert Decimal("60.01") < entitled < Decimal("149.51")
        assert earned == 600_100 + rest
        life.redeem_all()
        assert queries.verify(session) == []
        larger = update(Home).where(Home.area_m2 == Decimal("60.01"))
        session.execute(larger.values(area_m2=Decimal("61.00")))
        broken = {one.rule for one in queries.verify(session)}
        assert "no bonus is paid for more ㎡ than its policy pays it for" in broken


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("word", ["areas", "bonus.areas"])
def test_a_list_of_developments_is_asked_as_it_is_played(app: Flask, word: str) -> None:
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    plain = {"days": 0, "late": False, "signs_after": 0, "area": "89.50", "most": None, "cancelled": False}
    with rolled_back(app) as session:
        ref = make_shop(session).building.development.ref
        listed = LIMITED + f"areas: [{ref}]\n"
        if word == "bonus.areas":
            listed = LIMITED.replace("fixed_by: lock", f"fixed_by: lock, areas: [{ref}]")
        life = begin(session, listed, clock)
        life.buy(plain | {"price": 10_000_000, "order": (0,)})
        spent = {"areas": 0, "bonus.areas": 8_001_000}[word]
        assert (life.book.accounts["0"].spent_fen, life.book.accounts["0"].earned.total()) == (spent, 0)
        named = update(Development).where(Development.ref == ref).values(ref="DV-22222-22222")
        session.execute(named)
        here = update(Development).where(Development.id == life.shop.building.development_id)
        session.execute(here.values(ref=ref))
        session.refresh(life.shop.building.development)
        life.buy(plain | {"price": 10_000_000, "order": (1,)})
        assert life.book.accounts["1"].earned.total() > 0
        life.redeem_all()
        assert queries.verify(session) == []
