"""Refusals of projects and households."""

from app.core.errors import DomainError


class PersonKnown(DomainError):
    """The household has a person with this ID number already."""

    def __init__(self) -> None:
        super().__init__("person_known", field="id_number")
