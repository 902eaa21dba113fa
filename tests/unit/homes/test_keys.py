"""One address written in many ways is one key; two addresses are two."""

import pytest

from app.homes import look_alikes
from app.homes.keys import address_key, development_key


def key(building: str = "3幢", unit: str = "2", room: str = "1101", development: str = "滨江花园") -> str:
    return address_key(development=development, building=building, unit=unit, room=room)


@pytest.mark.parametrize(
    "written",
    [
        {"building": "3号楼"},
        {"building": "３栋"},
        {"building": "三幢"},
        {"building": "第3幢"},
        {"building": "03#楼"},
        {"building": "3"},
        {"building": "\u0663幢"},  # an Arabic 3
        {"unit": "2单元"},
        {"unit": "二单元"},
        {"unit": " ０2 "},
        {"room": "1101室"},
        {"room": "１１０１号房"},
        {"room": "一一〇一"},
        {"room": "01101"},
        {"development": "滨江　花园"},
        {"development": "「滨江·花园」"},
    ],
)
def test_one_address_however_it_is_written(written: dict[str, str]) -> None:
    assert key(**written) == key()


@pytest.mark.parametrize(
    "other",
    [
        {"building": "13幢"},
        {"building": "30幢"},
        {"building": "A座"},
        {"unit": "1"},
        {"unit": ""},
        {"room": "1102"},
        {"room": "111"},
        {"development": "滨江花园二期"},
        {"development": "滨江新城"},
    ],
)
def test_another_address_is_another_key(other: dict[str, str]) -> None:
    assert key(**other) != key()


def test_numbers_in_a_name_count_however_they_are_written() -> None:
    assert (
        development_key("东方家园（二期）")
        == development_key("东方家园2期")
        == development_key("东方家园02期")
    )
    assert development_key("东方家园十二区") == development_key("东方家园12区")
    assert development_key("三盛家园") != development_key("3盛家园")


@pytest.mark.parametrize(("written", "plain"), [("十幢", "10"), ("二十一幢", "21"), ("一百零三幢", "103")])
def test_chinese_numerals(written: str, plain: str) -> None:
    assert key(building=written) == key(building=plain)


def test_a_name_of_nothing_but_the_ending_stays_a_name() -> None:
    assert key(building="楼") != key(building="")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(({"building": f"{sign}座"}, {"building": "A座"}) for sign in "\u0410\u0391Ａａ"),
        *(({"building": f"{sign}座"}, {"building": "H座"}) for sign in "\u041d\u0397"),
        *(({"room": room}, {"room": "1101"}) for room in ("11O1", "l101", "I10l", "llоI", "Il\u043el")),
        ({"building": "Ⅱ座"}, {"building": "2座"}),
        ({"building": "II座"}, {"building": "2座"}),
        ({"building": "Ⅴ座"}, {"building": "5座"}),
        ({"unit": "Ⅰ單元"}, {"unit": "一单元"}),
        ({"building": "3號樓"}, {"building": "3号楼"}),
        ({"building": "叁棟"}, {"building": "3栋"}),
        ({"building": "拾贰幢"}, {"building": "12幢"}),
        ({"room": "一一○一號"}, {"room": "1101室"}),
        ({"development": "濱江花園"}, {"development": "滨江花园"}),
        ({"development": "東方家園II期"}, {"development": "东方家园二期"}),
        ({"development": "东方家园Ⅲ"}, {"development": "东方家园3"}),
        ({"development": "东方家园V期"}, {"development": "东方家园5期"}),
        ({"development": "S\u041eH\u039f"}, {"development": "soho"}),
    ],
)
def test_what_looks_alike_is_one(written: dict[str, str], meant: dict[str, str]) -> None:
    assert key(**written) == key(**meant)


@pytest.mark.parametrize(
    ("one", "other"), [("V座", "5座"), ("X座", "10座"), ("B座", "8座"), ("VIP座", "6座")]
)
def test_a_letter_alone_is_no_roman_numeral(one: str, other: str) -> None:
    assert key(building=one) != key(building=other)


def test_each_sign_is_kept_or_folded_but_not_both() -> None:
    for table in (look_alikes.SIGNS, look_alikes.NUMERALS, look_alikes.FIGURES):
        assert not {ord(sign) for sign in table.values()} & table.keys()
