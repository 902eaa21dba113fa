"""What a Chinese keyboard or an editor puts into a file, and YAML takes for text or for nothing. Pure."""

import re
from collections.abc import Callable, Iterable
from typing import Final

import yaml

from app.policies.errors import Problem

FULL_WIDTH: Final = "has ： or ，, which YAML takes for text: write : or ,"
_SIGNS: Final = "has full-width brackets, which YAML takes for text: write [ ] or { }"
_TAB: Final = "has a tab, which YAML does not take: write spaces"
_WIDE: Final = "has a full-width space, which YAML takes for text: write spaces"
_NO_SPACE: Final = "needs a space after the colon"
_NO_SPACE_DASH: Final = "needs a space after the -"
_BEFORE: Final = r"(?:^|[{,])\s*(?:- )?[a-z_0-9]+"
"""A key of the schema, at the beginning of a line or in braces."""
_AFTER_QUOTE: Final = re.compile(r"""\s*(?:- )?[\w-]+: +(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*[^\s#'"]""")
"""A value of which quotes hold a part."""
_COLON_OF_TEXT: Final = re.compile(r"[\w%\]}][：，]", re.ASCII)
"""After a word or value of the schema: in titles such a colon or comma follows Chinese."""
_LOOKS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(rf"{_BEFORE}:[\u3000\u00a0]"), _WIDE),
    (re.compile(rf"{_BEFORE}:\t"), _TAB),
    (re.compile(rf"(?:{_BEFORE}: *|^ *- *)[［【｛]"), _SIGNS),
    (re.compile(rf"{_BEFORE}:(?=[^\s:/])"), _NO_SPACE),
    (re.compile(r"^ *-(?=[{\[a-z])"), _NO_SPACE_DASH),
)


def slips(text: str, lines: Callable[[int], bool]) -> list[Problem]:
    """Return what looks right on a screen and is not, on the lines that are asked for."""
    found = (
        (number, why_not(said))
        for number, said in enumerate(text.split("\n"), 1)
        if lines(number) and not said.lstrip().startswith("#")
    )
    return [Problem(number, "file", reason) for number, reason in found if reason]


def indents(text: str) -> list[Problem]:
    """Return the lines that anything but spaces indents: on screens it looks like them."""
    found = ((number, _indent(said)) for number, said in enumerate(text.split("\n"), 1))
    return [Problem(number, "file", reason) for number, reason in found if reason]


def why_not(line: str) -> str | None:
    """Return what looks right in a line and is not; None for nothing."""
    if reason := _indent(line):
        return reason
    if _COLON_OF_TEXT.search(line):
        return FULL_WIDTH
    return next((reason for pattern, reason in _LOOKS if pattern.search(line)), None)


def _indent(line: str) -> str | None:
    before = line[: len(line) - len(line.lstrip())].rstrip("\r")
    if not line.strip() or not before.strip(" "):
        return None
    return _TAB if "\t" in before else _WIDE


def why_no_yaml(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    """Return on which line a text is no YAML, and why, in words for whoever never heard of tokens."""
    line = error.problem_mark.line + 1 if error.problem_mark else 1
    begun = error.context_mark.line + 1 if error.context_mark else line
    problem, context = str(error.problem), str(error.context)
    if problem == "but found another document":
        return line, "holds two documents, parted by ---: write one"
    if "quoted scalar" in context:
        return begun, "is not YAML: the quote that begins here is not closed"
    if (quoted := _unclosed(text, line)) is not None:
        return quoted, "is not YAML: the quote that begins here is not closed"
    for number in (line - 1, line):
        if _AFTER_QUOTE.match("".join(text.split("\n")[number - 1 : number])):
            return (
                number,
                "is not YAML: has text after the closing quote: put quotes round all of it, or none",
            )
    if problem == "mapping values are not allowed here":
        return line, f"is not YAML: {_why_no_key(text, line)}"
    if problem == "could not find expected ':'":
        return begun, "is not YAML: lacks a colon and a space, as in word: value"
    if "flow mapping" in context:
        return line, f"is not YAML: the {{ of line {begun} is not closed, or lacks a comma"
    if "flow sequence" in context:
        return line, f"is not YAML: the [ of line {begun} is not closed, or lacks a comma"
    return line, f"is not YAML: {_said_plainly(problem, context)}"


def _said_plainly(problem: str, context: str) -> str:
    if found := re.fullmatch(r"found character '(.+)' that cannot start any token", problem):
        return f"a value that begins with {found[1]} needs quotes"
    if problem.startswith("found undefined alias") or re.search("scanning an (alias|anchor)", context):
        return "a value that begins with * or & needs quotes"
    if problem.startswith("expected <block end>"):
        return "is indented otherwise than the lines before it"
    if problem == "sequence entries are not allowed here":
        return "a list of - begins on a line of its own"
    return problem


def _why_no_key(text: str, line: int) -> str:
    """Return why no key may stand on a line: the one above it has its value already, or it is a text."""
    lines = [said.split(" #")[0].rstrip() for said in text.split("\n")[:line]]
    above = next((n for n in range(line - 1, 0, -1) if lines[n - 1] and not lines[n - 1].startswith("#")), 0)
    if above and re.match(r"\s*[\w-]+: +\S", lines[above - 1]):
        before, here = (len(said) - len(said.lstrip()) for said in (lines[above - 1], lines[-1]))
        if here > before:
            return f"is indented further than line {above}, which has its value already"
    return "a text with a colon and a space needs quotes, or the line is indented too far"


def _unclosed(text: str, line: int) -> int | None:
    """Return the first line with a quote that it does not close, of those before what YAML names."""
    for number, said in enumerate(text.split("\n")[:line], 1):
        value = re.match(r"\s*(?:- )?[\w-]+: +([\"'])(.*)", said)
        if value and not said.rstrip().endswith(value[1]) and value[1] not in value[2]:
            return number
    return None


def plainer(problems: Iterable[Problem], text: str) -> list[Problem]:
    """Return problems, in place of those on lines that only look right what is wrong with these lines."""
    said = list(problems)
    known = {(one.line, one.reason) for one in said}
    lines = {one.line for one in said}
    seen = [
        one
        for one in slips(text, lambda number: number in lines or number - 1 in lines)
        if (one.line, one.reason) not in known
    ]
    instead = {one.line for one in seen}
    return sorted([*seen, *(one for one in said if one.line not in instead)], key=lambda one: one.line)
