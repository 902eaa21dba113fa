"""What a Chinese keyboard, an editor or a habit puts into a file is told with what to type instead."""

import pytest

from app.policies.errors import PolicyFileInvalid
from app.policies.reader import read, text_of
from app.web.trials import slip
from tests.unit.policies.test_contradictions import BASE


def told(text: str) -> list[tuple[int, str, str]]:
    """Return each line that is refused, in the words of the command and in those of the page."""
    with pytest.raises(PolicyFileInvalid) as found:
        read(text)
    return [(one.line, one.reason, slip(one.reason)) for one in found.value.problems]


@pytest.mark.parametrize(
    ("good", "bad", "line", "reason", "words"),
    [
        ("x-2025", "X_2025", 2, "must be written as x-2025", "请写成 x-2025"),
        ("x-2025", "x" * 61, 2, "must have at most 60 characters", "最多 60 个字符"),
        ("x-2025", "云溪", 2, "must be small letters", "只能写小写字母、数字和短横"),
        ("8%", "8.125%", 9, "must have at most two decimals", "最多两位小数"),
        ("8%", '"8 %"', 9, "must be written as 8%", "请写成 8%"),
        ("8%", "008%", 9, "must be written as 8%", "请写成 8%"),
        ("8%", "百分之8", 9, "must be written as 8%", "请写成 8%"),
        ("8%", "100.01%", 9, "must not be above 100%", "不能大于 100%"),
        ("8%", "-8%", 9, "must not be below zero", "不能小于零"),
        ("8%", "８％", 9, "has full-width characters: write 8%", "用了全角字符，请写成 8%"),
        ("months: 12", "months: 12个月", 5, "must be written as 12", "请写成 12"),
        ("months: 12", "months: 012", 5, "must be written as 12", "请写成 12"),
        ("months: 12", "until: 20261201", 5, "must be written as 2026-12-01", "请写成 2026-12-01"),
        ("months: 12", "until: 2026年12月1日", 5, "must be written as 2026-12-01", "请写成 2026-12-01"),
        ("months: 12", "until: 2026/12/1", 5, "must be written as 2026-12-01", "请写成 2026-12-01"),
        ("months: 12", "months:12", 5, "needs a space after the colon", "冒号后面要有一个空格"),
        ("code: x-2025", "code：x-2025", 2, "has ： or ，", "用了全角的冒号或逗号"),
        ("[self, spouse]", "[self，spouse]", 11, "has ： or ，", "用了全角的冒号或逗号"),
        ("[self, spouse]", "[self、spouse]", 11, "holds several words", "写了几个词"),
        ("[home]", "【home】", 10, "has full-width brackets", "用了全角的括号"),
        (
            "{months: 12, from: issue}",
            "｛months: 12, from: issue｝",
            5,
            "has full-width brackets",
            "用了全角的括号",
        ),
        ("[home]", "[住宅]", 10, "must be written as home", "请写成 home"),
        ("[self, spouse]", "[self, 共有人]", 11, "must be written as co_owner", "请写成 co_owner"),
        (
            "title: 某市",
            'title: "某市',
            3,
            "is not YAML: the quote that begins here",
            "这一行的引号没有写另一半",
        ),
        ("某市\nsource: ", '"某市\nsource: "', 3, "is not YAML: the quote that begins here", "这一行的引号"),
        ("title: 某市", "title: \u200b某市", 3, "has the character U+200B", "有看不见的字符 U+200B"),
        (
            "buyers: ",
            "code: y\nbuyers: ",
            11,
            "stands here twice, first on line 2",
            "写了两次，第一次在第 2 行",
        ),
    ],
)
def test_a_habit_is_told_with_what_to_type(good: str, bad: str, line: int, reason: str, words: str) -> None:
    first = told(BASE.replace(good, bad, 1))[0]
    assert (first[0], first[1][: len(reason)], first[2][: len(words)]) == (line, reason, words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("face: [{rate: 5%, parts: [房屋价值, 装修, 附属物, 搬迁费]}]", "home decoration attachments moving"),
        ("face: [{rate: 5%, parts: [临时安置费, 停产停业损失]}]", "interim business"),
        (
            "face: [{rate: 5%, parts: [面积补助, 签约奖励, 搬迁奖励, 扣减]}]",
            "area_aid award moving_award deduction",
        ),
        ("face_without: [提前搬迁奖励, 货币补偿奖励]", "moving_award award"),
        ("face_without: [限时搬迁奖励, 一次性签约补助]", "moving_award award"),
        ("settlement: {tranches: [{event: 主体封顶, share: 100%, pay_within: {days: 9}}]}", "topped_out"),
        ("settlement: {tranches: [{event: 竣工验收备案, share: 100%, pay_within: {days: 9}}]}", "completed"),
        (
            "settlement: {tranches: [{event: 主体结构验收, share: 100%, pay_within: {days: 9}}]}",
            "frame_checked",
        ),
        (
            "settlement: {tranches: [{event: 首次登记, share: 100%, pay_within: {days: 9}}]}",
            "building_registered",
        ),
    ],
)
def test_what_papers_call_a_part_or_an_event_is_told_as_its_word(more: str, words: str) -> None:
    assert [one[1] for one in told(f"{BASE}{more}\n")] == [
        f"must be written as {word}" for word in words.split()
    ]


