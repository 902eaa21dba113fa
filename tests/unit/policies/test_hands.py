"""What vouchers in other hands may be: transferred only unused or at some time, split only so far."""

import pytest

from app.policies import bodies, sizes
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from app.reports import hand_words
from app.reports.simulation import output, scenario
from app.reports.simulation.run import play
from tests.unit.policies.played import HEAD as PLAYED
from tests.unit.policies.played import steps_of

HEAD = """
schema: 4
code: a
title: 甲
source: 乙
valid: {months: 12, from: issue}
usable_on: [home]
buyers: [self]
"""
PLAIN = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
BY_SIZE = """
bonus:
  - base: spent
    fixed_by: lock
    face_size: {up_to: 500000}
    tiers: [{from_month: 1, to_month: 12, rate: 12%}]
  - base: face
    fixed_by: lock
    tiers: [{from_month: 1, to_month: 12, brackets: [{above: 0, rate: 8%}, {above: 999999.99, rate: 10%}]}]
"""


def played(policy: str, *steps: str) -> list[dict]:  # type: ignore[type-arg]
    """Return what each step behind the issue of a voucher over 120 万 came to."""
    told = "scenario: 1\nsteps:\n  - issue: {voucher: A, on: 2025-03-01, face: 1200000}\n"
    told += "".join(f"  - {step}\n" for step in steps)
    found = bodies.parse(HEAD + policy)
    return list(output.as_json(found, play(found, scenario.read(told)))["steps"])[1:]


def test_a_voucher_that_paid_for_a_home_is_not_transferred_where_only_unused_ones_are() -> None:
    rule = "transfers: {times: 9, only: unused}\n"
    bought, refused, _, done = played(
        PLAIN + rule,
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 100000}",
        "transfer: {voucher: A, on: 2025-04-02, to: child}",
        "cancel: {home: H1, on: 2025-04-03}",
        "transfer: {voucher: A, on: 2025-04-04, to: child}",
    )
    assert (bought["outcome"], done["outcome"]) == ("done", "done")
    assert refused["refused_by"]["path"] == "transfers.only"


KEPT = "transfers: {times: 2, bonus: {kept_by: [spouse, child]}}\n"


@pytest.mark.parametrize(
    ("to", "codes"),
    [(("child",), ["spent"]), (("other",), ["no_bonus"]), (("sibling", "spouse"), ["no_bonus"])],
)
def test_a_bonus_is_kept_by_whom_the_policy_names(to: tuple[str, ...], codes: list[str]) -> None:
    rule = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
    given = [f"transfer: {{voucher: A, on: 2025-04-0{day}, to: {kin}}}" for day, kin in enumerate(to, 1)]
    *_, bought = steps_of(
        PLAYED + rule + KEPT,
        "issue: {voucher: A, on: 2025-03-01, face: 1200000}",
        *given,
        "buy: {home: H1, voucher: A, on: 2025-04-03, price: 110000}",
    )
    (bonus,) = [line for line in bought["amounts"] if line["of"] == "bonus"]
    assert [one["code"] for one in bonus["rules"]][:1] == codes
    assert bonus["fen"] == (1_000_000 if codes == ["spent"] else 0)


TWO = """bonus:
  - {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}
  - {base: spent, fixed_by: contract, earned_by: transferee, tiers: [{from_month: 1, to_month: 3, rate: 5%}]}
"""


@pytest.mark.parametrize(("to", "fen"), [("child", 6_000_000), ("other", 3_000_000)])
def test_who_does_not_keep_the_bonus_earns_one_of_its_own(to: str, fen: int) -> None:
    first, *_, second = steps_of(
        PLAYED + TWO + KEPT,
        "issue: {voucher: A, on: 2025-03-01, face: 2400000}",
        "issue: {voucher: B, on: 2025-03-01, face: 2400000}",
        "buy: {home: H1, voucher: B, on: 2025-04-01, price: 660000}",
        f"transfer: {{voucher: A, on: 2025-04-02, to: {to}}}",
        f"buy: {{home: H2, voucher: A, on: 2025-04-03, price: {600_000 + fen // 100}}}",
    )[1:]
    del first
    assert [line["fen"] for line in second["amounts"] if line["of"] == "bonus"] == [fen]


def test_the_holder_earns_nothing_of_what_is_for_who_takes_over() -> None:
    _, bought = steps_of(
        PLAYED + TWO + KEPT,
        "issue: {voucher: A, on: 2025-03-01, face: 2400000}",
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 660000}",
    )
    assert [line["fen"] for line in bought["amounts"] if line["of"] == "bonus"] == [6_000_000]
    assert bought["dates"]["held_until"] == "2025-04-16", "nor does its tier end the hold"


