"""A bonus to the fen: whatever the base, never above its caps, and least sums that reach a price exactly."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.core.money import share_floor
from app.policies.bonus import Terms
from app.policies.past import Past
from app.policies.rounding import Rounding
from app.policies.rules import BonusRule, Cap, Rule, Tier

DAY = date(2016, 6, 1)
sums = st.integers(min_value=0, max_value=10**11)
small = st.integers(min_value=0, max_value=60)
rates = st.integers(min_value=0, max_value=10_000)


def _roundings(steps: tuple[int, ...]) -> st.SearchStrategy[Rounding]:
    return st.builds(Rounding, st.sampled_from(steps), st.booleans())


@st.composite
def many_terms(
    draw: st.DrawFn, amounts: st.SearchStrategy[int] = sums, steps: tuple[int, ...] = (1, 100)
) -> Terms:
    """Any base, tier, past, caps and rounding."""
    caps = draw(
        st.lists(
            st.builds(
                Cap,
                of=st.sampled_from(["voucher", "household", "home"]),
                most_fen=st.none() | amounts,
                share_bp=rates,
                path=st.just("bonus.caps[0]"),
            ),
            max_size=3,
        )
    )
    base = draw(st.sampled_from(["spent", "face", "price", "old_area"]))
    rule = BonusRule(base=base, caps=tuple(caps), rounding=draw(_roundings(steps)))
    tier = Tier(draw(rates), DAY, DAY, 0, None, draw(amounts), 0, draw(st.just(0) | rates))
    earned = draw(amounts)
    past = Past(draw(amounts), earned, earned + draw(amounts), draw(st.integers(0, 3)))
    return Terms(rule, draw(st.none() | st.just(tier)), draw(amounts), Decimal(draw(amounts)) / 100, past)


@given(terms=many_terms(), price=sums, home=sums, spent=sums)
def test_a_bonus_is_never_above_its_caps_nor_above_the_sum_spent(
    terms: Terms, price: int, home: int, spent: int
) -> None:
    bonus = terms.earning(price, home).bonus(spent)
    assert 0 <= bonus.fen <= spent
    assert bonus.fen % terms.rule.rounding.step_fen == 0
    assert bonus.rules
    earned = {
        "voucher": terms.past.earned_fen,
        "household": terms.past.household_earned_fen + home,
        "home": home,
    }
    for cap in terms.rule.caps:
        assert bonus.fen == 0 or bonus.fen + earned[cap.of] <= cap.limit_fen(terms.face_fen)


@given(terms=many_terms(), price=sums, home=sums, less=sums, more=sums)
def test_who_spends_more_never_earns_less(terms: Terms, price: int, home: int, less: int, more: int) -> None:
    earning = terms.earning(price, home)
    low, high = sorted((less, more))
    assert earning.bonus(low).fen <= earning.bonus(high).fen


@given(terms=many_terms(), price=sums, home=sums, spent=sums)
def test_a_sum_with_its_bonus_leads_back_to_the_sum(terms: Terms, price: int, home: int, spent: int) -> None:
    earning = terms.earning(price, home)
    bonus = earning.bonus(spent)
    assert earning.part_before_bonus(spent + bonus.fen, spent) == (spent, bonus)


@given(terms=many_terms(small, (1,)), price=small, home=small, total=small, most=small)
def test_the_least_sum_is_found_for_every_base(
    terms: Terms, price: int, home: int, total: int, most: int
) -> None:
    earning = terms.earning(price, home)
    part, bonus = earning.part_before_bonus(total, most)
    reaching = [sum_fen for sum_fen in range(most + 1) if sum_fen + earning.bonus(sum_fen).fen >= total]
    assert part == (reaching[0] if reaching else most)
    assert bonus.fen == min(earning.bonus(part).fen, total - part)


@given(terms=many_terms(small, (1, 7)), price=small, home=small, total=small, most=small)
def test_a_bonus_in_whole_steps_pays_a_price_by_the_least_sum(
    terms: Terms, price: int, home: int, total: int, most: int
) -> None:
    step = terms.rule.rounding.step_fen
    earning = terms.earning(price, home)
    part, bonus = earning.part_before_bonus(total, most)
    assert (bonus.fen % step, part <= most, part + bonus.fen <= total) == (0, True, True)
    assert bonus.fen <= earning.bonus(part).fen
    ways = [
        spent
        for spent in range(min(most, total) + 1)
        if (total - spent) % step == 0 and earning.bonus(spent).fen >= total - spent
    ]
    assert part + bonus.fen == total if ways else total - part - bonus.fen > 0
    assert part == ways[0] if ways else part == min(most, total)


@given(terms=many_terms(small, (1, 7)), available=small)
def test_what_a_voucher_covers_is_the_highest_price_it_pays_alone(terms: Terms, available: int) -> None:
    cover = terms.cover(available)
    payable = [
        price
        for price in range(2 * available + 3)
        if (paid := terms.earning(price).part_before_bonus(price, available))[0] + paid[1].fen == price
    ]
    assert cover == payable[-1]


@given(face=sums, rate=rates, steps=st.lists(sums, min_size=1, max_size=6))
def test_a_bonus_of_the_face_is_earned_once_over_all_purchases(
    face: int, rate: int, steps: list[int]
) -> None:
    terms = Terms(BonusRule(base="face"), Tier(rate, DAY, DAY, 0, None), face)
    left = face
    for price in steps:
        spent, bonus = terms.earning(price).part_before_bonus(price, left)
        terms, left = terms.after(spent, bonus.fen), left - spent
    assert terms.past.earned_fen <= share_floor(face, rate)
    assert terms.past.spent_fen + left == face
    if left == 0 and face:
        assert terms.past.earned_fen == min(share_floor(face, rate), terms.past.earned_fen)


def test_a_bonus_by_the_old_area_is_one_sum_for_the_household() -> None:
    # 300.50 yuan a ㎡ for 78.35 ㎡: 23,544.175 yuan, rounded down to the fen.
    rule = BonusRule(base="old_area")
    tier = Tier(0, DAY, DAY, 0, None, fen_per_m2=30_050)
    first = Terms(rule, tier, 50_000_000, Decimal("78.35"))
    bonus = first.earning(46_200_000).bonus(40_000_000)
    assert bonus.fen == 2_354_417
    assert bonus.rules == (
        Rule(
            "bonus.tiers",
            "old_area",
            {"rate_bp": 0, "fen_per_m2": 30_050, "whole_fen": 2_354_417, "before_fen": 0},
        ),
    )
    other = Terms(rule, tier, 50_000_000, Decimal("78.35"), Past(household_earned_fen=2_354_417))
    assert other.earning(46_200_000).bonus(40_000_000).fen == 0


def test_a_tier_may_ask_for_a_part_of_the_face_to_be_spent_first() -> None:
    tier = Tier(1000, DAY, DAY, 0, None, least_spent_bp=8000)
    terms = Terms(BonusRule(), tier, 100_000_000, past=Past(spent_fen=30_000_000))
    earning = terms.earning(60_000_000)
    assert earning.bonus(49_999_999).fen == 0
    assert earning.bonus(49_999_999).rules[0].code == "least_spent"
    assert earning.bonus(50_000_000).fen == 5_000_000
    # 52 万 need 50 万: the bonus that starts there is cut to what is missing.
    assert earning.part_before_bonus(52_000_000, 70_000_000)[0] == 50_000_000


def test_by_hand() -> None:
    # 620,000 yuan at 20%: 516,666.67 from the voucher, 103,333.33 as bonus.
    terms = Terms(BonusRule(), Tier(2000, DAY, DAY, 0, None), 130_550_000)
    part, bonus = terms.earning(62_000_000).part_before_bonus(62_000_000, 130_550_000)
    assert (part, bonus.fen) == (51_666_667, 10_333_333)


def test_whole_yuan_by_hand() -> None:
    rule, tier = BonusRule(rounding=Rounding(100)), Tier(1600, DAY, DAY, 0, None)
    earning = Terms(rule, tier, 130_550_000).earning(60_000_000)
    # 16% of 517,242 yuan are 82,758.72: 82,758 yuan, which with it are 60 万.
    spent, bonus = earning.part_before_bonus(60_000_000, 130_550_000)
    assert (spent, bonus.fen, bonus.rules[-1].code) == (51_724_200, 8_275_800, "whole_yuan")
    # 0.50 yuan more would be a whole yuan of bonus too much: it is spent instead, or is the household's.
    edge = 51_725_000 + 8_276_000 - 50
    assert earning.part_before_bonus(edge, 130_550_000)[0] == 51_725_050
    assert sum((part := earning.part_before_bonus(edge, 51_725_000))[:1]) + part[1].fen == edge - 50


def test_half_up_by_hand() -> None:
    rule, tier = BonusRule(rounding=Rounding(100, is_nearest=True)), Tier(1600, DAY, DAY, 0, None)
    earning = Terms(rule, tier, 130_550_000).earning(60_000_000)
    # 16% of 1,003.12 yuan are 160.4992, of 1,003.13 yuan 160.5008.
    assert [earning.bonus(fen).fen for fen in (100_312, 100_313)] == [16_000, 16_100]
    assert [rule.code for rule in earning.bonus(100_313).rules] == ["spent", "nearest"]
    # 1,164.13 yuan are reached by 1,003.13 with 161, and by nothing less.
    assert earning.part_before_bonus(116_413, 130_550_000)[0] == 100_313
    # A fen less than that is not to be had with 161: so much more than 160 is spent.
    spent, bonus = earning.part_before_bonus(116_412, 130_550_000)
    assert (spent, bonus.fen) == (100_412, 16_000)


def test_half_up_stays_within_the_sum_spent_and_the_caps() -> None:
    rule = BonusRule(base="face", rounding=Rounding(100, is_nearest=True))
    earning = Terms(rule, Tier(1000, DAY, DAY, 0, None), 100_060).earning(60_000_000)
    # 10% of 1,000.60 yuan are 100.06; of 99.60 spent 99, never 100.
    assert [earning.bonus(fen).fen for fen in (9_960, 10_000, 20_000)] == [9_900, 10_000, 10_000]
    assert earning.bonus(9_960).rules[-1].code == "nearest_below"
    capped = BonusRule(caps=(Cap("voucher", 10_060, None, "bonus.caps[0]"),), rounding=rule.rounding)
    assert Terms(capped, Tier(1000, DAY, DAY, 0, None), 10**8).earning(10**8).bonus(10**7).fen == 10_000


@given(
    face=sums,
    rate=rates,
    step=st.sampled_from([100, 1_000, 10_000]),
    spent=st.lists(sums, min_size=1, max_size=4),
)
def test_over_several_homes_a_bonus_of_the_face_is_its_rounded_whole_at_most(
    face: int, rate: int, step: int, spent: list[int]
) -> None:
    rounding = Rounding(step, is_nearest=True)
    terms = Terms(BonusRule(base="face", rounding=rounding), Tier(rate, DAY, DAY, 0, None), face)
    for fen in spent:
        terms = terms.after(fen, terms.earning(fen).bonus(fen).fen)
    whole = rounding.of(share_floor(face, rate), "").fen
    assert terms.past.earned_fen <= whole
    assert terms.past.earned_fen == whole or max(spent) < whole + step
