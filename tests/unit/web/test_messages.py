"""Whoever refuses must say so in words: every code that the source raises stands in the message table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.messages import (
    MESSAGES,
    cases,
    common,
    homes,
    people,
    redemptions,
    sales,
    settlements,
    vouchers,
)

APP = Path(__file__).resolve().parents[3] / "app"
RAISED = {
    "DomainError",
    "TooMany",
    "WrongCode",
    "NotFound",
    "Forbidden",
    "Conflict",
    "VoucherNotUsable",
    "SearchRefused",
    "FileRefused",
}
SILENT = {"app/monitor", "app/demo"}  # they speak on a command line, in their own words


def codes() -> Iterator[str]:
    for path in APP.rglob("*.py"):
        relative = path.relative_to(APP.parent).as_posix()
        if relative.startswith(tuple(SILENT)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            first = node.args[0]
            if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                continue
            by_name = isinstance(node.func, ast.Name) and node.func.id in RAISED
            by_super = (
                path.name == "errors.py"
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "__init__"
            )
            if by_name or (by_super and first.value.replace("_", "").isalpha()):
                yield first.value


@pytest.mark.parametrize("code", sorted(set(codes())))
def test_every_refusal_has_words(code: str) -> None:
    assert code in MESSAGES


def test_no_code_has_words_in_two_parts() -> None:
    parts = (
        common.COMMON,
        people.PEOPLE,
        vouchers.VOUCHERS,
        redemptions.REDEMPTIONS,
        settlements.SETTLEMENTS,
        cases.CASES,
        homes.HOMES,
        sales.SALES,
    )
    assert sum(len(part) for part in parts) == len(MESSAGES)
