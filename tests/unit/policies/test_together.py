"""A part of the face that must be spent first, counted for all vouchers of a household together."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, reader
from app.policies.bonus import Terms
from app.policies.idle import without_effect
from app.policies.past import Past
from app.policies.spans import Span
from app.policies.tiers import BonusRule, Step, Tier
from app.reports import words
from tests.unit.policies.played import HEAD, steps_of

YEAR = "from_month: 1, to_month: 12"
BONUS = f"""bonus:
  base: spent
  fixed_by: lock
  spent_of: household
  tiers: [{{{YEAR}, rate: 10%, least_spent: 60%}}]
"""
ISSUES = (
    "issue: {voucher: A, on: 2025-03-01, face: 1000000}",
    "issue: {voucher: B, on: 2025-03-01, face: 500000}",
)


def paid(step: dict[str, Any], voucher: str) -> dict[str, int]:
    return {one["of"]: one["fen"] for one in step["amounts"] if one["voucher"] == voucher}


def test_what_any_voucher_of_a_household_spends_counts() -> None:
    _, _, first, second, third = steps_of(
        HEAD + BONUS,
        *ISSUES,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 800000}",
        "buy: {home: I, voucher: B, on: 2025-04-02, price: 105000}",
        "buy: {home: J, voucher: B, on: 2025-04-03, price: 220000}",
    )
    assert paid(first, "A") == {"spent": 80_000_000, "bonus": 0}
    (why,) = next(one["rules"] for one in first["amounts"] if one["of"] == "bonus")
    # 60% of 150 万 are 90 万.
    assert (why["code"], why["figures"]) == ("least_spent_together", {"least_fen": 90_000_000})
    # Another 10 万 reach it, and are rewarded whole; of them 0.5 万 pay what is missing.
    assert paid(second, "B") == {"spent": 10_000_000, "bonus": 500_000}
    assert paid(third, "B") == {"spent": 20_000_000, "bonus": 2_000_000}


def test_vouchers_that_pay_for_one_home_count_in_their_order() -> None:
    _, _, bought = steps_of(
        HEAD + BONUS,
        *ISSUES,
        "buy: {home: H, vouchers: [A, B], on: 2025-04-01, price: 1110000}",
    )
    # A alone is 100 万 of 150 万 and reaches 90 万.
    assert paid(bought, "A") == {"spent": 100_000_000, "bonus": 10_000_000}
    assert paid(bought, "B") == {"spent": 909_091, "bonus": 90_909}
    _, _, bought = steps_of(
        HEAD + BONUS,
        *ISSUES,
        "buy: {home: H, vouchers: [B, A], on: 2025-04-01, price: 944000}",
    )
    assert paid(bought, "B") == {"spent": 50_000_000, "bonus": 0}
    assert paid(bought, "A") == {"spent": 40_363_637, "bonus": 4_036_363}


def test_in_cash_it_counts_what_the_household_spends_on_the_home_too() -> None:
    _, _, bought = steps_of(
        HEAD + BONUS.replace("base: spent", "base: spent\n  paid: cash"),
        *ISSUES,
        "buy: {home: H, vouchers: [B, A], on: 2025-04-01, price: 900000}",
    )
    assert paid(bought, "A")["bonus in cash"] == 4_000_000
    assert paid(bought, "B")["bonus in cash"] == 0


faces = st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 100)), min_size=1, max_size=3)


@given(
    faces=faces,
    here=st.integers(0, 10**9),
    spent=st.integers(0, 10**9),
    edges=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
    rates=st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
)
def test_vouchers_counted_together_are_as_one_with_all_their_faces(
    faces: list[tuple[int, int]], here: int, spent: int, edges: tuple[int, int], rates: tuple[int, int]
) -> None:
    """``here`` is what others of the household spend on the same home."""
    day = date(2025, 4, 1)
    steps = tuple(
        Step(edge, rate, str(place))
        for place, (edge, rate) in enumerate(zip(sorted(edges), sorted(rates), strict=True))
    )
    tier = Tier(0, day, day, 0, None, steps=steps)
    whole = sum(face for face, _share in faces)
    before = sum(face * share // 100 for face, share in faces)
    together = replace(BonusRule(), is_spent_of_household=True)
    known = Past(household_face_fen=whole, household_kinds=(("home", before),))
    one = Terms(BonusRule(), tier, whole, past=Past(spent_fen=before + here))
    found = Terms(together, tier, faces[0][0], past=known).earning(10**9, home_spent_fen=here).bonus(spent)
    assert found.fen == one.earning(10**9).bonus(spent).fen


@pytest.mark.parametrize("told", ["least_spent: 60%", "least_spent: 0%"])
def test_the_word_is_idle_where_no_tier_asks_how_much_is_spent(told: str) -> None:
    body = reader.read(HEAD + BONUS.replace("least_spent: 60%", told))
    idle = [path for path, _reason in without_effect(body)]
    assert idle == ([] if "60" in told else ["bonus.spent_of"])


def test_papers_say_whose_use_counts() -> None:
    policy = bodies.parse(HEAD + BONUS)
    tier = policy.bonus_tier_on(date(2025, 3, 1), date(2025, 4, 1))
    assert tier
    told = words.span_worth(Span(tier.first_day, tier.last_day, ((policy.bonus, tier),)))
    assert "用掉多少按一户名下的房票合计" in told
