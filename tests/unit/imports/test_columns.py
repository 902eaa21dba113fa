"""Whose column is whose: what offices write above the sums of an agreement."""

import pytest

from app.imports.columns import LINES, guess_choice
from app.imports.writing import LINES as OFFERED


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("搬迁费(元)", "moving"),
        ("搬家费", "moving"),
        ("搬迁奖励", "moving_award"),
        ("提前搬迁奖励(元)", "moving_award"),
        ("限时搬迁奖金", "moving_award"),
        ("房屋腾空奖励", "moving_award"),
        ("按期交房奖励", "moving_award"),
        ("Moving award", "moving_award"),
        ("moving_award", "moving_award"),
        ("签约奖励", "award"),
        ("限时签约奖励", "award"),
        ("货币补偿奖励", "award"),
        ("一次性签约补助", "award"),
        ("奖励", "award"),
        ("award", "award"),
        ("签约搬迁奖励", None),
        ("搬迁费及奖励", None),
    ],
)
def test_a_reward_is_for_signing_or_for_moving_out(head: str, key: str | None) -> None:
    assert guess_choice([head], LINES) == (key and f"{key}:yuan")


def test_every_column_of_the_offered_table_is_known_by_its_head() -> None:
    own = {column.head: f"{column.key}:yuan" if column.price else column.key for column in LINES.columns}
    assert {head: guess_choice([head], LINES) for head in OFFERED.heads} == own
    assert len(OFFERED.heads) == len(OFFERED.example)
