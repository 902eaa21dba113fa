"""Bonus in cash that is paid only once the certificate of the home is there."""

from datetime import date
from typing import Any

import pytest

from app.policies import bodies, reader
from app.policies.adoption import not_carried_out
from app.policies.answers import Rule
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.paid_after import waits_for
from app.web import policies as web_words
from tests.unit.policies.played import HEAD, steps_of

TIERS = "tiers: [{from_month: 1, to_month: 12, rate: 5%}]"
ISSUE = "issue: {voucher: A, on: 2025-01-10, face: 1000000}"


def file(*more: str) -> str:
    lines = [f"  - {{base: spent, fixed_by: lock, {one}}}\n" for one in more]
    return HEAD + "bonus:\n" + "".join(lines)


WAITS = file(f"paid: cash, paid_after: certificate, {TIERS}")


def bought(days: str, text: str = WAITS) -> dict[str, Any]:
    _, home = steps_of(text, ISSUE, f"buy: {{home: H, voucher: A, on: 2025-02-10, price: 800000{days}}}")
    return home


def test_it_is_earned_as_any_other_and_says_what_it_waits_for() -> None:
    without = file(f"paid: cash, {TIERS}")
    sums = [{one["of"]: one["fen"] for one in bought("", text)["amounts"]} for text in (WAITS, without)]
    assert sums[0] == sums[1] == {"spent": 80_000_000, "bonus": 0, "bonus in cash": 4_000_000}
    codes = [one["rules"][-1]["code"] for one in bought("")["amounts"]]
    assert codes[-1] == "paid_after"
    assert [note["code"] for note in bought("")["notes"]][-1] == "certificate_unknown"


def test_it_is_paid_from_the_certificate_on_and_never_before_the_write_off() -> None:
    assert bought(", certificate: 2026-02-01")["dates"]["cash_paid_from"] == "2026-02-01"
    early = bought(", certificate: 2025-03-01, verified: 2025-03-20")
    assert early["dates"]["cash_paid_from"] == "2025-03-20"
    assert "refused_by" not in bought(", certificate: 2026-02-01, paid: 2026-02-01")
    for days in (", certificate: 2026-02-01, paid: 2026-01-31", ", paid: 2026-01-31"):
        assert bought(days)["refused_by"]["code"] == "paid_before_certificate"


def test_interest_to_the_payment_runs_to_the_certificate_where_no_day_is_said() -> None:
    held = "base: held, counted_from: issue, fixed_by: lock, paid: cash, paid_after: certificate"
    tiers = "tiers: [{from_month: 1, to_month: 12, interest: {rate: 3.65%, to: paid}}]"
    home = bought(", certificate: 2025-05-21", HEAD + f"bonus: {{{held}, {tiers}}}\n")
    # 31 days to the lock, and 100 more, at a ten-thousandth a day of 80 万.
    sums = {one["of"]: one["fen"] for one in home["amounts"]}
    assert (sums["bonus in cash"], sums["interest on spent"]) == (248_000, 800_000)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            file(f"paid_after: certificate, {TIERS}"),
            "line 9: bonus[0].paid_after: only means something with paid: cash",
        ),
        (
            file(f"paid: cash, paid_after: certificate, {TIERS}", f"paid: cash, {TIERS}"),
            "line 10: bonus[1].paid_after: must be the same as bonus[0].paid_after: one payment pays both",
        ),
        (
            file(f"paid: cash, {TIERS}", f"paid: cash, paid_after: certificate, {TIERS}"),
            "line 10: bonus[1].paid_after: must be the same as bonus[0].paid_after: one payment pays both",
        ),
        (
            file(f"paid: cash, paid_after: handover, {TIERS}"),
            "line 9: bonus[0].paid_after: is 'handover', must be certificate",
        ),
    ],
)
def test_what_does_not_fit_is_named(text: str, problem: str) -> None:
    with pytest.raises(PolicyFileInvalid) as refused:
        reader.read(text)
    assert problem in [str(one) for one in refused.value.problems], refused.value.problems


def test_one_that_counts_towards_the_price_stands_beside_it() -> None:
    policy = bodies.parse(file(TIERS, f"paid: cash, paid_after: certificate, {TIERS}"))
    assert [rule.paid_after for rule in policy.bonuses] == [None, "certificate"]
    assert not_carried_out(reader.read(WAITS)) == []


def test_without_tiers_it_has_no_effect() -> None:
    found = without_effect(reader.read(file("paid: cash, paid_after: certificate, tiers: []")))
    assert [path for path, _reason in found] == ["bonus[0].paid_after"]


def test_households_read_it() -> None:
    (rule,) = bodies.parse(WAITS).bonuses
    (tier,) = rule.tiers_of(date(2025, 1, 10))
    assert "领到不动产权证以后才发" in web_words.worths([(rule, tier)])
    told = Rule(rule.path, "paid_after", {"event": "certificate"})
    assert (waits_for([told]), waits_for([])) == ("certificate", None)
    assert web_words.rule_text(told) == "领到这套房的不动产权证以后才发"
