"""What a policy file may look like: small shapes that read a value and describe themselves as JSON Schema.

Works on YAML's node tree, because only nodes know their lines; values are read from the text as it was typed,
so YAML's guesses (``on`` is true, ``010`` is eight, ``12.5`` is a float) never reach a rule about money.
A shape puts what does not fit among the problems and returns None for it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

import yaml

from app.core.money import yuan_to_fen
from app.policies import typed
from app.policies.errors import Problem
from app.policies.keyboard import FULL_WIDTH
from app.policies.nodes import YAML_TAG, is_blank, tag_of

_LONGEST_NAME: Final = 60
_WHOLE: Final = re.compile(r"0|[1-9]\d{0,5}", re.ASCII)
_RATE: Final = re.compile(r"((?:0|[1-9]\d{0,2})(?:\.\d{1,2})?)%", re.ASCII)
_FINE_RATE: Final = re.compile(r"((?:0|[1-9]\d{0,2})(?:\.\d{1,4})?)%", re.ASCII)
_AREA: Final = re.compile(r"(?:0|[1-9]\d{0,5})(?:\.\d{1,2})?", re.ASCII)
_YUAN: Final = re.compile(r"(?:0|[1-9]\d{0,8})(?:\.\d{1,2})?", re.ASCII)
UNSAID: Final = object()
"""The default of a word that came later: a body without it is stored, and hashed, as it always was."""
_DAY: Final = re.compile(r"(?:19|20|21)\d{2}-\d{2}-\d{2}", re.ASCII)


class Problems(list[Problem]):
    """Everything wrong that was found so far."""

    def blame(self, node: yaml.Node, path: str, reason: str) -> None:
        """Note a problem at a node."""
        self.append(Problem(node.start_mark.line + 1, path or "file", reason))


@dataclass(frozen=True)
class Shape:
    """Reads a node as a value of the stored body, and says in JSON Schema what it takes."""

    parse: Callable[[Problems, yaml.Node, str], Any]
    schema: Mapping[str, Any]
    without: str = ""
    """What to write where there is none of it, told where it is missing or empty."""


@dataclass(frozen=True)
class Option:
    """A key that may be left out; the stored body then has the default, or no such key with UNSAID."""

    shape: Shape
    default: Any


def _scalar(problems: Problems, node: yaml.Node, path: str) -> str | None:
    tagged = tag_of(node)
    if tagged is None and isinstance(node, yaml.ScalarNode) and node.value.strip():
        return str(node.value).strip()
    problems.blame(node, path, tagged or _not_single(node))
    return None


def _not_single(node: yaml.Node) -> str:
    return "has no value (a comment begins at #)" if is_blank(node) else "must be a single value"


def _value(
    read: Callable[[str], Any], reason: str | Callable[[str], str], schema: Mapping[str, Any]
) -> Shape:
    """Return the shape of one value; ``read`` raises ValueError for what does not fit."""

    def parse(problems: Problems, node: yaml.Node, path: str) -> Any:
        text = _scalar(problems, node, path)
        if text is None:
            return None
        try:
            return read(text)
        except ValueError:
            # 20％ looks like 20% to whoever typed it: only its right form shows the difference.
            plain = unicodedata.normalize("NFKC", text)
            if _is_read(read, plain):
                problems.blame(node, path, f"has full-width characters: write {plain}")
            else:
                told = reason.replace("{}", repr(text)) if isinstance(reason, str) else reason(text)
                problems.blame(node, path, typed.unprintable(text) or told)
            return None

    return Shape(parse, schema)


def _is_read(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _fitting(text: str, *, fits: bool) -> str:
    if not fits:
        raise ValueError(text)
    return text


def word(*allowed: str) -> Shape:
    """Return the shape of one of a few words."""
    return _value(
        lambda text: _fitting(text, fits=text in allowed),
        lambda text: typed.other_word(text, allowed),
        {"enum": list(allowed)},
    )


def number_word(number: int) -> Shape:
    """Return the shape of one certain number, such as the schema's."""
    return _value(
        lambda text: int(_fitting(text, fits=text == str(number))),
        f"is {{}}, must be {number}",
        {"const": number},
    )


def matching(pattern: re.Pattern[str], reason: str) -> Shape:
    """Return the shape of a value of a certain form, of at most so many characters as names have."""

    def fits(text: str) -> bool:
        return len(text) <= _LONGEST_NAME and pattern.fullmatch(text) is not None

    return _value(
        lambda text: _fitting(text, fits=fits(text)),
        lambda text: typed.no_name(text, fits, _LONGEST_NAME, reason),
        {"type": "string", "maxLength": _LONGEST_NAME, "pattern": f"^({pattern.pattern})$"},
    )


