"""Rates by the size of a sum: of the whole, or of each slice; and bonuses for vouchers of some faces only."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.brackets import Brackets
from app.policies.errors import PolicyFileInvalid
from tests.unit.policies.played import HEAD, steps_of

SIZES = "[{above: 0, rate: 10%}, {above: 500000, rate: 8%}, {above: 1000000, rate: 5%}]"
RISING = "[{above: 0, rate: 5%}, {above: 300000, rate: 8%}]"


def bonus(base: str, worth: str, more: str = "") -> str:
    return (
        f"bonus: {{base: {base}, fixed_by: lock, {more} tiers: [{{from_month: 1, to_month: 12, {worth}}}]}}\n"
    )


def played(policy: str, *steps: str, face: str = "face: 1200000") -> list[dict[str, int]]:
    """Return what each step comes to, in fen."""
    told = [f"issue: {{voucher: A, on: 2025-03-01, {face}}}"]
    told += [f"buy: {{home: H{place}, voucher: A, {step}}}" for place, step in enumerate(steps)]
    return [{one["of"]: one["fen"] for one in step["amounts"]} for step in steps_of(HEAD + policy, *told)]


def test_each_slice_of_the_face_has_its_rate() -> None:
    # 50 万 x 10% + 50 万 x 8% + 20 万 x 5% are 10 万, a quarter of the price.
    _, bought = played(bonus("face", f"slices: {SIZES}"), "on: 2025-04-01, price: 400000")
    assert bought == {"spent": 30_000_000, "bonus": 10_000_000}


def test_the_whole_face_has_the_rate_of_its_size() -> None:
    # 120 万 lie above 100 万: 5% of all are 6 万. Exactly 100 万 still have 8%.
    _, bought = played(bonus("face", f"brackets: {SIZES}"), "on: 2025-04-01, price: 400000")
    assert bought == {"spent": 34_000_000, "bonus": 6_000_000}
    _, bought = played(
        bonus("face", f"brackets: {SIZES}"), "on: 2025-04-01, price: 400000", face="face: 1000000"
    )
    assert bought == {"spent": 32_000_000, "bonus": 8_000_000}


def test_slices_of_what_is_spent_in_all_go_on_where_the_purchase_before_ended() -> None:
    first, second = played(
        bonus("spent_total", f"slices: {RISING}"),
        "on: 2025-04-01, price: 210000",
        "on: 2025-04-02, price: 420000",
    )[1:]
    # 20 万 x 5% = 1 万. In all s: 1.5 万 + 8% x (s - 30 万) less 1 万; 20 万 + x pay 42 万 with it:
    # x + 0.5 万 + 8% x (x - 10 万) = 42 万, so x = 42.3 万 / 1.08 = 391,666.67.
    assert first == {"spent": 20_000_000, "bonus": 1_000_000}
    assert second == {"spent": 39_166_667, "bonus": 2_833_333}


def test_an_addition_to_the_face_goes_by_size() -> None:
    said = "face: [{slices: [{above: 0, rate: 10%}, {above: 500000.50, rate: 3.33%}], parts: [home]}]\n"
    said += "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
    (issued,) = played(said, face="compensation: {home: 600000.01, moving: 3000}")
    # 50,000.05 + 99,999.51 x 3.33% = 3,329.983683: together 53,330.033683.
    assert issued == {"face_addition": 5_333_003, "face": 60_300_001 + 5_333_003}


@pytest.mark.parametrize(
    ("face", "fen"), [("face: 500000", 5_000_000), ("face: 500000.01", 4_000_000), ("face: 800000.01", 0)]
)
def test_a_bonus_may_be_for_vouchers_of_some_faces_only(face: str, fen: int) -> None:
    small = "base: spent, fixed_by: lock, face_size: {up_to: 500000}"
    large = "base: spent, fixed_by: lock, face_size: {above: 500000, up_to: 800000}"
    tier = "tiers: [{from_month: 1, to_month: 12, rate: RATE}]"
    said = f"bonus: [{{{small}, {tier}}}, {{{large}, {tier}}}]\n".replace("RATE", "12.5%", 1)
    _, bought = played(said.replace("RATE", "10%"), "on: 2025-04-01, price: 450000, most: 400000", face=face)
    assert bought["bonus"] == fen


rows = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10_000)), max_size=4).map(
    lambda drawn: ((0, 700), *sorted({above: (above, rate) for above, rate in drawn}.values()))
)


@given(rows=rows, amount_fen=st.integers(0, 2 * 10**9), more=st.integers(0, 10**6))
def test_slices_are_the_sum_of_their_parts_and_never_fall(
    rows: tuple[tuple[int, int], ...], amount_fen: int, more: int
) -> None:
    sliced = Brackets(rows, True, "x")
    ends = [above for above, _rate in rows[1:]] + [amount_fen]
    exact = sum(
        Fraction(max(0, min(end, amount_fen) - above) * rate, 10_000)
        for (above, rate), end in zip(rows, ends, strict=True)
    )
    assert sliced.of(amount_fen) == int(exact)
    assert sliced.of(amount_fen + more) >= sliced.of(amount_fen)


@pytest.mark.parametrize(
    ("said", "slip"),
    [
        (bonus("face", "slices: [{above: 1, rate: 5%}]"), "slices[0].above: must be 0"),
        (
            bonus("face", "slices: [{above: 0, rate: 5%}, {above: 0, rate: 6%}]"),
            "slices[1].above: must be above the one before",
        ),
        (
            bonus("spent", "brackets: [{above: 0, rate: 5%}, {above: 9, rate: 4%}]"),
            "brackets[1].rate: must not be below the one before",
        ),
        (bonus("fixed", f"slices: {SIZES}"), "needs yuan"),
        (bonus("face", "rate: 5%", "face_size: {},"), "face_size: needs above or up_to"),
        (
            bonus("face", "rate: 5%", "face_size: {above: 5, up_to: 5},"),
            "face_size.up_to: must be more than above",
        ),
    ],
)
def test_slips_are_named(said: str, slip: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        bodies.parse(HEAD + said)
    assert slip in " ".join(map(str, refused.value.problems))


@given(amount=st.integers(0, 10**9), rows=st.sets(st.integers(1, 10**8), max_size=4), sliced=st.booleans())
def test_the_exact_result_is_what_is_rounded_down(amount: int, rows: set[int], *, sliced: bool) -> None:
    lines = [(above, 333 + 77 * place) for place, above in enumerate((0, *sorted(rows)))]
    sizes = Brackets(tuple(lines), sliced, "")
    assert sizes.of(amount) == int(sizes.exact(amount))


@pytest.mark.parametrize(
    ("base", "worth", "exact"),
    [
        ("face", f"slices: {SIZES}", "10000000"),
        ("spent", f"brackets: {RISING}", "2962963.04"),
        ("spent", f"slices: {RISING}", "2129629.68"),
        ("spent_total", f"slices: {RISING}", "2129629.68"),
        ("spent_total", "rate: 5%", "1904761.95"),
        ("price", f"brackets: {RISING}", "3200000"),
        ("compensation", f"slices: {SIZES}", "10000000"),
        ("compensation", "rate: 1.01%", "1212000"),
    ],
)
def test_rates_by_size_tell_their_exact_result(base: str, worth: str, exact: str) -> None:
    issued = "issue: {voucher: A, on: 2025-03-01, face: 1200000}"
    bought = "buy: {home: H, voucher: A, on: 2025-04-01, price: 400000}"
    _, step = steps_of(HEAD + bonus(base, worth), issued, bought)
    rule = next(one for one in step["amounts"] if one["of"] == "bonus")["rules"][0]
    assert (rule["exact_fen"], rule["rounded"]) == (exact, "down" if "." in exact else "no")


def test_an_addition_by_size_tells_its_exact_result_and_whole_yuan() -> None:
    policy = HEAD + bonus("face", "rate: 0%") + f"face: [{{slices: {SIZES}, rounding: yuan}}]\n"
    (step,) = steps_of(policy, "issue: {voucher: A, on: 2025-03-01, compensation: 123456.78}")
    # 10% of 123,456.78 are 12,345.678: 12,345 yuan are added.
    assert [one["fen"] for one in step["amounts"]] == [1_234_500, 13_580_178]
    assert step["amounts"][0]["rules"][0]["exact_fen"] == "1234567.8"
    assert step["amounts"][0]["rules"][1]["code"] == "whole_yuan"


def test_a_bonus_is_limited_by_the_area_of_the_home() -> None:
    # 10% of 40 万 are 4 万, at most 300 yuan for each of 89.5 ㎡: 26,850.
    _, bought = played(
        bonus("price", "rate: 10%", "caps: [{of: home, yuan_per_home_m2: 300}],"),
        "on: 2025-04-01, price: 400000, area: 89.5",
    )
    assert bought == {"spent": 37_315_000, "bonus": 2_685_000}
