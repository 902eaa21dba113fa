"""Chinese text into tokens, and queries into terms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.text import (
    MOST_TERMS,
    Keys,
    Term,
    figure,
    initials_ways,
    name_tokens,
    normalise,
    pinyin,
    pinyin_ways,
    plain_tokens,
    query_terms,
    scored,
    street,
)


def matches(query: str, name: str) -> bool:
    """What an engine does with tokens alone."""
    terms, tokens = query_terms(query), name_tokens(name)
    assert terms is not None
    return all(any(set(tokens) >= set(way) for way in term.alternatives) for term in terms)


def test_text_is_compared_without_width_case_or_doubled_blanks() -> None:
    assert normalise(" Ａ座 ＢＩＮ  jiang１２ ") == "a座 bin jiang12"


def test_pinyin_follows_the_word() -> None:
    assert pinyin("滨江花园") == "binjianghuayuan"
    assert pinyin("重庆路") == "chongqinglu"
    assert pinyin("重要") == "zhongyao"


def test_numbers_belong_to_what_they_count() -> None:
    tokens = plain_tokens("3幢2单元1101室")
    assert {"3幢", "2单元", "1101室", "1101", "单元"} <= tokens
    assert "幢1101" not in tokens


@pytest.mark.parametrize(
    "query",
    [
        "滨江花园", "滨江", "江花", "花园", "园", "滨江 花园", "花园 滨江", "滨江花园二期", "滨江花园！",
        "BINJIANG", "binj", "huayuan", "bjhy", "hy", "bj 二期",
    ],
)  # fmt: skip
def test_a_name_is_found_by(query: str) -> None:
    assert matches(query, "滨江花园二期")


@pytest.mark.parametrize(
    "query", ["changjiang", "zhangjiang", "cj", "zj", "zhangjianghuayuan", "zjhy", "jianghuayuan"]
)
def test_a_name_is_found_by_every_common_reading(query: str) -> None:
    assert matches(query, "长江花园")


def test_readings_are_bounded_and_begin_with_the_usual_one() -> None:
    assert pinyin_ways("长江") == ("changjiang", "zhangjiang")
    assert initials_ways("长江") == ("cj", "zj")
    assert pinyin_ways("重庆路")[0] == "chongqinglu"
    assert len(pinyin_ways("长" * 12)) == 8
    assert pinyin_ways("滨江A座") == ("binjiangazuo",)


@pytest.mark.parametrize("query", ["滨江家园", "江滨", "滨花", "binjinag", "jbhy", "花园 三期", "bingjiang"])
def test_a_name_is_not_found_by(query: str) -> None:
    assert not matches(query, "滨江花园二期")


def test_names_the_dictionary_does_not_know_are_found_by_their_neighbours() -> None:
    assert matches("瓴犀", "瓴犀郡")
    assert not matches("瓴郡", "瓴犀郡")


def test_a_query_becomes_terms() -> None:
    assert query_terms("滨江花园3号楼") == (
        Term(
            keys=("滨江花园3幢",),
            alternatives=(("3幢", "滨江", "花园"), ("3幢", "园3", "江花", "滨江", "花园")),
            fragment="滨江花园3号楼",
        ),
    )
    assert query_terms("三室") == (Term(keys=("3室",), alternatives=(("3室",),), fragment=None),)
    assert query_terms("") == ()
    assert query_terms("   ") == ()


def test_what_people_add_to_a_name_is_not_looked_for_but_counts_where_it_is_one() -> None:
    (term,) = query_terms("滨江花园小区") or ()
    assert term.keys == ("滨江花园小区", "滨江花园")
    assert matches("滨江花园小区", "滨江花园")
    (short,) = query_terms("小区") or ()
    assert short.keys == ("小区",)


def test_half_pinyin_is_compared_as_pinyin() -> None:
    (term,) = query_terms("滨江huayuan") or ()
    assert term.keys == ("滨江huayuan", "binjianghuayuan")


def test_words_count_each_and_all_as_one() -> None:
    assert scored(query_terms("bin jiang") or ()) == [
        Keys(("bin",), ()),
        Keys(("jiang",), ()),
        Keys(("binjiang",), ()),
    ]
    assert scored(query_terms("滨江") or ()) == [Keys(("滨江",), ())]


def test_a_word_may_hold_a_name_whole() -> None:
    (keys,) = scored(query_terms("港区滨江花园") or ())
    assert "滨江花园" in keys.parts
    assert "港区滨江花园" not in keys.parts
    assert scored(query_terms("园" * 90) or ())[0].parts == ()


@pytest.mark.parametrize(
    ("query", "name"), [("林湖区", "翰林府 菱湖区"), ("滨花园", "滨江花园"), ("菱湖区", "菱湖 港区")]
)
def test_a_character_that_makes_no_word_counts_only_beside_its_neighbour(query: str, name: str) -> None:
    assert not matches(query, name)


def test_traditional_characters_and_unseen_signs_are_folded() -> None:
    assert normalise("濱江\u200b花園\u202e ＡＢＣ\ufeff") == "滨江花园 abc"
    assert normalise("壹号院") == "一号院"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("六十", 60),
        ("十五", 15),
        ("一百二", 120),
        ("一百零二", 102),
        ("两百五", 250),
        ("一千二", 1200),
        ("九", 9),
    ],
)
def test_numbers_are_read_as_spoken(written: str, number: int) -> None:
    assert figure(written) == number


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("港华路 8 号", "港华路"),
        ("安庆市迎江区人民东路108号", "人民东路"),
        ("人民路与港华路交叉口", "人民路"),
        ("沿江大道", "沿江大道"),
        ("龙山一路3号", "龙山一路"),
        ("东门外", ""),
    ],
)
def test_the_street_of_an_address(address: str, named: str) -> None:
    assert street(address) == named


@pytest.mark.parametrize("query", ["%", "🏠", "!!! ...", "_", "\\"])
def test_what_holds_no_word_cannot_be_looked_for(query: str) -> None:
    assert query_terms(query) is None


def test_only_the_first_words_are_looked_for() -> None:
    terms = query_terms(" ".join(f"词{number}" for number in range(30)))
    assert terms is not None
    assert len(terms) == MOST_TERMS


@given(st.text(max_size=100))
def test_any_text_has_tokens_and_terms(text: str) -> None:
    assert all(isinstance(token, str) and token for token in name_tokens(text))
    for term in query_terms(text) or ():
        assert term.alternatives
        assert all(term.alternatives)


@given(st.text(st.sampled_from("滨江花园港华路锦绣天城一二三3A座"), min_size=1, max_size=8))
def test_every_name_is_found_by_itself(name: str) -> None:
    assert matches(name, name)
