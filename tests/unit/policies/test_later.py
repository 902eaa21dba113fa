"""Bonus in cash by the tier of a day after the lock: the filing, the write-off, or the payment."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies, reader
from app.policies.adoption import not_carried_out
from app.policies.answers import Rule
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.joint import Place, PurchaseTerms, cash_parts
from app.policies.later import IF_DECIDED, decided, event_of, with_days
from app.web import trials
from app.web.policies import rule_text
from tests.unit.policies.played import HEAD, steps_of

TIERS = "[{from_month: 1, to_month: 3, rate: 5%}, {from_month: 4, to_month: 12, rate: 3%}]"
ISSUE = "issue: {voucher: A, on: 2025-01-10, face: 1000000}"
DAYS = "contract: 2025-04-05, filed: 2025-04-10, verified: 2025-04-30, paid: 2026-01-20"
BUY = f"buy: {{home: H, voucher: A, on: 2025-04-01, price: 800000, {DAYS}}}"


def file(fixed_by: str, more: str = "", tiers: str = TIERS) -> str:
    said = f"base: spent, paid: cash, fixed_by: {fixed_by}, delay: counts, {more}tiers: {tiers}"
    return HEAD + f"bonus: {{{said}}}\n"


def amounts(text: str, buy: str = BUY) -> dict[str, int]:
    _, home = steps_of(text, ISSUE, buy)
    return {one["of"]: one["fen"] for one in home["amounts"]}


@pytest.mark.parametrize(
    ("fixed_by", "more", "tiers", "most", "paid"),
    [
        # Issued on 10 January: three months end on 10 April, 24:00.
        ("filed", "", TIERS, 4_000_000, 4_000_000),
        ("verified", "", TIERS, 4_000_000, 2_400_000),
        # Paid ten days after the last tier.
        ("paid", "", TIERS, 4_000_000, 0),
        ("verified", "caps: [{of: household, yuan: 30000}], ", TIERS, 3_000_000, 2_400_000),
        ("verified", "rounding: yuan, ", TIERS.replace("3%", "3.33%"), 4_000_000, 2_664_000),
        # A later tier that pays more is what a lock promises at most.
        ("verified", "", TIERS.replace("5%", "2%"), 2_400_000, 2_400_000),
        ("filed", "", TIERS.replace("5%", "2%"), 2_400_000, 1_600_000),
        # Before its first tier a lock promises what a later day may bring.
        ("verified", "", "[{from_day: 2025-04-20, to_day: 2025-06-30, rate: 4%}]", 3_200_000, 3_200_000),
        ("filed", "", "[{from_day: 2025-04-20, to_day: 2025-06-30, rate: 4%}]", 3_200_000, 0),
    ],
)
def test_the_day_of_the_event_decides_and_the_lock_promises_the_most(
    fixed_by: str, more: str, tiers: str, most: int, paid: int
) -> None:
    found = amounts(file(fixed_by, more, tiers))
    assert (found["bonus in cash"], found["paid of it"], found["spent"]) == (most, paid, 80_000_000)


def test_who_is_late_does_not_matter() -> None:
    for said in ("yes", "no"):
        late = BUY.replace("paid:", f"delay_of_others: {said}, paid:")
        assert amounts(file("verified"), late)["paid of it"] == 2_400_000


def test_two_bonuses_side_by_side_are_decided_each_by_its_own_tiers() -> None:
    said = [
        "base: spent, paid: cash, fixed_by: verified, delay: counts, tiers: " + TIERS,
        "base: price, paid: cash, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 1%}]",
    ]
    _, home = steps_of(HEAD + f"bonus: [{{{said[0]}}}, {{{said[1]}}}]\n", ISSUE, BUY)
    told = [(one["of"], one["fen"]) for one in home["amounts"] if one["of"] not in ("spent", "bonus")]
    assert told[:3] == [("bonus in cash", 4_000_000), ("paid of it", 2_400_000), ("bonus in cash", 800_000)]


def test_what_each_day_brings_is_told_in_words() -> None:
    _, home = steps_of(file("filed"), ISSUE, BUY)
    (cash,) = [one for one in home["amounts"] if one["of"] == "bonus in cash"]
    rules = [Rule(one["path"], one["code"], one["figures"]) for one in cash["rules"]]
    said = [str(rule_text(rule)) for rule in rules if rule.code == IF_DECIDED]
    assert said == [
        "从2025年4月1日（星期二）起网签备案的，这笔现金是 ¥40,000",
        "从2025年4月11日（星期五）起网签备案的，这笔现金是 ¥24,000",
        "从2026年1月11日（星期日）起网签备案的，这笔现金是 ¥0",
    ]
    assert event_of(rules) == "filed"
    days = [date(2025, 3, 1), date(2025, 4, 10), date(2025, 4, 11), date(2026, 1, 10), date(2026, 1, 11)]
    assert [decided(rules, day) for day in days] == [4_000_000, 4_000_000, 2_400_000, 2_400_000, 0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (file("paid").replace("paid: cash", "paid: price"), "line 8: bonus.paid: must be cash, because"),
        (file("paid").replace("counts", "protected"), "line 8: bonus.delay: must be counts, because"),
        (file("paid", "grace_days: 3, "), "line 8: bonus.grace_days: only means something for a contract"),
        (
            file("filed") + "leftover: [{spent_from: 0%, rate: 100%, claw_back: 10%}]\n",
            "line 9: leftover[0].claw_back: takes of a bonus what is not known at a payout",
        ),
        (
            file("filed") + "lapse: {effect: cash, bonus: part}\n",
            "line 9: lapse.bonus: takes of a bonus what is not known at a payout",
        ),
        (
            file("filed")
            + "lapse: {effect: cash, bands: [{spent_from: 0%, rate: 1%, claw_back: part}], "
            + "give_up: {effect: cash, bonus: returned}}\n",
            "line 9: lapse.give_up.bonus: takes of a bonus what is not known at a payout",
        ),
        (
            HEAD
            + "bonus:\n"
            + "".join(
                f"  - {{base: spent, paid: cash, fixed_by: {event}, delay: counts, tiers: {TIERS}}}\n"
                for event in ("filed", "verified")
            ),
            "line 10: bonus[1].fixed_by: must be the same as bonus[0].fixed_by: one payment pays both",
        ),
    ],
)
def test_what_does_not_fit_is_named(text: str, problem: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read(text)
    assert any(problem in str(one) for one in refused.value.problems), refused.value.problems


def test_it_is_adopted_where_the_bonus_is_no_part_of_the_price() -> None:
    for event in ("filed", "verified", "paid"):
        assert not_carried_out(reader.read(file(event))) == []
    priced = file("filed").replace("paid: cash", "paid: price")
    assert not_carried_out(reader.read(priced)) == ["bonus.delay"]
    (told,) = (one for one in reader.look(priced)[1] if one.path == "bonus.delay")
    assert told.reason.startswith("is refused by adopt: ")
    assert trials.slip(told.reason).startswith("采用（adopt）不了")
    assert [one.path for one in reader.look(file("filed"))[1]] == []


def test_what_is_not_said_of_a_purchase_came_on_the_day_before_it() -> None:
    said = file("filed")
    assert amounts(said, BUY.replace(f", {DAYS}", ", contract: 2025-04-15"))["paid of it"] == 2_400_000
    assert amounts(said, BUY.replace(f", {DAYS}", ", contract: 2025-04-05"))["paid of it"] == 4_000_000


def test_days_of_grace_have_no_effect() -> None:
    found = without_effect(reader.read(file("filed", "grace_days: 3, ")))
    assert [path for path, _reason in found] == ["bonus.grace_days"]


START = date(2025, 1, 10)


@given(
    base=st.sampled_from(["spent", "price", "face", "spent_total"]),
    rates=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    cap=st.integers(0, 90_000),
    wait=st.integers(0, 400),
    later=st.integers(0, 900),
    spent=st.lists(st.integers(1, 40_000_000), min_size=1, max_size=3),
)
def test_no_day_brings_more_than_was_promised_nor_anything_but_its_tier(
    base: str, rates: list[int], cap: int, wait: int, later: int, spent: list[int]
) -> None:
    tiers = [
        f"{{from_month: {place * 3 + 1}, to_month: {place * 3 + 3}, rate: {rate}%}}"
        for place, rate in enumerate(rates)
    ]
    text = file("verified", f"caps: [{{of: home, yuan: {cap}}}], ", f"[{', '.join(tiers)}]")
    policy = bodies.parse(text.replace("base: spent", f"base: {base}"))
    locked_on = START + timedelta(days=wait)
    day = locked_on + timedelta(days=later)
    path = policy.bonus.path

    def terms(on: date) -> PurchaseTerms:
        return PurchaseTerms(
            policy,
            {path: policy.bonus.tier_on(START, on)},
            face_fen=100_000_000,
            place=Place(),
            later={path: policy.later_tiers(policy.bonus, START, locked_on, agreed_on=START)},
        )

    paying = [(fen, terms(locked_on), "household") for fen in spent]
    promised = with_days(sum(spent), paying, locked_on)
    by_day = cash_parts(sum(spent), [(fen, terms(day).cash, "household") for fen in spent])
    for lines, exact in zip(promised, by_day, strict=True):
        for (_rule, most), (_same, amount) in zip(lines, exact, strict=True):
            assert decided(most.rules, day) == amount.fen <= most.fen
