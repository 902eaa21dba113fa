"""Every slip that the reader of policies finds has words for people who read no English."""

import ast
import re
from pathlib import Path

import pytest

from app.policies import checks
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import look, read
from app.web import trials
from tests.factories.policies import HAILING

TOLD = ("unreachable.py", "hardly.py", "cap_checks.py", "face_checks.py")


def written() -> list[str]:
    """Return every reason that the source gives, a 7 for whatever is filled in."""
    found = []
    checking = (
        "spent_on_checks.py",
        "checks.py",
        "band_checks.py",
        "interest_checks.py",
        "later_checks.py",
        "use_checks.py",
    )
    doubting = ("contradictions.py", "doubts.py", "idle.py", "split_checks.py")
    reading = ("shape.py", "nodes.py", "reader.py", "typed.py", "keyboard.py")
    for name in (*checking, "settlement_checks.py", *reading, *doubting, *TOLD):
        source = Path(checks.__file__).with_name(name).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            said = None
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "blame":
                said = node.args[2]
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "_value"):
                said = node.args[2 if getattr(node.func, "id", "") == "Problem" else 1]
            elif isinstance(node, ast.Assign | ast.Return | ast.AnnAssign) and _is_reason(node):
                said = node.value
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_told(node.elts[1]):
                said = node.elts[1]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in parts if one)
            found += [text] if len(text) > 1 else []
            if name in ("idle.py", "cap_checks.py") and isinstance(node, ast.Yield):
                found += [f"has no effect: {text}" for text in _of_yield(node)]
    return found


def _of_yield(node: ast.Yield) -> list[str]:
    """Return why a word is without effect, as ``idle`` yields it after its path."""
    if not isinstance(node.value, ast.Tuple) or not isinstance(
        node.value.elts[1], ast.Constant | ast.JoinedStr
    ):
        return []
    said = node.value.elts[1]
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return ["".join(str(one.value) if isinstance(one, ast.Constant) else "leftover" for one in parts)]


def _is_told(value: ast.expr | None) -> bool:
    first = value.values[0] if isinstance(value, ast.JoinedStr) else value
    begins = (
        "is ",
        "has ",
        "must ",
        "names ",
        "needs ",
        "lies ",
        "comes ",
        "come ",
        "adds ",
        "pays ",
        "bears ",
    )
    return isinstance(first, ast.Constant) and str(first.value).startswith(begins)


def _is_reason(node: ast.Assign | ast.AnnAssign | ast.Return) -> bool:
    if isinstance(node, ast.AnnAssign):
        return _is_told(node.value)
    if isinstance(node, ast.Assign):
        return getattr(node.targets[0], "id", "") == "reason"
    first = node.value.values[0] if isinstance(node.value, ast.JoinedStr) else node.value
    return isinstance(first, ast.Constant) and str(first.value).startswith(("is ", "has ", "must "))


WRITTEN = written()


def test_the_slips_are_found_in_the_source() -> None:
    assert len(WRITTEN) > 20


@pytest.mark.parametrize("reason", WRITTEN)
def test_whatever_the_reader_says_has_words(reason: str) -> None:
    assert re.search("[一-龥]", trials.slip(reason)), reason


def test_a_draft_is_told_in_words() -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(HAILING.replace("months: 18", "months: lots") + "unknown: 1\n")
    assert [trials.slip(one.reason)[:4] for one in found.value.problems] == ["应该是整", "没有这个"]


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [
        ("rate: 20%", "rate: 0.075", "0% 到 100% 的百分数，例如 20%、12.5%（0.075 = 7.5%）"),
        ("months: 18", "months: lots", "应该是整数，从 1 到 120"),
        ("homes: 3", "homes: few", "应该是整数，从 1 到 99，或者 any"),
        (
            "from: issue",
            "from: issue\nleftover: [{spent_from: 5%, rate: 0%}]",
            "应该是 0%：第一档从一点没用开始",
        ),
        (
            "from: issue",
            "from: issue\nleftover: [{spent_from: 0%, rate: 0%, claw_back: 20}]",
            "或者 part（是不是 20%？）",
        ),
        ("rate: 20%", "rate: 20", "（是不是 20%？）"),
        ("homes: 3", "homes:", "没有写值（# 后面的是注释）"),
        (
            "from: issue",
            "from: issue\nlapse:",
            "没有写值：要分开写 effect, rate, bands, within, after, bonus, give_up，不说就整行删去",
        ),
        ("from: issue", "from: issue\nbonus_caps:", "没有写值：没有就写 []"),
        ("title: ", 'title: "甲"', "引号后面还有字：请把整个值放进引号，或者都不用引号"),
        ("title: ", "title: \u202e", "有看不见的字符 U+202E，请删去"),
        ("schema: 4", "schema: !!python/name:a [4]", "不能用标签 !!python/name:a，请直接写值"),
    ],
)
def test_a_slip_of_a_value_is_told_in_words(good: str, bad: str, words: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(HAILING.replace(good, bad, 1))
    assert trials.slip(found.value.problems[0].reason).endswith(words)


@pytest.mark.parametrize(
    ("splits", "words"),
    [
        ("1", "没有写 past，这样采用（adopt）不了"),
        ("{times: 1, past: stays}", "重新算起"),
        ("{times: 0, past: stays}", "不能拆分的房票，几个人继承的各份本来就按比例算"),
    ],
)
def test_what_splits_leave_open_is_told_in_words(splits: str, words: str) -> None:
    bands = "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 60%, rate: 100%}]\n"
    _body, notes = look(HAILING + bands + f"splits: {splits}\n")
    assert [words in trials.slip(one.reason) for one in notes if one.path.startswith("splits")] == [True]