def line_of_text(most: int) -> Shape:
    """Return the shape of a printable line of at most ``most`` characters."""
    return _value(
        lambda text: _fitting(text, fits=len(text) <= most and text.isprintable()),
        f"must be one line of at most {most} characters",
        {"type": "string", "minLength": 1, "maxLength": most},
    )


def whole(least: int, most: int) -> Shape:
    """Return the shape of a whole number."""
    return _value(
        lambda text: int(_fitting(text, fits=bool(_WHOLE.fullmatch(text)) and least <= int(text) <= most)),
        lambda text: typed.no_whole(text, least, most),
        {"type": "integer", "minimum": least, "maximum": most},
    )


def or_word(single: Shape, other: str, *, stored: Any = None) -> Shape:
    """Return the shape of a single value or of one word; ``any``, no limit, is stored as null."""

    def parse(problems: Problems, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.value.strip() == other and not tag_of(node):
            return stored
        return _with_more(problems, single, node, path, other)

    return Shape(parse, {"anyOf": [single.schema, {"const": other}]})


def rate(most: int = 100) -> Shape:
    """Return the shape of a percentage such as ``20%`` or ``12.5%``, stored in ten-thousandths.

    It goes up to ``most`` per cent, at most 999.
    """

    def read(text: str) -> int:
        form = _RATE.fullmatch(text)
        if not form or Decimal(form[1]) > most:
            raise ValueError(text)
        return int(Decimal(form[1]) * 100)

    return _value(
        read,
        lambda text: typed.no_percentage(text, 2, "20% or 12.5%", most),
        {"type": "string", "pattern": f"^{_RATE.pattern}$"},
    )


def fine_rate() -> Shape:
    """Return the shape of a percentage of at most four decimals such as ``0.0175%``, stored in millionths."""

    def read(text: str) -> int:
        form = _FINE_RATE.fullmatch(text)
        if not form or Decimal(form[1]) > 100:
            raise ValueError(text)
        return int(Decimal(form[1]) * 10_000)

    return _value(
        read,
        lambda text: typed.no_percentage(text, 4, "3.65% or 0.0175%"),
        {"type": "string", "pattern": f"^{_FINE_RATE.pattern}$"},
    )


def area() -> Shape:
    """Return the shape of a floor area in ㎡ with at most two decimals, stored as that text."""
    return _value(
        lambda text: _fitting(text, fits=_AREA.fullmatch(text) is not None),
        lambda text: typed.no_amount(text, "must be an area in ㎡ from 0 to 999999.99, such as 90 or 88.50"),
        {"type": "number", "minimum": 0, "maximum": 999_999.99},
    )


def yuan() -> Shape:
    """Return the shape of an amount in yuan with at most two decimals, stored in fen."""
    return _value(
        lambda text: yuan_to_fen(_fitting(text, fits=_YUAN.fullmatch(text) is not None)),
        lambda text: typed.no_amount(
            text, "must be an amount in yuan from 0 to 999999999.99, such as 50000 or 300.50"
        ),
        {"type": "number", "minimum": 0, "maximum": 999_999_999.99},
    )


def day() -> Shape:
    """Return the shape of a calendar day such as ``2025-12-31``, stored as that text."""
    return _value(
        lambda text: date.fromisoformat(_fitting(text, fits=_DAY.fullmatch(text) is not None)).isoformat(),
        typed.no_day,
        {"type": "string", "format": "date"},
    )


def listing(item: Shape, *, least: int = 0, is_set: bool = False) -> Shape:
    """Return the shape of a list of at least ``least`` items; in a set of values none may stand twice."""
    schema = {"type": "array", "items": item.schema, "minItems": least}

    def parse(problems: Problems, node: yaml.Node, path: str) -> list[Any] | None:
        if not isinstance(node, yaml.SequenceNode) or tag_of(node):
            instead = "write [] for none" if not least else f"must be {_kind_of(schema)}"
            reason = f"has no value: {instead}" if is_blank(node) else f"must be {_kind_of(schema)}"
            problems.blame(node, path, tag_of(node) or reason)
            return None
        if len(node.value) < least:
            problems.blame(node, path, f"needs at least {least}")
        if is_set:
            _check_once(problems, node, path)
        return [item.parse(problems, child, f"{path}[{place}]") for place, child in enumerate(node.value)]

    return Shape(parse, {**schema, "uniqueItems": True} if is_set else schema)


def _check_once(problems: Problems, node: yaml.SequenceNode, path: str) -> None:
    seen: set[str] = set()
    for place, one in enumerate(node.value):
        if isinstance(one, yaml.ScalarNode):
            if one.value.strip() in seen:
                problems.blame(one, f"{path}[{place}]", "stands here twice")
            seen.add(one.value.strip())


_OF_VALUE: Final = ("must not be ", "must have at most ", "must be written as ")
"""How a reason begins of a value that is the right one but for its figure, or how it is written."""


def one_of(single: Shape, other: Shape) -> Shape:
    """Return the shape of either a single value or something else: a list, or a mapping."""

    def parse(problems: Problems, node: yaml.Node, path: str) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return _with_more(problems, single, node, path, _kind_of(other.schema))
        return other.parse(problems, node, path)

    return Shape(parse, {"anyOf": [single.schema, other.schema]})


def _with_more(problems: Problems, shape: Shape, node: yaml.Node, path: str, otherwise: str) -> Any:
    """Return what a shape reads; where it does not fit, the reason says what else may stand there."""
    found = Problems()
    value = shape.parse(found, node, path)
    more = "" if is_blank(node) else f", or {otherwise}"
    for one in found:
        if one.reason.startswith(_OF_VALUE):
            problems.append(one)
            continue
        reason, mark, meant = one.reason.partition("; ")
        problems.append(replace(one, reason=f"{reason}{more}{mark}{meant}"))
    return value


def _kind_of(schema: Mapping[str, Any]) -> str:
    """Return in a few words what a list or a mapping looks like."""
    if schema["type"] == "object":
        return f"a mapping of {', '.join(schema['properties'])}"
    item = schema["items"]
    if item.get("type") == "object":
        return "a list of mappings"
    return f"a list, such as [{item['enum'][0]}]" if "enum" in item else "a list"


def one_or_many(item: Shape, *, without: str = "") -> Shape:
    """Return the shape of one mapping, or of a list of at least one; ``without`` says how to write none."""
    many = listing(item, least=1)

    def parse(problems: Problems, node: yaml.Node, path: str) -> Any:
        if without and isinstance(node, yaml.SequenceNode) and not node.value:
            problems.blame(node, path, f"is empty: for none write {without}")
            return None
        return (many if isinstance(node, yaml.SequenceNode) else item).parse(problems, node, path)

    return Shape(parse, {"anyOf": [item.schema, many.schema]}, without)


def mapping(
    fields: Mapping[str, Shape | Option],
    *,
    either: Iterable[tuple[tuple[str, ...], ...]] = (),
    beside: Mapping[str, str] = MappingProxyType({}),
) -> Shape:
    """Return the shape of a mapping with these keys and no other.

    Each of ``either`` is a choice of groups of keys, of which exactly one whole group must stand; a key of
    ``beside`` may stand only beside another.
    """
    choices = [tuple(choice) for choice in either]
    chosen = {name for choice in choices for group in choice for name in group}
    dependent = {name: [other] for name, other in beside.items()}
    asks = bool(choices) or any(isinstance(field, Shape) for field in fields.values())

    def parse(problems: Problems, node: yaml.Node, path: str) -> dict[str, Any] | None:
        if not isinstance(node, yaml.MappingNode) or tag_of(node):
            reason = f"has no value: {_no_mapping(path, fields)}" if path and is_blank(node) else ""
            problems.blame(node, path, tag_of(node) or reason or _no_mapping(path, fields))
            return None
        if not node.value and not asks:
            problems.blame(node, path, f"needs {' or '.join(fields)}")
        found = _entries(problems, node, path, fields)
        for choice in choices:
            _check_choice(problems, node, path, found.keys(), choice)
        _check_beside(problems, path, found, beside)
        body: dict[str, Any] = {}
        mistyped = _mistyped(node, fields)
        for name, field in fields.items():
            shape = field.shape if isinstance(field, Option) else field
            if name in found:
                body[name] = shape.parse(problems, found[name], join(path, name))
            elif isinstance(field, Option):
                body |= {} if field.default is UNSAID else {name: field.default}
            elif name not in chosen and name not in mistyped:
                said = f"is missing: for none write {shape.without}" if shape.without else "is missing"
                problems.blame(node, join(path, name), said)
        return body

    schema = _mapping_schema(fields, choices, chosen)
    return Shape(parse, schema | ({"dependentRequired": dependent} if dependent else {}))


def _no_mapping(path: str, fields: Iterable[str]) -> str:
    if path:
        return f"must be a mapping of {', '.join(fields)}"
    return f"must be lines of a word, a colon, a space and its value, first of all {next(iter(fields))}"


def _mapping_schema(
    fields: Mapping[str, Shape | Option],
    choices: list[tuple[tuple[str, ...], ...]],
    chosen: set[str],
) -> dict[str, Any]:
    known = {name: f.shape.schema if isinstance(f, Option) else f.schema for name, f in fields.items()}
    schema: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": known}
    must = [name for name, field in fields.items() if isinstance(field, Shape) and name not in chosen]
    if must:
        schema["required"] = must
    if choices:
        schema["allOf"] = [{"oneOf": [{"required": list(group)} for group in choice]} for choice in choices]
    return schema


def _entries(
    problems: Problems, node: yaml.MappingNode, path: str, fields: Mapping[str, Any]
) -> dict[str, yaml.Node]:
    found: dict[str, yaml.Node] = {}
    lines: dict[str, int] = {}
    for key, value in _uncut(problems, node, path):
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if tagged := tag_of(key):
            problems.blame(key, join(path, name), tagged)
        elif key.tag == f"{YAML_TAG}merge":
            problems.blame(key, join(path, name), "is a merge key, which is not taken: write the words out")
        elif ("：" in name or "，" in name) and is_blank(value):
            problems.blame(key, join(path, name), FULL_WIDTH)
        elif name not in fields:
            problems.blame(key, join(path, name), typed.unprintable(name) or typed.unknown(name, fields))
        elif name in found:
            problems.blame(key, join(path, name), f"stands here twice, first on line {lines[name]}")
        else:
            found[name], lines[name] = value, key.start_mark.line + 1
    return found


def _mistyped(node: yaml.MappingNode, fields: Collection[str]) -> set[str]:
    """Return the words that keys of a mapping most likely mean, which are told where they stand."""
    names = (key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode))
    return {meant for name in names if name not in fields and (meant := typed.nearest(name, fields))}


