"""What a simulation tells beside each sum: what it is a share of, its exact result, what was rounded."""

from fractions import Fraction
from typing import Any

from app.policies import bodies
from app.reports.simulation import output, scenario
from app.reports.simulation.exact import decimal_of
from app.reports.simulation.run import play
from tests.unit.reports.test_simulation import amounts, played

_HEAD = "schema: 4\ncode: a\ntitle: 甲\nsource: 乙\nusable_on: [home, shop]\nbuyers: [self]\n"
_TERM = "valid: {months: 12, from: issue}\n"
_TIER = "tiers: [{from_month: 1, to_month: 12, rate: 7.77%}]"
_BONUS = f"bonus: {{base: price, fixed_by: lock, {_TIER}, caps: [{{of: home, share_of_price: 3.33%}}]}}\n"
_ISSUE = "issue: {voucher: A, on: 2025-01-10, face: 1000000.01}"


def rules_of(step: dict[str, Any], of: str) -> dict[str, dict[str, Any]]:
    """The rules of one amount of a step, by their words."""
    assert step["outcome"] == "done", step
    (rules,) = (amount["rules"] for amount in step["amounts"] if amount["of"] == of)
    return {rule["code"]: rule for rule in rules}


def test_parts_that_are_rounded_once_tell_it_once() -> None:
    rates = "[{from_day: 2025-01-01, rate: 1.5%}, {from_day: 2025-03-01, rate: 1%}]"
    policy = bodies.parse(
        f"{_HEAD}{_TERM}{_BONUS}"
        "leftover: [{spent_from: 0%, rate: 77.77%, rate_up_to: 50%, rate_beyond: 33.33%}]\n"
        f"interest: {{rates: {rates}, from: issue, on: [leftover]}}\n"
    )
    steps = played(policy, _ISSUE, "payout: {voucher: A, on: 2025-06-10}")
    for amount in steps[1]["amounts"]:
        *parts, together = amount["rules"]
        assert [part.get("rounded") for part in parts] == [None, None]
        assert (together["code"], together["rounded"]) == ("together", "down")
        exact = sum(float(part["exact_fen"]) for part in parts)
        assert abs(exact - float(together["exact_fen"])) < 0.001
        assert amount["fen"] == int(float(together["exact_fen"]))
    asked = f"scenario: 1\nsteps:\n  - {_ISSUE}\n  - payout: {{voucher: A, on: 2025-06-10}}\n"
    text = "\n".join(output.as_text(policy, play(policy, scenario.read(asked))))
    assert text.count("rounded down") == 2


def test_limits_tell_what_they_are_a_share_of() -> None:
    limits = "limits: [{kinds: [home], share_of_price: 66.66%}, {kinds: [shop], share_of_face: 33.33%}]\n"
    policy = bodies.parse(f"{_HEAD}{_TERM}{_BONUS}{limits}")
    home, shop = played(
        policy,
        _ISSUE,
        "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000.01}",
        "buy: {home: H2, voucher: A, on: 2025-02-11, price: 600000, kind: shop}",
    )[1:]
    bonus = rules_of(home, "bonus")
    assert bonus["cap_home"]["figures"]["price_fen"] == 30_000_001
    assert (bonus["cap_home"]["exact_fen"], bonus["cap_home"]["rounded"]) == ("999000.0333", "down")
    assert (bonus["most_of_price"]["exact_fen"], bonus["most_of_price"]["rounded"]) == (
        "19998000.6666",
        "down",
    )
    assert rules_of(home, "spent")["least_sum"]["figures"]["missing_fen"] == 19_998_000
    most = rules_of(shop, "spent")["most_of_face"]
    assert (most["figures"]["face_fen"], most["exact_fen"], most["rounded"]) == (
        100_000_001,
        "33330000.3333",
        "down",
    )


def test_a_cap_by_the_area_tells_the_area() -> None:
    cap = "caps: [{of: household, yuan_per_m2: 33.33}]"
    policy = bodies.parse(f"{_HEAD}{_TERM}bonus: {{base: spent, fixed_by: lock, {_TIER}, {cap}}}\n")
    buy = "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000}"
    step = played(policy, _ISSUE, buy, head="household: {old_area: 98.55}\n")[1]
    told = rules_of(step, "bonus")["cap_household"]
    assert (told["figures"]["old_area_m2"], told["exact_fen"]) == ("98.55", "328467.15")


