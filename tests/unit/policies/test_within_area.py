"""A share of the price for the ㎡ within an entitlement only: 应安置面积以内部分按房款的 10% 补贴."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bonus import Terms
from app.policies.entitled import Asked, asked
from app.policies.errors import PolicyFileInvalid
from app.policies.past import Past
from app.policies.reader import read
from app.policies.schema import json_schema
from app.policies.spans import Span
from app.policies.tiers import Entitled
from app.reports.words import span_worth
from tests.unit.policies.played import HEAD, steps_of

ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 2000000}"
HOUSEHOLD = "household: {residents: 2, old_area: 70, entitled_area: 80}\n"


MEANT = "is '80', must be old or entitled, or a mapping of m2_a_head, m2, of"


def file(within: str, more: str = "base: price, ", tier: str = "rate: 10%") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, {tier}}}]"
    return HEAD + f"bonus: {{{more}fixed_by: lock, within_area: {within}, tiers: {tiers}}}\n"


def bonuses(policy: str, *told: str) -> list[int]:
    """Return all bonus of each purchase, in fen."""
    steps = [one for one in steps_of(policy, ISSUE, *told, household=HOUSEHOLD) if one["act"] == "buy"]
    return [sum(line["fen"] for line in one["amounts"] if line["of"].startswith("bonus")) for one in steps]


def buy(home: str, price: int, area: float, more: str = "") -> str:
    return f"buy: {{home: {home}, voucher: A, on: 2025-04-01, price: {price}, area: {area}{more}}}"


def test_only_the_area_within_the_entitlement_earns_once_a_household() -> None:
    # 80 of 100 ㎡: 10% of 80 万. Then nothing is left of the 80 ㎡.
    assert bonuses(file("entitled"), buy("H1", 1_000_000, 100), buy("H2", 500_000, 50)) == [8_000_000, 0]
    # 50 ㎡ whole, then 30 of 60 ㎡: half of 6 万.
    assert bonuses(file("entitled"), buy("H1", 500_000, 50), buy("H2", 600_000, 60)) == [5_000_000, 3_000_000]


def test_the_old_area_and_so_many_a_head_limit_it_too() -> None:
    assert bonuses(file("old"), buy("H1", 1_000_000, 100)) == [7_000_000]
    cash = file("{m2_a_head: 30}", "base: price, paid: cash, ")
    assert bonuses(cash, buy("H1", 900_000, 90)) == [6_000_000]
    assert asked(bodies.parse(cash)) == Asked(m2=False, residents=True)
    assert asked(bodies.parse(file("entitled"))) == Asked(m2=True, residents=False)


def test_a_fixed_figure_is_once_a_household_unless_it_is_of_each_home() -> None:
    homes = (buy("H1", 1_000_000, 100), buy("H2", 600_000, 60), buy("H3", 500_000, 50))
    # 144 ㎡: all of 100 ㎡ and 44 of 60 ㎡, then none: 10 万, 10% of 44 万.
    assert bonuses(file("{m2: 144}"), *homes) == [10_000_000, 4_400_000, 0]
    assert bonuses(file("{m2: 144, of: household}"), *homes) == [10_000_000, 4_400_000, 0]
    # 55 ㎡ of each: 55 万 of 100 万, 55 万 of 60 万, all of 50 万.
    assert bonuses(file("{m2: 55, of: home}"), *homes) == [5_500_000, 5_500_000, 5_000_000]
    assert asked(bodies.parse(file("{m2: 144}"))) == Asked(m2=False, residents=False)


def test_it_may_be_of_what_is_spent() -> None:
    # 8% of what is spent: 100 万 and 8 万.
    assert bonuses(file("entitled", "base: spent, "), buy("H1", 1_080_000, 100)) == [8_000_000]


def test_what_is_given_back_is_free_again_and_other_stock_uses_nothing_up() -> None:
    told = (buy("H1", 500_000, 50), "cancel: {home: H1, on: 2025-04-01}", buy("H2", 800_000, 80))
    assert bonuses(file("entitled"), *told)[1] == 8_000_000
    shops = file("entitled", tier="rate: 10%, kinds: [home]").replace(
        "[home]\nbuyers", "[home, shop]\nbuyers"
    )
    assert bonuses(shops, buy("S", 500_000, 50, ", kind: shop"), buy("H", 800_000, 80)) == [0, 8_000_000]
    every = shops.replace(", kinds: [home]}", "}")
    assert bonuses(every, buy("S", 500_000, 50, ", kind: shop"), buy("H", 800_000, 80)) == [
        5_000_000,
        3_000_000,
    ]


def test_a_space_neither_earns_nor_uses_anything_up() -> None:
    parking = file("entitled").replace("[home]\nbuyers", "[home, parking]\nbuyers")
    told = (buy("H1", 500_000, 50), buy("P", 100_000, 12, ", kind: parking, beside: H1"))
    assert bonuses(parking, *told, buy("H2", 600_000, 60)) == [5_000_000, 0, 3_000_000]


def test_the_explanation_tells_the_areas_and_the_exact_sum() -> None:
    policy = file("entitled", "base: price, without_vat: 9%, paid: cash, ", "rate: 1.5%")
    _, home = steps_of(policy, ISSUE, buy("H1", 800_000, 96.5), household=HOUSEHOLD)
    (told,) = home["amounts"][2]["rules"]
    # 733,944.95 x 1.5% x 80 / 96.5
    assert (told["code"], home["amounts"][2]["fen"]) == ("net_price_inside", 912_677)
    figures = {name: told["figures"][name] for name in ("inside_m2", "home_area_m2", "most_m2", "used_m2")}
    assert figures == {"inside_m2": "80", "home_area_m2": "96.5", "most_m2": "80", "used_m2": "0"}
    assert told["exact_fen"].startswith("912677.")


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (file("entitled", "base: face, "), "only means something with base: price, or spent"),
        (
            file("entitled", tier="slices: [{above: 0, rate: 5%}]"),
            "goes by one rate, or by steps, and a tier has brackets or slices",
        ),
        (file("home"), "is 'home', must be old or entitled, or a mapping of m2_a_head, m2, of"),
        (
            file("80"),
            f"{MEANT}; ㎡ a head are m2_a_head, so many ㎡ are m2, a home of so many ㎡ is home_area",
        ),
        (file("{m2: 50, m2_a_head: 50}"), "may have only m2_a_head or m2"),
        (file("{of: home}"), "needs either m2_a_head or m2"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_line(policy: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(policy)
    assert [(one.line, one.path, one.reason) for one in raised.value.problems] == [
        (8, "bonus.within_area", reason)
    ]


def test_whose_a_figure_is_stands_only_beside_it() -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(file("{m2_a_head: 50, of: home}"))
    (one,) = raised.value.problems
    assert (one.path, one.reason) == ("bonus.within_area.of", "only means something with m2")
    assert json_schema()["properties"]["bonus"]["anyOf"][0]["properties"]["within_area"]["anyOf"][1][
        "dependentRequired"
    ] == {"of": ["m2"]}


@pytest.mark.parametrize(
    ("within", "told"),
    [
        ("old", "只算原房屋面积"),
        ("entitled", "只算应安置面积"),
        ("{m2_a_head: 50}", "只算安置人口每人 50 平方米"),
        ("{m2: 144}", "每户只算 144 平方米"),
        ("{m2: 144, of: home}", "每套房只算 144 平方米"),
    ],
)
def test_it_reads_in_words(within: str, told: str) -> None:
    (rule,) = bodies.parse(file(within)).bonuses
    (tier,) = rule.tiers_of(date(2025, 1, 1))
    said = span_worth(Span(date(2025, 1, 1), date(2026, 1, 1), ((rule, tier),)))
    assert said == f"房价的 10%，{told}以内的部分"


areas = st.integers(1, 30_000).map(lambda hundredths: Decimal(hundredths) / 100)


@given(
    price=st.integers(1, 10**9),
    rate=st.integers(0, 10_000),
    entitled=areas,
    homes=st.lists(areas, min_size=1, max_size=4),
)
def test_homes_together_earn_no_more_than_the_area_and_each_to_the_fen(
    price: int, rate: int, entitled: Decimal, homes: list[Decimal]
) -> None:
    (rule,) = bodies.parse(file("entitled", tier=f"rate: {rate / 100:g}%")).bonuses
    (tier,) = rule.tiers_of(date(2025, 1, 1))
    bought, inside = Decimal(0), Fraction(0)
    for area in homes:
        past = Past(household_m2=(("home", bought),) if bought else ())
        terms = Terms(rule, tier, 10**12, past=past, home_area_m2=area, entitled=Entitled(entitled, 1))
        earned = terms.earning(price).bonus(10**12).fen
        part = Fraction(max(Decimal(0), min(area, entitled - bought)))
        assert earned == floor(Fraction(price * rate, 10_000) * part / Fraction(area))
        bought, inside = bought + area, inside + part
    assert inside == min(Fraction(entitled), sum(map(Fraction, homes)))
