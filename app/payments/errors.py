"""Refusals of payments."""

from app.core.errors import DomainError


class StatementInvalid(DomainError):
    """A bank statement cannot be read: ``line`` of the file, and a word for the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"statement_{reason}", "file", line=line)


class StatementOneWay(DomainError):
    """One column of sums, none below zero, and no word on which way they went: a person has to say it."""

    def __init__(self, count: int) -> None:
        super().__init__("statement_one_way", "all_came_in", count=count)
