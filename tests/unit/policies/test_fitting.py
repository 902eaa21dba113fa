"""How large the homes are that vouchers buy, and what a ㎡ of them may cost."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, needs
from app.policies.answers import Rule
from app.policies.entitled import Asked, asked
from app.policies.errors import PolicyFileInvalid
from app.policies.fitting import BoughtBefore, Fit, unfit
from app.policies.idle import without_effect, worth_a_look
from app.policies.reader import read
from app.policies.rules import Policy
from app.reports import words
from app.web.policies import rule_text
from app.web.trials import slip
from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, parking, shop]")
PLAIN = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
A = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
B = "issue: {voucher: B, on: 2025-03-01, face: 500000}"
areas = st.decimals("1", "999.99", places=2)


def buy(name: str, voucher: str, area: str, more: str = "") -> str:
    said = f"home: {name}, voucher: {voucher}, on: 2025-04-02, price: 100000, area: {area}{more}"
    return f"buy: {{{said}}}"


def played_under(said: str, *steps: str) -> list[dict[str, Any]]:
    return steps_of(f"{PLAIN}{said}\ntransfers: 1\nsplits: 1\n", *steps)


def outcomes(said: str, *steps: str) -> list[str]:
    found = played_under(said, *steps)
    return [step["refused_by"]["code"] if step["outcome"] == "refused" else "done" for step in found]


@pytest.mark.parametrize(
    ("said", "area", "found"),
    [
        ("{kinds: [home], area: {up_to: 144}}", "144", "done"),
        ("{kinds: [home], area: {up_to: 144}}", "144.01", "most_area"),
        ("{area: {from: 60, up_to: 144}}", "60", "done"),
        ("{area: {from: 60, up_to: 144}}", "59.99", "least_area"),
        ("{kinds: [shop], area: {up_to: 20}}", "144", "done"),
        ("{yuan_per_m2: 1000}", "100", "done"),
        ("{yuan_per_m2: 1000}", "99.99", "most_per_m2"),
        ("{total_area: 100, of: household}", "100", "done"),
        ("{total_area: 100, of: household}", "100.01", "total_area"),
    ],
)
def test_a_home_is_bought_up_to_the_figure_itself(said: str, area: str, found: str) -> None:
    assert outcomes(f"limits: [{said}]", A, buy("H", "A", area)) == ["done", found]


def test_why_a_home_is_not_bought_reads_in_words() -> None:
    for said, told in (
        ("{area: {from: 60}}", "按政策，每套至少 60 平方米，这套是 50 平方米"),
        ("{area: {up_to: 40}}", "按政策，每套最多 40 平方米，这套是 50 平方米"),
        ("{yuan_per_m2: 1999.99}", "按政策，每平方米最多 ¥1,999.99，这套超过了"),
        (
            "{total_area: 40, of: household}",
            "按政策，一户合计最多买 40 平方米，前面已经买了 0 平方米，这套是 50",
        ),
    ):
        refused = played_under(f"limits: [{said}]", A, buy("H", "A", "50"))[-1]["refused_by"]
        rule = Rule(refused["path"], refused["code"], refused["figures"])
        assert rule_text(rule).startswith(told)


def test_all_vouchers_of_a_household_buy_so_many_square_metres_together() -> None:
    said = "limits: [{kinds: [home], total_area: 150, of: household}]"
    split = "split: {voucher: A, on: 2025-04-02, into: [{voucher: C, amount: 200000}]}"
    assert outcomes(said, A, B, buy("H", "A", "100"), buy("I", "B", "50"))[-1] == "done"
    assert outcomes(said, A, B, buy("H", "A", "100"), buy("I", "B", "50.01"))[-1] == "total_area"
    assert outcomes(said, A, buy("H", "A", "100"), split, buy("I", "C", "60"))[-1] == "total_area"
    # What is given back, a space, and stock of another kind count for nothing.
    back = "cancel: {home: H, on: 2025-04-02}"
    assert outcomes(said, A, B, buy("H", "A", "100"), back, buy("I", "B", "60"))[-1] == "done"
    park, shop = buy("P", "A", "40", ", kind: parking, beside: H"), buy("S", "A", "40", ", kind: shop")
    assert outcomes(said, A, buy("H", "A", "100"), park, shop, buy("I", "A", "50")) == ["done"] * 5


def test_of_a_home_whose_area_is_not_known_nothing_is_asked() -> None:
    plain = "buy: {home: H, voucher: A, on: 2025-04-02, price: 100000}"
    assert outcomes("limits: [{area: {from: 60}}, {yuan_per_m2: 1000}]", A, plain) == ["done", "done"]


@given(area=areas, most=areas, least=areas, before=areas, price=st.integers(1, 10**10))
def test_a_home_is_bought_exactly_where_every_figure_holds(
    area: Decimal, most: Decimal, least: Decimal, before: Decimal, price: int
) -> None:
    per_m2 = 1_500_000
    fit = Fit("limits[0]", None, least, most, most + least, per_m2)
    fits = least <= area <= most and before + area <= most + least and price <= per_m2 * area
    bought = BoughtBefore((("home", before), ("parking", most + least)))
    asked = {"area_m2": area, "price_fen": price, "bought": bought}
    assert (unfit([fit], "home", **asked) is None) is fits
    assert unfit([fit], "parking", **asked) is None


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("{kinds: [home], area: {}}", "limits[0].area", "needs from or up_to"),
        ("{area: {from: 90, up_to: 60}}", "limits[0].area.from", "lies above what limits[0] lets"),
        (
            "{area: {from: 90}}, {total_area: 80, of: household}",
            "limits[0].area.from",
            "lies above what limits[1] lets a home have",
        ),
        ("{area: {up_to: 0}}", "limits[0].area.up_to", "is 0, so nothing could be bought"),
        ("{yuan_per_m2: 0}", "limits[0].yuan_per_m2", "is 0, so nothing could be bought"),
        ("{total_area: 0, of: household}", "limits[0].total_area", "is 0, so nothing could be bought"),
        ("{total_area: 200}", "limits[0].total_area", "total_area needs of: household"),
        ("{total_area: entitled}", "limits[0].total_area", "total_area needs of: household"),
        (
            "{total_area: {m2_a_head: 0}, of: household}",
            "limits[0].total_area.m2_a_head",
            "is 0, so nothing could be bought",
        ),
        (
            "{total_area: {share: 120%}, of: household}",
            "limits[0].total_area.of",
            "is missing: write old or entitled",
        ),
        (
            "{total_area: {of: old, m2_a_head: 40}, of: household}",
            "limits[0].total_area.of",
            "only means something with share or plus_m2",
        ),
        (
            "{total_area: {of: old, share: 1000%}, of: household}",
            "limits[0].total_area.share",
            "must not be above 999%",
        ),
        (
            "{total_area: {of: old, share: 0%}, of: household}",
            "limits[0].total_area.share",
            "is 0, so nothing could be bought",
        ),
        (
            "{total_area: {of: old, plus_m2: 9}}",
            "limits[0].total_area",
            "total_area needs of: household",
        ),
        (
            "{total_area: home, of: household}",
            "limits[0].total_area",
            "must be an area in ㎡ from 0 to 999999.99, such as 90 or 88.50, or old, or entitled, or",
        ),
        ("{area: {up_to: 90}, of: household}", "limits[0].of", "only means something with share_of_face"),
        ("{yuan_per_m2: 9000, of: home}", "limits[0].of", "only means something with share_of_face"),
        (
            "{kinds: [parking], total_area: 20, of: household}",
            "limits[0].kinds",
            "names parking, which is no home",
        ),
        (
            "{kinds: [office], area: {up_to: 20}}",
            "limits[0].kinds",
            "names office, which is not in usable_on",
        ),
        ("{area: {up_to: 90}, yuan: 9}", "limits[0]", "may have only share_of_price"),
    ],
)
def test_what_lets_no_home_be_bought_is_refused_in_its_line(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(f"{PLAIN}limits: [{said}]\n")
    (problem,) = [one for one in found.value.problems if one.path == path and reason in one.reason]
    assert problem.line == PLAIN.count("\n") + 1
    assert slip(problem.reason) != problem.reason


@pytest.mark.parametrize(
    ("said", "idle"),
    [
        ("{area: {up_to: 90}}, {kinds: [home], area: {up_to: 90}}", ["limits[1].area.up_to"]),
        ("{area: {up_to: 90}}, {kinds: [home], area: {up_to: 80}}", []),
        ("{kinds: [home], area: {from: 50}}, {area: {from: 60}}", ["limits[0].area.from"]),
        ("{area: {from: 0, up_to: 90}}", ["limits[0].area.from"]),
        ("{yuan_per_m2: 9000}, {yuan_per_m2: 8000}", ["limits[0].yuan_per_m2"]),
        (
            "{total_area: {m2_a_head: 40}, of: household}, {total_area: {m2_a_head: 50}, of: household}",
            ["limits[1].total_area.m2_a_head"],
        ),
        ("{total_area: 90, of: household}, {total_area: entitled, of: household}", []),
        ("{total_area: {of: old, share: 100%}, of: household}", ["limits[0].total_area.share"]),
        ("{total_area: {of: old, plus_m2: 0}, of: household}", ["limits[0].total_area.plus_m2"]),
        (
            "{total_area: {of: old, share: 120%}, of: household}, {total_area: old, of: household}",
            ["limits[0].total_area.share"],
        ),
        (
            "{total_area: {of: old, share: 120%}, of: household}, {total_area: entitled, of: household}",
            [],
        ),
        ("{kinds: [home], area: {up_to: 90}}, {kinds: [home], yuan_per_m2: 8000}, {share_of_face: 90%}", []),
    ],
)
def test_a_line_that_holds_nobody_back_is_told(said: str, idle: list[str]) -> None:
    told = without_effect(read(f"{PLAIN}limits: [{said}]\n"))
    assert [path for path, _why in told] == idle
    assert all(slip(f"has no effect: {why}") != f"has no effect: {why}" for _path, why in told)


def test_a_price_that_lacks_its_wan_is_told() -> None:
    found = dict(worth_a_look(read(f"{PLAIN}limits: [{{yuan_per_m2: 1.5}}]\n")))
    assert found["limits[0].yuan_per_m2"] == "is 1.5 yuan: did you mean 1.5万 = 15000?"


def test_which_homes_are_bought_reads_on_the_clear_sheet() -> None:
    said = (
        "limits: [{kinds: [home], area: {from: 60, up_to: 144}}, {total_area: 200, of: household},"
        " {yuan_per_m2: 15000}, {kinds: [home], share_of_face: 90%}]\n"
    )
    assert words.limits(bodies.parse(PLAIN + said)) == [
        "买新建商品住房，每套至少 60 平方米。",
        "买新建商品住房，每套最多 144 平方米。",
        "买房，一户合计最多 200 平方米。",
        "买房，单价每平方米最多 15,000 元。",
        "买新建商品住房最多用票面金额的 90%，其余自付。",
    ]


MOST = {
    "entitled": "40",
    "old": "10",
    "{m2_a_head: 40.05}": "40.15",
    "{of: entitled, share: 120%}": "64",
    "{of: old, share: 133.33%}": "39.99",
    "{of: entitled, plus_m2: 10}": "50",
}
"""What is left once 80 ㎡ are bought; 133.33% of 90 ㎡ are 119.997, rounded down."""
OF = "household: {residents: 3, old_area: 90, entitled_area: 120}\n"


@pytest.mark.parametrize(
    ("total", "code", "told"),
    [
        (
            "entitled",
            "total_of_entitled",
            "应安置面积 120 平方米，前面已经买了 80 平方米，这套是 40.01",
        ),
        ("old", "total_of_old", "不超过原房屋面积 90 平方米，前面已经买了 80 平方米，这套是 10.01"),
        (
            "{m2_a_head: 40.05}",
            "total_of_residents",
            "安置人口 3 人、每人 40.05 平方米，一共 120.15 平方米，前面已经买了 80 平方米，这套是 40.16",
        ),
        (
            "{of: entitled, share: 120%}",
            "total_by_share",
            "应安置面积 120 平方米的 120%，也就是 144.00 平方米，前面已经买了 80 平方米，这套是 64.01",
        ),
        (
            "{of: old, share: 133.33%}",
            "total_by_share",
            "原房屋面积 90 平方米的 133.33%，也就是 119.99 平方米，前面已经买了 80 平方米，这套是 40.00",
        ),
        (
            "{of: entitled, plus_m2: 10}",
            "total_with_more",
            "应安置面积 120 平方米加 10 平方米，也就是 130 平方米，前面已经买了 80 平方米，这套是 50.01",
        ),
    ],
)
def test_a_total_may_be_what_agreements_say(total: str, code: str, told: str) -> None:
    most = MOST[total]
    policy = f"{PLAIN}limits: [{{kinds: [home], total_area: {total}, of: household}}]\ntransfers: 1\n"
    steps = (A, B, buy("H", "A", "80"))
    *_, last = steps_of(policy, *steps, buy("I", "B", most), household=OF)
    assert last["outcome"] == "done"
    more = str(Decimal(most) + Decimal("0.01"))
    *_, last = steps_of(policy, *steps, buy("I", "B", more), household=OF)
    refused = last["refused_by"]
    assert refused["code"] == code
    assert told in rule_text(Rule(refused["path"], code, refused["figures"]))
    # What was bought with a voucher of these agreements counts, whoever holds it by then.
    given = "transfer: {voucher: A, on: 2025-04-02, to: child}"
    *_, last = steps_of(policy, A, B, given, buy("H", "A", "80"), buy("I", "B", more), household=OF)
    assert last["outcome"] == "refused"


def test_what_a_total_asks_of_agreements_and_counts() -> None:
    def of(total: str) -> Policy:
        return bodies.parse(f"{PLAIN}limits: [{{total_area: {total}, of: household}}]\n")

    assert asked(of("entitled")) == Asked(m2=True, residents=False)
    assert asked(of("{m2_a_head: 40}")) == Asked(m2=False, residents=True)
    assert asked(of("150")) == asked(of("old")) == Asked(m2=False, residents=False)
    assert [needs.counts_agreements(of(one)) for one in ("150", "old", "entitled")] == [False, True, True]
    assert [needs.asks_old_area(of(one)) for one in ("150", "old", "entitled")] == [False, True, False]
    assert asked(of("{of: entitled, plus_m2: 10}")) == Asked(m2=True, residents=False)
    assert needs.counts_agreements(of("{of: old, share: 120%}"))
    assert needs.asks_old_area(of("{of: old, share: 120%}"))
    assert [words.limits(of(one)) for one in ("{of: old, share: 120%}", "{of: entitled, plus_m2: 10}")] == [
        ["买房，一户合计不超过原房屋面积的 120%。"],
        ["买房，一户合计不超过应安置面积加 10 平方米。"],
    ]
    assert all(needs.depends_on_past(of(one)) for one in ("150", "old", "{m2_a_head: 40}"))
    assert [words.limits(of(one)) for one in ("old", "entitled", "{m2_a_head: 40}")] == [
        ["买房，一户合计不超过原房屋面积。"],
        ["买房，一户合计不超过应安置面积。"],
        ["买房，一户合计不超过安置人口每人 40 平方米。"],
    ]


def test_so_many_square_metres_a_head_that_they_may_be_a_slip_are_told() -> None:
    text = f"{PLAIN}limits: [{{total_area: {{m2_a_head: 400}}, of: household}}]\n"
    assert dict(worth_a_look(read(text)))["limits[0].total_area.m2_a_head"] == (
        "is 400 ㎡ a head: is it so much?"
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("share: 12%", "is 12% of an area: is it meant so?"),
        ("share: 400%", "is 400% of an area: is it meant so?"),
        ("plus_m2: 1000", "is 1000 ㎡ more: is it so much?"),
        ("share: 50%", None),
        ("share: 300%", None),
        ("plus_m2: 200", None),
    ],
)
def test_an_odd_share_of_an_area_is_told(said: str, told: str | None) -> None:
    text = f"{PLAIN}limits: [{{total_area: {{of: entitled, {said}}}, of: household}}]\n"
    found = [why for path, why in worth_a_look(read(text)) if path.startswith("limits")]
    assert found == ([told] if told else [])
    assert all(slip(why) != why for why in found)
