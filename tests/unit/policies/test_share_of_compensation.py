"""A cap by the compensation, not by a face that holds additions: 奖励不超过货币补偿款的 10%."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.faces import asks_parts
from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

CAP = "{of: household, share_of_compensation: 10%}"
FIFTH = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 20%}], CAPS}\n"
FACE = "face: [{rate: 8%}]\n"
OF_PARTS = "{home: 800000, moving: 250000, deduction: 50000}"


def earned(policy: str, *told: str) -> list[int]:
    """Return the bonus of each purchase, in fen."""
    steps = [step for step in steps_of(HEAD + FACE + policy, *told) if step["act"] == "buy"]
    return [sum(line["fen"] for line in one["amounts"] if line["of"] == "bonus") for one in steps]


def capped(cap: str = CAP) -> str:
    return FIFTH.replace("CAPS", f"caps: [{cap}]")


def issue(compensation: str, voucher: str = "A") -> str:
    return f"issue: {{voucher: {voucher}, on: 2025-03-01, compensation: {compensation}}}"


def buy(home: str, price: int | Decimal, voucher: str = "A") -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: 2025-04-01, price: {price:.2f}}}"


def test_a_household_earns_a_share_of_its_compensation_whatever_is_added_to_it() -> None:
    # A tenth of 100 万, not of the face of 108 万; spent later nothing more is earned.
    assert earned(capped(), issue("1000000"), buy("H1", 960_000), buy("H2", 100_000)) == [10_000_000, 0]
    # Of both agreements together.
    told = (issue("1000000"), issue("500000", "B"), buy("H1", 960_000), buy("H2", 300_000, "B"))
    assert sum(earned(capped(), *told)) == 15_000_000


def test_of_some_parts_only_those_count() -> None:
    policy = capped("{of: household, share_of_compensation: 10%, parts: [home]}")
    assert earned(policy, issue(OF_PARTS), buy("H1", 960_000)) == [8_000_000]
    assert asks_parts(bodies.parse(HEAD + policy))
    less = capped("{of: household, share_of_compensation: 10%, parts: [home, deduction]}")
    assert earned(less, issue(OF_PARTS), buy("H1", 960_000)) == [7_500_000]


def test_it_may_limit_a_tier_or_all_bonuses_together() -> None:
    tier = FIFTH.replace("rate: 20%", f"rate: 20%, caps: [{CAP}]").replace(", CAPS", "")
    assert earned(tier, issue("1000000"), buy("H1", 960_000)) == [10_000_000]
    several = FIFTH.replace(", CAPS", "") + f"bonus_caps: [{CAP}]\n"
    assert earned(several, issue("1000000"), buy("H1", 960_000)) == [10_000_000]


def test_the_rule_tells_the_compensation() -> None:
    _, home = steps_of(HEAD + FACE + capped(), issue("123456.78"), buy("H1", 130_000))
    told = home["amounts"][1]["rules"][-1]
    assert (told["code"], told["figures"]["compensation_fen"]) == ("cap_household", 12_345_678)
    assert told["exact_fen"] == "1234567.8"


@pytest.mark.parametrize(
    ("cap", "path", "reason"),
    [
        (CAP.replace("household", "voucher"), "", "share_of_compensation needs of: household"),
        (
            "{of: voucher, yuan: 5, parts: [home]}",
            ".parts",
            "only means something with share_of_compensation",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(cap: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(HEAD + capped(cap))
    assert [(one.line, one.path, one.reason) for one in raised.value.problems] == [
        (8, f"bonus.caps[0]{path}", reason)
    ]


def test_a_share_of_nothing_is_told() -> None:
    of_parts = "{of: household, share_of_compensation: 0%, parts: [home]}"
    assert ("bonus.caps[0]", "lets nothing be earned: it is 0") in worth_a_look(read(HEAD + capped(of_parts)))


@given(
    compensation=st.integers(100, 10**9),
    share=st.integers(0, 2_000),
    prices=st.lists(st.integers(1, 10**8), max_size=3),
)
def test_all_homes_together_stay_within_it(compensation: int, share: int, prices: list[int]) -> None:
    policy = capped(CAP.replace("10%", f"{share / 100:g}%"))
    told = (buy(f"H{place}", Decimal(price) / 100) for place, price in enumerate(prices))
    bonus = earned(policy, issue(f"{compensation / 100:.2f}"), *told)
    assert sum(bonus) <= compensation * share // 10_000
