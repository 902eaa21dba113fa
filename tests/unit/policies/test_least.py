"""A bonus, or what is added to a face, that comes to little is rounded up to the least a paper promises."""

import pytest

from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"


def tiers(said: str) -> str:
    return f"tiers: [{{from_month: 1, to_month: 12, {said}}}]"


def sums(step: dict) -> dict[str, int]:  # type: ignore[type-arg]
    return {one["of"]: one["fen"] for one in step["amounts"]}


def test_a_twentieth_of_a_small_compensation_is_the_least() -> None:
    rate = tiers("rate: 5%, least_yuan: 20000, caps: [{of: household, yuan: 100000}]")
    policy = HEAD + f"bonus: {{base: compensation, fixed_by: lock, {rate}}}\n"
    _, first, second = steps_of(
        policy,
        "issue: {voucher: A, on: 2025-03-01, compensation: 300000}",
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 30000}",
        "buy: {home: H2, voucher: A, on: 2025-04-02, price: 200000}",
    )
    # 5% of 30 万 are 1.5 万, below 2 万; of the 2 万 the first home takes half, what it spends itself.
    assert sums(first) == {"spent": 1_500_000, "bonus": 1_500_000}
    assert sums(second) == {"spent": 19_500_000, "bonus": 500_000}
    told = second["amounts"][1]["rules"][0]
    assert (told["code"], told["path"]) == ("at_least", "bonus.tiers[0].least_yuan")
    assert told["figures"] == {"whole_fen": 2_000_000, "before_fen": 1_500_000}
    # Of 80 万 5% are 4 万, more than the least; of 300 万 15 万, of which 10 万 may be paid.
    for compensation, bonus in (("800000", 4_000_000), ("3000000", 10_000_000)):
        _, home = steps_of(
            policy,
            f"issue: {{voucher: A, on: 2025-03-01, compensation: {compensation}}}",
            "buy: {home: H1, voucher: A, on: 2025-04-01, price: 500000}",
        )
        assert sums(home)["bonus"] == bonus


def test_a_rate_of_nothing_stays_nothing() -> None:
    steps = "steps: [{spent_from: 0%, rate: 0%}, {spent_from: 50%, rate: 1%}], least_yuan: 20000"
    _, below, above = steps_of(
        HEAD + f"bonus: {{base: face, fixed_by: lock, {tiers(steps)}}}\n",
        "issue: {voucher: A, on: 2025-03-01, face: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 400000}",
        "buy: {home: H2, voucher: A, on: 2025-04-02, price: 220000}",
    )
    assert sums(below) == {"spent": 40_000_000, "bonus": 0}
    assert sums(above) == {"spent": 20_000_000, "bonus": 2_000_000}


def test_an_addition_to_a_face_has_a_least_and_a_most() -> None:
    policy = HEAD + NONE + "face: [{rate: 5%, least_yuan: 10000, most_yuan: 20000}]\n"
    for compensation, face in (("100000", 11_000_000), ("300000", 31_500_000), ("900000", 92_000_000)):
        (issued,) = steps_of(policy, f"issue: {{voucher: A, on: 2025-03-01, compensation: {compensation}}}")
        assert sums(issued)["face"] == face
    signed = HEAD + NONE + "face: [{rate: 5%, least_yuan: 10000, signed_to: 2025-01-31}]\n"
    (late,) = steps_of(signed, "issue: {voucher: A, on: 2025-03-01, compensation: 100000}")
    assert sums(late)["face"] == 10_000_000


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (f"bonus: {{base: spent, fixed_by: lock, {tiers('rate: 5%, least_yuan: 1')}}}\n", "bonus.tiers[0]"),
        (f"bonus: {{base: fixed, fixed_by: lock, {tiers('yuan: 5, least_yuan: 1')}}}\n", "bonus.tiers[0]"),
        (NONE + "face: [{rate: 5%, least_yuan: 3, most_yuan: 2}]\n", "face[0]"),
    ],
)
def test_a_least_that_means_nothing_is_refused(said: str, path: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(HEAD + said)
    assert [one.path for one in found.value.problems] == [f"{path}.least_yuan"]
