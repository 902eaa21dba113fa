"""Developments beside districts, where a policy or one of its bonuses says where homes stand."""

import pytest

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.reports import words
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
ONE, OTHER = "DV-7K2M9-QX4HT", "DV-3BW8R-D2XY4"
LISTED = f"areas: [own, {ONE}]\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def test_a_voucher_buys_in_the_districts_and_developments_that_are_listed() -> None:
    """本区房源和东湖区的以下楼盘."""
    policy = bodies.parse(HEAD + NONE + LISTED)
    assert policy.buys_in("yunxi", own="yunxi", development=OTHER).allowed
    assert policy.buys_in("donghu", own="yunxi", development=ONE).allowed
    refused = policy.buys_in("donghu", own="yunxi", development=OTHER)
    assert (refused.allowed, refused.rule.path) == (False, "areas")
    assert refused.rule.figures == {"district": "donghu", "development": OTHER, "listed": f"{ONE}, yunxi"}
    assert not policy.buys_in("donghu", own="yunxi").allowed, "a development that nobody knows is not listed"


def test_a_scenario_says_in_which_development_a_home_stands() -> None:
    bonus = f"bonus: {{base: spent, paid: cash, fixed_by: lock, areas: [{ONE}], tiers: "
    bonus += "[{from_month: 1, to_month: 12, rate: 10%}]}\n"
    buy = "buy: {home: %s, voucher: A, on: 2025-04-01, price: 100000, district: donghu, development: %s}"
    _, there, elsewhere = steps_of(HEAD + bonus, ISSUE, buy % ("H", ONE), buy % ("I", OTHER))
    cash = [
        next(one["fen"] for one in step["amounts"] if one["of"] == "bonus in cash")
        for step in (there, elsewhere)
    ]
    assert cash == [1_000_000, 0]
    _, there, elsewhere = steps_of(HEAD + NONE + LISTED, ISSUE, buy % ("H", ONE), buy % ("I", OTHER))
    assert "refused_by" not in there
    assert elsewhere["refused_by"]["code"] == "areas"


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (
            "areas: [dv-7k2m9-QX4HT]\n",
            "areas[0]",
            "must be written as DV-7K2M9-QX4HT",
        ),
        ("areas: [云溪花园]\n", "areas[0]", "must be a district's code, or the reference of a development"),
        (f"areas: [any, {ONE}]\n", "areas", "must be any by itself, or a list of districts and developments"),
        (f"areas: [{ONE}, {ONE}]\n", "areas[1]", "stands here twice"),
    ],
)
def test_slips_are_named(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + NONE + said)
    assert [(one.path, one.reason) for one in found.value.problems] == [(path, reason)]


def test_papers_say_that_developments_are_listed() -> None:
    told = words.area_of_use(bodies.parse(HEAD + NONE + LISTED), "云溪区")
    assert told == "政策列明的楼盘和各区的入库房源"
    assert words.area_of_use(bodies.parse(HEAD + NONE + "areas: [own, donghu]\n"), "云溪区").startswith(
        "云溪区等"
    )
