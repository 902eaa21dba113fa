"""Reads a policy file (YAML) against its schema, naming the line and the path of whatever is wrong.

Works on YAML's node tree, because only nodes know their lines; values are read from the text as it was typed,
so YAML's guesses (``on`` is true, ``010`` is eight, ``12.5`` is a float) never reach a rule about money.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import yaml

from app.policies.errors import PolicyFileInvalid, Problem

SCHEMA: Final = 2
"""Version of the schema that this module writes; ``rules`` keeps a reader for every version ever adopted."""

KINDS_OF_STOCK: Final = ("home",)
BONUS_BASES: Final = ("spent",)
BONUS_DATES: Final = ("lock",)
START_EVENTS: Final = ("issue",)

_LONGEST_FILE: Final = 50_000
_WHOLE: Final = re.compile(r"0|[1-9]\d{0,5}", re.ASCII)
_RATE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%", re.ASCII)
_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)

Parse = Callable[[yaml.Node, str], Any]


def read(text: str) -> dict[str, Any]:
    """Return the policy's body: plain JSON, complete, every rule of the schema held.

    Raises PolicyFileInvalid with every problem found.
    """
    reader = _Reader()
    node = _compose(text)
    body = reader.mapping(
        {
            "schema": reader.word(str(SCHEMA)),
            "code": reader.matching(_CODE, "must be small letters, digits and hyphens, such as hailing-2023"),
            "title": reader.line_of_text(100),
            "source": reader.line_of_text(300),
            "valid": reader.mapping({"months": reader.whole(1, 120), "from": reader.word(*START_EVENTS)}),
            "bonus": reader.mapping(
                {
                    "base": reader.word(*BONUS_BASES),
                    "fixed_by": reader.word(*BONUS_DATES),
                    "tiers": reader.listing(
                        reader.mapping(
                            {
                                "from_month": reader.whole(1, 120),
                                "to_month": reader.whole(1, 120),
                                "rate": reader.rate,
                            }
                        ),
                        least=0,
                    ),
                }
            ),
            "hold": reader.mapping(
                {
                    "days": reader.whole(1, 90),
                    "homes": reader.whole(1, 99),
                    "least_share": reader.rate,
                }
            ),
            "usable_on": reader.listing(reader.word(*KINDS_OF_STOCK), least=1),
        }
    )(node, "")
    if not reader.problems:
        _check_tiers(reader, node, body)
    if reader.problems:
        raise PolicyFileInvalid(sorted(reader.problems, key=lambda problem: problem.line))
    body["schema"] = SCHEMA
    return dict(body)


def _compose(text: str) -> yaml.Node:
    if len(text) > _LONGEST_FILE:
        raise PolicyFileInvalid([Problem(1, "file", f"is longer than {_LONGEST_FILE} characters")])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyFileInvalid([Problem(line, "file", f"is not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyFileInvalid([Problem(1, "file", "is not YAML")]) from error
    if node is None:
        raise PolicyFileInvalid([Problem(1, "file", "is empty")])
    return node


class _Reader:
    """Builds parsers ``(node, path) -> value``; what does not fit becomes a problem and the value None."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def blame(self, node: yaml.Node, path: str, reason: str) -> None:
        """Note a problem at a node."""
        self.problems.append(Problem(node.start_mark.line + 1, path or "file", reason))

    def mapping(self, fields: dict[str, Parse]) -> Parse:
        """Return the parser of a mapping with exactly these keys."""

        def parse(node: yaml.Node, path: str) -> dict[str, Any] | None:
            if not isinstance(node, yaml.MappingNode):
                self.blame(node, path, "must be a mapping of " + ", ".join(fields))
                return None
            found = self._entries(node, path, fields)
            for name in fields:
                if name not in found:
                    self.blame(node, _join(path, name), "is missing")
            return {name: fields[name](found[name], _join(path, name)) for name in fields if name in found}

        return parse

    def _entries(self, node: yaml.MappingNode, path: str, fields: dict[str, Parse]) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name not in fields:
                self.blame(
                    key, _join(path, name), "is not a word of the schema; here stand " + ", ".join(fields)
                )
            elif name in found:
                self.blame(key, _join(path, name), "stands here twice")
            else:
                found[name] = value
        return found

    def listing(self, item: Parse, *, least: int) -> Parse:
        """Return the parser of a list of at least ``least`` items."""

        def parse(node: yaml.Node, path: str) -> list[Any] | None:
            if not isinstance(node, yaml.SequenceNode):
                self.blame(node, path, "must be a list")
                return None
            if len(node.value) < least:
                self.blame(node, path, f"needs at least {least}")
            return [item(child, f"{path}[{place}]") for place, child in enumerate(node.value)]

        return parse

    def _scalar(self, node: yaml.Node, path: str) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value).strip()
        self.blame(node, path, "must be a single value")
        return None

    def word(self, *allowed: str) -> Parse:
        """Return the parser of one of a few words."""

        def parse(node: yaml.Node, path: str) -> str | None:
            value = self._scalar(node, path)
            if value is not None and value not in allowed:
                self.blame(node, path, f"is {value!r}, must be {' or '.join(allowed)}")
            return value

        return parse

    def matching(self, pattern: re.Pattern[str], reason: str) -> Parse:
        """Return the parser of a value of a certain shape."""

        def parse(node: yaml.Node, path: str) -> str | None:
            value = self._scalar(node, path)
            if value is not None and not (len(value) <= 60 and pattern.fullmatch(value)):
                self.blame(node, path, reason)
            return value

        return parse

    def line_of_text(self, most: int) -> Parse:
        """Return the parser of a printable line of at most ``most`` characters."""

        def parse(node: yaml.Node, path: str) -> str | None:
            value = self._scalar(node, path)
            if value is not None and not (len(value) <= most and value.isprintable()):
                self.blame(node, path, f"must be one line of at most {most} characters")
            return value

        return parse

    def whole(self, least: int, most: int) -> Parse:
        """Return the parser of a whole number."""

        def parse(node: yaml.Node, path: str) -> int | None:
            value = self._scalar(node, path)
            if value is None:
                return None
            if not _WHOLE.fullmatch(value) or not least <= int(value) <= most:
                self.blame(node, path, f"must be a whole number from {least} to {most}")
                return None
            return int(value)

        return parse

    def rate(self, node: yaml.Node, path: str) -> int | None:
        """Return ten-thousandths from ``20%`` or ``12.5%``."""
        value = self._scalar(node, path)
        if value is None:
            return None
        shape = _RATE.fullmatch(value)
        if not shape or Decimal(shape[1]) > 100:
            self.blame(node, path, "must be a percentage from 0% to 100%, such as 20% or 12.5%")
            return None
        return int(Decimal(shape[1]) * 100)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _check_tiers(reader: _Reader, node: yaml.Node, body: dict[str, Any]) -> None:
    """A gap between tiers is likelier a slip than a rule: months without bonus are a tier of 0%."""
    tiers = _child(_child(node, "bonus"), "tiers")
    expected = 1
    for place, (tier, child) in enumerate(zip(body["bonus"]["tiers"], tiers.value, strict=True)):
        path = f"bonus.tiers[{place}]"
        if tier["from_month"] != expected:
            reader.blame(
                _child(child, "from_month"), f"{path}.from_month", f"must be {expected}: tiers follow on"
            )
        if tier["to_month"] < tier["from_month"]:
            reader.blame(_child(child, "to_month"), f"{path}.to_month", "comes before from_month")
        if tier["to_month"] > body["valid"]["months"]:
            reader.blame(_child(child, "to_month"), f"{path}.to_month", "lies beyond valid.months")
        expected = tier["to_month"] + 1


def _child(node: yaml.Node, name: str) -> yaml.Node:
    children: dict[str, yaml.Node] = {key.value: value for key, value in node.value}
    return children[name]
