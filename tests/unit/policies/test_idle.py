"""Words without effect are told, and only those."""

from pathlib import Path

import pytest

from app.policies import rules
from app.policies.idle import without_effect
from app.policies.reader import read
from tests.factories.policies import HAILING, WUXI

FILES = Path(rules.__file__).parent / "files"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (HAILING, []),
        (WUXI, []),
        (HAILING.replace("fixed_by: lock", "fixed_by: lock\n  delay: counts"), ["bonus.delay"]),
        (HAILING.replace("  days: 15", "  working_days: 9\n  ends: working_time"), ["hold.ends"]),
        (HAILING + "price: {floor: exempt}\n", ["price.floor"]),
        (HAILING + "price: {ceiling: none, ceiling_share: 95%}\n", ["price.ceiling_share"]),
        (HAILING + "face: [{rate: 5%, lost_on: [leftover]}]\n", ["face[0].lost_on"]),
        (HAILING + "lapse: {effect: void, bonus: returned}\n", ["lapse.bonus"]),
        (HAILING + "lapse: {effect: agreement, rate: 90%}\n", ["lapse.rate"]),
        (HAILING + "interest: {rate: 1%, from: issue, on: [give_up]}\n", ["interest.on"]),
        (HAILING + "splits: {times: 0, parts: 3}\n", ["splits"]),
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
