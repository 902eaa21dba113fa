"""Words without effect are told, and only those."""

from pathlib import Path

import pytest

from app.policies import rules
from app.policies.idle import without_effect, worth_a_look
from app.policies.reader import read
from tests.factories.policies import HAILING, WUXI

UNUSED = "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 60%, rate: 100%}]\n"
FILES = Path(rules.__file__).parent / "files"


def spaces_alone(limits: str) -> str:
    """Return a policy under which a household holds five spaces at once, none of them beside a home."""
    text = HAILING.replace("  homes: 3", "  homes: 3\n  spaces: 5")
    text = text.replace("usable_on: [home]", "usable_on: [home, parking, storage]\nspaces: alone")
    return f"{text}limits: [{limits}]\n"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (HAILING, []),
        (WUXI, []),
        (HAILING.replace("fixed_by: lock", "fixed_by: lock\n  delay: counts"), ["bonus.delay"]),
        (HAILING.replace("  days: 15", "  working_days: 9\n  ends: working_time"), ["hold.ends"]),
        (HAILING.replace("  homes: 3", "  homes: 3\n  spaces: 2"), ["hold.spaces"]),
        (
            spaces_alone(
                "{kinds: [parking], number: 5, of: household}, {kinds: [storage], number: 1, of: household}"
            ),
            [],
        ),
        (spaces_alone("{kinds: [parking, storage], number: 1, of: household}"), ["hold.spaces"]),
        (spaces_alone("{kinds: [parking], number: 1}"), []),
        (spaces_alone("{kinds: [parking], number: 1, of: household}"), []),
        (
            spaces_alone(
                "{kinds: [parking], number: 4, of: household}, {kinds: [storage], number: 1, of: household}"
            ),
            ["hold.spaces"],
        ),
        (HAILING + "price: {floor: exempt}\n", ["price.floor"]),
        (HAILING + "price: {ceiling: none, ceiling_share: 95%}\n", ["price.ceiling_share"]),
        (HAILING + "face: [{rate: 5%, lost_on: [leftover]}]\n", ["face[0].lost_on"]),
        (HAILING + "lapse: {effect: void, bonus: returned}\n", ["lapse.bonus"]),
        (HAILING + "lapse: {effect: void, bonus: part}\n", ["lapse.bonus"]),
        (
            HAILING + "lapse: {effect: cash, bonus: part, give_up: {effect: void, bonus: part}}\n",
            ["lapse.give_up.bonus"],
        ),
        (
            HAILING + "interest: {rate: 1%, from: issue, on: [leftover], only: unused}\n" + UNUSED,
            ["interest.only"],
        ),
        (
            HAILING + "interest: {rate: 1%, from: issue, on: [leftover], only: unused}\n"
            "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, from_month: 7, rate: 100%}]\n",
            [],
        ),
        (
            HAILING + "limits: [{kinds: [home], share_of_face: 30%}, {kinds: [home], share_of_face: 20%},"
            " {share_of_face: 10%}, {kinds: [home], share_of_face: 20%, of: household}]\n",
            ["limits[0]", "limits[1]"],
        ),
        (HAILING + "lapse: {effect: agreement, rate: 90%}\n", ["lapse.rate"]),
        (HAILING + "payout_rounding: yuan\nlapse: {effect: void}\n", ["payout_rounding"]),
        (
            HAILING + "payout_rounding: yuan\n"
            "lapse: {effect: claim, within: [{months: 3, rate: 90%}], after: void}\n",
            [],
        ),
        (
            HAILING + "lapse: {effect: cash, give_up: {effect: agreement, rate: 95%}}\n",
            ["lapse.give_up.rate"],
        ),
        (HAILING + "interest: {rate: 1%, from: issue, on: [give_up]}\n", ["interest.on"]),
        (
            HAILING + "scheme: {issue_until: 2025-12-31}\n"
            "face: [{yuan: 9, signed_from: 2025-12-31}, {yuan: 9, signed_from: 2026-01-01}]\n",
            ["face[1].signed_from"],
        ),
        (HAILING + "splits: {times: 0, parts: 3}\n", ["splits"]),
        (HAILING + "splits: {times: 0, past: parted}\n", ["splits.past"]),
        (HAILING + "splits: {times: 0, past: stays}\n", ["splits.past"]),
        (
            HAILING.replace("base: spent", "base: spent\n  paid: cash")
            + "bonus_caps: [{of: home, yuan: 9}]\n",
            ["bonus_caps"],
        ),
    ],
)
def test_what_changes_nothing_is_named(text: str, paths: list[str]) -> None:
    assert [path for path, _reason in without_effect(read(text))] == paths


@pytest.mark.parametrize("file", sorted(FILES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_shipped_cities_say_nothing_idle(file: Path) -> None:
    assert without_effect(read(file.read_text(encoding="utf-8"))) == []


def test_a_cap_of_nothing_is_named() -> None:
    capped = HAILING.replace(
        "base: spent", "base: spent\n  caps: [{of: home, yuan: 1000}, {of: voucher, yuan_per_m2: 0}]"
    )
    assert [path for path, _reason in worth_a_look(read(capped))] == ["bonus.caps[1]"]


def test_a_past_of_no_split_is_told_with_what_becomes_of_heirs() -> None:
    told = dict(worth_a_look(read(HAILING + "splits: {times: 0, past: stays}\n")))
    assert "the parts of heirs count as parted" in told["splits.past"]


@pytest.mark.parametrize(
    ("splits", "is_told"),
    [("1", True), ("{times: 1}", True), ("{times: 1, past: stays}", False), ("0", False)],
)
def test_what_adopt_refuses_for_its_splits_is_told(splits: str, is_told: bool) -> None:
    told = [reason for _path, reason in worth_a_look(read(HAILING + f"splits: {splits}\n" + UNUSED))]
    assert any("adopt refuses" in reason for reason in told) == is_told
