"""How much vouchers may pay of a price, and of their face for some kinds of stock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.limits import Limit, limits_of
from app.policies.reader import read
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


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("limits: [{share_of_price: 4%}]\nhold: {days: 9, least_share: 5%}", "limits[0].share", "lies below"),
        ("limits: [{share_of_price: 90%}]\ntop_up: []", "limits[0].share_of_price", "leaves a rest"),
        ("limits: [{kinds: [office], share_of_face: 9%}]", "limits[0].kinds", "names office"),
        ("limits: [{kinds: [home]}]", "limits[0]", "needs either share_of_price or share_of_face or yuan"),
        ("limits: [{yuan: 9}]\nsplits: 1", "limits[0].yuan", "must be share_of_face"),
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
    found = limits_of(limits, "shop", face_fen=face, spent={"shop": spent, "home": 10**12})
    assert found.most_fen == max(0, min(face * bp // 10_000 for bp in rates) - spent)
    assert limits_of(limits, "home", face_fen=face, spent={}).most_fen is None


def test_every_limit_reads_on_the_clear_sheet() -> None:
    said = (
        "limits: [{kinds: [parking, shop], yuan: 150000}, {kinds: [home], share_of_face: 60%}, "
        "{share_of_price: 90%}]\n"
    )
    assert words.limits(bodies.parse(HEAD + PLAIN + said)) == [
        "买车位、商铺每张房票最多用 150,000 元，其余自付。",
        "买新建商品住房最多用票面金额的 60%，其余自付。",
        "买房，房票连奖励最多付总价的 90%，其余自付。",
    ]
