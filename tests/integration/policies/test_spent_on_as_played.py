"""A bonus of what is spent on the homes that it is for is earned as it is played, and proved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import system_actor
from app.homes.rules import StockKind
from app.identity.models import District
from app.policies import bodies
from app.policies import service as policies
from app.redemptions import queries, service
from app.redemptions.cash_models import CashBonus
from app.redemptions.past import pasts
from app.reports.simulation import scenario
from app.reports.simulation.book import Book
from app.reports.simulation.run import play_in
from tests.factories.identity import make_district
from tests.factories.moves import carry_out, split_of
from tests.factories.played import LIMITED, PLAIN, living
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.redemptions import (
    Buyer,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    make_space,
    redeem,
)
from tests.factories.vouchers import make_desk

HEAD = LIMITED[: LIMITED.index("bonus:")]
STEPS = "steps: [{spent_from: 0%, rate: 0%}, {spent_from: 90%, rate: RATE}]"
SMALL = HEAD + (
    "bonus:\n"
    "  - {base: spent_total, paid: cash, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, "
    + STEPS.replace("RATE", "15%")
    + "}]}\n"
    "  - {base: spent_total, spent_on: earning, paid: cash, fixed_by: lock, home_area: {up_to: 90}, "
    "tiers: [{from_month: 1, to_month: 12, " + STEPS.replace("RATE", "5%") + "}]}\n"
    "leftover: [{spent_from: 0%, rate: 100%}]\n"
)
COUNTS = "a home counts for the bonuses that are for it"
MORE = "no bonus is more than its rate of what was spent on the homes that it is for"


def broken(session: Session, statement: str) -> set[str]:
    """Return what a damage breaks."""
    with session.begin_nested() as damage:
        session.execute(text(statement))
        found = {one.rule for one in queries.verify(session)}
        damage.rollback()
    return found


@pytest.mark.parametrize("areas", [("89.50", "120.00"), ("120.00", "89.50")])
def test_two_homes_earn_alike_in_either_order(app: Flask, areas: tuple[str, str]) -> None:
    prices = {"89.50": 45_000_000, "120.00": 50_000_000}
    with living(app, SMALL, sums=(100_000_000, 4_000_000)) as life:
        session = life.session
        for area in areas:
            life.buy(PLAIN | {"price": prices[area], "area": area, "order": (0,)})
        earned = life.book.accounts["0"].earned
        assert (earned["bonus[0]"], earned["bonus[1]"]) == (14_250_000, 2_250_000)
        life.redeem_all()
        assert session.scalar(select(func.sum(CashBonus.fen))) == 16_500_000
        assert queries.verify(session) == []
        assert COUNTS in broken(session, "UPDATE allocations SET counts_for = '[]'")
        of_both = """UPDATE allocations SET counts_for = '["bonus[1]"]'"""
        assert COUNTS in broken(session, of_both)
        a_fen_more = """
            UPDATE allocations SET cash_bonuses = jsonb_set(cash_bonuses, '{bonus[1]}', '2250001')
            WHERE (cash_bonuses ->> 'bonus[1]')::bigint > 0
        """
        assert MORE in broken(session, a_fen_more)
        smaller = "UPDATE allocations SET spent_fen = spent_fen - 100 WHERE spent_fen = 45000000"
        assert MORE in broken(session, smaller)


def test_what_is_cancelled_counts_no_more(app: Flask) -> None:
    with living(app, SMALL, sums=(100_000_000, 4_000_000)) as life:
        for price, area, gone in (
            (50_000_000, "120.00", False),
            (45_000_000, "89.50", True),
            (48_000_000, "90.00", False),
            (2_000_000, "90.01", False),
        ):
            life.buy(PLAIN | {"price": price, "area": area, "order": (0,), "cancelled": gone})
        earned = life.book.accounts["0"].earned
        assert (earned["bonus[0]"], earned["bonus[1]"]) == (15_000_000, 2_400_000)
        life.redeem_all()
        assert queries.verify(life.session) == []


KINDS = """bonus:
  base: spent_total
  spent_on: earning
  fixed_by: lock
  tiers: [{from_month: 1, to_month: 18, kinds: [home], rate: 10%, least_spent: 50%}]