def test_what_an_ending_takes_off_tells_of_what() -> None:
    policy = bodies.parse(
        f"{_HEAD}{_TERM}{_BONUS}face: [{{rate: 10%, lost_on: [leftover]}}]\n"
        "leftover: [{spent_from: 0%, rate: 100%, claw_back: 33.33%}]\n"
    )
    steps = played(
        policy,
        "issue: {voucher: A, on: 2025-01-10, compensation: 1000000}",
        "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000.01}",
        "payout: {voucher: A, on: 2025-06-10}",
    )
    spent = amounts(steps[1])["spent"]
    told = rules_of(steps[2], "paid_out")
    lost, back = told["face_lost"], told["claw_back"]
    left = 110_000_000 - spent
    of = {"addition_fen": 10_000_000, "left_fen": left, "face_fen": 110_000_000}
    assert lost["figures"] == {"taken_fen": 10_000_000 * left // 110_000_000, **of}
    assert lost["rounded"] == "down"
    assert (back["figures"]["bonus_fen"], back["exact_fen"], back["rounded"]) == (999_000, "332966.7", "down")


def test_the_bounds_of_a_price_tell_their_exact_shares() -> None:
    policy = bodies.parse(f"{_HEAD}{_TERM}{_BONUS}price: {{floor_share: 85%, ceiling_share: 95%}}\n")
    buy = "buy: {home: H1, voucher: A, on: 2025-02-10, price: 100, filed_price: 300000.01}"
    figures = played(policy, _ISSUE, buy)[1]["refused_by"]["figures"]
    assert (figures["exact_least_fen"], figures["least_fen"]) == ("25500000.85", 25_500_001)
    assert (figures["exact_most_fen"], figures["most_fen"]) == ("28500000.95", 28_500_000)


def test_what_held_a_voucher_back_is_told() -> None:
    policy = bodies.parse(f"{_HEAD}{_TERM}{_BONUS}")
    said, emptied = played(
        policy,
        _ISSUE,
        "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000, most: 100000}",
        "buy: {home: H2, voucher: A, on: 2025-02-10, price: 3000000}",
    )[1:]
    assert rules_of(said, "spent")["most_said"]["figures"] == {"most_fen": 10_000_000}
    assert rules_of(emptied, "spent")["emptied"]["figures"] == {"available_fen": 90_000_001}


def test_one_of_several_bonuses_tells_what_they_come_to_together() -> None:
    one = f"{{base: spent, fixed_by: lock, {_TIER}}}"
    policy = bodies.parse(f"{_HEAD}{_TERM}bonus: [{one}, {one}]\n")
    step = played(policy, _ISSUE, "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000}")[1]
    figures = rules_of(step, "bonus bonus[1]")["one_of_several"]["figures"]
    assert figures == {"bonuses": 2, "together_fen": amounts(step)["bonus"]}


def test_rates_by_size_name_the_sum_that_they_are_taken_of() -> None:
    sizes = "slices: [{above: 0, rate: 7.77%}, {above: 300000, rate: 3.33%}]"
    tier = f"tiers: [{{from_month: 1, to_month: 12, {sizes}}}]"
    for base in ("spent", "spent_total", "face", "price"):
        policy = bodies.parse(f"{_HEAD}{_TERM}bonus: {{base: {base}, fixed_by: lock, {tier}}}\n")
        buy = "buy: {home: H1, voucher: A, on: 2025-02-10, price: 500000.01}"
        step = played(policy, _ISSUE, buy)[1]
        told = rules_of(step, "bonus")["by_slices"]
        of_fen = {"face": 100_000_001, "price": 50_000_001}.get(base, amounts(step)["spent"])
        assert told["figures"][f"{base}_fen"] == of_fen
        exact = 30_000_000 * Fraction(777, 10_000) + (of_fen - 30_000_000) * Fraction(333, 10_000)
        assert told["exact_fen"] == decimal_of(exact)
        assert amounts(step)["bonus"] == int(exact)


def test_what_a_purchase_must_take_at_least_tells_its_exact_share() -> None:
    policy = bodies.parse(
        f"{_HEAD}{_TERM}{_BONUS}first_purchase: 33.33%\nhold: {{days: 9, least_share: 66.67%}}\n"
    )
    small, far = played(
        policy,
        _ISSUE,
        "buy: {home: H1, voucher: A, on: 2025-02-10, price: 300000.01}",
        "buy: {home: H2, voucher: A, on: 2025-02-10, price: 2000000.01}",
    )[1:]
    figures = small["refused_by"]["figures"]
    assert (figures["face_fen"], figures["exact_least_fen"]) == (100_000_001, "33330000.3333")
    assert figures["least_fen"] == 33_330_001
    figures = far["refused_by"]["figures"]
    assert (figures["exact_least_fen"], figures["least_fen"]) == ("133340000.6667", 133_340_001)