@pytest.mark.parametrize(
    ("base", "transfers", "reasons"),
    [
        (
            "spent",
            "transfers: 1",
            ["earns nobody anything: no transfer loses the bonus, so write transfers with bonus"],
        ),
        ("price", "transfers: {times: 1, bonus: lost}", ["only means something with base: spent"]),
        ("spent", "transfers: {times: 1, bonus: lost}", []),
    ],
)
def test_a_bonus_of_who_takes_over_needs_a_transfer_that_loses_the_others(
    base: str, transfers: str, reasons: list[str]
) -> None:
    tiers = "tiers: [{from_month: 1, to_month: 12, rate: 10%}]"
    policy = f"{PLAYED}bonus: {{base: {base}, fixed_by: lock, earned_by: transferee, {tiers}}}\n{transfers}\n"
    problems = []
    try:
        bodies.parse(policy)
    except PolicyFileInvalid as raised:
        problems = [(one.path, one.reason) for one in raised.problems]
    assert problems == [("bonus.earned_by", reason) for reason in reasons]


def test_who_keeps_a_bonus_may_take_the_voucher_over() -> None:
    rule = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
    said = rule + "transfers: {times: 1, to: [child, other], bonus: {kept_by: [child, spouse]}}\n"
    with pytest.raises(PolicyFileInvalid) as raised:
        bodies.parse(PLAYED + said)
    assert [(one.path, one.reason) for one in raised.value.problems] == [
        ("transfers.bonus.kept_by[1]", "is spouse, and transfers.to does not name it")
    ]
    same = "transfers: {times: 1, to: [child], bonus: {kept_by: [child]}}\n"
    assert worth_a_look(read(PLAYED + rule + same)) == [
        ("transfers.bonus", "has no effect: whoever may take it over keeps the bonus")
    ]


@pytest.mark.parametrize(
    ("time", "open_on", "closed_on"),
    [
        ("to_month: 3", "2025-06-01", "2025-06-02"),
        ("from_month: 7", "2025-09-02", "2025-09-01"),
        ("to_nth_day: 90", "2025-05-30", "2025-05-31"),
        ("from_day: 2025-07-01", "2025-07-01", "2025-06-30"),
    ],
)
def test_a_transfer_is_asked_for_in_its_time(time: str, open_on: str, closed_on: str) -> None:
    outcomes = [
        played(PLAIN + f"transfers: {{times: 1, {time}}}\n", f"transfer: {{voucher: A, on: {on}, to: child}}")
        for on in (open_on, closed_on)
    ]
    assert [step["outcome"] for (step,) in outcomes] == ["done", "refused"]


def test_no_part_of_a_split_lies_below_the_least_sum_nor_what_stays() -> None:
    rule = "splits: {times: 9, least_yuan: 300000}\n"
    parts = ("299999.99", "300000", "900000", "900000.01")
    steps = [
        f"split: {{voucher: A, on: 2025-04-01, into: [{{voucher: B, amount: {sum_}}}]}}" for sum_ in parts
    ]
    assert [played(PLAIN + rule, step)[0]["outcome"] for step in steps] == [
        *("refused", "done", "done", "refused")
    ]


def test_a_split_tells_which_bonuses_go_by_another_size_of_face() -> None:
    split = "split: {voucher: A, on: 2025-04-01, into: [{voucher: B, amount: 400000}]}"
    (step,) = played(BY_SIZE + "splits: 1\n", split)
    # 80 万 stay: 8% of the face for 10%; 40 万 also earn what small faces earn.
    assert [note["path"] for note in step["notes"]] == [
        *("bonus[1].tiers[0].brackets", "bonus[0].face_size", "bonus[1].tiers[0].brackets")
    ]
    policy = bodies.parse(HEAD + BY_SIZE)
    assert sizes.changed(policy, 120_000_000, 110_000_000) == []


APART = "transfers: {times: 1, kin: {to: [child, parent], times: any}}\n"


def _given(policy: str, *to: str) -> list[str]:
    """Return what became of transfers to these, one after the other: done, or by which rule refused."""
    steps = [f"transfer: {{voucher: A, on: 2025-04-{day:02}, to: {kin}}}" for day, kin in enumerate(to, 1)]
    return [step.get("refused_by", {}).get("path", "done") for step in played(PLAIN + policy, *steps)]


