"""Holds JSON against a schema of docs/openapi.yaml; a keyword it does not know fails, never passes."""

import re
from collections.abc import Iterator
from typing import Any, Final

TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
NOTES: Final = frozenset({"description", "default"})


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> Iterator[str]:
    """Yield everything in which the value differs from the schema."""
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        yield from faults(value, found, document, at)
        return
    for keyword, rule in schema.items():
        if keyword in NOTES:
            continue
        yield from _KEYWORDS[keyword](value, rule, schema, document, at)


def _type(value: Any, rule: Any, _schema: Any, _document: Any, at: str) -> Iterator[str]:
    names = rule if isinstance(rule, list) else [rule]
    # Python counts a truth value among the integers.
    fitting = {name for name in names if isinstance(value, TYPES[name])}
    if not fitting or (isinstance(value, bool) and "boolean" not in fitting):
        yield f"{at}: {value!r} is no {rule}"


def _required(value: Any, rule: Any, _schema: Any, _document: Any, at: str) -> Iterator[str]:
    for name in set(rule) - set(value):
        yield f"{at}: lacks {name}"


def _properties(value: Any, rule: Any, _schema: Any, document: Any, at: str) -> Iterator[str]:
    for name in set(rule) & set(value):
        yield from faults(value[name], rule[name], document, f"{at}.{name}")


def _additional(value: Any, rule: Any, schema: Any, _document: Any, at: str) -> Iterator[str]:
    assert rule is False
    for name in set(value) - set(schema["properties"]):
        yield f"{at}: has {name} besides"


def _items(value: Any, rule: Any, _schema: Any, document: Any, at: str) -> Iterator[str]:
    for place, item in enumerate(value):
        yield from faults(item, rule, document, f"{at}[{place}]")


def _bound(holds: Any) -> Any:
    def check(value: Any, rule: Any, _schema: Any, _document: Any, at: str) -> Iterator[str]:
        if not holds(value, rule):
            yield f"{at}: {value!r} against {rule!r}"

    return check


_KEYWORDS: Final = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "enum": _bound(lambda value, rule: value in rule),
    "pattern": _bound(lambda value, rule: re.search(rule, value) is not None),
    "minimum": _bound(lambda value, rule: value >= rule),
    "maximum": _bound(lambda value, rule: value <= rule),
    "exclusiveMinimum": _bound(lambda value, rule: value > rule),
    "maxItems": _bound(lambda value, rule: len(value) <= rule),
    "maxLength": _bound(lambda value, rule: len(value) <= rule),
}
