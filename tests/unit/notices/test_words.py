from datetime import UTC, datetime

import pytest

from app.notices.words import blanks, fill


@pytest.mark.parametrize(
    ("message", "value", "told"),
    [
        ("{x:yuan}", 46_200_000, "462,000 元"),
        ("{x:yuan}", 46_200_005, "462,000.05 元"),
        # A deadline at 24:00 local of 3 June is 16:00 UTC, and is told as 3 June.
        ("{x:last_day}", datetime(2016, 6, 3, 16, 0, tzinfo=UTC), "2016年6月3日（星期五）"),
        ("{x:last_day}", datetime(2016, 6, 3, 16, 0, 1, tzinfo=UTC), "2016年6月4日（星期六）"),
        ("{x:text}", "甲{y:text}", "甲{y:text}"),
    ],
)
def test_a_blank_is_filled_in_its_shape(message: str, value: object, told: str) -> None:
    assert fill(message, {"x": value}) == told


def test_a_blank_without_a_value_or_with_an_unknown_shape_is_refused() -> None:
    with pytest.raises(KeyError):
        fill("{x:text}", {})
    with pytest.raises(ValueError, match="no shape"):
        fill("{x:loud}", {"x": "1"})


def test_blanks_are_read_with_their_shapes() -> None:
    assert blanks("甲{a:yuan}乙{b:text}") == {"a": "yuan", "b": "text"}
