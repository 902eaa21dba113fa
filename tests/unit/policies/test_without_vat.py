"""Deed tax is of a price without the value-added tax in it: what of it a city pays back."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.money import without_tax
from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read
from app.policies.spans import Span
from app.reports.words import span_worth
from tests.unit.policies.played import HEAD, steps_of

ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 2000000}"


def file(rate: str, more: str = "") -> str:
    tiers = f"[{{from_month: 1, to_month: 12, {rate}}}]"
    return HEAD + f"bonus: {{base: price, without_vat: 9%, fixed_by: lock, {more}tiers: {tiers}}}\n"


def test_the_deed_tax_is_paid_back_in_cash() -> None:
    _, home = steps_of(
        file("rate: 1.5%", "paid: cash, "),
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 800000}",
    )
    spent, _none, cash = home["amounts"]
    # 800,000 / 1.09 = 733,944.954…, on the invoice 733,944.95; 1.5% of it are 11,009.17425.
    assert (spent["fen"], cash["fen"]) == (80_000_000, 1_100_917)
    (told,) = cash["rules"]
    assert (told["code"], told["exact_fen"]) == ("net_price", "1100917.425")
    assert (told["figures"]["net_price_fen"], told["figures"]["vat_bp"]) == (73_394_495, 900)


def test_half_of_it_has_a_limit_and_rates_go_by_the_size_without_tax() -> None:
    cap = "paid: cash, caps: [{of: home, yuan: 5000}], "
    _, home = steps_of(
        file("rate: 0.75%", cap), ISSUE, "buy: {home: H, voucher: A, on: 2025-04-01, price: 800000}"
    )
    assert home["amounts"][2]["fen"] == 500_000
    # Of 1,000,000 the net price is 917,431.19: not above 92 万, so 1% of it.
    sizes = "brackets: [{above: 0, rate: 1%}, {above: 920000, rate: 2%}]"
    _, home = steps_of(
        file(sizes, "paid: cash, "), ISSUE, "buy: {home: H, voucher: A, on: 2025-04-01, price: 1000000}"
    )
    (told,) = home["amounts"][2]["rules"]
    assert (home["amounts"][2]["fen"], told["exact_fen"]) == (917_431, "917431.19")


def test_it_may_count_towards_the_price() -> None:
    _, home = steps_of(file("rate: 3%"), ISSUE, "buy: {home: H, voucher: A, on: 2025-04-01, price: 1090000}")
    assert [one["fen"] for one in home["amounts"]] == [106_000_000, 3_000_000]


def test_it_reads_as_a_share_of_the_net_price_and_needs_a_price() -> None:
    (rule,) = bodies.parse(file("rate: 1.5%")).bonuses
    (tier,) = rule.tiers_of(date(2025, 1, 1))
    assert span_worth(Span(date(2025, 1, 1), date(2026, 1, 1), ((rule, tier),))) == "不含税房价的 1.5%"
    with pytest.raises(PolicyFileInvalid) as found:
        read(file("rate: 1%").replace("base: price", "base: face"))
    assert [one.path for one in found.value.problems] == ["bonus.without_vat"]


@given(amount=st.integers(0, 10**11), tax=st.integers(0, 10_000))
def test_what_is_without_tax_comes_to_the_amount_with_it(amount: int, tax: int) -> None:
    exact = Fraction(amount * 10_000, 10_000 + tax)
    assert -Fraction(1, 2) < without_tax(amount, tax) - exact <= Fraction(1, 2)
