"""Refusals of identity."""

from app.core.errors import DomainError


class WrongCredentials(DomainError):
    """Name or password is wrong, or the account may not sign in: one answer for all of them."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", field="password")
