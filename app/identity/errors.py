"""Refusals of identity."""

from app.core.errors import DomainError, NotFound


class WrongCredentials(DomainError):
    """Name or password is wrong, or the account may not sign in: one answer for all of them."""

    def __init__(self) -> None:
        super().__init__("wrong_credentials", field="password")


class WrongPassword(DomainError):
    """The present password, asked again before something that matters, is wrong."""

    def __init__(self) -> None:
        super().__init__("password_wrong", field="password")


class WrongCode(DomainError):
    """The code is wrong, used, withdrawn or too old, or belongs to nobody: one answer for all of them."""

    def __init__(self, code: str = "code_wrong") -> None:
        super().__init__(code, field="secret_code")


class PersonGone(NotFound):
    """There is no such person, or they are not the actor's to manage."""

    def __init__(self) -> None:
        super().__init__("person_gone")


class WrongPhoneCode(DomainError):
    """A code sent to a telephone is wrong, used, too old, or was for something else: one answer for all."""

    def __init__(self) -> None:
        super().__init__("phone_code_wrong", field="phone_code")


class ClaimOver(DomainError):
    """The proof a browser holds is too old, or its code was used or replaced meanwhile."""

    def __init__(self) -> None:
        super().__init__("claim_over")
