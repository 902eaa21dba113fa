"""How near what was typed is to a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.sounds import likeness, spelt, typed_starts


@pytest.mark.parametrize(
    ("typed", "name", "part"),
    [
        ("宾江花圆", "滨江花园", "滨江花园"),
        ("宾江", "滨江花园", "滨江"),
        ("滨江花国", "滨江花园2期", "滨江花园"),
        ("滨湖花园", "滨江花园", "滨江花园"),
        ("滨花园", "滨江花园", "滨江花园"),
        ("江滨花园", "滨江花园", "滨江花园"),
        ("滨江小花园", "滨江花园", "滨江花园"),
        ("锦秀天成", "锦绣天城", "锦绣天城"),
        ("林湖", "菱湖雅苑", "菱湖"),
        ("binjinaghuayuan", "滨江花园", "滨江花园"),
        ("bingjianghuayan", "滨江花园", "滨江花园"),
        ("bijiang", "滨江花园", "滨江"),
        ("滨jianghuayan", "滨江花园", "滨江花园"),
        ("银航家园", "银行家园", "银行家园"),
        ("御湾", "御景湾", "御景湾"),
        ("丽华景庭", "丽景华庭", "丽景华庭"),
        ("zhangjianghuayuan", "长江花园", "长江花园"),
        ("zhangjianhuayua", "长江花园", "长江花园"),
        ("changjianghuayuan", "长江花园", "长江花园"),
    ],
)
def test_the_part_that_was_meant(typed: str, name: str, part: str) -> None:
    found = likeness(typed, name)
    assert found is not None
    assert (found.part, found.whole) == (part, part == name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("完全不同", "滨江花园"),
        ("滨湖", "滨江花园"),
        ("东方", "滨江花园"),
        ("bja", "滨江花园"),
        ("", "滨江花园"),
        ("🏠", "滨江"),
    ],
)
def test_what_is_too_far(typed: str, name: str) -> None:
    assert likeness(typed, name) is None


def test_what_is_mixed_up_when_spoken_is_spelt_alike() -> None:
    assert spelt("菱湖") == spelt("林湖") == "linhu"
    assert spelt("zhongshan") == "zonsan"
    assert spelt("绿城") == spelt("lücheng") == spelt("lucheng")


def test_a_name_begins_at_every_sign() -> None:
    starts = typed_starts("滨江花园2期")
    assert {"b", "bin", "binjianhuayuan2qi", "huay", "yuan2", "bjhy2", "hy"} <= starts
    assert "inj" not in starts
    assert {"canjian", "zanjian", "cj", "zj"} <= typed_starts("长江花园")


@given(st.text(st.sampled_from("滨江花园锦绣天城港华ab1"), min_size=1, max_size=8))
def test_a_name_is_nearest_to_itself(name: str) -> None:
    found = likeness(name, name)
    assert found is not None
    assert found.distance == 0


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_can_be_compared(typed: str, name: str) -> None:
    found = likeness(typed, name)
    assert found is None or found.distance >= 0
