"""No voucher pays for a shop before a home, or before a part of its face went to homes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.limits import After, Limit, Spent, limits_of
from app.policies.reach import Reach
from app.policies.reader import read
from app.reports import words
from app.web.trials import slip
from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, apartment, parking, shop]")
PLAIN = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
SECOND = "issue: {voucher: B, on: 2025-03-01, face: 500000}"


def buy(name: str, voucher: str, price: int, more: str = "") -> str:
    return f"buy: {{home: {name}, voucher: {voucher}, on: 2025-04-01, price: {price}{more}}}"


def shop(name: str, voucher: str, price: int) -> str:
    return buy(name, voucher, price, ", kind: shop")


def outcomes(limits: str, *steps: str) -> list[str]:
    found = steps_of(f"{PLAIN}limits: {limits}\ntransfers: 1\nsplits: 1\n", *steps)
    return [step["refused_by"]["code"] if step["outcome"] == "refused" else "done" for step in found]


def test_a_shop_waits_for_a_home() -> None:
    first = "[{kinds: [shop], after: {kinds: [home, apartment]}}]"
    steps = (ISSUE, shop("S", "A", 90_000), buy("H", "A", 1), shop("T", "A", 90_000))
    assert outcomes(first, *steps) == ["done", "only_after", "done", "done"]
    # What is given up was never bought.
    gone = (ISSUE, buy("H", "A", 1), "cancel: {home: H, on: 2025-04-01}", shop("S", "A", 90_000))
    assert outcomes(first, *gone) == ["done", "done", "done", "only_after"]


@pytest.mark.parametrize(
    ("word", "edge", "told"), [("spent_from", 599_999.99, 600_000), ("spent_above", 600_000, 600_000.01)]
)
def test_a_shop_waits_for_a_part_of_the_face(word: str, edge: float, told: float) -> None:
    first = f"[{{kinds: [shop], after: {{kinds: [home], {word}: 60%}}}}]"
    policy = f"{PLAIN}limits: {first}\n"
    _, home, early, cent, late = steps_of(
        policy,
        ISSUE,
        buy("H", "A", edge),
        shop("S", "A", 90_000),
        buy("I", "A", 0.01),
        shop("T", "A", 90_000),
    )
    assert [one["outcome"] for one in (home, cent, late)] == ["done"] * 3
    rule = early["refused_by"]
    assert (rule["path"], rule["code"]) == ("limits[0]", "only_after")
    assert rule["figures"] == {
        "kinds": "home",
        "spent_fen": round(edge * 100),
        "least_fen": round(told * 100),
        "of": "voucher",
    }


def test_each_voucher_waits_by_itself_or_all_of_a_household_together() -> None:
    own = "[{kinds: [shop], after: {kinds: [home], spent_from: 60%}}]"
    together = own.replace("}}]", "}, of: household}]")
    steps = (ISSUE, SECOND, buy("H", "A", 900_000), shop("S", "B", 90_000))
    assert outcomes(own, *steps) == ["done", "done", "done", "only_after"]
    assert outcomes(together, *steps) == ["done"] * 4  # 90 万 of 150 万
    less = (ISSUE, SECOND, buy("H", "A", 899_999), shop("S", "A", 90_000))
    assert outcomes(own, *less) == ["done"] * 4
    assert outcomes(together, *less) == ["done", "done", "done", "only_after"]


def test_what_is_split_off_waits_anew_and_a_household_does_not() -> None:
    own = "[{kinds: [shop], after: {kinds: [home], spent_from: 50%}}]"
    together = own.replace("}}]", "}, of: household}]")
    split = "split: {voucher: A, on: 2025-04-01, into: [{voucher: C, amount: 200000}]}"
    steps = (ISSUE, buy("H", "A", 600_000), split, shop("S", "C", 90_000), shop("T", "A", 90_000))
    assert outcomes(own, *steps) == ["done", "done", "done", "only_after", "done"]
    assert outcomes(together, *steps) == ["done"] * 5


def test_of_two_vouchers_the_one_that_may_pays_for_the_shop_alone() -> None:
    policy = f"{PLAIN}limits: [{{kinds: [shop], after: {{kinds: [home]}}}}]\n"
    steps = (ISSUE, SECOND, buy("H", "A", 400_000))
    *_, both = steps_of(
        policy,
        *steps,
        "buy: {home: S, vouchers: [B, A], on: 2025-04-02, price: 700000, kind: shop}",
    )
    spent = {one["voucher"]: one["fen"] for one in both["amounts"] if one["of"] == "spent"}
    assert spent == {"B": 0, "A": 60_000_000}
    assert next(one["fen"] for one in both["amounts"] if one["of"] == "top_up") == 10_000_000
    assert both["amounts"][0]["rules"][0]["code"] == "only_after"


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("[{after: {kinds: [home]}}]", "limits[0].kinds", "is missing: after holds for certain kinds"),
        ("[{kinds: [shop], after: {kinds: []}}]", "limits[0].after.kinds", "needs at least 1"),
        ("[{kinds: [shop], after: {kinds: [office]}}]", "limits[0].after.kinds", "names office, which"),
        (
            "[{kinds: [shop], after: {kinds: [home], spent_from: 0%}}]",
            "limits[0].after.spent_from",
            "must be above 0%: nothing would wait",
        ),
        (
            "[{kinds: [shop], after: {kinds: [home], spent_above: 100%}}]",
            "limits[0].after.spent_above",
            "must be below 100%: no more",
        ),
        (
            "[{kinds: [shop], after: {kinds: [home], spent_from: 5%, spent_above: 9%}}]",
            "limits[0].after.spent_above",
            "may have only spent_from or spent_above",
        ),
        (
            "[{kinds: [shop], after: {kinds: [home], spent_from: 100%}}]",
            "limits[0].after.spent_from",
            "must be below 100%: nothing would be left",
        ),
        ("[{kinds: [shop], after: {kinds: [shop]}}]", "limits[0].after", "lets shop wait for what waits"),
        (
            "[{kinds: [shop], after: {kinds: [parking]}}, {kinds: [parking], after: {kinds: [shop]}}]",
            "limits[1].after",
            "lets parking wait for what waits for it",
        ),
        (
            "[{kinds: [shop], after: {kinds: [home], spent_from: 60%}}, {share_of_face: 50%}]",
            "limits[0].after",
            "asks for more than limits[1] lets be spent",
        ),
        (
            "[{kinds: [shop], share_of_face: 30%, after: {kinds: [home]}}]",
            "limits[0]",
            "may have only share_of_price or share_of_face or yuan or number or after",
        ),
    ],
)
def test_what_could_never_be_bought_is_refused_in_its_line(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(f"{PLAIN}limits: {said}\n")
    (problem,) = [one for one in found.value.problems if one.path == path and reason in one.reason]
    assert problem.line == PLAIN.count("\n") + 1
    assert slip(problem.reason) != problem.reason


def test_waiting_for_what_stands_before_the_limit_is_taken() -> None:
    read(
        f"{PLAIN}limits: [{{kinds: [parking], after: {{kinds: [shop]}}}}, "
        "{kinds: [shop], after: {kinds: [home]}}, {kinds: [home], share_of_face: 50%},"
        " {kinds: [apartment], after: {kinds: [home], spent_from: 50%}}]\n"
    )


def test_a_space_that_waits_for_any_home_waits_for_nothing() -> None:
    said = "limits: [{kinds: [parking], after: {kinds: [home, apartment, shop]}}]\n"
    assert [path for path, _why in without_effect(read(PLAIN + said))] == ["limits[0].after"]
    assert without_effect(read(PLAIN + said.replace("home, ", ""))) == []


def test_what_must_be_bought_first_reads_on_the_clear_sheet() -> None:
    said = (
        "limits: [{kinds: [shop], after: {kinds: [home, apartment]}}, "
        "{kinds: [shop], after: {kinds: [home], spent_from: 60%}}, "
        "{kinds: [parking], after: {kinds: [home], spent_above: 60%}, of: household}]\n"
    )
    assert words.limits(bodies.parse(PLAIN + said)) == [
        "要先用房票买新建商品住房、公寓，才能买商铺。",
        "买新建商品住房用满票面金额的 60% 以后，才能买商铺。",
        "一户名下的房票合计，买新建商品住房用超过票面总额的 60% 以后，才能买车位。",
    ]


@given(
    face=st.integers(0, 10**11),
    spent=st.integers(0, 10**11),
    bp=st.integers(1, 10_000),
    is_above=st.booleans(),
)
def test_a_shop_is_paid_for_exactly_once_the_part_is_reached(
    face: int, spent: int, bp: int, is_above: bool
) -> None:
    limit = Limit(
        "limits[0]", frozenset({"shop"}), None, None, after=After(frozenset({"home"}), Reach(bp, is_above))
    )
    found = limits_of([limit], "shop", Spent(face, {"home": spent, "shop": 10**12}))
    reached = spent * 10_000 > bp * face if is_above else spent * 10_000 >= bp * face
    assert (found.most_fen, found.shut is None) == ((None, True) if reached else (0, False))
    assert limits_of([limit], "home", Spent(face, {})).most_fen is None
