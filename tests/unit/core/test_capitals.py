"""Sums in capitals, held against the central bank's own examples and read back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.capitals import in_capitals

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = {"拾": 10, "佰": 100, "仟": 1000}


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (10, "人民币壹角整"),
        (1_00, "人民币壹元整"),
        (10_01, "人民币壹拾元零壹分"),
        (100_10, "人民币壹佰元零壹角整"),
        (1409_50, "人民币壹仟肆佰零玖元伍角整"),
        (6007_14, "人民币陆仟零柒元壹角肆分"),
        (1680_32, "人民币壹仟陆佰捌拾元零叁角贰分"),
        (107_000_53, "人民币壹拾万柒仟元零伍角叁分"),
        (16_409_02, "人民币壹万陆仟肆佰零玖元零贰分"),
        (325_04, "人民币叁佰贰拾伍元零肆分"),
        (1_305_500_00, "人民币壹佰叁拾万伍仟伍佰元整"),
        (10_000_000_00, "人民币壹仟万元整"),
        (100_000_000_00, "人民币壹亿元整"),
        (100_000_001_00, "人民币壹亿零壹元整"),
        (100_010_000_00, "人民币壹亿零壹万元整"),
        (1_782_000_000_00, "人民币壹拾柒亿捌仟贰佰万元整"),
        (1_000_000_000_000_00, "人民币壹万亿元整"),
    ],
)
def test_edge_amounts(fen: int, text: str) -> None:
    assert in_capitals(fen) == text


def read_whole(text: str) -> int:
    """Read a whole number in capitals: an accountant's way round, with no rule of the writer's."""
    for name, size in (("万亿", 10**12), ("亿", 10**8), ("万", 10**4)):
        if name in text:
            above, below = text.split(name, 1)
            return read_whole(above) * size + read_whole(below)
    total, digit = 0, 0
    for sign in text:
        if sign in PLACES:
            total, digit = total + digit * PLACES[sign], 0
        else:
            digit = DIGITS.index(sign)
    return total + digit


def read(text: str) -> int:
    """Return the fen of a sum in capitals."""
    found = re.fullmatch(r"人民币(?:(.+)元)?零?(?:(.)角)?(?:(.)分)?整?", text)
    assert found is not None, text
    yuan, jiao, fen = found.groups()
    parts = [read_whole(yuan) * 100 if yuan else 0]
    parts += [DIGITS.index(jiao) * 10 if jiao else 0, DIGITS.index(fen) if fen else 0]
    return sum(parts)


sums = st.one_of(
    st.integers(0, 10**17 - 1),
    st.integers(0, 10**6),
    st.builds(lambda digit, zeros: digit * 10**zeros, st.integers(1, 999), st.integers(0, 14)),
)


@given(sums)
def test_what_is_written_reads_back_to_the_fen(fen: int) -> None:
    assert read(in_capitals(fen)) == fen


@given(sums)
def test_no_nought_stands_twice_or_before_a_unit(fen: int) -> None:
    text = in_capitals(fen)
    assert "零零" not in text
    assert not re.search("零[万亿元角分拾佰仟]", text) or fen == 0
    assert text.endswith("分") is (fen % 10 > 0)
    assert text.endswith("整") is (fen % 10 == 0)


@pytest.mark.parametrize("fen", [-1, 10**17])
def test_sums_beyond_writing_are_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="written"):
        in_capitals(fen)
