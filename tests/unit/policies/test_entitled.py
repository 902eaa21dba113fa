"""What a household is entitled to, ㎡ and people: a bonus, an addition and limits by it."""

from app.policies import bodies
from app.policies.entitled import Asked, asked
from app.reports.simulation import output, scenario
from app.reports.simulation.run import play

POLICY = """
schema: 4
code: a
title: 甲
source: 乙
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
face: [{yuan_per_entitled_m2: 100.01}]
bonus:
  - {base: entitled_area, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, yuan_per_m2: 300}]}
  - base: home_area
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, yuan_per_m2: 500, caps: [{of: home, yuan_per_entitled_m2: 400}]}]
    caps: [{of: household, yuan_per_entitled_m2: 500}]
"""
TOLD = """
scenario: 1
household: {old_area: 60, entitled_area: 90.55}
steps:
  - issue: {voucher: A, on: 2025-03-01, compensation: 900000}
  - buy: {home: H1, voucher: A, on: 2025-04-01, price: 500000, area: 70}
  - buy: {home: H2, voucher: A, on: 2025-04-02, price: 300000, area: 100}
"""


def test_what_depends_on_the_entitled_area_comes_to_its_figures() -> None:
    policy = bodies.parse(POLICY)
    issue, first, second = output.as_json(policy, play(policy, scenario.read(TOLD)))["steps"]
    # 90.55 x 100.01 = 9,055.9055 yuan.
    assert [one["fen"] for one in issue["amounts"]] == [905_590, 90_905_590]
    assert issue["amounts"][0]["rules"][0]["exact_fen"] == "905590.55"
    # Once a household 90.55 x 300 = 27,165; for the first home 70 x 500 = 35,000, within 90.55 x 400.
    # For the second 45,275 - 35,000 = 10,275 are left of 90.55 x 500.
    assert [{one["of"]: one["fen"] for one in step["amounts"] if one["fen"]} for step in (first, second)] == [
        {"spent": 43_783_500, "bonus": 6_216_500, "bonus bonus[0]": 2_716_500, "bonus bonus[1]": 3_500_000},
        {"spent": 28_972_500, "bonus": 1_027_500, "bonus bonus[1]": 1_027_500},
    ]


PEOPLE = """
schema: 4
code: a
title: 甲
source: 乙
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
face: [{yuan_per_resident: 20000, most_yuan: 50000}]
bonus:
  - {base: residents, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, yuan_per_resident: 8000}]}
  - base: price
    paid: cash
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, rate: 3%}]
    caps: [{of: household, yuan_per_resident: 3000}]
"""


def test_what_depends_on_the_residents_comes_to_its_figures() -> None:
    policy = bodies.parse(PEOPLE)
    told = """
scenario: 1
household: {residents: 3}
steps:
  - issue: {voucher: A, on: 2025-03-01, compensation: 500000}
  - issue: {voucher: B, on: 2025-03-01, compensation: 100000, residents: 1}
  - buy: {home: H1, voucher: A, on: 2025-04-01, price: 250000}
  - buy: {home: H2, voucher: B, on: 2025-04-02, price: 200000}
"""
    first, second, *bought = output.as_json(policy, play(policy, scenario.read(told)))["steps"]
    # The first agreement counts the household's three, 6 万, of which 5 万 may be added; the second says one.
    assert [one["fen"] for one in first["amounts"]] == [5_000_000, 55_000_000]
    assert [one["fen"] for one in second["amounts"]] == [2_000_000, 12_000_000]
    # Four people earn 3.2 万 once. 3% of 25 万 are 7,500, of 20 万 6,000, of which 4,500 are left of 1.2 万.
    assert [{one["of"]: one["fen"] for one in step["amounts"] if one["fen"]} for step in bought] == [
        {"spent": 21_800_000, "bonus": 3_200_000, "bonus in cash": 750_000},
        {"spent": 12_000_000, "bonus in cash": 450_000, "top_up": 8_000_000},
    ]


def test_agreements_are_asked_for_what_a_policy_reckons_by() -> None:
    assert asked(bodies.parse(POLICY)) == Asked(m2=True, residents=False)
    assert asked(bodies.parse(PEOPLE)) == Asked(m2=False, residents=True)
    assert not asked(bodies.parse(PEOPLE.replace("yuan_per_resident", "yuan").replace("residents", "fixed")))
