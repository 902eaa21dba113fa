"""A wrong policy file is refused by line and path, and everything wrong is named at once."""

import json
from pathlib import Path

import pytest

from app.policies import reader, rules
from app.policies.errors import PolicyFileInvalid

GOOD = (Path(rules.__file__).parent / "files" / "hailing-2023.yaml").read_text(encoding="utf-8")


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyFileInvalid) as caught:
        reader.read(text)
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_body_survives_storage_as_json() -> None:
    body = reader.read(GOOD)
    assert rules.from_body(json.loads(json.dumps(body))) == rules.parse(GOOD)


def test_the_shipped_files_hold() -> None:
    files = sorted((Path(rules.__file__).parent / "files").glob("*.yaml"))
    assert files
    for file in files:
        assert rules.parse(file.read_text(encoding="utf-8")).code == file.stem


@pytest.mark.parametrize(
    ("good", "bad", "path", "reason"),
    [
        ("months: 18", "months: 018", "valid.months", "must be a whole number from 1 to 120"),
        ("months: 18", "months: 0", "valid.months", "must be a whole number from 1 to 120"),
        ("months: 18", "months: 18.0", "valid.months", "must be a whole number from 1 to 120"),
        ("months: 18", "months: １８", "valid.months", "must be a whole number from 1 to 120"),
        ("from: issue", "from: signing", "valid.from", "is 'signing', must be issue"),
        ("base: spent", "base: face", "bonus.base", "is 'face', must be spent"),
        ("fixed_by: lock", "fixed_by: signed", "bonus.fixed_by", "is 'signed', must be lock"),
        ("rate: 20%", "rate: 0.2", "bonus.tiers[0].rate", "must be a percentage from 0% to 100%"),
        ("rate: 20%", "rate: 100.01%", "bonus.tiers[0].rate", "must be a percentage from 0% to 100%"),
        ("from_month: 4", "from_month: 5", "bonus.tiers[1].from_month", "must be 4: tiers follow on"),
        ("from_month: 4", "from_month: 3", "bonus.tiers[1].from_month", "must be 4: tiers follow on"),
        ("to_month: 6", "to_month: 2", "bonus.tiers[1].to_month", "comes before from_month"),
        ("to_month: 18", "to_month: 19", "bonus.tiers[2].to_month", "lies beyond valid.months"),
        ("days: 15", "days: 91", "hold.days", "must be a whole number from 1 to 90"),
        ("homes: 3", "homes: 0", "hold.homes", "must be a whole number from 1 to 99"),
        ("homes: 3", "homes: many", "hold.homes", "must be a whole number from 1 to 99"),
        ("least_share: 5%", "least_share: 5", "hold.least_share", "must be a percentage from 0% to 100%"),
        ("[home]", "[home, parking]", "usable_on[1]", "is 'parking', must be home"),
        ("[home]", "[]", "usable_on", "needs at least 1"),
        ("usable_on: [home]", "usable_on: home", "usable_on", "must be a list"),
        ("code: hailing-2023", "code: Hailing 2023", "code", "must be small letters"),
        ("schema: 2", "schema: 1", "schema", "is '1', must be 2"),
        ("hold:\n", "hold:\n  hours: 3\n", "hold.hours", "is not a word of the schema"),
        ("  days: 15", "  days: 15\n  days: 16", "hold.days", "stands here twice"),
    ],
)
def test_each_slip_is_named_with_its_line(good: str, bad: str, path: str, reason: str) -> None:
    text = GOOD.replace(good, bad, 1)
    assert text != GOOD
    found = problems_of(text)
    expected = f"line {line_of(text, bad.strip().splitlines()[-1])}: {path}: {reason}"
    assert any(problem.startswith(expected) for problem in found), found


def test_a_missing_part_is_named_where_it_belongs() -> None:
    text = GOOD.replace("  homes: 3\n", "")
    assert problems_of(text) == [f"line {line_of(text, '  days: 15')}: hold.homes: is missing"]


def test_everything_wrong_is_named_in_the_order_of_the_file() -> None:
    text = GOOD.replace("months: 18", "months: many").replace("days: 15", "days: few").replace("20%", "lots")
    assert [problem.split(": ")[1] for problem in problems_of(text)] == [
        "valid.months",
        "bonus.tiers[0].rate",
        "hold.days",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("title: [", "is not YAML"),
        ("title: \x07", "is not YAML"),
        ("[" * 5000, "is not YAML"),
        ("- a list", "must be a mapping"),
        ("x" * 60_000, "is longer than"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_not_crashed_on(text: str, reason: str) -> None:
    assert reason in problems_of(text)[0]