@pytest.mark.parametrize(
    ("policy", "to", "outcomes"),
    [
        (
            APART,
            ("child", "other", "child", "spouse", "parent"),
            ["done", "done", "done", "transfers", "done"],
        ),
        (
            "transfers: {times: 1, kin: {to: [child], times: 2}}\n",
            ("child", "child", "child", "other", "other"),
            ["done", "done", "transfers.kin", "done", "transfers"],
        ),
        (
            "transfers: {times: 0, kin: {to: [child], times: any}}\n",
            ("child", "other", "child"),
            ["done", "transfers", "done"],
        ),
        ("transfers: {times: 1, to: [child]}\n", ("child", "child"), ["done", "transfers"]),
    ],
)
def test_transfers_to_kin_count_apart_from_others(
    policy: str, to: tuple[str, ...], outcomes: list[str]
) -> None:
    assert _given(policy, *to) == outcomes


def test_a_merged_voucher_went_as_often_to_each_as_any_of_them() -> None:
    rule = "transfers: {times: 1, kin: {to: [child], times: 1}}\nmerges: {times: 1, of: anybody}\n"
    *_, merged, to_child, to_other = played(
        PLAIN + rule,
        "issue: {voucher: B, on: 2025-03-01, face: 100000}",
        "transfer: {voucher: A, on: 2025-04-01, to: child}",
        "transfer: {voucher: B, on: 2025-04-01, to: other}",
        "merge: {vouchers: [A, B], on: 2025-04-02, into: M, owners: anybody}",
        "transfer: {voucher: M, on: 2025-04-03, to: child}",
        "transfer: {voucher: M, on: 2025-04-03, to: other}",
    )
    assert merged["outcome"] == "done"
    assert [one["refused_by"]["path"] for one in (to_child, to_other)] == ["transfers.kin", "transfers"]


def test_before_it_is_said_to_whom_it_may_go_as_long_as_it_may_to_anybody() -> None:
    rule = bodies.parse(HEAD + PLAIN + APART.replace("any", "1")).transfers
    asked = [rule.may_again(None, done=done, done_to_kin=kin).allowed for done in (0, 1) for kin in (0, 1)]
    assert asked == [True, True, True, False]
    said = hand_words.transfers(rule, done=0, done_to_kin=0)
    assert said == "可按政策转让给父母、子女 1 次、转让给其他人 1 次"
    assert hand_words.transfers(rule, done=1, done_to_kin=0) == "可按政策转让给父母、子女 1 次"
    assert hand_words.transfers(rule, done=0, done_to_kin=1) == "可按政策转让给其他人 1 次"
    assert hand_words.transfers(rule, done=1, done_to_kin=1) == "房票不能转让"
    any_times = bodies.parse(HEAD + PLAIN + APART).transfers
    assert hand_words.transfers(any_times, done=1, done_to_kin=5) == "可按政策转让给父母、子女不限次数"


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("{times: 1, to: [child], kin: {to: [child, parent], times: 2}}", "kin.to[1]", "transfers.to"),
        (
            "{times: 0, kin: {to: [child], times: 2}, bonus: {kept_by: [spouse]}}",
            "bonus.kept_by[0]",
            "transfers.kin",
        ),
    ],
)
def test_kin_that_count_apart_may_take_it_over(said: str, path: str, reason: str) -> None:
    tier = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
    with pytest.raises(PolicyFileInvalid) as raised:
        bodies.parse(f"{HEAD}{tier}transfers: {said}\n")
    (problem,) = raised.value.problems
    assert problem.path == f"transfers.{path}"
    assert problem.reason.endswith(f"and {reason} does not name it")


@pytest.mark.parametrize("times", ["0", "10", "some"])
def test_kin_take_it_over_once_at_least(times: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        bodies.parse(f"{HEAD}{PLAIN}transfers: {{times: 1, kin: {{to: [child], times: {times}}}}}\n")
    (problem,) = raised.value.problems
    assert (problem.path, problem.line) == ("transfers.kin.times", 10)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "{times: 1, to: [child], kin: {to: [child], times: 2}}",
            [("transfers.times", "has no effect: whoever may take it over counts by transfers.kin")],
        ),
        (
            "{times: 2, kin: {to: [child], times: 1}}",
            [("transfers.kin.times", "is less than the 2 times to others: are the two mixed up?")],
        ),
        ("{times: 0, kin: {to: [child], times: any}}", []),
        ("{times: 1, kin: {to: [child], times: 9}}", []),
    ],
)
def test_words_about_kin_that_do_nothing_are_told(said: str, told: list[tuple[str, str]]) -> None:
    assert worth_a_look(read(f"{HEAD}{PLAIN}transfers: {said}\n")) == told


