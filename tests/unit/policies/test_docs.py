"""The worked example of docs/policy.md is a policy, and comes to the figures that stand beside it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from flask import Flask
from flask.cli import ScriptInfo

from app.cli.policy import group
from app.policies import bodies, endings
from app.policies.bonus import Terms
from app.policies.rules import Policy
from app.policies.schema import PARTS, json_schema
from app.policies.typed import CHINESE

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"


@pytest.fixture(scope="module")
def yunxi() -> Policy:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return bodies.parse(found[1])


def test_two_homes_and_the_rest(yunxi: Policy) -> None:
    face = 120_000_000
    tier = yunxi.bonus_tier_on(date(2025, 4, 1), date(2025, 5, 20))
    terms = Terms(yunxi.bonus, tier, face)
    spent, bonus = terms.earning(96_000_000).part_before_bonus(96_000_000, face)
    assert (spent, bonus.fen) == (86_400_000, 9_600_000)
    terms = terms.after(spent, bonus.fen)
    second, none = terms.earning(20_000_000).part_before_bonus(20_000_000, face - spent)
    assert (second, none.fen) == (20_000_000, 0)
    payout = endings.leftover_payout(
        yunxi, face_fen=face, spent_fen=spent + second, bonus_fen=terms.past.earned_fen
    )
    assert (payout.fen, [rule.code for rule in payout.rules]) == (8_960_000, ["leftover", "claw_back"])


def test_the_rest_of_the_paper(yunxi: Policy) -> None:
    start = date(2025, 4, 1)
    may, july = date(2025, 5, 20), date(2025, 7, 1)
    tiers = [yunxi.bonus_tier_on(start, *day) for day in ((may,), (july,), (may, "shop"))]
    assert [tier and tier.rate_bp for tier in tiers] == [800, 500, 300]
    assert [cap.limit_fen(120_000_000) for cap in yunxi.bonus.caps] == [10_000_000, 15_000_000]
    assert not yunxi.may_top_up("fund").allowed
    assert yunxi.price_bounds(100_000_000) == (85_000_000, 100_000_000)


def test_every_way_to_write_a_papers_words_stands() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("### Rates by size") : page.index("**What cannot be written**")]
    bonus = "bonus: {base: spent, fixed_by: lock, tiers: []}"
    head = "schema: 4\ncode: a\ntitle: 甲\nsource: 乙\nusable_on: [home]\nbuyers: [self]\n"
    written = [
        said
        for said in re.findall(r"`([^`]+)`", table)
        if re.match(
            r"(valid|face(_without)?|leftover|lapse|interest|transfers|splits|price|tranches|settlement)"
            r": [\[{]",
            said,
        )
    ]
    assert len(written) > 50
    for said in written:
        whole = f"settlement: {{{said}}}" if said.startswith("tranches") else said
        valid = "" if said.startswith("valid") else "valid: {months: 12, from: issue}\n"
        assert bodies.parse(f"{head}{valid}{bonus}\n{whole}\n").code == "a"


OF_FILES = {
    "schema": 4,
    "code": "a",
    "title": "甲",
    "source": "乙",
    "usable_on": ["home"],
    "buyers": ["self"],
}
SUMS = {"yuan": "fixed", "yuan_per_m2": "old_area", "yuan_per_resident": "residents"}
OF_TIERS = ("rate", "steps", "brackets", "slices", "slices_of_face", "least_spent", "least_yuan", *SUMS)
OF_BONUSES = (
    "base",
    "parts",
    "without_vat",
    "within_area",
    "paid",
    "paid_after",
    "caps",
    "home_area",
    "first_homes",
    "face_size",
    "stage",
    "rounding",
    "spent_of",
    "spent_on",
    "ends",
)


def test_every_bonus_in_a_papers_words_stands() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page[page.index("### Rates by size") : page.index("**What cannot be written**")]
    written = 0
    for row in table.splitlines():
        said = [yaml.safe_load(one) for one in re.findall(r"`(\w+: [^`]+)`", row)]
        bonus = {key: value for one in said for key, value in one.items() if key in OF_BONUSES}
        tier = {key: value for one in said for key, value in one.items() if key in OF_TIERS}
        if not bonus and not tier:
            continue
        base = SUMS.get(next(iter(tier), ""), "spent")
        sized = {"steps", "brackets", "slices", "slices_of_face", *SUMS}
        worth = {} if sized & tier.keys() else {"rate": "1%"}
        days = {"from_month": 1, "to_month": 12}
        written_out = next((one["tiers"] for one in said if "tiers" in one), [{**days, **worth, **tier}])
        file = {
            **OF_FILES,
            "valid": {"months": 12, "from": "issue"},
            "bonus": {"base": base, "fixed_by": "lock", **bonus, "tiers": written_out},
        }
        assert bodies.parse(yaml.safe_dump(file, allow_unicode=True)).bonus.tiers, row
        written += 1
    assert written == 49


def test_every_file_of_the_page_passes_the_command(tmp_path: Path) -> None:
    whole, example, told = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    head = "schema: 4\ncode: a\ntitle: 甲\nsource: 乙\nusable_on: [home]\nbuyers: [self]\n"
    files = {"whole": whole, "example": f"{head}valid: {{days: 360, from: issue}}\n{example}"}
    for name, said in {**files, "scenario": told}.items():
        (tmp_path / name).write_text(said, encoding="utf-8")
    runner, info = CliRunner(), ScriptInfo(create_app=lambda: Flask(__name__))
    for name in files:
        checked = runner.invoke(group, ["check", str(tmp_path / name)], obj=info)
        # Not a word of what the page shows is without effect; what it takes back is less after a split.
        lines = [line for line in checked.output.splitlines() if "takes less of who splits" not in line]
        assert (checked.exit_code, len(lines)) == (0, 1), checked.output
    asked = ["simulate", str(tmp_path / "whole"), str(tmp_path / "scenario")]
    played = runner.invoke(group, asked, obj=info)
    assert played.exit_code == 0
    printed = re.search(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert printed
    assert printed[1] in played.output


def test_the_index_has_each_reward_by_the_word_of_its_paper() -> None:
    page = PAGE.read_text(encoding="utf-8")
    index = page[page.index("## Where the words of a paper stand") : page.index("## Every word")]
    found = {
        word: re.findall("`([a-z_]+)`", row)
        for row in index.splitlines()
        if row.startswith("| ") and "奖励" in row
        for word in row.split("|")[1].strip().split(", ")
    }
    for word in ("签约奖励", "货币补偿奖励", "搬迁奖励", "提前搬迁奖励", "限时搬迁奖励"):
        assert found[word] == [CHINESE[word]], word


def test_the_index_leads_to_words_and_headings() -> None:
    """Each word of the index stands in the schema, and each link goes to a heading of the page."""
    page = PAGE.read_text(encoding="utf-8")
    index = page[page.index("## Where the words of a paper stand") : page.index("## Every word")]
    known = _words_of(json_schema()) | set(PARTS)
    paths = re.findall(r"`([a-z_.]+)(?:: [a-z]+)?`", index)
    assert len(paths) > 30
    assert [path for path in paths if not set(path.split(".")) <= known] == []
    headings = {
        re.sub(r"[^a-z ]", "", line.lower()).strip().replace(" ", "-")
        for line in re.findall(r"#{2,} (.*)", page)
    }
    assert set(re.findall(r"\(#([a-z-]+)\)", page)) <= headings


def _words_of(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(_words_of, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())) | set().union(*map(_words_of, schema.values()))
