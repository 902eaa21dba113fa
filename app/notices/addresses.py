"""Where a recipient is reached besides the inbox; a higher package knows and the wiring tells us."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Address:
    """A mobile number and a mail address, each None where nobody knows it."""

    phone: str | None = None
    mail: str | None = None


class AddressBook(Protocol):
    """Knows where people are reached."""

    def of_households(self, session: Session, household_ids: Collection[int]) -> Mapping[int, Address]:
        """Return where households are reached, by id; one that is not there is not reached."""

    def of_user(self, session: Session, user_id: int) -> Address:
        """Return where a person who signs in is reached."""


class EmptyBook:
    """Knows nobody's address."""

    def of_households(
        self,
        session: Session,  # noqa: ARG002  # the protocol's
        household_ids: Collection[int],  # noqa: ARG002
    ) -> Mapping[int, Address]:
        """Return nothing."""
        return {}

    def of_user(self, session: Session, user_id: int) -> Address:  # noqa: ARG002  # the protocol's
        """Return nothing."""
        return Address()


class _Process:
    """What the wiring set for this process."""

    book: AddressBook = EmptyBook()


def use(book: AddressBook) -> None:
    """Set the process's address book. Called by the wiring."""
    _Process.book = book


def current() -> AddressBook:
    """Return the process's address book."""
    return _Process.book
