"""Refusals of cash sales."""

from app.core.errors import Conflict, DomainError


class SaleNumberTaken(DomainError):
    """Another contract of the district, offline or by voucher, has this number."""

    def __init__(self) -> None:
        super().__init__("sale_number_taken", "contract_number")


class UndoTooLate(Conflict):
    """The time to take a sale back is over (``hours`` of it), or the registry confirmed the contract."""

    def __init__(self, code: str, hours: int) -> None:
        super().__init__(code, hours=hours)


class ContractYounger(DomainError):
    """The offline contract was signed after the home was locked: by the rule the lock stands."""

    def __init__(self) -> None:
        super().__init__("contract_younger_than_lock", "outcome")


class SalesFileInvalid(DomainError):
    """The file of contracts breaks its contract at ``line`` (1 is the heading) and ``column``."""

    def __init__(self, line: int, column: str, reason: str) -> None:
        super().__init__("sales_file_invalid", "file", line=line, column=column, reason=reason)
        self.line, self.column, self.reason = line, column, reason

    def __str__(self) -> str:
        """Return the place and the reason in a line."""
        return f"line {self.line}, column {self.column}: {self.reason}"
