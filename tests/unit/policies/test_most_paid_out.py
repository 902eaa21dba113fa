"""The most that a band of a leftover pays out, whatever is left."""

from typing import Any

import pytest

from app.policies import bodies, reader
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.reports import words
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
MOST = "leftover: [{spent_from: 0%, rate: 100%, most_yuan: 100000}]\n"
AFTER = "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 50%, most_yuan: 100000}]}\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def paid_out(step: dict[str, Any]) -> tuple[int, list[str]]:
    one = next(one for one in step["amounts"] if one["of"] == "paid_out")
    return int(one["fen"]), [rule["code"] for rule in one["rules"]]


@pytest.mark.parametrize(
    ("price", "paid_fen", "codes"),
    [
        ("600000", 10_000_000, ["leftover", "leftover_most"]),
        ("899999.99", 10_000_000, ["leftover", "leftover_most"]),
        ("900000", 10_000_000, ["leftover"]),
        ("950000", 5_000_000, ["leftover"]),
    ],
)
def test_no_more_is_paid_out(price: str, paid_fen: int, codes: list[str]) -> None:
    """余额可兑付现金，最高不超过 10 万元."""
    *_, paid = steps_of(
        HEAD + NONE + MOST,
        ISSUE,
        f"buy: {{home: H, voucher: A, on: 2025-04-01, price: {price}}}",
        "payout: {voucher: A, on: 2025-04-02}",
    )
    assert paid_out(paid) == (paid_fen, codes)


def test_what_is_taken_back_is_taken_off_before_it() -> None:
    tiers = "[{from_month: 1, to_month: 12, rate: 10%}]"
    bonus = f"bonus: {{base: spent, paid: cash, fixed_by: lock, tiers: {tiers}}}\n"
    clawed = MOST.replace("rate: 100%", "rate: 100%, claw_back: 50%")
    *_, paid = steps_of(
        HEAD + bonus + clawed,
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 880000}",
        "payout: {voucher: A, on: 2025-04-02}",
    )
    # 12 万 less half of 8.8 万.
    assert paid_out(paid) == (7_600_000, ["leftover", "claw_back"])
    *_, paid = steps_of(
        HEAD + bonus + clawed,
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 600000}",
        "payout: {voucher: A, on: 2025-04-02}",
    )
    assert paid_out(paid) == (10_000_000, ["leftover", "claw_back", "leftover_most"])


def test_after_the_term_too() -> None:
    *_, over = steps_of(HEAD + NONE + AFTER, ISSUE, "lapse: {voucher: A}")
    assert paid_out(over) == (10_000_000, ["lapse_cash", "leftover_most"])


@pytest.mark.parametrize(
    ("said", "line", "path"),
    [(MOST, 9, "leftover[0].most_yuan"), (AFTER, 9, "lapse.bands[0].most_yuan")],
)
def test_no_voucher_is_split_into_many_that_are_each_paid_so_much(said: str, line: int, path: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        reader.read(HEAD + NONE + said + "splits: 1\n")
    reason = "needs splits: 0, because each part of a voucher that is split is paid so much"
    assert [str(one) for one in found.value.problems] == [f"line {line}: {path}: {reason}"]


def test_papers_say_it() -> None:
    told = words.leftover(bodies.parse(HEAD + NONE + MOST + AFTER))
    assert "余额按 100% 兑付，最多 100,000 元" in told[0]
    assert "50%，最多 100,000 元" in told[1]


def test_a_most_of_nothing_is_told() -> None:
    said = HEAD + NONE + MOST.replace("rate: 100%", "rate: 0%")
    assert without_effect(reader.read(said)) == [("leftover[0].most_yuan", "the band pays nothing")]
