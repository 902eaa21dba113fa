"""What promotions do to a price, for any promotions."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import DomainError
from app.homes import promotions, rules
from app.homes.errors import VoucherAboveNet
from app.homes.promotions import Deal, PromotionKind, highest_listed, lowest_net, net_price, opened
from app.homes.rules import Amounts

WAN = 1_000_000
PRICES = st.integers(1, 10**11)
_numbers = itertools.count(1)


def deal(kind: PromotionKind = PromotionKind.SPECIAL, **given: object) -> Deal:
    return Deal(**{"promotion_id": next(_numbers), "kind": kind, **given})  # type: ignore[arg-type]


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    kind = draw(st.sampled_from(PromotionKind))
    name = "worth_fen" if kind in promotions.EXTRAS else draw(st.sampled_from(["off_fen", "rate_bp"]))
    figure = draw(st.integers(1, 5_000 if name == "rate_bp" else 10**10))
    return Deal(
        promotion_id=draw(st.integers(1, 10**6)),
        kind=kind,
        stackable=draw(st.booleans()),
        open_to_vouchers=draw(st.booleans()),
        **{name: figure},  # type: ignore[arg-type]
    )


MANY = st.lists(deals(), max_size=7, unique_by=lambda one: one.promotion_id)


@given(price=PRICES, held=MANY)
def test_a_net_price_is_never_above_the_listed_one(price: int, held: list[Deal]) -> None:
    net = lowest_net(price, held)
    assert 0 <= net.fen <= net.payable_fen <= price
    assert net.payable_fen >= 1


@given(price=PRICES, held=MANY, another=deals())
def test_a_further_promotion_never_raises_it(price: int, held: list[Deal], another: Deal) -> None:
    for mode in promotions.MODES:
        assert net_price(price, [*held, another], mode).fen <= net_price(price, held, mode).fen


@given(price=PRICES, held=MANY, data=st.data())
def test_the_order_of_promotions_makes_no_difference(
    price: int, held: list[Deal], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(held))
    for mode in promotions.MODES:
        assert net_price(price, shuffled, mode) == net_price(price, held, mode)


@given(price=PRICES, more=st.integers(0, 10**9), held=MANY)
def test_a_higher_listed_price_never_has_a_lower_net(price: int, more: int, held: list[Deal]) -> None:
    assert lowest_net(price, held).fen <= lowest_net(price + more, held).fen


@given(cash=PRICES, voucher=PRICES, held=MANY)
def test_what_is_open_to_all_breaks_no_rule(cash: int, voucher: int, held: list[Deal]) -> None:
    shared = tuple(
        Deal(one.promotion_id, one.kind, one.off_fen, one.rate_bp, one.worth_fen, one.stackable, True)
        for one in held
    )
    amounts = Amounts(10**12, max(cash, voucher), min(cash, voucher), shared)
    assert rules.find_breach(amounts) is None


@given(cash=PRICES, voucher=PRICES, held=MANY)
def test_the_price_named_in_a_refusal_is_the_highest_that_keeps_the_rule(
    cash: int, voucher: int, held: list[Deal]
) -> None:
    amounts = Amounts(10**12, cash, voucher, tuple(held))
    most = rules.most_voucher_fen(amounts)
    assert most is not None
    if most:
        assert rules.find_breach(amounts.with_price("voucher", most)) is None
    assert rules.find_breach(amounts.with_price("voucher", most + 1)) is not None


def test_those_that_stack_are_taken_together_and_any_other_stands_alone() -> None:
    held = [
        deal(off_fen=2 * WAN, stackable=True),
        deal(rate_bp=100, stackable=True),
        deal(PromotionKind.REFERRAL, off_fen=4 * WAN),
    ]
    assert lowest_net(100 * WAN, held).payable_fen == 96 * WAN, "4 万 alone beats 2 万 and 1% together"
    held.append(deal(PromotionKind.REFERRAL, off_fen=2 * WAN, stackable=True))
    assert lowest_net(100 * WAN, held).payable_fen == 95 * WAN


def test_a_rate_is_rounded_up_to_a_whole_fen_for_the_buyer() -> None:
    assert lowest_net(9_999, [deal(rate_bp=1)]).payable_fen == 9_998


def test_a_promotion_for_one_payment_mode_leaves_the_other_alone() -> None:
    held = [deal(PromotionKind.FULL, off_fen=3 * WAN), deal(PromotionKind.MORTGAGE, off_fen=1 * WAN)]
    assert net_price(50 * WAN, held, "full").fen == 47 * WAN
    assert net_price(50 * WAN, held, "mortgage").fen == 49 * WAN
    assert lowest_net(50 * WAN, held).mode == "full"


def test_an_extra_counts_at_its_worth_and_changes_nothing_that_is_paid() -> None:
    net = lowest_net(50 * WAN, [deal(PromotionKind.PARKING, worth_fen=8 * WAN, stackable=True)])
    assert (net.payable_fen, net.extras_fen, net.fen) == (50 * WAN, 8 * WAN, 42 * WAN)


def test_a_voucher_price_above_the_lowest_net_cash_price_is_refused_with_the_way_out() -> None:
    amounts = Amounts(60 * WAN, 57 * WAN, 55 * WAN, (deal(PromotionKind.FULL, off_fen=4 * WAN),))
    with pytest.raises(VoucherAboveNet) as refusal:
        rules.check_voucher_price(amounts)
    assert refusal.value.params == {"net_fen": 55 * WAN, "cash_net_fen": 53 * WAN, "most_fen": 53 * WAN}
    assert refusal.value.field == "voucher_price"


def test_opening_the_promotion_mends_it() -> None:
    shared = deal(PromotionKind.FULL, off_fen=4 * WAN, open_to_vouchers=True)
    amounts = Amounts(60 * WAN, 57 * WAN, 55 * WAN, (shared,))
    rules.check_voucher_price(amounts)
    assert amounts.voucher_net is not None
    assert amounts.voucher_net.payable_fen == 51 * WAN
    assert highest_listed(53 * WAN, 57 * WAN, opened(amounts.deals)) == 57 * WAN


@pytest.mark.parametrize(
    ("kind", "figures", "code"),
    [
        ("special", {}, "promotion_amount_or_rate"),
        ("special", {"off_fen": 1, "rate_bp": 1}, "promotion_amount_or_rate"),
        ("special", {"worth_fen": 1}, "promotion_worth_not_for_kind"),
        ("full", {"rate_bp": 8_500}, "promotion_rate_wrong"),
        ("parking", {}, "promotion_worth_missing"),
        ("parking", {"worth_fen": 1, "off_fen": 1}, "promotion_extra_only_worth"),
        ("full", {"rate_bp": 200}, None),
        ("fit_out", {"worth_fen": 1}, None),
    ],
)
def test_a_promotion_says_what_it_is_worth_in_one_way(
    kind: str, figures: dict[str, int], code: str | None
) -> None:
    given = {"off_fen": 0, "rate_bp": 0, "worth_fen": 0, **figures}
    if code is None:
        promotions.check_figures(PromotionKind(kind), **given)
        return
    with pytest.raises(DomainError) as refusal:
        promotions.check_figures(PromotionKind(kind), **given)
    assert refusal.value.code == code
