"""Reads a policy file (YAML) against its schema, naming the line and the path of whatever is wrong."""

import re
from contextlib import suppress
from typing import Any, Final

import yaml

from app.policies.checks import CHECKS
from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.schema import POLICY
from app.policies.shape import FULL_WIDTH, Problems, by_line

_LONGEST_FILE: Final = 50_000
_FULL_WIDTH: Final = re.compile(r"[\w%\]}][：，]", re.ASCII)
"""A Chinese keyboard's colon or comma after a word or value of the schema: in titles it follows Chinese."""


def read(text: str) -> dict[str, Any]:
    """Return the policy's body: plain JSON, complete with every default, every rule of the schema held.

    Raises PolicyFileInvalid with every problem found.
    """
    problems = Problems()
    node = compose(text)
    body = POLICY.parse(problems, node, "")
    if not problems:
        for check in CHECKS:
            check(problems, node, body)
    if problems:
        raise PolicyFileInvalid(by_line(problems))
    return dict(body)


def text_of(content: bytes) -> str:
    """Return the text of a file. Raises PolicyFileInvalid, with the line, for what is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        seems = _encoding_of(content)
        reason = f"is not UTF-8 text{f', but seems to be {seems}' if seems else ''}: save it as UTF-8"
        raise PolicyFileInvalid([Problem(line, "file", reason)]) from error


def _encoding_of(content: bytes) -> str | None:
    """Return in which encoding a text seems to be that is not UTF-8; None for nothing known."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content:
        return "UTF-16"
    with suppress(UnicodeDecodeError):
        content.decode("gb18030")
        return "GBK"
    return None


def _why_not(error: yaml.MarkedYAMLError) -> str:
    """Return why a text is no YAML; PyYAML's own word for a second document is half a sentence."""
    if error.problem == "but found another document":
        return "holds two documents, parted by ---: write one"
    if error.problem == "mapping values are not allowed here":
        return "is not YAML: a text with a colon and a space needs quotes, or the line is indented too far"
    if error.context == "while parsing a flow mapping" and error.context_mark:
        return f"is not YAML: the {{ of line {error.context_mark.line + 1} is not closed, or lacks a comma"
    if error.context == "while parsing a flow sequence" and error.context_mark:
        return f"is not YAML: the [ of line {error.context_mark.line + 1} is not closed, or lacks a comma"
    return f"is not YAML: {error.problem}"


def compose(text: str) -> yaml.Node:
    """Return the node tree of a YAML text. Raises PolicyFileInvalid for what is none."""
    if len(text) > _LONGEST_FILE:
        raise PolicyFileInvalid([Problem(1, "file", f"is longer than {_LONGEST_FILE} characters")])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        found = [*_full_width(text, line), Problem(line, "file", _why_not(error))]
        raise PolicyFileInvalid(_tabs(text) or found) from error
    except yaml.reader.ReaderError as error:
        reason = f"is not YAML: has the character U+{ord(text[error.position]):04X}"
        line = text.count("\n", 0, error.position) + 1
        raise PolicyFileInvalid([Problem(line, "file", reason)]) from error
    except RecursionError as error:
        raise PolicyFileInvalid([Problem(1, "file", "is not YAML: is nested too deeply")]) from error
    if node is None:
        raise PolicyFileInvalid([Problem(1, "file", "is empty")])
    if _is_endless(node):
        reason = f"has aliases that stand for more than {_LONGEST_FILE} values"
        raise PolicyFileInvalid([Problem(1, "file", reason)])
    return node


def _tabs(text: str) -> list[Problem]:
    """Return the lines that a tab indents: on screens it looks like the spaces that YAML asks for."""
    return [
        Problem(number, "file", "is indented by a tab, which YAML does not take: write spaces")
        for number, said in enumerate(text.splitlines(), 1)
        if "\t" in said[: len(said) - len(said.lstrip())]
    ]


def _full_width(text: str, line: int) -> list[Problem]:
    """Return what looks like a colon or comma on the line that YAML names, or on the one before it."""
    return [
        Problem(number, "file", FULL_WIDTH)
        for number, said in enumerate(text.splitlines()[:line], 1)
        if number >= line - 1 and _FULL_WIDTH.search(said)
    ]


def _is_endless(node: yaml.Node) -> bool:
    """Tell whether aliases stand for more values than a file has characters; a page can mean millions."""
    waiting, seen = [node], 0
    while waiting and seen <= _LONGEST_FILE:
        here = waiting.pop()
        seen += 1
        if isinstance(here, yaml.SequenceNode):
            waiting += here.value
        elif isinstance(here, yaml.MappingNode):
            waiting += (value for _key, value in here.value)
    return bool(waiting)
