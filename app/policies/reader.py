"""Reads a policy file (YAML) against its schema, naming the line and the path of whatever is wrong."""

from typing import Any, Final

import yaml

from app.policies.checks import CHECKS
from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.schema import POLICY
from app.policies.shape import Problems, by_line

_LONGEST_FILE: Final = 50_000


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


def compose(text: str) -> yaml.Node:
    """Return the node tree of a YAML text. Raises PolicyFileInvalid for what is none."""
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
