"""A wrong policy file is refused by line and path, and everything wrong is named at once."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from app.cli.policy import group
from app.policies import bodies, reader, rules, schema
from app.policies.errors import PolicyFileInvalid
from app.web import trials

GOOD = (Path(rules.__file__).parent / "files" / "hailing-2023.yaml").read_text(encoding="utf-8")


def problems_of(text: str) -> list[str]:
    with pytest.raises(PolicyFileInvalid) as caught:
        reader.read(text)
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_body_survives_storage_as_json() -> None:
    body = reader.read(GOOD)
    assert bodies.from_body(json.loads(json.dumps(body))) == bodies.parse(GOOD)


def test_the_shipped_files_hold() -> None:
    files = sorted((Path(rules.__file__).parent / "files").glob("*.yaml"))
    assert files
    for file in files:
        assert bodies.parse(file.read_text(encoding="utf-8")).code == file.stem


@pytest.mark.parametrize(
    ("good", "bad", "path", "reason"),
    [
        ("months: 18", "months: 018", "valid.months", "must be written as 18"),
        ("months: 18", "months: 0", "valid.months", "must be a whole number from 1 to 120"),
        ("months: 18", "months: 18.0", "valid.months", "must be written as 18"),
        ("months: 18", "months: １８", "valid.months", "has full-width characters: write 18"),
        (
            "transfers: 1",
            "bonus_caps: [{of: home, yuan: 1000000000}]",
            "bonus_caps[0].yuan",
            "must be an amount in yuan from 0 to 999999999.99, such as 50000 or 300.50",
        ),
        ("from: issue", "from: signing", "valid.from", "is 'signing', must be issue or agreement"),
        (
            "from: issue",
            "from: issue\n  announced_on: 2016-06-01",
            "valid.announced_on",
            "only means something",
        ),
        ("months: 18", "until: 2017-02-29", "valid.until", "is 2017-02-29, and the calendar has"),
        ("months: 18", "until: 9999-12-31", "valid.until", "must be a day of the years 1900 to 2199"),
        (
            "schema: 4",
            "schema: !!python/object:os.x {a: 1}",
            "schema",
            "has the tag !!python/object:os.x, which",
        ),
        ("rate: 20%", "rate: !float 20%", "bonus.tiers[0].rate", "has the tag !float, which is not taken"),
        ("schema: 4", "schema: !own [4]", "schema", "has the tag !own, which is not taken"),
        ("schema: 4", "schema: [4]", "schema", "must be a single value"),
        ("title: ", "title: \u202e", "title", "has the character U+202E, which is not shown"),
        ("title: ", 'title: "\\ud800" #', "title", "has the character U+D800, which is not shown"),
        ("title: ", 'title: "a\\nb" #', "title", "must be one line of at most 100 characters"),
        ("hold:\n", "hold:\n  <<: {days: 3}\n", "hold.<<", "is a merge key, which is not taken"),
        (
            "rate: 20%",
            "rate: 0.075",
            "bonus.tiers[0].rate",
            "must be a percentage from 0% to 100%, such as 20% or 12.5%; 0.075 = 7.5%",
        ),
        (
            "rate: 20%",
            "rate: 0.10",
            "bonus.tiers[0].rate",
            "must be a percentage from 0% to 100%, such as 20% or 12.5%; 0.10 = 10%",
        ),
        ("base: spent", "base: sum", "bonus.base", "is 'sum', must be spent or spent_total or face"),
        ("fixed_by: lock", "fixed_by: signed", "bonus.fixed_by", "is 'signed', must be lock or contract"),
        (
            "rate: 20%",
            "rate: 20%, yuan_per_m2: 300",
            "bonus.tiers[0]",
            "may have only rate or steps or brackets or slices or slices_of_face or yuan_per_m2",
        ),
        (
            "from_month: 4, to_month: 6",
            "from_day: 2016-09-01, to_day: 2016-12-31",
            "bonus.tiers[1]",
            "counts otherwise",
        ),
        (
            "rate: 20%",
            "rate: 20%, kinds: [shop]",
            "bonus.tiers[0].kinds",
            "names shop, which is not in usable_on",
        ),
        ("rate: 20%", "rate: 0.2", "bonus.tiers[0].rate", "must be a percentage from 0% to 100%"),
        ("rate: 20%", "rate: 20％", "bonus.tiers[0].rate", "has full-width characters: write 20%"),
        ("rate: 20%", "rate: 20．5％", "bonus.tiers[0].rate", "has full-width characters: write 20.5%"),
        ("rate: 20%", "rate: 200％", "bonus.tiers[0].rate", "must not be above 100%"),
        ("rate: 20%", "rate: 100.01%", "bonus.tiers[0].rate", "must not be above 100%"),
        ("from_month: 4", "from_month: 5", "bonus.tiers[1].from_month", "must be 4: tiers follow on"),
        ("from_month: 4", "from_month: 3", "bonus.tiers[1].from_month", "must be 4: tiers follow on"),
        ("to_month: 6", "to_month: 2", "bonus.tiers[1].to_month", "comes before from_month"),
        ("to_month: 18", "to_month: 19", "bonus.tiers[2].to_month", "lies beyond valid.months"),
        ("days: 15", "days: 91", "hold.days", "must be a whole number from 1 to 90"),
        ("homes: 3", "homes: 0", "hold.homes", "must be a whole number from 1 to 99"),
        ("homes: 3", "homes: many", "hold.homes", "must be a whole number from 1 to 99"),
        ("least_share: 5%", "least_share: 5", "hold.least_share", "must be a percentage from 0% to 100%"),
        ("[home]", "[home, boat]", "usable_on[1]", "is 'boat', must be home or used_home"),
        ("[home]", "[]", "usable_on", "needs at least 1"),
        ("usable_on: [home]", "usable_on: home", "usable_on", "must be a list"),
        ("usable_on: [home]", "usable_on: [home, home]", "usable_on[1]", "stands here twice"),
        ("rate: 20%", "rate: 20%, kinds: [home, home]", "bonus.tiers[0].kinds[1]", "stands here twice"),
        ("code: hailing-2023", "code: Hailing 2023", "code", "must be written as hailing-2023"),
        ("schema: 4", "schema: 3", "schema", "is '3', must be 4"),
        ("hold:\n", "hold:\n  weeks: 3\n", "hold.weeks", "is not a word of the schema"),
        (
            "transfers: 1",
            "transfers: 1\nholds: 3",
            "holds",
            "is not a word of the schema (did you mean hold?)",
        ),
        ("  days: 15", "  days: 15\n  days: 16", "hold.days", "stands here twice"),
        ("transfers: 1", "transfers: -1", "transfers", "must be a whole number from 0 to 9"),
        ("transfers: 1", "leftover: [{spent_from: 1%, rate: 5%}]", "leftover[0].spent_from", "must be 0%"),
        ("transfers: 1", "areas: here", "areas", "is 'here', must be any or own"),
        ("transfers: 1", "areas: [any]", "areas", "must be any by itself"),
        ("transfers: 1", "price: {ceiling_share: 80%, floor_share: 85%}", "price.floor_share", "lies above"),
        (
            "transfers: 1",
            "scheme: {issue_until: 2017-06-30, buy_until: 2017-06-29}",
            "scheme.buy_until",
            "comes before issue_until",
        ),
        (
            "fixed_by: lock",
            "fixed_by: lock\n  home_area: {above: 90, up_to: 90.00}",
            "bonus.home_area.up_to",
            "must be more than above",
        ),
        ("transfers: 1", "lapse: {effect: gone}", "lapse.effect", "is 'gone', must be cash or void"),
    ],
)
def test_each_slip_is_named_with_its_line(good: str, bad: str, path: str, reason: str) -> None:
    text = GOOD.replace(good, bad, 1)
    assert text != GOOD
    found = problems_of(text)
    expected = f"line {line_of(text, bad.strip().splitlines()[-1])}: {path}: {reason}"
    assert any(problem.startswith(expected) for problem in found), found


@pytest.mark.parametrize(
    ("good", "bad", "where", "path", "reason"),
    [
        ("from: issue", "from: announced", "months: 18", "valid.announced_on", "is missing"),
        (
            *("months: 18", "months: 18\n  until: 2017-12-31", "months: 18", "valid"),
            "may have only months or days or until",
        ),
        ("  months: 18\n", "", "from: issue", "valid", "needs either months or days or until"),
        ("base: spent", "base: old_area", "rate: 20%", "bonus.tiers[0]", "needs yuan_per_m2"),
        ("to_month: 3, ", "", "rate: 20%", "bonus.tiers[0].to_month", "is missing"),
        (
            *("  tiers:\n", "  caps:\n    - {of: home}\n  tiers:\n", "{of: home}", "bonus.caps[0]"),
            "needs either yuan or yuan_per_m2 or yuan_per_entitled_m2 or yuan_per_resident or yuan_per_home",
        ),
    ],
)
def test_what_belongs_together_is_asked_for_together(
    good: str, bad: str, where: str, path: str, reason: str
) -> None:
    text = GOOD.replace(good, bad, 1)
    expected = f"line {line_of(text, where)}: {path}: {reason}"
    found = problems_of(text)
    assert any(problem.startswith(expected) for problem in found), found


def test_bands_of_a_leftover_rise() -> None:
    bands = "leftover:\n  - {spent_from: 0%, rate: 0%}\n  - {spent_from: 0%, rate: 50%}\n"
    text = GOOD + bands
    line = len(text.splitlines())
    reason = "must be above the band before, or the same with a lower left_up_to"
    assert problems_of(text) == [f"line {line}: leftover[1].spent_from: {reason}"]


def test_tiers_follow_on_for_each_kind_of_stock_and_by_days() -> None:
    tiers = """  tiers:
    - {from_day: 2016-06-01, to_day: 2016-08-31, rate: 10%, kinds: [home]}
    - {from_day: 2016-06-01, to_day: 2016-12-31, rate: 5%, kinds: [shop]}
    - {from_day: 2016-09-02, to_day: 2016-12-31, rate: 8%, kinds: [home]}
