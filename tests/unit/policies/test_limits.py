"""How much vouchers may pay of a price, and of their face for some kinds of stock."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.bonus import Terms
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.limits import Limit, Spent, limits_of
from app.policies.reader import read
from app.policies.tiers import BonusRule
from app.redemptions.rules import Source, fill
from app.reports import words
from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, parking, shop]")
PLAIN = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
TENTH = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def paid(step: dict) -> dict[str, int]:  # type: ignore[type-arg]
    return {one["of"]: one["fen"] for one in step["amounts"]}


def test_shops_and_parking_together_take_a_share_of_the_face_at_most() -> None:
    _, home, parking, shop, _, again = steps_of(
        HEAD + PLAIN + "limits: [{kinds: [parking, shop], share_of_face: 30%}]\n",
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 500000}",
        "buy: {home: P, voucher: A, on: 2025-04-02, price: 100000, kind: parking, beside: H}",
        "buy: {home: S, voucher: A, on: 2025-04-03, price: 400000, kind: shop}",
        "cancel: {home: S, on: 2025-04-04}",
        "buy: {home: T, voucher: A, on: 2025-04-05, price: 150000, kind: shop}",
    )
    assert paid(home)["spent"] == 50_000_000
    assert paid(parking)["spent"] == 10_000_000
    # Of 30 万 10 万 are spent: a shop of 40 万 takes 20 万, and 20 万 are topped up.
    assert (paid(shop)["spent"], paid(shop)["top_up"]) == (20_000_000, 20_000_000)
    assert [rule["code"] for rule in shop["amounts"][1]["rules"]] == ["no_bonus", "most_of_face"]
    assert paid(again)["spent"] == 15_000_000


def test_storage_and_parking_together_take_a_sum_of_each_voucher_at_most() -> None:
    head = HEAD.replace("parking", "parking, storage")
    _, _, home, parking, storage, kin = steps_of(
        head + PLAIN + "limits: [{kinds: [parking, storage], yuan: 150000}]\n",
        ISSUE,
        ISSUE.replace("voucher: A", "voucher: B"),
        "buy: {home: H, vouchers: [A, B], on: 2025-04-01, price: 1500000}",
        "buy: {home: P, voucher: A, on: 2025-04-02, price: 120000, kind: parking, beside: H}",
        "buy: {home: S, voucher: A, on: 2025-04-03, price: 50000, kind: storage, beside: H}",
        "buy: {home: T, voucher: B, on: 2025-04-03, price: 200000, kind: parking, beside: H}",
    )
    assert (paid(home)["spent"], "top_up" in paid(home)) == (50_000_000, False)
    # A is empty after the home: B pays from here on.
    assert parking["outcome"] == storage["outcome"] == "refused"
    assert (paid(kin)["spent"], paid(kin)["top_up"]) == (15_000_000, 5_000_000)
    assert kin["amounts"][0]["rules"][0]["figures"] == {"limit_fen": 15_000_000, "before_fen": 0}


def test_vouchers_pay_a_share_of_the_price_at_most_with_their_bonus() -> None:
    _, home = steps_of(
        HEAD + TENTH + "limits: [{share_of_price: 90%}]\n",
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 660000.01}",
    )
    # 90% of 660,000.01 are 594,000.00, of which a tenth on top of 540,000 is the bonus.
    assert paid(home) == {"spent": 54_000_000, "bonus": 5_400_000, "top_up": 6_600_001}
    assert home["amounts"][1]["rules"][-1]["path"] == "limits[0]"


def test_a_share_of_the_price_may_be_of_one_stage_alone() -> None:
    """期房使用房票不超过总价的 80%: where nobody knows the stage, it holds, so nothing is paid by a gap."""
    _, presale, finished, unknown = steps_of(
        HEAD + PLAIN + "limits: [{stage: presale, share_of_price: 80%}]\n",
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 300000.01, stage: presale}",
        "buy: {home: J, voucher: A, on: 2025-04-02, price: 300000.01, stage: finished}",
        "buy: {home: K, voucher: A, on: 2025-04-03, price: 100000}",
    )
    # 80% of 300,000.01 are 240,000.00, rounded down.
    assert paid(presale) == {"spent": 24_000_000, "bonus": 0, "top_up": 6_000_001}
    assert paid(finished) == {"spent": 30_000_001, "bonus": 0}
    assert paid(unknown) == {"spent": 8_000_000, "bonus": 0, "top_up": 2_000_000}
    told = words.limits(bodies.parse(HEAD + PLAIN + "limits: [{stage: presale, share_of_price: 80%}]\n"))
    assert told == ["买期房的房，房票连奖励最多付总价的 80%，其余自付。"]


@pytest.mark.parametrize(
    ("said", "idle"),
    [
        ("{stage: presale, share_of_price: 80%}, {stage: finished, share_of_price: 90%}", []),
        ("{stage: presale, share_of_price: 80%}, {share_of_price: 90%}", []),
        ("{share_of_price: 80%}, {stage: presale, share_of_price: 90%}", ["limits[1]"]),
        ("{stage: presale, share_of_price: 80%}, {stage: presale, share_of_price: 90%}", ["limits[1]"]),
    ],
)
def test_a_limit_of_a_stage_is_idle_beside_a_tighter_one_that_holds_at_it(said: str, idle: list[str]) -> None:
    assert [path for path, _reason in without_effect(read(HEAD + PLAIN + f"limits: [{said}]\n"))] == idle


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        (
            "limits: [{stage: presale, share_of_face: 9%}]",
            "limits[0].stage",
            "only means something with share_of_price",
        ),
        ("limits: [{share_of_price: 4%}]\nhold: {days: 9, least_share: 5%}", "limits[0].share", "lies below"),
        ("limits: [{share_of_price: 90%}]\ntop_up: []", "limits[0].share_of_price", "leaves a rest"),
        ("limits: [{kinds: [office], share_of_face: 9%}]", "limits[0].kinds", "names office"),
        ("limits: [{kinds: [home]}]", "limits[0]", "needs either share_of_price or share_of_face or yuan"),
        ("limits: [{yuan: 9}]\nsplits: 1", "limits[0].yuan", "must be share_of_face"),
        (
            "limits: [{share_of_price: 9%, of: household}]",
            "limits[0].of",
            "only means something with share_of",
        ),
    ],
)
def test_limits_under_which_nothing_could_be_bought_are_refused(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(HEAD + PLAIN + said + "\n")
    assert any(one.path.startswith(path) and reason in one.reason for one in found.value.problems)


@given(
    face=st.integers(0, 10**11),
    spent=st.integers(0, 10**11),
    rates=st.lists(st.integers(0, 10_000), min_size=1, max_size=3),
)
def test_what_is_left_is_the_tightest_share_less_what_was_spent(
    face: int, spent: int, rates: list[int]
) -> None:
    limits = [Limit(str(place), frozenset({"shop"}), None, bp) for place, bp in enumerate(rates)]
    found = limits_of(limits, "shop", Spent(face, {"shop": spent, "home": 10**12}))
    assert found.most_fen == max(0, min(face * bp // 10_000 for bp in rates) - spent)
    assert limits_of(limits, "home", Spent(face, {})).most_fen is None


def test_every_limit_reads_on_the_clear_sheet() -> None:
    said = (
        "limits: [{kinds: [parking, shop], yuan: 150000}, {kinds: [home], share_of_face: 60%}, "
        "{share_of_price: 90%}, {kinds: [shop], yuan: 200000, of: household}, "
        "{kinds: [parking], share_of_face: 20%, of: household}]\nsplits: 0\n"
    )
    assert words.limits(bodies.parse(HEAD + PLAIN + said)) == [
        "买车位、商铺每张房票最多用 150,000 元，其余自付。",
        "买新建商品住房最多用票面金额的 60%，其余自付。",
        "买房，房票连奖励最多付总价的 90%，其余自付。",
        "买商铺，一户名下的房票合计最多用 200,000 元，其余自付。",
        "买车位，一户名下的房票合计最多用票面总额的 20%，其余自付。",
    ]


def test_all_vouchers_of_a_household_share_a_limit() -> None:
    _, _, home, parking, shop, gone, _, after, more = steps_of(
        HEAD
        + PLAIN
        + "limits: [{kinds: [parking, shop], share_of_face: 20%, of: household}]\ntransfers: 1\nsplits: 1\n",
        ISSUE,
        ISSUE.replace("voucher: A", "voucher: B").replace("1000000", "500000"),
        "buy: {home: H, vouchers: [A, B], on: 2025-04-01, price: 1100000}",
        "buy: {home: P, voucher: B, on: 2025-04-02, price: 100000, kind: parking, beside: H}",
        "buy: {home: S, voucher: B, on: 2025-04-03, price: 400000, kind: shop}",
        "cancel: {home: S, on: 2025-04-03}",
        "transfer: {voucher: B, on: 2025-04-04, to: child}",
        "issue: {voucher: C, on: 2025-04-05, face: 200000}",
        "buy: {home: T, voucher: C, on: 2025-04-06, price: 300000, kind: shop}",
    )
    assert paid(home)["spent"] == 10_000_000
    assert paid(parking)["spent"] == 10_000_000
    # 20% of 150 万 are 30 万, 10 万 are spent: a shop of 40 万 takes 20 万.
    assert (paid(shop)["spent"], paid(shop)["top_up"]) == (20_000_000, 20_000_000)
    why = shop["amounts"][0]["rules"][0]
    assert (why["code"], why["exact_fen"]) == ("most_of_household", "30000000")
    assert why["figures"]["before_fen"] == 10_000_000
    assert (gone["outcome"], after["outcome"]) == ("done", "done")
    # What B spent is its new holder's to count: 20% of 120 万 are left.
    assert (paid(more)["spent"], paid(more)["top_up"]) == (20_000_000, 10_000_000)


def test_two_vouchers_that_pay_for_one_home_share_a_limit_there_too() -> None:
    _, _, shop = steps_of(
        HEAD + TENTH + "limits: [{kinds: [shop], yuan: 100000, of: household}]\nsplits: 1\n",
        ISSUE,
        ISSUE.replace("voucher: A", "voucher: B").replace("1000000", "70000"),
        "buy: {home: S, vouchers: [B, A], on: 2025-04-03, price: 400000, kind: shop}",
    )
    spent = {one["voucher"]: one["fen"] for one in shop["amounts"] if one["of"] == "spent"}
    assert spent == {"B": 7_000_000, "A": 3_000_000}
    assert paid(shop)["top_up"] == 40_000_000 - 11_000_000


@given(
    faces=st.lists(st.integers(1, 10**9), min_size=1, max_size=3),
    bought=st.lists(
        st.tuples(
            st.permutations(range(3)), st.sampled_from(["shop", "home", "office"]), st.integers(1, 10**9)
        ),
        max_size=5,
    ),
    limits=st.lists(
        st.tuples(st.booleans(), st.booleans(), st.integers(0, 10_000), st.integers(0, 10**9)), max_size=3
    ),
)
def test_no_order_of_vouchers_and_homes_spends_more_than_a_household_may(
    faces: list[int],
    bought: list[tuple[list[int], str, int]],
    limits: list[tuple[bool, bool, int, int]],
) -> None:
    """And no less: where something is missing of a price every voucher is empty, or a limit is reached."""
    said = [
        Limit(str(place), frozenset({"shop", "office"}), None, bp if by_share else None, fen, shared)
        for place, (by_share, shared, bp, fen) in enumerate(limits)
    ]
    known = [Counter[str]() for _ in faces]
    terms = Terms(BonusRule(), None, 0)

    def left(limit: Limit, own: int) -> int:
        counted = range(len(faces)) if limit.is_of_household else [own]
        most = limit.most_fen(sum(faces[one] for one in counted))
        assert most is not None
        return most - sum(fen for one in counted for kind, fen in known[one].items() if limit.is_of(kind))

    for order, kind, price in bought:
        paying = [one for one in order if one < len(faces)]
        whole = Spent(sum(faces), sum(known, Counter[str]()))
        plan = fill(
            price,
            [
                Source(
                    str(one),
                    faces[one] - known[one].total(),
                    None,
                    terms,
                    limits_of(said, kind, Spent(faces[one], known[one]), whole),
                    "household",
                )
                for one in paying
            ],
        )
        for one, part in zip(paying, plan.parts, strict=True):
            known[one][kind] += part.spent_fen
        holding = [limit for limit in said if limit.is_of(kind)]
        assert all(left(limit, one) >= 0 for limit in holding for one in paying)
        if plan.top_up_fen:
            for one in paying:
                is_empty = faces[one] == known[one].total()
                assert is_empty or any(left(limit, one) == 0 for limit in holding)