@pytest.mark.parametrize(
    ("more", "line", "reason", "words"),
    [
        ("hold:\n\tdays: 3\n", 13, "has a tab", "用了制表符"),
        ("homes:\t3\n", 12, "has a tab", "用了制表符"),
        ("hold:\n  days: 3\n\u3000 homes: 2\n", 14, "has a full-width space", "用了全角空格"),
        ("homes:\u30003\n", 12, "has a full-width space", "用了全角空格"),
        ("homes:3\n", 12, "needs a space after the colon", "冒号后面要有一个空格"),
        ("leftover:\n  -{spent_from: 0%, rate: 0%}\n", 13, "needs a space after the -", "短横 - 后面"),
        (" homes: 3\n", 12, "is not YAML: is indented otherwise", "行首的空格和前面几行对不齐"),
        (
            "hold:\n days: 3\n  homes: 2\n",
            14,
            "is not YAML: is indented further than line 13,",
            "行首的空格比第 13 行多，而那一行已经写了值：两行请对齐",
        ),
        (
            "first_purchase: %60\n",
            12,
            "is not YAML: a value that begins with % needs",
            "以 % 开头的值要加引号",
        ),
        ("areas: *own\n", 12, "is not YAML: a value that begins with * or &", "以 * or & 开头"),
        ("areas: - own\n", 12, "is not YAML: a list of - begins", "用 - 写的列表要另起一行"),
        ("---\nschema: 4\n", 12, "holds two documents", "用 --- 分成了两份"),
        ("limits: [{yuan: 1.5万}]\n", 12, "must be written as 15000", "请写成 15000"),
        ("limits: [{yuan: 0150000}]\n", 12, "must be written as 150000", "请写成 150000"),
        ("limits: [{yuan: 300元/㎡}]\n", 12, "must be written as 300", "请写成 300"),
        (
            "lapse: {effect: cash, bonus: yes}\n",
            12,
            "is 'yes', must be kept or",
            "写的是 'yes'，应该是：kept",
        ),
        (
            "price: {ceiling_share: 95折}\n",
            12,
            "must be a percentage from 0% to 100%, such as 20% or 12.5%; 95折 = 95%",
            "应该是 0% 到 100% 的百分数",
        ),
        (
            "price: {ceiling_share: 9.5折}\n",
            12,
            "must be a percentage from 0% to 100%, such as 20% or 12.5%; 9.5折 = 95%",
            "应该是 0% 到 100% 的百分数",
        ),
        ("first_purchase: 百分之六十\n", 12, "must be written as 60%", "请写成 60%"),
        ("first_purchase: 百分之八\n", 12, "must be written as 8%", "请写成 8%"),
        ("first_purchase: 百分之十五\n", 12, "must be written as 15%", "请写成 15%"),
        (
            "lapse: {effect: cash}\ninterest: {rate: LPR, from: issue, on: [lapse]}\n",
            13,
            "is a published rate: write its figures as rates",
            "是公布的利率：请用 rates",
        ),
        (
            "lapse: {effect: cash, bands: [{spent_from: 0%, from_month: 6, rate: 95%}]}\n",
            12,
            "says a time, and bands after the term have none",
            "期满以后的各档不分时间",
        ),
        ("splits: true\n", 12, "must be a whole number from 0 to 9", "应该是整数，从 0 到 9，或者分开写"),
    ],
)
def test_a_habit_further_down_is_told(more: str, line: int, reason: str, words: str) -> None:
    found = told(BASE + more)
    assert len(found) == 1
    assert (found[0][0], found[0][1][: len(reason)]) == (line, reason)
    assert found[0][2].startswith(words.replace(" or ", "、"))


@pytest.mark.parametrize("text", ["- a\n", "hello", "~"])
def test_what_is_no_mapping_is_told_how_a_file_begins(text: str) -> None:
    assert [(line, words) for line, _reason, words in told(text)] == [
        (1, "要一行一行写“词: 值”，第一行写 schema: 4")
    ]


def test_text_in_quotes_and_comments_may_look_like_anything() -> None:
    free = 'title: "2025年A，B：试行、home:3"\n# homes：3，\n'
    assert read(BASE.replace("title: 某市\n", free))["title"].startswith("2025年A，B")


def test_a_mark_of_byte_order_and_another_encoding() -> None:
    assert read(text_of(("\ufeff" + BASE).encode()))["code"] == "x-2025"
    with pytest.raises(PolicyFileInvalid) as found:
        text_of(BASE.encode("gbk"))
    assert slip(found.value.problems[0].reason) == "文字编码不是 UTF-8，像是 GBK，请另存为 UTF-8"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("120%", "must not be above 100%"),
        ("-1%", "must not be below zero"),
        ("1.234%", "must have at most two decimals"),
        ("008%", "must be written as 8%"),
        ("half", "must be a percentage from 0% to 100%, such as 20% or 12.5%, or part"),
    ],
)
def test_a_figure_that_is_wrong_by_itself_is_told_without_what_else_may_stand_there(
    said: str, reason: str
) -> None:
    band = f"leftover: [{{spent_from: 0%, rate: 9%, claw_back: {said}}}]\n"
    assert [one[1] for one in told(BASE + band)] == [reason]


def test_a_word_that_is_mistyped_is_told_once_and_not_as_missing_too() -> None:
    lines = told(BASE.replace("usable_on: ", "useable_on: ", 1))
    assert [(line, reason.partition(";")[0]) for line, reason, _words in lines] == [
        (10, "is not a word of the schema (did you mean usable_on?)")
    ]
