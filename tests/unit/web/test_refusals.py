"""A page that is shown again because of a refusal answers with the status of its kind."""

import ast
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parents[3] / "app" / "web"

# What a whole file, or a draft, says wrong is a slip of its own: nobody was quicker.
SLIPS = {"_DraftsInvalid", "ReceiptMismatch"}


def _unsorted(tree: ast.AST) -> Iterator[int]:
    """Return the lines on which a handler of refusals answers 422, whatever was refused."""
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    for handler in handlers:
        if isinstance(handler.type, ast.Name) and handler.type.id in SLIPS:
            continue
        for node in ast.walk(handler):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                status = node.value.elts[-1]
                if isinstance(status, ast.Constant) and status.value == 422:
                    yield node.lineno


def test_a_refusal_answers_with_the_status_of_its_kind() -> None:
    found = [
        f"{path.relative_to(WEB)}:{line}"
        for path in sorted(WEB.rglob("*.py"))
        for line in _unsorted(ast.parse(path.read_text()))
    ]
    assert not found, "use do_or_ask_again, or status_of(error):\n" + "\n".join(found)