"""
    before, rest = GOOD.split("  tiers:\n")
    text = before + tiers + rest[rest.index("\n# A locked home") :].replace("[home]", "[home, shop]", 1)
    found = "bonus.tiers[2].from_day: must be 2016-09-01: tiers follow on"
    assert problems_of(text) == [f"line {line_of(text, 'from_day: 2016-09-02')}: {found}"]
    assert bodies.parse(text.replace("2016-09-02", "2016-09-01")).bonus.tiers[2].rate_bp == 800


def test_what_is_left_out_is_stored_as_its_default() -> None:
    body = reader.read(GOOD)
    assert (body["areas"], body["homes"], body["leftover"], body["lapse"]) == ("any", None, None, None)
    assert (body["bonus"]["paid"], body["bonus"]["delay"], body["bonus"]["caps"]) == (
        "price",
        "protected",
        [],
    )
    assert (body["top_up"], body["price"]["ceiling"]) == (["own", "loan", "fund"], "filed")


def test_the_shipped_json_schema_is_the_readers_own() -> None:
    shipped = (Path(rules.__file__).parent / "files" / "policy.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == schema.json_schema()


def test_a_missing_part_is_named_where_it_belongs() -> None:
    text = GOOD.replace("  base: spent\n", "")
    assert problems_of(text) == [f"line {line_of(text, '  fixed_by: lock')}: bonus.base: is missing"]


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
        ("code: a\n---\ncode: b\n", "line 2: file: holds two documents, parted by ---: write one"),
        ("code: a\ntitle: \x07", "line 2: file: is not YAML: has the character U+0007"),
        ("[" * 5000, "is nested too deeply"),
        ("x: &a [" + "0," * 300 + "]\nbonus: [" + "*a," * 300 + "]", "has aliases that stand for more than"),
        ("bonus: &b [*b]\n", "has aliases that stand for more than"),
        ("- a list", "must be lines of a word, a colon, a space and its value"),
        ("x" * 60_000, "is longer than"),
    ],
)
def test_what_is_no_policy_at_all_is_refused_not_crashed_on(text: str, reason: str) -> None:
    assert reason in problems_of(text)[0]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("code: a\nmonths：18\nareas: any\n", [2]),
        ("code: a\nvalid: {months: 12， from: issue}\n", [2]),
        ("title: 甲，乙：丙\nareas: [\n", []),
    ],
)
def test_a_full_width_colon_or_comma_is_named_where_a_file_is_no_yaml(text: str, lines: list[int]) -> None:
    """YAML names the line after a key without its colon; what stands in a title is no slip."""
    found = problems_of(text)
    said = "has ： or ，, which YAML takes for text: write : or ,"
    assert found == [f"line {line}: file: {said}" for line in lines] or (
        "is not YAML" in found[0] and not lines
    )


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("60,000", "face[0].most_yuan: has a comma, which parts entries here: write 60000"),
        ("1,260,000.50", "face[0].most_yuan: has a comma, which parts entries here: write 1260000.50"),
        ("6万", "face[0].most_yuan: must be written as 60000"),
        ("1.5 万元", "face[0].most_yuan: must be written as 15000"),
        ("6e4", "face[0].most_yuan: must be written as 60000"),
        ("'60,000'", "face[0].most_yuan: must be written as 60000"),
        ("1.005", "face[0].most_yuan: must have at most two decimals"),
        ("-150000", "face[0].most_yuan: must not be below zero"),
        (".inf", "face[0].most_yuan: must be an amount in yuan from 0"),
        ("9e9", "face[0].most_yuan: must be an amount in yuan from 0"),
        ("9, signed_to: 2025-02-30", "face[0].signed_to: is 2025-02-30, and the calendar has no such day"),
        ("9, signed_to: 2025/12/31", "face[0].signed_to: must be written as 2025-12-31"),
        ("9, signed_to: 2025年1月5日", "face[0].signed_to: must be written as 2025-01-05"),
        ("9, signed_to： 2025-01-05", "face[0].signed_to： 2025-01-05: has ： or ，, which YAML takes"),
        ("", "face[0].most_yuan: has no value"),
    ],
)
def test_a_value_is_told_as_it_should_be_typed(typed: str, reason: str) -> None:
    (found,) = problems_of(GOOD + f"face: [{{rate: 5%, most_yuan: {typed}}}]\n")
    assert reason in found


@pytest.mark.parametrize(
    ("good", "bad", "reason"),
    [
        ("least_share: 5%", "least_share: 5", "such as 20% or 12.5%; did you mean 5%?"),
        ("homes: 3", "homes:", "hold.homes: has no value (a comment begins at #)"),
        ("title: ", "title: #", "title: has no value (a comment begins at #)"),
        ("title: ", 'title: "甲"', "line 4: file: is not YAML: has text after the closing quote"),
        ("title: ", "title: '甲' 乙 ", "is not YAML: has text after the closing quote"),
        (
            "usable_on: [home]",
            "usable_on: [home]\nlapse:",
            "lapse: has no value: must be a mapping of effect",
        ),
        (
            "usable_on: [home]",
            "usable_on: [home]\nlimits:",
            "limits: has no value: must be a list of mappings",
        ),
        (
            "usable_on: [home]",
            "usable_on: [home]\nbonus_caps:\n  # no",
            "bonus_caps: has no value: write [] for",
        ),
        ("usable_on: [home]", "usable_on:", "usable_on: has no value: must be a list, such as [home]"),
        ("title: ", "title: 甲: ", "is not YAML: a text with a colon and a space needs quotes"),
        ("usable_on: [home]", "areas: {a: 1\nusable_on: [home]", "is not closed, or lacks a comma"),
        ("usable_on: [home]", "areas: [a\nusable_on: [home]", "is not closed, or lacks a comma"),
        ("least_share: 5%", "least_share: 2.3‰", "such as 20% or 12.5%; 2.3‰ = 0.23%"),
    ],
)
def test_a_common_slip_is_told_how_it_is_mended(good: str, bad: str, reason: str) -> None:
    assert good in GOOD
    assert reason in problems_of(GOOD.replace(good, bad, 1))[0]


def test_who_has_no_bonus_is_told_how_that_is_written() -> None:
    said = "for none write bonus: {base: spent, fixed_by: lock, tiers: []}"
    begin, end = GOOD.index("bonus:"), GOOD.index("hold:")
    assert problems_of(GOOD[:begin] + "bonus: []\n" + GOOD[end:])[0].endswith(f"bonus: is empty: {said}")
    assert problems_of(GOOD[:begin] + GOOD[end:])[0].endswith(f"bonus: is missing: {said}")
    assert trials.slip(f"is empty: {said}").startswith("没有写：没有的请写 bonus: {base")


def test_a_rate_of_so_many_in_a_thousand_is_told_what_it_is_of_a_year() -> None:
    interest = "interest: {rate: 1.8‰, from: issue, on: [lapse]}\n"
    (problem,) = problems_of(GOOD + interest)
    assert problem.endswith("; 1.8‰ = 0.18%: if of a month, write 2.16% or per: month")
    told = trials.slip(problem.partition("interest.rate: ")[2])
    assert told.endswith("（1.8‰ = 0.18%）；月利率请乘以 12 写成年利率，按整月计的也可以写 per: month")


def test_an_alias_is_what_it_stands_for() -> None:
    aliased = GOOD.replace("days: 15", "days: &many 15") + "homes: *many\n"
    assert reader.read(aliased) == reader.read(GOOD + "homes: 15\n")


def test_a_text_of_another_code_page_is_named_by_its_line() -> None:
    assert reader.text_of("# 房票\n".encode()) == "# 房票\n"
    with pytest.raises(PolicyFileInvalid) as caught:
        reader.text_of(b"schema: 4\n" + "title: 房票".encode("gb18030"))
    assert str(caught.value.problems[0]).endswith(
        "line 2: file: is not UTF-8 text, but seems to be GBK: save it as UTF-8"
    )
    with pytest.raises(PolicyFileInvalid) as caught:
        reader.text_of("title: 房票".encode("utf-16"))
    assert "seems to be UTF-16" in str(caught.value.problems[0])


@pytest.mark.parametrize(
    ("valid", "last", "beyond"),
    [
        ("until: 2025-11-30, from: issue, extension_months: 3", "to_day: 2026-02-28", None),
        ("until: 2025-11-30, from: issue, extension_months: 3", "to_day: 2026-03-01", "valid.until"),
        ("until: 2025-11-30, from: issue, extension_months: 3", "to_day: 2027-12-31", "valid.until"),
        (
            "until: 2025-11-30, from: issue, extension_months: 3, ends: working_day",
            "to_day: 2026-03-15",
            None,
        ),
        ("days: 180, from: issue, extension_months: 2", "to_nth_day: 242", None),
        ("days: 180, from: issue, extension_months: 2", "to_nth_day: 243", "valid.days"),
    ],
)
def test_no_tier_goes_beyond_an_extended_term(valid: str, last: str, beyond: str | None) -> None:
    first = "from_day: 2025-01-01" if "to_day" in last else "from_nth_day: 1"
    text = (
        f"schema: 4\ncode: x\ntitle: x\nsource: x\nvalid: {{{valid}}}\n"
        f"bonus: {{base: spent, fixed_by: lock, tiers: [{{{first}, {last}, rate: 8%}}]}}\n"
        "usable_on: [home]\nbuyers: [self]\n"
    )
    if beyond is None:
        reader.read(text)
    else:
        at = f"bonus.tiers[0].{last.split(':')[0]}"
        assert problems_of(text) == [f"line 6: {at}: lies beyond {beyond}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("schema: 4\nbonus: &x [*x]\n", 2),
        ("a: &a [" + "x," * 99 + "x]\nb: &b [" + "*a," * 99 + "*a]\nc: [" + "*b," * 99 + "*b]\nd: 1\n", 3),
    ],
)
def test_aliases_without_end_are_told_where_they_stand(text: str, line: int) -> None:
    assert problems_of(text) == [f"line {line}: file: has aliases that stand for more than 50000 values"]


@pytest.mark.parametrize("command", [["check"], ["simulate", "HERE"], ["simulate", "FILE"]])
def test_a_folder_or_no_file_ends_like_a_slip(tmp_path: Path, command: list[str]) -> None:
    good = tmp_path / "good.yaml"
    good.write_text(GOOD, encoding="utf-8")
    for file, told in ((tmp_path, "is a folder"), (tmp_path / "none.yaml", "cannot be read")):
        ends = {"FILE": [str(good), str(file)], "HERE": [str(file), str(good)]}
        said = [command[0], *ends.get(command[-1], [str(file)])]
        info = ScriptInfo(create_app=lambda: Flask(__name__))
        result = CliRunner().invoke(group, said, obj=info)
        assert (result.exit_code, told in result.output) == (1, True), result.output