def _uncut(problems: Problems, node: yaml.MappingNode, path: str) -> Iterable[tuple[yaml.Node, yaml.Node]]:
    """Return a mapping's entries without those that a comma cut off a number, which is blamed whole."""
    whole: list[tuple[yaml.Node, yaml.Node]] = []
    numbers: dict[int, str] = {}
    for key, value in node.value:
        before = whole[-1][1].value if whole and isinstance(whole[-1][1], yaml.ScalarNode) else ""
        if isinstance(key, yaml.ScalarNode) and is_blank(value) and typed.is_cut(before, key.value):
            numbers[len(whole) - 1] = numbers.get(len(whole) - 1, before) + key.value
        else:
            whole.append((key, value))
    for place, number in numbers.items():
        key = whole[place][0]
        problems.blame(key, join(path, key.value), f"has a comma, which parts entries here: write {number}")
    return whole


def _check_choice(
    problems: Problems,
    node: yaml.Node,
    path: str,
    found: Iterable[str],
    choice: tuple[tuple[str, ...], ...],
) -> None:
    names = set(found)
    begun = [group for group in choice if names & set(group)]
    if len(begun) != 1:
        groups = " or ".join(" with ".join(group) for group in choice)
        problems.blame(node, path, f"needs either {groups}" if not begun else f"may have only {groups}")
        return
    for name in begun[0]:
        if name not in names:
            problems.blame(node, join(path, name), "is missing")


def _check_beside(
    problems: Problems, path: str, found: Mapping[str, yaml.Node], beside: Mapping[str, str]
) -> None:
    for name, other in beside.items():
        if name in found and other not in found and len(found) > 1:
            problems.blame(found[name], join(path, name), f"only means something with {other}")


def by_line(problems: Problems) -> list[Problem]:
    """Return problems in the order of the file."""
    return sorted(problems, key=lambda problem: problem.line)


def join(path: str, name: str) -> str:
    """Return the path of a key below a path."""
    return f"{path}.{name}" if path else name


def child(node: yaml.Node, *names: str | int) -> yaml.Node:
    """Return the node below, by keys and places; the deepest that is there."""
    for name in names:
        if isinstance(node, yaml.SequenceNode) and isinstance(name, int):
            node = node.value[name]
        elif isinstance(node, yaml.MappingNode):
            node = {key.value: value for key, value in node.value}.get(name, node)
    return node