SPLIT = "split: {{voucher: A, on: {on}, into: [{{voucher: B, amount: 100000}}]}}"
MERGE = "merge: {{vouchers: [A, C], on: {on}, into: M}}"
ANOTHER = "issue: {voucher: C, on: 2025-03-20, face: 50000}"


@pytest.mark.parametrize(
    ("time", "open_on", "closed_on"),
    [
        ("to_month: 6", "2025-09-01", "2025-09-02"),
        ("from_month: 7", "2025-09-02", "2025-09-01"),
        ("to_nth_day: 90", "2025-05-30", "2025-05-31"),
        ("from_day: 2025-07-01, to_day: 2025-07-31", "2025-07-31", "2025-08-01"),
    ],
)
def test_a_split_is_asked_for_in_its_time(time: str, open_on: str, closed_on: str) -> None:
    rule = f"{PLAIN}splits: {{times: 1, {time}}}\n"
    (late,), (done,) = (played(rule, SPLIT.format(on=on)) for on in (closed_on, open_on))
    assert (late["refused_by"]["path"], late["refused_by"]["code"]) == ("splits", "not_then")
    assert done["outcome"] == "done"


@pytest.mark.parametrize(
    ("time", "open_on", "closed_on"),
    [("to_month: 1", "2025-04-01", "2025-04-02"), ("from_month: 2", "2025-04-21", "2025-04-20")],
)
def test_each_voucher_that_is_merged_is_in_its_time(time: str, open_on: str, closed_on: str) -> None:
    rule = f"{PLAIN}merges: {{times: 1, {time}}}\n"
    late, done = (played(rule, ANOTHER, MERGE.format(on=on))[-1] for on in (closed_on, open_on))
    assert (late["refused_by"]["path"], late["refused_by"]["code"]) == ("merges", "not_then")
    assert done["outcome"] == "done"


@pytest.mark.parametrize(("word", "step"), [("splits", SPLIT), ("merges", MERGE)])
def test_a_used_voucher_is_neither_split_nor_merged_where_only_unused_ones_are(word: str, step: str) -> None:
    rule, bought = (
        f"{PLAIN}{word}: {{times: 1, only: unused}}\n",
        "buy: {home: H1, voucher: A, on: 2025-04-01",
    )
    before = (ANOTHER, f"{bought}, price: 100000}}")
    *_, refused = played(rule, *before, step.format(on="2025-04-02"))
    *_, done = played(rule, *before, "cancel: {home: H1, on: 2025-04-03}", step.format(on="2025-04-04"))
    assert refused["refused_by"]["path"] == f"{word}.only"
    assert done["outcome"] == "done"


@pytest.mark.parametrize("word", ["transfers", "splits", "merges"])
@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("to_month: 13", "to_month", "lies beyond valid.months"),
        ("from_month: 3, to_month: 2", "to_month", "comes before from_month"),
        (
            "to_month: 2, to_nth_day: 90",
            "",
            "counts its time in two ways: by months, by nth days, or by days",
        ),
        ("only: used", "only", "is 'used' (did you mean unused?), must be unused"),
    ],
)
def test_a_time_that_cannot_be_is_refused(word: str, said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        bodies.parse(f"{HEAD}{PLAIN}{word}: {{times: 1, {said}}}\n")
    (problem,) = raised.value.problems
    assert (problem.path, problem.reason, problem.line) == (f"{word}.{path}".rstrip("."), reason, 10)


@pytest.mark.parametrize("word", ["transfers", "splits", "merges"])
def test_a_time_as_long_as_the_term_is_told(word: str) -> None:
    (first, last) = worth_a_look(read(f"{HEAD}{PLAIN}{word}: {{times: 1, from_month: 1, to_month: 12}}\n"))
    assert first == (f"{word}.from_month", "has no effect: the term begins then")
    assert last == (f"{word}.to_month", "has no effect: the term ends then")
    longer = HEAD.replace("from: issue", "from: issue, extension_months: 3")
    assert worth_a_look(read(f"{longer}{PLAIN}{word}: {{times: 1, to_month: 12}}\n")) == []
    scheme = "scheme: {issue_from: 2025-03-01}\n"
    told = worth_a_look(read(f"{HEAD}{PLAIN}{scheme}{word}: {{times: 1, to_day: 2025-02-01}}\n"))
    assert told == [(f"{word}.to_day", "lies before 2025-03-01: no voucher is open then")]
