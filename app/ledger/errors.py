"""The ledger's refusals."""

from app.core.errors import Conflict, DomainError


class InsufficientBalance(DomainError):
    """The account holds less than is asked for; nothing was moved."""

    def __init__(self) -> None:
        super().__init__("insufficient_balance")


class HoldEnded(Conflict):
    """The promise was kept or dropped before: it ends once."""

    def __init__(self) -> None:
        super().__init__("hold_ended")


class KeyReused(Conflict):
    """The idempotency key belongs to a transfer with other figures."""

    def __init__(self) -> None:
        super().__init__("ledger_key_reused")


class AccountExists(Conflict):
    """The owner has this account already."""

    def __init__(self) -> None:
        super().__init__("ledger_account_exists")
