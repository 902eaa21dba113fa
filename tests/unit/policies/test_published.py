"""The shipped cities pay what was published, to the fen."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.core import clock
from app.policies import bodies, endings, reader, rules
from app.policies.adoption import not_carried_out
from app.policies.bonus import Terms
from app.policies.past import Past
from app.policies.rules import Policy

FILES = Path(rules.__file__).parent / "files"
ISSUED = datetime(2025, 1, 15, 2, tzinfo=UTC)
START = date(2025, 1, 15)


def load(code: str) -> Policy:
    return bodies.parse((FILES / f"{code}.yaml").read_text(encoding="utf-8"))


def terms(policy: Policy, face_fen: int, day: date, kind: str = "home", past: Past | None = None) -> Terms:
    tier = policy.bonus_tier_on(START, day, kind)
    return Terms(policy.bonus, tier, face_fen, Decimal(0), past or Past())


@pytest.mark.parametrize(
    ("code", "last_day"),
    [
        ("hailing-2023", date(2026, 7, 15)),
        ("nanjing", date(2026, 1, 15)),
        ("wuxi", date(2026, 1, 15)),
        ("guangzhou-2024", date(2026, 7, 15)),
        ("tongzhou", date(2026, 1, 15)),
    ],
)
def test_how_long_a_voucher_is_valid(code: str, last_day: date) -> None:
    assert load(code).expires_at(ISSUED) == clock.end_of_day(last_day)


@pytest.mark.parametrize(
    ("day", "spent", "bonus"),
    [
        # A home of 60 万 with the tiers of Hailing: spent and bonus are the price.
        (date(2025, 4, 15), 50_000_000, 10_000_000),
        (date(2025, 4, 16), 51_724_138, 8_275_862),
        (date(2025, 7, 16), 53_571_429, 6_428_571),
        (date(2026, 7, 15), 53_571_429, 6_428_571),
        (date(2026, 7, 16), 60_000_000, 0),
    ],
)
def test_hailing_pays_20_16_12_percent_of_the_sum_spent(day: date, spent: int, bonus: int) -> None:
    policy = load("hailing-2023")
    found = terms(policy, 130_550_000, day).earning(60_000_000).part_before_bonus(60_000_000, 130_550_000)
    assert (found[0], found[1].fen) == (spent, bonus)
    assert policy.transfers.may_again(None, done=0).allowed
    assert not policy.transfers.may_again(None, done=1).allowed


def test_nanjing_pays_up_to_a_tenth_of_the_face_for_homes_once() -> None:
    policy = load("nanjing")
    face = 100_000_000
    first = terms(policy, face, START).earning(60_000_000)
    spent, bonus = first.part_before_bonus(60_000_000, face)
    # 10% of 100 万 are 10 万: with 50 万 of the voucher they pay a home of 60 万.
    assert (spent, bonus.fen) == (50_000_000, 10_000_000)
    again = terms(policy, face, START, past=Past(50_000_000, 10_000_000, 10_000_000, 1)).earning(30_000_000)
    assert again.part_before_bonus(30_000_000, 50_000_000)[1].fen == 0


def test_nanjing_pays_a_twentieth_of_the_face_for_other_stock() -> None:
    policy = load("nanjing")
    parking = terms(policy, 100_000_000, START, "parking")
    spent, bonus = parking.earning(12_000_000).part_before_bonus(12_000_000, 100_000_000)
    assert (spent, bonus.fen) == (7_000_000, 5_000_000)
    # The home bought later tops it up to a tenth: 10 万 in all, not 15 万.
    home = terms(policy, 100_000_000, START, past=Past(7_000_000, 5_000_000, 5_000_000, 1))
    assert home.earning(60_000_000).bonus(55_000_000).fen == 5_000_000


def test_nanjing_names_kin_and_ends_in_the_agreement_without_interest() -> None:
    policy = load("nanjing")
    assert [policy.may_be_named(kin).allowed for kin in ("self", "spouse", "parent", "child", "sibling")] == [
        *([True] * 4),
        False,
    ]
    ending = endings.lapse(policy, face_fen=100_000_000, spent_fen=40_000_000, bonus_fen=10_000_000)
    assert (ending.effect, ending.payout.fen) == ("agreement", 60_000_000)
    assert policy.lapse is not None
    assert policy.lapse.may_give_up
    assert not policy.transfers.may_again(None, done=0).allowed


@pytest.mark.parametrize(
    ("price", "face", "spent", "bonus"),
    [
        # 5% of 80 万, below 5% of the face.
        (80_000_000, 100_000_000, 76_000_000, 4_000_000),
        # 5% of 120 万 would be 6 万; the face of 100 万 caps it at 5 万, and 15 万 are topped up.
        (120_000_000, 100_000_000, 100_000_000, 5_000_000),
        # Rounded down to the fen: 5% of 812,345.67 yuan are 40,617.2835.
        (81_234_567, 100_000_000, 77_172_839, 4_061_728),
    ],
)
def test_wuxi_pays_5_percent_of_the_price_capped_by_the_face(
    price: int, face: int, spent: int, bonus: int
) -> None:
    found = terms(load("wuxi"), face, START).earning(price).part_before_bonus(price, face)
    assert (found[0], found[1].fen) == (spent, bonus)


def test_wuxi_counts_the_price_of_a_home_once_for_several_vouchers() -> None:
    policy = load("wuxi")
    second = terms(policy, 100_000_000, START).earning(80_000_000, home_earned_fen=1_000_000)
    assert second.bonus(60_000_000).fen == 3_000_000


def test_wuxi_pays_a_lapsed_face_in_cash_without_bonus_and_buys_in_its_district() -> None:
    policy = load("wuxi")
    ending = endings.lapse(policy, face_fen=100_000_000, spent_fen=0, bonus_fen=0)
    assert (ending.effect, ending.payout.fen) == ("cash", 100_000_000)
    assert policy.buys_in("liangxi", own="liangxi").allowed
    assert not policy.buys_in("binhu", own="liangxi").allowed


def test_wuxi_pays_developers_into_the_supervised_account() -> None:
    (settlement,) = load("wuxi").settlements
    assert (settlement.to, [amount.fen for amount in settlement.amounts(80_000_000)]) == (
        "escrow",
        [80_000_000],
    )


def test_guangzhou_pays_the_unused_part_in_cash_and_transfers_on_conditions() -> None:
    policy = load("guangzhou-2024")
    within = endings.leftover_payout(policy, face_fen=100_000_000, spent_fen=40_000_000, bonus_fen=0)
    after = endings.lapse(policy, face_fen=100_000_000, spent_fen=40_000_000, bonus_fen=0)
    assert (within.fen, after.effect, after.payout.fen) == (60_000_000, "cash", 60_000_000)
    assert [policy.transfers.may_again(None, done=done).allowed for done in (0, 1)] == [True, False]
    assert policy.transfers.may_take("child").allowed
    assert not policy.transfers.may_take("other").allowed
    assert not policy.transfers.is_registered(registered=False).allowed


def test_tongzhou_pays_no_bonus_and_frees_vouchers_from_the_floor_of_85_percent() -> None:
    policy = load("tongzhou")
    paid = terms(policy, 100_000_000, START).earning(60_000_000).part_before_bonus(60_000_000, 100_000_000)
    assert (paid[0], paid[1].fen) == (60_000_000, 0)
    assert policy.general_floor(100_000_000) == 85_000_000
    assert policy.price_bounds(100_000_000) == (0, 100_000_000)
    assert policy.buys_in("tongzhou", own="tongzhou").allowed
    assert not policy.buys_in("chongchuan", own="tongzhou").allowed
    assert not policy.transfers.may_again(None, done=0).allowed
    ending = endings.lapse(policy, face_fen=100_000_000, spent_fen=40_000_000, bonus_fen=0)
    assert (ending.effect, ending.payout.fen) == ("agreement", 60_000_000)


@pytest.mark.parametrize("code", ["hailing-2023", "nanjing", "wuxi", "guangzhou-2024", "tongzhou"])
def test_every_shipped_city_can_be_adopted(code: str) -> None:
    assert not_carried_out(reader.read((FILES / f"{code}.yaml").read_text(encoding="utf-8"))) == []