"""


def test_a_space_beside_a_home_brings_what_the_home_is_owed_in_one_basket(session: Session) -> None:
    old = HAILING[HAILING.index("bonus:") : HAILING.index("hold:")]
    policy = HAILING.replace(old, KINDS).replace("usable_on: [home]", "usable_on: [home, parking]")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
    home = make_home(session, shop, voucher_fen=20_000_000)
    space = make_space(session, shop, voucher_fen=15_000_000, kind=StockKind.PARKING)
    basket = service.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[home.ref, space.ref],
        parts=[(buyer.vouchers[0].ref, None)],
        beside={space.ref: home.ref},
    )
    bought = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    first, second = (one.allocations[0] for one in bought)
    # 20 万 reach no half of 60 万; with the space that is reached, and a tenth of the home's 20 万 is owed.
    assert (first.spent_fen, first.bonus_fen, first.counts_for) == (20_000_000, 0, ["bonus"])
    assert (second.spent_fen, second.bonus_fen, second.counts_for) == (13_000_000, 2_000_000, [])
    session.commit()
    assert queries.verify(session) == []
    assert MORE in broken(session, "UPDATE allocations SET bonus_fen = bonus_fen + 1 WHERE bonus_fen > 0")


def test_adopting_refuses_a_new_file_that_does_not_say(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    """Without a word the rate is of what is spent elsewhere too; what was adopted before goes on."""
    file = tmp_path / "policy.yaml"
    with transaction() as session:
        audit.initialise(session)
        code = make_district(session).code
    unsaid = SMALL.replace("spent_on: earning, ", "")

    def adopted(policy: str) -> tuple[int, str]:
        file.write_text(policy, encoding="utf-8")
        arguments = ["policy", "adopt", "--yes", "--district", code, str(file)]
        result = committed_app.test_cli_runner().invoke(args=arguments)
        return result.exit_code, result.output

    exit_code, output = adopted(unsaid)
    assert (exit_code, "bonus[1].spent_on: earning or all" in output) == (1, True)
    for word in ("all", "earning"):
        assert adopted(unsaid.replace("home_area", f"spent_on: {word}, home_area"))[0] == 0
    with transaction() as session:
        (district,) = session.scalars(select(District)).all()
        policies.adopt(session, actor=system_actor(district.id), district_id=district.id, text=unsaid)
    assert adopted(unsaid)[0] == 0, "the same rules are the version they already are"


PATHS = ("bonus[0]", "bonus[1]")
PARTED = SMALL + "splits: {times: 3, past: parted}\n"
LIVED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 450000, area: 89.5}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: B, amount: 123456.78}]}
  - buy: {home: H2, voucher: B, on: 2018-03-04, price: 123456.78, area: 120}
  - buy: {home: H3, voucher: A, on: 2018-03-04, price: 426543.22, area: 120}
"""


def test_each_part_of_a_split_brings_its_part_of_what_was_spent_on_its_homes(session: Session) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=PARTED))
    owner = make_buyer(session, shop.desk, faces=(100_000_000,))
    book = Book(bodies.parse(PARTED), scenario.read(LIVED))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 5
    first = make_home(session, shop, voucher_fen=45_000_000, area_m2=Decimal("89.50"))
    redeem(session, shop, make_redemption(session, owner, first))
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 12_345_678))
    done = pasts(session, [a.id, b.id], parted=[a.id, b.id])
    exact = [done[one.id].spent_for("bonus[1]") for one in (a, b)]
    assert exact == [45_000_000 * Fraction(fen, 55_000_000) for fen in (42_654_322, 12_345_678)]
    for voucher, name, fen in ((b, "H2", 12_345_678), (a, "H3", 42_654_322)):
        part = Buyer(owner.actor, owner.household, [voucher])
        home = make_home(session, shop, voucher_fen=fen, area_m2=Decimal("120.00"))
        bought = make_redemption(session, part, home)
        (played,) = book.homes[name].parts
        (mine,) = bought.allocations
        assert (mine.spent_fen, mine.cash_bonuses) == (fen, {path: played.earned[path] for path in PATHS})
        assert mine.cash_bonuses["bonus[1]"] == floor(45_000_000 * Fraction(fen, 55_000_000) * 5 / 100)
        redeem(session, shop, bought)
    assert queries.verify(session) == []


@pytest.mark.parametrize("areas", ["own", "[CODE]", "[REF]"])
def test_what_is_corrected_after_a_purchase_accuses_nobody(session: Session, areas: str) -> None:
    desk = make_desk(session)
    shop = make_shop(session, desk=desk)
    said = areas.replace("CODE", desk.district.code).replace("REF", shop.building.development.ref)
    policy = SMALL.replace("home_area:", f"areas: {said}, home_area:")
    desk = replace(desk, policy_version=make_policy_version(session, district=desk.district, text=policy))
    home = make_home(session, replace(shop, desk=desk), voucher_fen=58_000_000)
    buyer = make_buyer(session, desk, faces=(60_000_000,))
    (mine,) = make_redemption(session, buyer, home).allocations
    assert (mine.counts_for, mine.cash_bonuses["bonus[1]"]) == (["bonus[1]"], 2_900_000)
    session.commit()
    elsewhere = make_district(session)
    session.execute(text(f"UPDATE developments SET district_id = {elsewhere.id}, ref = 'LP-MOVED'"))
    session.execute(text("UPDATE homes SET area_m2 = 120, inner_area_m2 = NULL"))
    assert queries.verify(session) == []
    assert broken(session, f"UPDATE districts SET name = '已更名' WHERE id = {desk.district.id}") == set()
    of_district = areas != "[REF]"
    for where, wrong, is_seen in (
        ("area_m2", "120", True),
        ("district", elsewhere.name, of_district),
        ("development_ref", "LP-OTHER", not of_district),
    ):
        doctored = f"""
            WITH other AS (
                INSERT INTO quotes (district_id, ref, household_id, home_id, place, snapshot,
                                    made_at, expires_at)
                SELECT district_id, 'DOCTORED', household_id, home_id, place,
                       jsonb_set(snapshot, '{{home,{where}}}', '"{wrong}"'), made_at, expires_at FROM quotes
                RETURNING id)
            UPDATE redemptions SET quote_id = other.id FROM other
        """
        assert (COUNTS in broken(session, doctored)) == is_seen
