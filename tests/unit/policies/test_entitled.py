"""The area to which a household is entitled: a bonus, an addition and limits by it; played, not adopted."""

from app.policies import bodies, reader
from app.policies.adoption import not_carried_out
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


def test_a_district_cannot_adopt_it_while_agreements_do_not_say_that_area() -> None:
    assert not_carried_out(reader.read(POLICY)) == [
        "face[0].yuan_per_entitled_m2",
        "bonus[0].base",
        "bonus[1].caps[0].yuan_per_entitled_m2",
        "bonus[1].tiers[0].caps[0].yuan_per_entitled_m2",
    ]
