"""Refusals of policies."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import DomainError


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a policy file: on which line (from 1), at which path, and why."""

    line: int
    path: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path}: {self.reason}"


class PolicyFileInvalid(DomainError):
    """The file breaks the schema; ``problems`` lists everything found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("policy_file_invalid")
        self.problems = tuple(problems)
