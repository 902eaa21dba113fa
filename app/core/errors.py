"""Typed refusals. Domain code raises them; the web edge alone turns them into statuses, pages and words."""

from typing import Any


class DomainError(Exception):
    """A rule refused the act: ``code`` names it in the message table, ``field`` the form field to blame."""

    def __init__(self, code: str, field: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class NotFound(DomainError):
    """The thing is not there, or is not the actor's to see: the two are never told apart."""


class Unauthorised(DomainError):
    """Nobody we know acts: a program's token is missing, wrong, revoked or too old."""


class Forbidden(DomainError):
    """The actor's role may not do this at all."""


class Conflict(DomainError):
    """The thing has moved on since the actor looked: somebody else was first, or it was done already."""


class TooMany(DomainError):
    """Somebody tried this too often and has to wait; nothing was even looked at."""

    def __init__(self, code: str, *, minutes: int) -> None:
        super().__init__(code, minutes=minutes)


class Busy(DomainError):
    """The database could not give the lock in time; nothing happened and the act may be repeated."""

    def __init__(self) -> None:
        super().__init__("busy")


def stated(reason: str) -> str:
    """Return a reason that somebody has to give. Raises DomainError("reason_missing", "reason") for none."""
    tidy = reason.strip()
    if not tidy:
        raise DomainError("reason_missing", "reason")
    return tidy
