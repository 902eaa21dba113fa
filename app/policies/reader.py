"""Reads a policy file (YAML) against its schema, naming the line and the path of whatever is wrong."""

from contextlib import suppress
from typing import Any, Final

import yaml

from app.policies import keyboard
from app.policies.checks import CHECKS
from app.policies.contradictions import check_contradictions
from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.idle import worth_a_look
from app.policies.nodes import TYPED_TAG, line_at
from app.policies.schema import POLICY
from app.policies.shape import Problems, by_line
from app.policies.spent_on_checks import check_spent_on

_LONGEST_FILE: Final = 50_000


def read(text: str) -> dict[str, Any]:
    """Return the policy's body: plain JSON, complete with every default, every rule of the schema held.

    Raises PolicyFileInvalid with every problem found.
    """
    return _read(compose(text), text)


def look(text: str) -> tuple[dict[str, Any], list[Problem]]:
    """Return the policy's body as ``read``, and what holds in it and is still worth a second look."""
    node = compose(text)
    body = _read(node, text)
    told = dict.fromkeys(worth_a_look(body))
    notes = (Problem(line_at(node, path), path, reason) for path, reason in told)
    return body, sorted(notes, key=lambda note: note.line)


def _read(node: yaml.Node, text: str) -> dict[str, Any]:
    problems = Problems()
    body = POLICY.parse(problems, node, "")
    if not problems:
        for check in CHECKS:
            check(problems, node, body)
    if not problems:
        check_contradictions(problems, node, body)
        check_spent_on(problems, node, body)
    if problems:
        raise PolicyFileInvalid(keyboard.plainer(by_line(problems), text))
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


class _Loader(yaml.SafeLoader):
    """Keeps of each node the tag that was typed before it: a plain value has none."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node, with the tag that was typed."""
        typed = getattr(self.peek_event(), "tag", None)  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if typed and node is not None:
            vars(node)[TYPED_TAG] = typed
        return node


def compose(text: str) -> yaml.Node:
    """Return the node tree of a YAML text. Raises PolicyFileInvalid for what is none."""
    if len(text) > _LONGEST_FILE:
        raise PolicyFileInvalid([Problem(1, "file", f"is longer than {_LONGEST_FILE} characters")])
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line, reason = keyboard.why_no_yaml(error, text)
        seen = keyboard.slips(text, lambda number: number in (line - 1, line))
        found = keyboard.indents(text) or seen or [Problem(line, "file", reason)]
        raise PolicyFileInvalid(found) from error
    except yaml.reader.ReaderError as error:
        reason = f"is not YAML: has the character U+{ord(text[error.position]):04X}"
        line = text.count("\n", 0, error.position) + 1
        raise PolicyFileInvalid([Problem(line, "file", reason)]) from error
    except RecursionError as error:
        raise PolicyFileInvalid([Problem(1, "file", "is not YAML: is nested too deeply")]) from error
    if node is None:
        raise PolicyFileInvalid([Problem(1, "file", "is empty")])
    if endless := _endless(node):
        reason = f"has aliases that stand for more than {_LONGEST_FILE} values"
        raise PolicyFileInvalid([Problem(endless, "file", reason)])
    return node


def _endless(node: yaml.Node) -> int | None:
    """Return on which line a file comes to too many values, as aliases can mean millions; else None."""
    entries = node.value if isinstance(node, yaml.MappingNode) else [(node, node)]
    seen = 0
    for key, value in entries:
        waiting = [value]
        while waiting:
            here = waiting.pop()
            seen += 1
            if seen > _LONGEST_FILE:
                return int(key.start_mark.line) + 1
            if isinstance(here, yaml.SequenceNode):
                waiting += here.value
            elif isinstance(here, yaml.MappingNode):
                waiting += (below for _key, below in here.value)
    return None
