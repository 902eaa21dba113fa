"""Refusals of payments."""

from app.core.errors import DomainError


class StatementInvalid(DomainError):
    """A bank statement cannot be read: ``line`` of the file, and a word for the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"statement_{reason}", "file", line=line)
