"""A longer term only for who has used a part of the face: read, told, and played."""

from fractions import Fraction

import pytest

from app.policies import bodies
from app.policies.bands import Used
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def file_of(valid: str, more: str = "") -> str:
    """Return a policy whose term says more."""
    return HEAD.replace("from: issue}", f"from: issue, {valid}}}") + NONE + more


@pytest.mark.parametrize(
    ("word", "price", "outcome"),
    [
        ("extension_spent_from: 50%", "500000", "done"),
        ("extension_spent_from: 50%", "499999.99", "refused"),
        ("extension_spent_above: 50%", "500000", "refused"),
        ("extension_spent_above: 50%", "500000.01", "done"),
    ],
)
def test_who_used_as_much_of_the_face_is_extended(word: str, price: str, outcome: str) -> None:
    *_, extended = steps_of(
        file_of(f"extension_months: 3, {word}"),
        ISSUE,
        f"buy: {{home: H1, voucher: A, on: 2025-04-01, price: {price}}}",
        "extend: {voucher: A, on: 2026-02-01, months: 3}",
    )
    assert extended["outcome"] == outcome
    if outcome == "refused":
        path = f"valid.{word.split(':', maxsplit=1)[0]}"
        assert (extended["refused_by"]["path"], extended["refused_by"]["code"]) == (path, "extension_unused")


def test_what_came_back_is_not_used() -> None:
    *_, refused = steps_of(
        file_of("extension_months: 3, extension_spent_from: 50%"),
        ISSUE,
        "buy: {home: H1, voucher: A, on: 2025-04-01, price: 600000}",
        "cancel: {home: H1, on: 2025-05-01}",
        "extend: {voucher: A, on: 2026-02-01, months: 3}",
    )
    assert refused["outcome"] == "refused"


def test_a_part_of_a_split_counts_what_was_spent_in_proportion() -> None:
    split = "split: {voucher: A, on: 2025-05-01, into: [{voucher: B, amount: 100000}]}"
    extend = "extend: {{voucher: {}, on: 2026-02-01, months: 3}}"
    for past, outcomes in (("parted", ["done", "done"]), ("stays", ["done", "refused"])):
        *_, first, second = steps_of(
            file_of(
                "extension_months: 3, extension_spent_from: 50%", f"splits: {{times: 1, past: {past}}}\n"
            ),
            ISSUE,
            "buy: {home: H1, voucher: A, on: 2025-04-01, price: 500000}",
            split,
            extend.format("A"),
            extend.format("B"),
        )
        assert [first["outcome"], second["outcome"]] == outcomes


def test_a_share_is_compared_without_rounding() -> None:
    policy = bodies.parse(file_of("extension_months: 3, extension_spent_from: 50%"))
    assert not policy.may_extend(Used(100, 49, rest=Fraction(999, 1000))).allowed
    assert policy.may_extend(Used(99, 49, rest=Fraction(1))).allowed
    plain = bodies.parse(file_of("extension_months: 3"))
    assert plain.may_extend(Used(100, 0)).allowed


@pytest.mark.parametrize(
    ("said", "word", "reason"),
    [
        ("extension_spent_from: 50%", "from", "only means something with extension_months"),
        (
            "extension_months: 3, extension_spent_from: 50%, extension_spent_above: 60%",
            "above",
            "may have only extension_spent_from or extension_spent_above",
        ),
        (
            "extension_months: 3, extension_spent_above: 100%",
            "above",
            "must be below 100%: more than the face is never spent",
        ),
    ],
)
def test_a_share_that_cannot_be_is_refused(said: str, word: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        bodies.parse(file_of(said))
    (problem,) = raised.value.problems
    assert (problem.path, problem.reason, problem.line) == (f"valid.extension_spent_{word}", reason, 5)


LIMITED = "limits: [{share_of_face: 40%}]\n"


@pytest.mark.parametrize(
    ("said", "more", "told"),
    [
        ("extension_spent_from: 0%", "", ["has no effect: every voucher has spent 0%"]),
        ("extension_spent_from: 100%", "", ["is 100%, where nothing is left to be spent longer"]),
        (
            "extension_spent_from: 50%",
            LIMITED,
            ["is never reached: limits let 40% of the face be spent"],
        ),
        ("extension_spent_above: 40%", LIMITED, ["is never reached: limits let 40% of the face be spent"]),
        ("extension_spent_from: 40%", LIMITED, []),
        ("extension_spent_above: 0%", "", []),
    ],
)
def test_a_share_that_does_nothing_is_told(said: str, more: str, told: list[str]) -> None:
    found = worth_a_look(read(file_of(f"extension_months: 3, {said}", more)))
    path = f"valid.{said.split(':', maxsplit=1)[0]}"
    assert found == [(path, reason) for reason in told]


def test_a_file_without_it_is_stored_as_it_always_was() -> None:
    assert not {word for word in read(file_of("extension_months: 3"))["valid"] if "spent" in word}
